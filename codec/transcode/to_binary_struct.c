/* google.protobuf.Struct, Value and ListValue from the JSON that they stand for. */
#include "codec/json/json_number.h"
#include "codec/transcode/struct_tags.h"
#include "codec/transcode/to_binary.h"

static struct cursor write_number(struct to_binary *c, struct cursor at)
{
    double number;
    const char *end;
    switch (json_parse_double(at.in, c->end, &number, &end)) {
    case JSON_NUMBER_OK: break;
    case JSON_NUMBER_OUT_OF_RANGE: return to_binary_fail(c, at.in, "expected a number that a double can hold");
    default: return to_binary_not_a_number(c, at.in, end, "a value");
    }
    uint64_t bits;
    memcpy(&bits, &number, sizeof(bits));
    *at.out++ = TAG_NUMBER;
    at.out = wire_write_fixed64(at.out, bits);
    at.in = end;
    return at;
}

/* A tag, and as its content a message whose reader is given. */
static inline struct cursor write_nested(struct to_binary *c, struct cursor at, char tag,
                                         struct cursor (*read)(struct to_binary *, struct cursor))
{
    struct open_length length;
    at = output_room(&c->output, at, OUTPUT_TOKEN_BYTES);
    if (!at.in || !to_binary_enter(c, at))
        return cursor_failed();
    *at.out++ = tag;
    at = to_binary_open(c, at, &length);
    at = read(c, at);
    if (!at.in)
        return at;
    to_binary_leave(c);
    return to_binary_close(c, at, &length);
}

struct cursor to_binary_value(struct to_binary *c, struct cursor at)
{
    at = output_room(&c->output, at, OUTPUT_TOKEN_BYTES);
    if (!at.in)
        return at;
    switch (peek(c, at.in)) {
    case '"': *at.out++ = TAG_STRING; return to_binary_string(c, at);
    case '{': return write_nested(c, at, TAG_STRUCT, to_binary_struct);
    case '[': return write_nested(c, at, TAG_LIST, to_binary_list);
    case 't':
        if (!take_word(c, &at.in, "true", 4))
            break;
        *at.out++ = TAG_BOOL;
        *at.out++ = 1;
        return at;
    case 'f':
        if (!take_word(c, &at.in, "false", 5))
            break;
        *at.out++ = TAG_BOOL;
        *at.out++ = 0;
        return at;
    case 'n':
        if (!take_word(c, &at.in, "null", 4))
            break;
        *at.out++ = TAG_NULL;
        *at.out++ = 0;
        return at;
    default: return write_number(c, at);
    }
    return to_binary_fail(c, at.in, "expected true, false or null");
}

/* The content of one map entry: key, colon, value. */
static struct cursor read_entry(struct to_binary *c, struct cursor at, const struct open_length *entry,
                                struct key_set *keys)
{
    c->path->key = (struct view){0};
    if (peek(c, at.in) != '"')
        return to_binary_expected(c, at.in, "a key in quotes");
    *at.out++ = TAG_ENTRY_KEY;
    const char *key_in = at.in;
    at = to_binary_string(c, at);
    if (!at.in)
        return at;
    c->path->key = view_make(key_in + 1, (size_t)(at.in - key_in) - 2);
    size_t key_at = entry->at + entry->width + 1; /* asked of the entry, since a long key moves what was written */
    struct view written = view_make(output_at(&c->output, key_at), output_offset(&c->output, at) - key_at);
    switch (key_set_add(keys, c->path->key, key_hash(written))) {
    case KEY_SET_ADDED: break;
    case KEY_SET_DUPLICATE: return to_binary_fail(c, key_in, "this key stands twice in the object");
    default: return output_too_large(&c->output);
    }
    at = to_binary_colon(c, at);
    return at.in ? write_nested(c, at, TAG_ENTRY_VALUE, to_binary_value) : at;
}

static struct cursor read_entries(struct to_binary *c, struct cursor at, struct key_set *keys)
{
    bool done = false;
    at = to_binary_first(c, at, '}', &done);
    while (at.in && !done) {
        struct open_length entry;
        at = output_room(&c->output, at, OUTPUT_TOKEN_BYTES);
        if (!at.in || !to_binary_enter(c, at))
            return cursor_failed();
        *at.out++ = TAG_STRUCT_FIELD;
        at = to_binary_open(c, at, &entry);
        at = read_entry(c, at, &entry, keys);
        if (!at.in)
            return at;
        to_binary_leave(c);
        at = to_binary_close(c, at, &entry);
        if (at.in)
            at = to_binary_next(c, at, '}', &done);
    }
    return at;
}

struct cursor to_binary_struct(struct to_binary *c, struct cursor at)
{
    if (peek(c, at.in) != '{')
        return to_binary_expected(c, at.in, "an object");
    at.in++;
    struct path_node node = {.outer = c->path};
    struct key_set keys;
    key_set_init(&keys, &to_binary_string_keys);
    c->path = &node;
    at = read_entries(c, at, &keys);
    c->path = node.outer;
    key_set_free(&keys);
    return at;
}

struct cursor to_binary_list(struct to_binary *c, struct cursor at)
{
    if (peek(c, at.in) != '[')
        return to_binary_expected(c, at.in, "an array");
    at.in++;
    struct path_node node = {.outer = c->path, .array = true};
    c->path = &node;
    bool done = false;
    at = to_binary_first(c, at, ']', &done);
    while (at.in && !done) {
        at = write_nested(c, at, TAG_LIST_VALUE, to_binary_value);
        if (at.in)
            at = to_binary_next(c, at, ']', &done);
        node.index++;
    }
    c->path = node.outer;
    return at;
}
