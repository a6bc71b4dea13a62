/*
 * JSON text to wire bytes: what the files to_binary_*.c share.
 *
 * Flow     Recursive descent over the text, one function a production, each writing what it read. A function that fails sets the
 *          status by to_binary_fail() and returns the failed cursor.
 * Lengths  A message's length stands before its content and is known after it. One byte is left for it; when more are needed the
 *          content moves up, and so do those of all messages around it, which need at least as many: thus every byte moves at most four
 *          times, however deep the nesting (open_length below).
 */
#ifndef CODEC_TRANSCODE_TO_BINARY_H
#define CODEC_TRANSCODE_TO_BINARY_H

#include <stdint.h>

#include "base/status.h"
#include "base/view.h"
#include "codec/schema/schema.h"
#include "codec/transcode/cursor.h"
#include "codec/transcode/key_set.h"
#include "codec/transcode/path.h"
#include "codec/transcode/transcode.h"
#include "codec/wire/wire.h"

/* No text is longer than the JSON that it stands in; strings are copied in blocks, which reach behind their ends. */
#define UNESCAPED_SLACK_BYTES 256

/* A length that is not known yet. */
struct open_length {
    struct open_length *outer;
    size_t at;      /* offset of its first byte in the output */
    unsigned width; /* bytes left for it */
};

struct to_binary {
    const char *start; /* of the JSON text */
    const char *end;
    struct output output;
    const struct transcode_options *options;
    struct path_node *path;
    struct open_length *open;
    struct buf unescaped;   /* the text of to_binary_text() */
    struct buf types;       /* what to_binary_note_type() notes */
    const char *read_ahead; /* up to here the notes are complete */
    bool noting_types;
    unsigned depth;         /* messages around the current one */
    struct buf *field_mask; /* gets the paths of the members that are read; NULL: nobody asked, or not at this depth */
    bool dropped; /* the enum that was read last has an unknown name, which is to be ignored: nothing was written */
    bool text;    /* the input is a value of a path or query, not a document: errors have no position */
};

/* --- errors (to_binary_error.c) --- */

/* Fails at this character: "FIELD.PATH (line L, column C): text". Returns the failed cursor. */
struct cursor to_binary_fail(struct to_binary *c, const char *in, const char *format, ...)
    __attribute__((format(printf, 3, 4), cold));

/* The same for text that is not what was expected there: "expected WHAT, found a number". */
struct cursor to_binary_expected(struct to_binary *c, const char *in, const char *what) __attribute__((cold));

/* The same for text at `in` that is no number, or stops being one at `end`. */
struct cursor to_binary_not_a_number(struct to_binary *c, const char *in, const char *end, const char *what)
    __attribute__((cold));

/* Puts path and position before the message that a leaf codec left in the status. */
struct cursor to_binary_fail_here(struct to_binary *c, const char *in) __attribute__((cold));

/* --- lengths (to_binary_length.c) --- */

static inline char *to_binary_write_tag(char *out, const struct schema_field *field)
{
    memcpy(out, field->tag, sizeof(field->tag));
    return out + field->tag_len;
}

/* Leaves room for the length of what follows. The caller made room for a token. */
static inline struct cursor to_binary_open(struct to_binary *c, struct cursor at, struct open_length *length)
{
    length->outer = c->open;
    length->at = output_offset(&c->output, at);
    length->width = 1;
    c->open = length;
    at.out++;
    return at;
}

struct cursor to_binary_close_long(struct to_binary *c, struct cursor at, struct open_length *length);

/* Fills the length in: everything written since to_binary_open(). */
static inline struct cursor to_binary_close(struct to_binary *c, struct cursor at, struct open_length *length)
{
    char *first = output_at(&c->output, length->at);
    size_t len = (size_t)(at.out - first) - length->width;
    if (__builtin_expect(len >= 0x80 || length->width > 1, 0))
        return to_binary_close_long(c, at, length);
    *first = (char)len;
    c->open = length->outer;
    return at;
}

/* Counts a message, list or map entry that begins, against TRANSCODE_DEPTH_MAX; to_binary_leave() when it ends. */
static inline bool to_binary_enter(struct to_binary *c, struct cursor at)
{
    if (__builtin_expect(c->depth >= TRANSCODE_DEPTH_MAX, 0)) {
        to_binary_fail(c, at.in, "nested deeper than %d messages", TRANSCODE_DEPTH_MAX);
        return false;
    }
    c->depth++;
    return true;
}

static inline void to_binary_leave(struct to_binary *c)
{
    c->depth--;
}

/* --- text (to_binary_text.c) --- */

static inline const char *skip_space(const char *in, const char *end)
{
    while (in < end && (unsigned char)*in <= ' ' && (*in == ' ' || *in == '\n' || *in == '\r' || *in == '\t'))
        in++;
    return in;
}

/* The character at the cursor, or '\0' (which no JSON token has) at the end. */
static inline char peek(const struct to_binary *c, const char *in)
{
    return in < c->end ? *in : '\0';
}

/* Takes the word if it stands here: true, false, null. */
static inline bool take_word(const struct to_binary *c, const char **in, const char *word, size_t len)
{
    if ((size_t)(c->end - *in) < len || memcmp(*in, word, len) != 0)
        return false;
    *in += len;
    return true;
}

