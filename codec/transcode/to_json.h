/*
 * Wire bytes to JSON text: what the files to_json_*.c share.
 *
 * Flow     Serializers write fields in the order of their numbers, each field in one run. Such bytes are printed as they come, in one
 *          pass (binary_to_json.c). The wire format allows any other order, and several occurrences that merge: where bytes turn
 *          out to be of that kind the output is thrown away, once for the whole message, and everything is done again by the way that
 *          sorts first (to_json_scattered.c). So the worst case is twice the work, not twice a level.
 * Order    Fields are printed in the order of their numbers in both ways.
 * Errors   Bytes that are not the message's wire form: INVALID_ARGUMENT. Bytes that are, but of a value that has no JSON form (a
 *          Timestamp out of range, an Any of an unknown type): FAILED_PRECONDITION.
 */
#ifndef CODEC_TRANSCODE_TO_JSON_H
#define CODEC_TRANSCODE_TO_JSON_H

#include "base/status.h"
#include "base/view.h"
#include "codec/schema/schema.h"
#include "codec/transcode/block.h"
#include "codec/transcode/cursor.h"
#include "codec/transcode/key_set.h"
#include "codec/transcode/path.h"
#include "codec/transcode/transcode.h"
#include "codec/wire/wire.h"

struct to_json {
    const char *start; /* of the bytes */
    const char *end;   /* of all of them: what may be read, if not used */
    struct output output;
    const struct transcode_options *options;
    struct path_node *path;
    unsigned depth; /* messages around the current one */
    bool scattered; /* the bytes are known not to be in order */
};

/* --- errors (to_json_error.c) --- */

/* INVALID_ARGUMENT at this byte: "FIELD.PATH (byte N): text". */
struct cursor to_json_fail(struct to_json *c, const char *in, const char *format, ...)
    __attribute__((format(printf, 3, 4), cold));

/* FAILED_PRECONDITION: the value has no JSON form. */
struct cursor to_json_fail_value(struct to_json *c, const char *in, const char *format, ...)
    __attribute__((format(printf, 3, 4), cold));

/* Puts path and position before the message that a leaf codec left in the status. */
struct cursor to_json_fail_here(struct to_json *c, const char *in) __attribute__((cold));

struct cursor to_json_malformed(struct to_json *c, const char *in) __attribute__((cold));

/* Fails so that transcode_binary_to_json() begins again and sorts. Only while !c->scattered. */
static inline struct cursor to_json_sort_instead(struct to_json *c)
{
    c->scattered = true;
    return cursor_failed();
}

/* --- small things --- */

static inline bool to_json_enter(struct to_json *c, const char *in)
{
    if (__builtin_expect(c->depth >= TRANSCODE_DEPTH_MAX, 0)) {
        to_json_fail(c, in, "nested deeper than %d messages", TRANSCODE_DEPTH_MAX);
        return false;
    }
    c->depth++;
    return true;
}

static inline void to_json_leave(struct to_json *c)
{
    c->depth--;
}

/* ,"name": in the spelling that was asked for. */
static inline struct cursor to_json_key(struct to_json *c, struct cursor at, const struct schema_field *field)
{
    const struct view *key = c->options->proto_names ? &field->proto_key : &field->json_key;
    at = output_room(&c->output, at, key->len + SCHEMA_KEY_SLACK_BYTES);
    if (!at.in)
        return at;
    memcpy(at.out, key->data, SCHEMA_KEY_SLACK_BYTES);
    if (__builtin_expect(key->len > SCHEMA_KEY_SLACK_BYTES, 0))
        memcpy(at.out, key->data, key->len);
    at.out += key->len;
    return at;
}

/* Takes key and brackets back when a repeated field turned out to have no elements: its default is printed only if asked for. */
static inline struct cursor to_json_drop_empty(struct to_json *c, struct cursor at, const struct schema_field *field,
                                               size_t value_at)
{
    if (at.in && output_offset(&c->output, at) == value_at + 2 && !c->options->emit_defaults)
        at.out -= 2 + (c->options->proto_names ? field->proto_key.len : field->json_key.len);
    return at;
}

static inline struct cursor to_json_char(struct to_json *c, struct cursor at, char character)
{
    at = output_room(&c->output, at, 1);
    if (at.in)
        *at.out++ = character;
    return at;
}

static inline struct cursor to_json_word(struct to_json *c, struct cursor at, struct view word)
{
    at = output_room(&c->output, at, word.len);
    if (at.in) {
        memcpy(at.out, word.data, word.len);
        at.out += word.len;
    }
    return at;
}

/* Puts the brackets around elements that each began with a comma, the first of them at offset begin; "{}" when there is none. */
static inline struct cursor to_json_close(struct to_json *c, struct cursor at, size_t begin, char opening, char closing)
{
    at = output_room(&c->output, at, 2);
    if (!at.in)
        return at;
    if (output_offset(&c->output, at) == begin)
        at.out++;
    *output_at(&c->output, begin) = opening;
    *at.out++ = closing;
    return at;
}

/* Where the content of a length-delimited field ends, or NULL; *in is moved to its beginning. */
static inline const char *take_content(const char **in, const char *end)
{
    size_t len;
    *in = wire_read_length(*in, end, &len);
    return *in ? *in + len : NULL;
}

/* Whether a field of this wire type on the wire can be the schema's field: packed or not, both are read. */
static inline bool fits_wire_type(const struct schema_field *field, unsigned type)
{
    return type == field->wire_type || (type == WIRE_LENGTH && field->repeated && field->wire_type != WIRE_START_GROUP);
}

static inline bool is_packed(const struct schema_field *field, unsigned type)
{
    return type != field->wire_type;
}

