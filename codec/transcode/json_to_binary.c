/*
 * JSON objects to messages, arrays to repeated fields, objects to maps.
 *
 * What a member costs: one comparison when it is the field that follows the last one in the .proto file (documents mostly keep that
 * order), otherwise a hash of at most sixteen bytes of its name and one comparison; a bit that says the field was there; one jump by
 * the field's type.
 */
#include <stdlib.h>

#include "codec/transcode/to_binary.h"

/* Fields and oneofs of one message that were seen, as bits; what does not fit is on the heap. */
#define SEEN_WORDS 4

struct members {
    const struct schema_message *message;
    const struct schema_field *expected; /* the field that probably comes next */
    uint64_t *seen;
    uint64_t few_seen[SEEN_WORDS];
    bool any_type;  /* of an Any: a member "@type" stands among the message's own, and is skipped */
    bool type_seen; /* it was */
};

static inline bool test_and_set(uint64_t *bits, unsigned bit)
{
    uint64_t mask = (uint64_t)1 << (bit % 64);
    bool was_set = (bits[bit / 64] & mask) != 0;
    bits[bit / 64] |= mask;
    return was_set;
}

/* Equality of n bytes, both readable for n, without a call for the lengths that names have. */
static inline bool same_bytes(const char *a, const char *b, size_t n)
{
    uint64_t a_head, b_head, a_tail, b_tail;
    if (n < 8 || n > 16)
        return memcmp(a, b, n) == 0;
    memcpy(&a_head, a, 8);
    memcpy(&b_head, b, 8);
    memcpy(&a_tail, a + n - 8, 8);
    memcpy(&b_tail, b + n - 8, 8);
    return ((a_head ^ b_head) | (a_tail ^ b_tail)) == 0;
}

/* A member's name and colon, the name looked up. *ret_field is NULL for one that is to be ignored, its value skipped. */
static struct cursor find_member(struct to_binary *c, struct cursor at, struct members *members,
                                 const struct schema_field **ret_field)
{
    c->path->field = NULL;
    if (peek(c, at.in) != '"')
        return to_binary_expected(c, at.in, "a field name in quotes");
    const char *key_in = at.in;
    struct view name;
    at = to_binary_text(c, at, &name);
    if (!at.in)
        return at;
    *ret_field = schema_find_field(members->message, name);
    bool is_type = !*ret_field && members->any_type && view_equal_text(name, "@type");
    if (is_type && members->type_seen)
        return to_binary_fail(c, key_in, "this field stands twice in the object");
    members->type_seen |= is_type;
    if (!*ret_field && !is_type && !c->options->ignore_unknown_fields)
        return to_binary_fail(c, key_in, "%.*s has no field \"%.*s\"", VIEW_ARG(members->message->full_name),
                              VIEW_ARG(name));
    at = to_binary_colon(c, at);
    return at.in && !*ret_field ? to_binary_skip(c, at) : at;
}

static inline struct cursor read_key(struct to_binary *c, struct cursor at, struct members *members,
                                     const struct schema_field **ret_field)
{
    const struct schema_field *expected = members->expected;
    if (__builtin_expect(expected != NULL, 1)) {
        /* json_key is ,"name": and the text begins at the quote. */
        size_t len = expected->json_key.len - 1;
        if ((size_t)(c->end - at.in) >= len && same_bytes(at.in, expected->json_key.data + 1, len)) {
            *ret_field = expected;
            at.in = skip_space(at.in + len, c->end);
            return at;
        }
    }
    return find_member(c, at, members, ret_field);
}

static bool is_null_value(const struct schema_field *field)
{
    return (field->message && field->message->well_known == SCHEMA_VALUE) ||
           (field->enumeration && field->enumeration->null_value);
}

static inline bool is_default(const char *value, size_t len)
{
    uint64_t word = 0;
    if (len == 1)
        return *value == 0;
    if (len != 4 && len != 8)
        return false;
    memcpy(&word, value, len);
    return word == 0;
}

static struct cursor write_message_field(struct to_binary *c, struct cursor at, const struct schema_field *field)
{
    struct open_length length;
    at.out = to_binary_write_tag(at.out, field);
    at = to_binary_open(c, at, &length);
    at = to_binary_message(c, at, field->message);
    return at.in ? to_binary_close(c, at, &length) : at;
}