/* Copies the content of a string, unescaped and checked; `in` is behind the opening quote, and comes back behind the closing one. */
struct cursor to_binary_string_content(struct to_binary *c, struct cursor at);

/* Writes length and content of the string at the cursor. */
struct cursor to_binary_string(struct to_binary *c, struct cursor at);

/*
 * The content of the string at the cursor as text, for values that are not stored as they stand (numbers, enum names, dates). It is
 * borrowed from the JSON text, or from c->unescaped when it had escapes; it is valid until the next text. Returns the cursor behind the
 * string.
 */
struct cursor to_binary_text(struct to_binary *c, struct cursor at, struct view *ret_text);

/* The same without writing anything. */
struct cursor to_binary_skip_string(struct to_binary *c, struct cursor at);

/* Adds the path that the reader is at to c->field_mask. False: it has no room. (field_mask.c) */
bool to_binary_add_to_mask(struct to_binary *c);

/* Skips one value of any form, checking that it is JSON. (to_binary_skip.c) */
struct cursor to_binary_skip(struct to_binary *c, struct cursor at);

/* String keys as they stand in the text, escapes and all. For key sets. */
extern const struct key_type to_binary_string_keys;

/* --- separators --- */

/* Behind an element: moves to the next one, or behind the closing bracket and sets *ret_done. */
static inline struct cursor to_binary_next(struct to_binary *c, struct cursor at, char closing, bool *ret_done)
{
    at.in = skip_space(at.in, c->end);
    char found = peek(c, at.in);
    if (__builtin_expect(found == ',', 1)) {
        at.in = skip_space(at.in + 1, c->end);
        return at;
    }
    if (found != closing)
        return to_binary_expected(c, at.in, closing == '}' ? "',' or '}'" : "',' or ']'");
    at.in++;
    *ret_done = true;
    return at;
}

/* Behind an opening bracket: moves to the first element, or behind the closing one when there is none. */
static inline struct cursor to_binary_first(struct to_binary *c, struct cursor at, char closing, bool *ret_done)
{
    at.in = skip_space(at.in, c->end);
    if (peek(c, at.in) == closing) {
        at.in++;
        *ret_done = true;
    }
    return at;
}

/* Behind a key: takes the colon and moves to the value. */
static inline struct cursor to_binary_colon(struct to_binary *c, struct cursor at)
{
    at.in = skip_space(at.in, c->end);
    if (peek(c, at.in) != ':')
        return to_binary_expected(c, at.in, "':'");
    at.in = skip_space(at.in + 1, c->end);
    return at;
}

/* --- values --- */

/*
 * One value of a field, without its tag: a length and content, or a number. Not for messages. The caller made room for a token.
 * (to_binary_scalar.c)
 */
struct cursor to_binary_scalar(struct to_binary *c, struct cursor at, const struct schema_field *field);

/* The same for a map's key, which is in quotes whatever its type. Not for strings. (to_binary_scalar.c) */
struct cursor to_binary_map_key(struct to_binary *c, struct cursor at, const struct schema_field *field);

/*
 * The same for text that stood in the path or the query: a string as it is, anything else as its JSON form without quotes.
 * (to_binary_scalar.c)
 */
struct cursor to_binary_scalar_text(struct to_binary *c, struct cursor at, const struct schema_field *field,
                                    struct view text);

/* Tag and value, or nothing for a default without presence. (json_to_binary.c) */
struct cursor to_binary_singular(struct to_binary *c, struct cursor at, const struct schema_field *field);

/* The content of a message, without its length: any JSON form that the type has. (json_to_binary.c) */
struct cursor to_binary_message(struct to_binary *c, struct cursor at, const struct schema_message *message);

/* The members of an object whose opening bracket was taken. With any_type, a member "@type" is skipped. (json_to_binary.c) */
struct cursor to_binary_members(struct to_binary *c, struct cursor at, const struct schema_message *message,
                                bool any_type);

/* Struct, Value and ListValue. (to_binary_struct.c) */
struct cursor to_binary_struct(struct to_binary *c, struct cursor at);
struct cursor to_binary_value(struct to_binary *c, struct cursor at);
struct cursor to_binary_list(struct to_binary *c, struct cursor at);

/* Finds the type of the Any whose opening bracket was taken, wherever it stands. *ret_url is empty when there is none. What comes back is
 * no place to go on from, but its `in` is NULL after a failure. (to_binary_any_type.c) */
struct cursor to_binary_any_type(struct to_binary *c, struct cursor at, struct view *ret_url);

/*
 * While an Any's members are read ahead: notes a member if it may be the type of an Any. `key` is as it stands in the quotes, `object`
 * behind the bracket. False: no memory. (to_binary_any_type.c)
 */
MUST_USE bool to_binary_note_type(struct to_binary *c, struct view key, const char *object, const char *value);

/* Timestamp, Duration, FieldMask, the wrappers and Any. (to_binary_well_known.c) */
struct cursor to_binary_well_known(struct to_binary *c, struct cursor at, const struct schema_message *message);

/* Timestamp, Duration and FieldMask from the text that stands in JSON's quotes, and in a path or query without any. */
struct cursor to_binary_well_known_text(struct to_binary *c, struct cursor at, const struct schema_message *message,
                                        struct view text, const char *shown);

#endif