/* --- strings (to_json_text.c) --- */

/* The slow half of to_json_string(), which made the room. */
struct cursor to_json_any_string(struct to_json *c, struct cursor at, size_t len);

/* The string of len bytes at the cursor, in quotes, escaped and checked. */
static inline struct cursor to_json_string(struct to_json *c, struct cursor at, size_t len)
{
    at = output_room(&c->output, at, len + BLOCK_BYTES + 2);
    if (__builtin_expect(!at.in, 0))
        return at;
    if (len < BLOCK_BYTES && c->end - at.in >= BLOCK_BYTES) {
        struct block_scan scan = block_copy(at.out + 1, at.in);
        if (((scan.special | scan.non_ascii) & ((1u << len) - 1)) == 0) {
            at.out[0] = '"';
            at.out[len + 1] = '"';
            at.in += len;
            at.out += len + 2;
            return at;
        }
    }
    return to_json_any_string(c, at, len);
}

/* --- values (to_json_scalar.c) --- */

/* One scalar without its tag; `end` bounds it. Also strings and bytes, with their length. */
struct cursor to_json_scalar(struct to_json *c, struct cursor at, const char *end, const struct schema_field *field);

/* Bytes in base64; len of them at the cursor. */
struct cursor to_json_bytes(struct to_json *c, struct cursor at, size_t len);

/* One element of a packed field with a comma before it, or nothing for an enum's unknown number. */
struct cursor to_json_packed_number(struct to_json *c, struct cursor at, const char *end,
                                    const struct schema_field *field);

/* A map's key: a scalar in quotes, whatever its type. */
struct cursor to_json_map_key(struct to_json *c, struct cursor at, const char *end, const struct schema_field *field);

/* What a field prints that is not there: 0, "", false, the first enum value, [], {}; null for a message. */
struct cursor to_json_default(struct to_json *c, struct cursor at, const struct schema_field *field);

/* The slow half of to_json_is_default(). */
bool to_json_is_zero(const struct schema_field *field, const char *in, const char *end);

/* Whether the bytes behind the tag say no more of a field without presence than its absence would. */
static inline bool to_json_is_default(const struct schema_field *field, const char *in, const char *end)
{
    return !field->has_presence && !field->repeated && in != end && ((*in & 0x7f) == 0 || field->enumeration) &&
           to_json_is_zero(field, in, end);
}

/* ,"name":default for each field without presence from index `from` up to `to`, if they are to be printed. */
struct cursor to_json_absent_fields(struct to_json *c, struct cursor at, const struct schema_message *message,
                                    unsigned from, unsigned to);

/* The slow half of to_json_is_unknown_enum(). */
bool to_json_is_undeclared(const struct schema_field *field, const char *in, const char *end);

/* Whether a closed enum's number is not declared, so that the field counts as unknown. `in` is at the number. */
static inline bool to_json_is_unknown_enum(const struct schema_field *field, const char *in, const char *end)
{
    return field->type == SCHEMA_ENUM && field->enumeration->closed && to_json_is_undeclared(field, in, end);
}

/* How a map's keys are told apart, given as wire bytes (a string's without length). */
const struct key_type *to_json_key_type(const struct schema_field *key_field);
uint64_t to_json_key_hash(const struct schema_field *key_field, struct view key);

/* --- messages --- */

/* The message whose content is from the cursor to `end`, fields in order. (binary_to_json.c) */
struct cursor to_json_message(struct to_json *c, struct cursor at, const char *end,
                              const struct schema_message *message);

/* The value of one field: as to_json_message() for a message, or a scalar with its length. (binary_to_json.c) */
struct cursor to_json_singular(struct to_json *c, struct cursor at, const char *end, const struct schema_field *field);

/* Struct, Value and ListValue. (to_json_struct.c) */
struct cursor to_json_struct(struct to_json *c, struct cursor at, const char *end);
struct cursor to_json_value(struct to_json *c, struct cursor at, const char *end);
struct cursor to_json_list(struct to_json *c, struct cursor at, const char *end);
struct cursor to_json_number_value(struct to_json *c, struct cursor at);

/* --- bytes in any order --- */

/* Pieces of one message: what stands in them one behind the other is the message. */
struct piece {
    const char *begin;
    const char *end;
};

/* Walks the fields of all pieces. */
struct piece_reader {
    const struct piece *pieces;
    size_t count;
    const char *in; /* in pieces[0]; NULL: at its beginning */
};

/* The next field. False at the end, and when the bytes are malformed: *ret_malformed is then where, otherwise NULL. */
bool to_json_next_field(struct to_json *c, struct piece_reader *reader, struct wire_field *ret_field,
                        const char **ret_malformed);

/*
 * The functions that take pieces: the cursor's `in` is any non-NULL pointer and comes back as any.
 * Timestamp, Duration, FieldMask, the wrappers and Any. (to_json_well_known.c)
 */
struct cursor to_json_well_known(struct to_json *c, struct cursor at, const struct piece *pieces, size_t count,
                                 const struct schema_message *message);

/* One value, message or scalar, from its content. (to_json_scattered.c) */
struct cursor to_json_element(struct to_json *c, struct cursor at, const struct wire_field *wire,
                              const struct schema_field *field);

/* Any message. (to_json_scattered.c) */
struct cursor to_json_scattered(struct to_json *c, struct cursor at, const struct piece *pieces, size_t count,
                                const struct schema_message *message);

/* One field of it alone. */
struct cursor to_json_scattered_field(struct to_json *c, struct cursor at, struct piece piece,
                                      const struct schema_message *message, const struct schema_field *field);

#endif