static struct cursor write_group_field(struct to_binary *c, struct cursor at, const struct schema_field *field)
{
    at.out = to_binary_write_tag(at.out, field);
    at = to_binary_message(c, at, field->message);
    if (at.in)
        at = output_room(&c->output, at, OUTPUT_TOKEN_BYTES);
    if (at.in)
        at.out = wire_write_varint(at.out, WIRE_TAG(field->number, WIRE_END_GROUP));
    return at;
}

struct cursor to_binary_singular(struct to_binary *c, struct cursor at, const struct schema_field *field)
{
    at = output_room(&c->output, at, OUTPUT_TOKEN_BYTES);
    if (!at.in)
        return at;
    if (field->type == SCHEMA_MESSAGE)
        return write_message_field(c, at, field);
    if (field->type == SCHEMA_GROUP)
        return write_group_field(c, at, field);
    size_t begin = output_offset(&c->output, at);
    at.out = to_binary_write_tag(at.out, field);
    at = field->type == SCHEMA_STRING ? to_binary_string(c, at) : to_binary_scalar(c, at, field);
    if (at.in && field->type == SCHEMA_ENUM && c->dropped) {
        at.out = output_at(&c->output, begin);
    } else if (at.in && !field->has_presence && !field->repeated) {
        /* The default of a field without presence is not written. */
        char *value = output_at(&c->output, begin) + field->tag_len;
        bool fixed = field->wire_type == WIRE_FIXED32 || field->wire_type == WIRE_FIXED64;
        size_t len = (size_t)(at.out - value);
        if ((fixed || len == 1) && is_default(value, len))
            at.out = output_at(&c->output, begin);
    }
    return at;
}

/* The elements of an array: one packed field, or a field each. */
static struct cursor write_elements(struct to_binary *c, struct cursor at, const struct schema_field *field,
                                    struct path_node *node)
{
    bool done = false;
    while (at.in && !done) {
        if (peek(c, at.in) == 'n' && !is_null_value(field))
            return to_binary_fail(c, at.in, "null is not allowed as an element");
        if (field->packed) {
            at = output_room(&c->output, at, OUTPUT_TOKEN_BYTES);
            at = at.in ? to_binary_scalar(c, at, field) : at;
        } else {
            at = to_binary_singular(c, at, field);
        }
        if (at.in)
            at = to_binary_next(c, at, ']', &done);
        node->index++;
    }
    return at;
}

static struct cursor write_array(struct to_binary *c, struct cursor at, const struct schema_field *field)
{
    if (peek(c, at.in) != '[')
        return to_binary_expected(c, at.in, "an array");
    at.in++;
    struct path_node node = {.outer = c->path, .array = true};
    c->path = &node;
    bool empty = false;
    at = to_binary_first(c, at, ']', &empty);
    if (!empty && field->packed) {
        struct open_length length;
        at = output_room(&c->output, at, OUTPUT_TOKEN_BYTES);
        if (!at.in)
            return at;
        at.out = to_binary_write_tag(at.out, field);
        at = to_binary_open(c, at, &length);
        at = write_elements(c, at, field, &node);
        at = at.in ? to_binary_close(c, at, &length) : at;
        if (at.in && output_offset(&c->output, at) == length.at + 1)
            at.out -= field->tag_len + 1; /* enums of unknown names alone, which were all ignored */
    } else if (!empty) {
        at = write_elements(c, at, field, &node);
    }
    c->path = node.outer;
    return at;
}

static uint64_t hash_of(const struct schema_field *key_field, struct view written)
{
    uint64_t value = 0;
    if (key_field->type == SCHEMA_STRING)
        return key_hash(written);
    if (key_field->wire_type == WIRE_VARINT)
        wire_read_varint(written.data, written.data + written.len, &value);
    else
        memcpy(&value, written.data, written.len);
    return key_hash_number(value);
}

