/* Struct, Value and ListValue as the JSON that they stand for, while their fields are in order; see struct_tags.h for their form. */
#include <math.h>

#include "codec/json/number_text.h"
#include "codec/transcode/struct_tags.h"
#include "codec/transcode/to_json.h"

struct cursor to_json_number_value(struct to_json *c, struct cursor at)
{
    uint64_t bits = wire_load_fixed64(at.in);
    double number;
    memcpy(&number, &bits, sizeof(number));
    if (!isfinite(number))
        return to_json_fail_value(c, at.in, "a Value's number is NaN or infinite, which JSON cannot say");
    at = output_room(&c->output, at, NUMBER_TEXT_BYTES_MAX);
    if (!at.in)
        return at;
    at.out = number_text_write_double(at.out, number);
    at.in += 8;
    return at;
}

static struct cursor write_string(struct to_json *c, struct cursor at, const char *end)
{
    size_t len;
    const char *in = wire_read_length(at.in, end, &len);
    if (!in)
        return to_json_malformed(c, at.in);
    at.in = in;
    return to_json_string(c, at, len);
}

static struct cursor write_bool(struct to_json *c, struct cursor at, const char *end)
{
    uint64_t value;
    const char *in = wire_read_varint(at.in, end, &value);
    if (!in)
        return to_json_malformed(c, at.in);
    at.in = in;
    return to_json_word(c, at, value ? (struct view)VIEW("true") : (struct view)VIEW("false"));
}

static struct cursor write_null(struct to_json *c, struct cursor at, const char *end)
{
    uint64_t value;
    const char *in = wire_read_varint(at.in, end, &value);
    if (!in)
        return to_json_malformed(c, at.in);
    at.in = in;
    return to_json_word(c, at, (struct view)VIEW("null"));
}

static struct cursor write_nested(struct to_json *c, struct cursor at, const char *end,
                                  struct cursor (*write)(struct to_json *, struct cursor, const char *))
{
    const char *shown = at.in;
    const char *content_end = take_content(&at.in, end);
    if (!content_end)
        return to_json_malformed(c, shown);
    if (!to_json_enter(c, shown))
        return cursor_failed();
    at = write(c, at, content_end);
    to_json_leave(c);
    return at;
}

struct cursor to_json_value(struct to_json *c, struct cursor at, const char *end)
{
    if (at.in == end)
        return to_json_fail_value(c, at.in, "a Value of no kind, which JSON cannot say");
    switch ((unsigned char)*at.in++) {
    case TAG_STRING: at = write_string(c, at, end); break;
    case TAG_STRUCT: at = write_nested(c, at, end, to_json_struct); break;
    case TAG_LIST: at = write_nested(c, at, end, to_json_list); break;
    case TAG_BOOL: at = write_bool(c, at, end); break;
    case TAG_NULL: at = write_null(c, at, end); break;
    case TAG_NUMBER:
        if (end - at.in < 8)
            return to_json_malformed(c, at.in);
        at = to_json_number_value(c, at);
        break;
    default: return to_json_sort_instead(c); /* unknown fields, or a tag in an unusual spelling */
    }
    return at.in && at.in != end ? to_json_sort_instead(c) : at;
}

/* The Value at the cursor, with its length. Strings, which most are, are printed without a further call. */
static inline struct cursor write_value(struct to_json *c, struct cursor at, const char *end)
{
    if (end - at.in >= 3 && (unsigned char)at.in[0] < 0x80 && at.in[1] == TAG_STRING &&
        (unsigned char)at.in[2] + 2 == (unsigned char)at.in[0] && (unsigned char)at.in[0] < end - at.in &&
        c->depth < TRANSCODE_DEPTH_MAX) {
        size_t len = (unsigned char)at.in[2];
        return to_json_string(c, (struct cursor){at.in + 3, at.out}, len);
    }
    return write_nested(c, at, end, to_json_value);
}

/* ,key:value of one entry. */
static struct cursor write_entry(struct to_json *c, struct cursor at, const char *end, struct key_set *keys)
{
    size_t len;
    if (at.in == end || *at.in != TAG_ENTRY_KEY)
        return to_json_sort_instead(c);
    const char *in = wire_read_length(at.in + 1, end, &len);
    if (!in)
        return to_json_malformed(c, at.in);
    c->path->key = view_make(in, len);
    switch (key_set_add(keys, c->path->key, key_hash(c->path->key))) {
    case KEY_SET_ADDED: break;
    case KEY_SET_DUPLICATE: return to_json_sort_instead(c);
    default: return output_too_large(&c->output);
    }
    at = to_json_char(c, at, ',');
    if (!at.in)
        return at;
    at.in = in;
    at = to_json_string(c, at, len);
    if (!at.in)
        return at;
    if (at.in == end || *at.in != TAG_ENTRY_VALUE)
        return to_json_sort_instead(c);
    at = to_json_char(c, at, ':');
    if (!at.in)
        return at;
    at.in++;
    at = write_value(c, at, end);
    return at.in && at.in != end ? to_json_sort_instead(c) : at;
}

static struct cursor write_entries(struct to_json *c, struct cursor at, const char *end, struct key_set *keys)
{
    while (at.in != end) {
        const char *shown = at.in;
        if (*at.in != TAG_STRUCT_FIELD)
            return to_json_sort_instead(c);
        at.in++;
        const char *content_end = take_content(&at.in, end);
        if (!content_end)
            return to_json_malformed(c, shown);
        if (!to_json_enter(c, shown))
            return cursor_failed();
        at = write_entry(c, at, content_end, keys);
        to_json_leave(c);
        if (!at.in)
            return at;
    }
    return at;
}

struct cursor to_json_struct(struct to_json *c, struct cursor at, const char *end)
{
    size_t begin = output_offset(&c->output, at);
    struct path_node node = {.outer = c->path};
    struct key_set keys;
    key_set_init(&keys, &key_set_bytes);
    c->path = &node;
    at = write_entries(c, at, end, &keys);
    c->path = node.outer;
    key_set_free(&keys);
    return at.in ? to_json_close(c, at, begin, '{', '}') : at;
}

struct cursor to_json_list(struct to_json *c, struct cursor at, const char *end)
{
    size_t begin = output_offset(&c->output, at);
    struct path_node node = {.outer = c->path, .array = true};
    c->path = &node;
    while (at.in != end) {
        if (*at.in != TAG_LIST_VALUE)
            return to_json_sort_instead(c);
        at = to_json_char(c, at, ',');
        if (!at.in)
            return at;
        at.in++;
        at = write_value(c, at, end);
        if (!at.in)
            return at;
        node.index++;
    }
    c->path = node.outer;
    return to_json_close(c, at, begin, '[', ']');
}
