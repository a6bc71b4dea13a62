/* Timestamp and Duration, FieldMask, the wrappers, Any. Their fields are few: the last occurrence of each counts, in whatever order. */
#include "base/utf8.h"
#include "codec/json/field_mask_text.h"
#include "codec/json/time_text.h"
#include "codec/transcode/to_json.h"

bool to_json_next_field(struct to_json *c, struct piece_reader *reader, struct wire_field *ret_field,
                        const char **ret_malformed)
{
    *ret_malformed = NULL;
    while (reader->count) {
        const char *in = reader->in ? reader->in : reader->pieces->begin;
        if (in != reader->pieces->end) {
            reader->in = wire_read_field(in, reader->pieces->end, TRANSCODE_DEPTH_MAX - c->depth, ret_field);
            *ret_malformed = reader->in ? NULL : in;
            return reader->in != NULL;
        }
        reader->pieces++;
        reader->count--;
        reader->in = NULL;
    }
    return false;
}

/* The content of a string field. False: failed. */
static bool take_text(struct to_json *c, const struct wire_field *field, struct view *ret_text)
{
    struct view text = view_make(field->begin, (size_t)(field->end - field->begin));
    size_t valid = utf8_valid_len(text);
    if (valid != text.len) {
        to_json_fail(c, text.data + valid, "expected UTF-8, found byte 0x%02x", (unsigned char)text.data[valid]);
        return false;
    }
    *ret_text = text;
    return true;
}

/* Seconds as field 1, nanos as field 2, in both types. */
static struct cursor write_time(struct to_json *c, struct cursor at, struct piece_reader reader, bool timestamp)
{
    struct wire_field field;
    const char *shown = at.in, *malformed;
    uint64_t seconds = 0, nanos = 0;
    while (to_json_next_field(c, &reader, &field, &malformed)) {
        if (field.type == WIRE_VARINT && field.number == 1)
            wire_read_varint(field.begin, field.end, &seconds);
        else if (field.type == WIRE_VARINT && field.number == 2)
            wire_read_varint(field.begin, field.end, &nanos);
    }
    if (malformed)
        return to_json_malformed(c, malformed);
    at = output_room(&c->output, at, TIME_TEXT_BYTES_MAX + 2);
    if (!at.in)
        return at;
    *at.out++ = '"';
    bool written = timestamp
                       ? time_text_write_timestamp(at.out, (int64_t)seconds, (int32_t)nanos, &at.out, c->output.st)
                       : time_text_write_duration(at.out, (int64_t)seconds, (int32_t)nanos, &at.out, c->output.st);
    if (!written) {
        c->output.st->code = STATUS_FAILED_PRECONDITION;
        return to_json_fail_here(c, shown);
    }
    *at.out++ = '"';
    return at;
}

static struct cursor write_field_mask(struct to_json *c, struct cursor at, struct piece_reader reader)
{
    struct wire_field field;
    const char *malformed;
    at = to_json_char(c, at, '"');
    for (bool first = true; at.in && to_json_next_field(c, &reader, &field, &malformed);) {
        size_t len;
        struct view path;
        if (field.number != 1 || field.type != WIRE_LENGTH)
            continue;
        if (!take_text(c, &field, &path))
            return cursor_failed();
        at = output_room(&c->output, at, path.len + 1);
        if (!at.in)
            return at;
        if (!first)
            *at.out++ = ',';
        first = false;
        if (!field_mask_text_to_json(at.out, path, &len, c->output.st)) {
            c->output.st->code = STATUS_FAILED_PRECONDITION;
            return to_json_fail_here(c, field.begin);
        }
        at.out += len;
        malformed = NULL;
    }
    if (at.in && malformed)
        return to_json_malformed(c, malformed);
    return at.in ? to_json_char(c, at, '"') : at;
}

static struct cursor write_wrapper(struct to_json *c, struct cursor at, struct piece_reader reader,
                                   const struct schema_field *value)
{
    struct wire_field field, last = {.begin = NULL};
    const char *malformed;
    while (to_json_next_field(c, &reader, &field, &malformed))
        if (field.number == value->number && field.type == value->wire_type)
            last = field;
    if (malformed)
        return to_json_malformed(c, malformed);
    if (!last.begin)
        return to_json_default(c, at, value);
    return to_json_element(c, at, &last, value);
}

/* The message in an Any is mere bytes to who parses the Any: when they are malformed, the Any is a value without JSON form. */
static struct cursor write_inner(struct to_json *c, struct cursor at, struct view value,
                                 const struct schema_message *message)
{
    bool scattered = c->scattered;
    at.in = value.data;
    at = to_json_message(c, at, value.data + value.len, message);
    bool failed = !at.in && c->scattered == scattered;
    if (failed && c->output.st->code == STATUS_INVALID_ARGUMENT)
        c->output.st->code = STATUS_FAILED_PRECONDITION;
    return at;
}

static struct cursor write_any(struct to_json *c, struct cursor at, struct piece_reader reader)
{
    struct wire_field field;
    struct view url = {0}, value = VIEW("");
    const char *malformed, *shown = at.in;
    while (to_json_next_field(c, &reader, &field, &malformed)) {
        if (field.number == 1 && field.type == WIRE_LENGTH && !take_text(c, &field, &url))
            return cursor_failed();
        if (field.number == 2 && field.type == WIRE_LENGTH)
            value = view_make(field.begin, (size_t)(field.end - field.begin));
    }
    if (malformed)
        return to_json_malformed(c, malformed);
    if (url.len == 0 && value.len == 0)
        return to_json_word(c, at, (struct view)VIEW("{}"));
    const struct schema_message *message = schema_find_type(c->options->schema, url);
    if (!message)
        return to_json_fail_value(c, shown, "an Any of the type \"%.*s\", which is not known here", VIEW_ARG(url));
    at = to_json_word(c, at, (struct view)VIEW("{\"@type\":"));
    if (!at.in)
        return at;
    at = to_json_string(c, (struct cursor){url.data, at.out}, url.len);
    if (!at.in)
        return at;
    if (message->well_known == SCHEMA_ORDINARY) {
        /* The object's bracket becomes the comma behind "@type", or nothing when the object is empty. */
        size_t begin = output_offset(&c->output, at);
        at = write_inner(c, at, value, message);
        if (at.in && output_offset(&c->output, at) == begin + 2) {
            at.out -= 2;
            return to_json_char(c, at, '}');
        }
        if (at.in)
            *output_at(&c->output, begin) = ',';
        return at;
    }
    at = to_json_word(c, at, (struct view)VIEW(",\"value\":"));
    if (at.in)
        at = write_inner(c, at, value, message);
    return at.in ? to_json_char(c, at, '}') : at;
}

struct cursor to_json_well_known(struct to_json *c, struct cursor at, const struct piece *pieces, size_t count,
                                 const struct schema_message *message)
{
    struct piece_reader reader = {pieces, count, NULL};
    switch (message->well_known) {
    case SCHEMA_TIMESTAMP: return write_time(c, at, reader, true);
    case SCHEMA_DURATION: return write_time(c, at, reader, false);
    case SCHEMA_FIELD_MASK: return write_field_mask(c, at, reader);
    case SCHEMA_WRAPPER: return write_wrapper(c, at, reader, &message->fields[0]);
    default: return write_any(c, at, reader);
    }
}