/* The content of one map entry: key, colon, value. A long key moves what was written, so its place is asked of the entry. */
static struct cursor write_entry(struct to_binary *c, struct cursor at, const struct schema_field *field,
                                 const struct open_length *entry, struct key_set *keys)
{
    const struct schema_field *key_field = &field->message->fields[0], *value_field = &field->message->fields[1];
    const char *key_in = at.in;
    c->path->key = (struct view){0};
    if (peek(c, at.in) != '"')
        return to_binary_expected(c, at.in, "a key in quotes");
    at.out = to_binary_write_tag(at.out, key_field);
    at = key_field->type == SCHEMA_STRING ? to_binary_string(c, at) : to_binary_map_key(c, at, key_field);
    if (!at.in)
        return at;
    c->path->key = view_make(key_in + 1, (size_t)(at.in - key_in) - 2);
    size_t key_at = entry->at + entry->width + key_field->tag_len;
    struct view written = view_make(output_at(&c->output, key_at), output_offset(&c->output, at) - key_at);
    switch (key_set_add(keys, c->path->key, hash_of(key_field, written))) {
    case KEY_SET_ADDED: break;
    case KEY_SET_DUPLICATE: return to_binary_fail(c, key_in, "this key stands twice in the map");
    default: return output_too_large(&c->output);
    }
    at = to_binary_colon(c, at);
    if (at.in && peek(c, at.in) == 'n' && !is_null_value(value_field))
        return to_binary_fail(c, at.in, "null is not allowed as a map's value");
    return at.in ? to_binary_singular(c, at, value_field) : at;
}

static struct cursor write_entries(struct to_binary *c, struct cursor at, const struct schema_field *field,
                                   struct key_set *keys)
{
    bool done = false;
    at = to_binary_first(c, at, '}', &done);
    while (at.in && !done) {
        struct open_length entry;
        at = output_room(&c->output, at, OUTPUT_TOKEN_BYTES * 2);
        if (!at.in || !to_binary_enter(c, at))
            return cursor_failed();
        at.out = to_binary_write_tag(at.out, field);
        at = to_binary_open(c, at, &entry);
        at = write_entry(c, at, field, &entry, keys);
        if (!at.in)
            return at;
        to_binary_leave(c);
        at = to_binary_close(c, at, &entry);
        if (at.in && field->message->fields[1].type == SCHEMA_ENUM && c->dropped)
            at.out = output_at(&c->output, entry.at - field->tag_len);
        if (at.in)
            at = to_binary_next(c, at, '}', &done);
    }
    return at;
}

static struct cursor write_map(struct to_binary *c, struct cursor at, const struct schema_field *field)
{
    if (peek(c, at.in) != '{')
        return to_binary_expected(c, at.in, "an object");
    at.in++;
    struct path_node node = {.outer = c->path};
    struct key_set keys;
    bool string_keys = field->message->fields[0].type == SCHEMA_STRING;
    key_set_init(&keys, string_keys ? &to_binary_string_keys : &key_set_numbers);
    c->path = &node;
    at = write_entries(c, at, field, &keys);
    c->path = node.outer;
    key_set_free(&keys);
    return at;
}

/* The value of a member whose field is known. null means that the field is absent, save for the types that have it as a value. */
static inline struct cursor write_value(struct to_binary *c, struct cursor at, const struct schema_field *field,
                                        struct members *members)
{
    if (__builtin_expect(peek(c, at.in) == 'n', 0) && (field->repeated || !is_null_value(field))) {
        if (!take_word(c, &at.in, "null", 4))
            return to_binary_fail(c, at.in, "expected null");
        return at;
    }
    if (field->oneof && test_and_set(members->seen, members->message->field_count + field->oneof - 1u))
        return to_binary_fail(c, at.in, "another field of the same oneof is set already");
    if (!field->repeated)
        return to_binary_singular(c, at, field);
    return field->map ? write_map(c, at, field) : write_array(c, at, field);
}

/*
 * The same, and its path into the field mask, unless it is a message that put those of its members there. What is ignored (fields and
 * names of enums that are unknown) asks for no change.
 */
__attribute__((noinline, cold)) static struct cursor
write_masked_value(struct to_binary *c, struct cursor at, const struct schema_field *field, struct members *members)
{
    struct buf *mask = c->field_mask;
    bool message = !field->repeated && field->message && field->message->well_known == SCHEMA_ORDINARY;
    bool entered = message && peek(c, at.in) == '{' && peek(c, skip_space(at.in + 1, c->end)) != '}';
    c->field_mask = entered ? mask : NULL;
    c->dropped = false;
    at = write_value(c, at, field, members);
    c->field_mask = mask;
    bool ignored = c->dropped && field->type == SCHEMA_ENUM && !field->repeated;
    if (at.in && !entered && !ignored && !to_binary_add_to_mask(c))
        return output_too_large(&c->output);
    return at;
}

static inline struct cursor write_member(struct to_binary *c, struct cursor at, const struct schema_field *field,
                                         struct members *members)
{
    if (__builtin_expect(c->field_mask != NULL, 0))
        return write_masked_value(c, at, field, members);
    return write_value(c, at, field, members);
}

static struct cursor read_members(struct to_binary *c, struct cursor at, struct members *members)
{
    const struct schema_message *message = members->message;
    const struct schema_field *end = message->fields + message->field_count;
    bool done = false;
    at = to_binary_first(c, at, '}', &done);
    while (at.in && !done) {
        const struct schema_field *field = NULL;
        const char *key_in = at.in;
        at = read_key(c, at, members, &field);
        if (!at.in)
            return at;
        if (field) {
            c->path->field = field;
            if (test_and_set(members->seen, field->index))
                return to_binary_fail(c, key_in, "this field stands twice in the object");
            at = write_member(c, at, field, members);
            members->expected = field + 1 < end ? field + 1 : NULL;
        }
        if (at.in)
            at = to_binary_next(c, at, '}', &done);
    }
    return at;
}

struct cursor to_binary_members(struct to_binary *c, struct cursor at, const struct schema_message *message,
                                bool any_type)
{
    struct path_node node = {.outer = c->path};
    struct members members = {
        .message = message,
        .expected = message->field_count ? message->fields : NULL,
        .any_type = any_type,
    };
    size_t words = ((size_t)message->field_count + message->oneof_count + 63) / 64;
    members.seen = words <= SEEN_WORDS ? members.few_seen : calloc(words, sizeof(*members.seen));
    if (!members.seen)
        return output_too_large(&c->output);
    c->path = &node;
    at = read_members(c, at, &members);
    c->path = node.outer;
    if (members.seen != members.few_seen)
        free(members.seen);
    return at;
}

struct cursor to_binary_message(struct to_binary *c, struct cursor at, const struct schema_message *message)
{
    if (!to_binary_enter(c, at))
        return cursor_failed();
    switch (message->well_known) {
    case SCHEMA_ORDINARY:
        if (__builtin_expect(peek(c, at.in) != '{', 0))
            return to_binary_expected(c, at.in, "an object");
        at.in++;
        at = to_binary_members(c, at, message, false);
        break;
    case SCHEMA_STRUCT: at = to_binary_struct(c, at); break;
    case SCHEMA_VALUE: at = to_binary_value(c, at); break;
    case SCHEMA_LIST_VALUE: at = to_binary_list(c, at); break;
    default: at = to_binary_well_known(c, at, message); break;
    }
    to_binary_leave(c);
    return at;
}

/* The document: one value, white space around it and nothing else. Paths in errors begin in the document, not at the field. */
static struct cursor read_document(struct to_binary *c, struct cursor at, const struct schema_message *message,
                                   const struct schema_field *field)
{
    at.in = skip_space(at.in, c->end);
    if (field) {
        struct members members = {.message = message, .seen = members.few_seen};
        struct schema_field alone = *field;
        alone.oneof = 0;
        at = write_member(c, at, &alone, &members);
    } else {
        at = to_binary_message(c, at, message);
    }
    if (!at.in)
        return at;
    at.in = skip_space(at.in, c->end);
    return at.in == c->end ? at : to_binary_expected(c, at.in, "the end of the input behind the value");
}

bool transcode_json_to_binary(const struct schema_message *message, const struct schema_field *field, struct view json,
                              const struct transcode_options *options, struct buf *out, struct status *st)
{
    const char *in = json.data ? json.data : "";
    size_t len_before = out->len;
    struct to_binary c = {
        .start = in,
        .end = in + json.len,
        .options = options,
        .depth = field != NULL, /* the message around it */
        .unescaped = {.max = json.len + UNESCAPED_SLACK_BYTES, .account = out->account},
        .types = {.max = json.len * 2, .account = out->account}, /* 16 bytes for each {"@type":0} */
        .read_ahead = in,
        .field_mask = options->field_mask,
    };
    struct cursor at = {in, NULL};
    /* Wire bytes are mostly fewer than JSON's: one allocation serves, and none when the buffer is used again. */
    if (!output_start(&c.output, out, json.len + OUTPUT_TOKEN_BYTES, st, &at.out))
        return false;
    at = read_document(&c, at, message, field);
    buf_free(&c.unescaped);
    buf_free(&c.types);
    return output_finish(&c.output, at, len_before);
}
