/* Timestamp and Duration, FieldMask, the wrappers, Any: what https://protobuf.dev/programming-guides/json/ gives a form of their own. */
#include "codec/json/field_mask_text.h"
#include "codec/json/time_text.h"
#include "codec/transcode/to_binary.h"

/* Seconds as field 1, nanos as field 2, in both types. */
static struct cursor write_time(struct to_binary *c, struct cursor at, const struct schema_message *message,
                                struct view text, const char *shown)
{
    int64_t seconds;
    int32_t nanos;
    bool parsed = message->well_known == SCHEMA_TIMESTAMP
                      ? time_text_parse_timestamp(text, &seconds, &nanos, c->output.st)
                      : time_text_parse_duration(text, &seconds, &nanos, c->output.st);
    if (!parsed)
        return to_binary_fail_here(c, shown);
    at = output_room(&c->output, at, OUTPUT_TOKEN_BYTES);
    if (!at.in)
        return at;
    if (seconds) {
        *at.out++ = WIRE_TAG(1, WIRE_VARINT);
        at.out = wire_write_varint(at.out, (uint64_t)seconds);
    }
    if (nanos) {
        *at.out++ = WIRE_TAG(2, WIRE_VARINT);
        at.out = wire_write_varint(at.out, (uint64_t)nanos);
    }
    return at;
}

/* repeated string paths = 1 */
static struct cursor write_field_mask(struct to_binary *c, struct cursor at, struct view text, const char *shown)
{
    struct view path;
    for (size_t offset = 0; field_mask_text_next(text, &offset, &path);) {
        struct open_length length;
        size_t len;
        at = output_room(&c->output, at, FIELD_MASK_TEXT_PROTO_BYTES_MAX(path.len) + OUTPUT_TOKEN_BYTES);
        if (!at.in)
            return at;
        *at.out++ = WIRE_TAG(1, WIRE_LENGTH);
        at = to_binary_open(c, at, &length);
        if (!field_mask_text_to_proto(at.out, path, &len, c->output.st))
            return to_binary_fail_here(c, shown);
        at.out += len;
        at = to_binary_close(c, at, &length);
        if (!at.in)
            return at;
    }
    return at;
}

struct cursor to_binary_well_known_text(struct to_binary *c, struct cursor at, const struct schema_message *message,
                                        struct view text, const char *shown)
{
    return message->well_known == SCHEMA_FIELD_MASK ? write_field_mask(c, at, text, shown)
                                                    : write_time(c, at, message, text, shown);
}

static struct cursor write_from_string(struct to_binary *c, struct cursor at, const struct schema_message *message)
{
    const char *shown = at.in;
    struct view text;
    if (peek(c, at.in) != '"')
        return to_binary_expected(c, at.in, "a string");
    at = to_binary_text(c, at, &text);
    return at.in ? to_binary_well_known_text(c, at, message, text, shown) : at;
}

/* {"@type": …, "value": …} around a type that has a JSON form of its own. */
static struct cursor write_any_value(struct to_binary *c, struct cursor at, const struct schema_message *message)
{
    bool done = false, found = false, type_found = false;
    at = to_binary_first(c, at, '}', &done);
    while (at.in && !done) {
        struct view key;
        const char *shown = at.in;
        if (peek(c, at.in) != '"')
            return to_binary_expected(c, at.in, "a field name in quotes");
        at = to_binary_text(c, at, &key);
        bool is_value = at.in && view_equal_text(key, "value");
        bool is_type = at.in && view_equal_text(key, "@type");
        if (at.in && ((is_value && found) || (is_type && type_found)))
            return to_binary_fail(c, shown, "this field stands twice in the object");
        if (at.in && !is_value && !is_type && !c->options->ignore_unknown_fields)
            return to_binary_fail(c, shown, "expected \"@type\" and \"value\" alone in an Any of %.*s",
                                  VIEW_ARG(message->full_name));
        found |= is_value;
        type_found |= is_type;
        if (at.in)
            at = to_binary_colon(c, at);
        if (at.in)
            at = is_value ? to_binary_message(c, at, message) : to_binary_skip(c, at);
        if (at.in)
            at = to_binary_next(c, at, '}', &done);
    }
    if (at.in && !found)
        return to_binary_fail(c, at.in - 1, "an Any of %.*s needs its \"value\"", VIEW_ARG(message->full_name));
    return at;
}

/* {"@type": …} and the members of the message itself. */
static struct cursor write_any_members(struct to_binary *c, struct cursor at, const struct schema_message *message)
{
    if (!to_binary_enter(c, at))
        return cursor_failed();
    at = to_binary_members(c, at, message, true);
    to_binary_leave(c);
    return at;
}

/* type_url = 1, value = 2 */
static struct cursor write_any(struct to_binary *c, struct cursor at)
{
    const char *shown = at.in;
    struct view url;
    if (peek(c, at.in) != '{')
        return to_binary_expected(c, at.in, "an object");
    at.in++;
    struct cursor ahead = to_binary_any_type(c, at, &url);
    if (!ahead.in)
        return ahead;
    if (!url.data) {
        bool empty = false;
        at = to_binary_first(c, at, '}', &empty);
        return empty ? at : to_binary_fail(c, shown, "an Any needs its \"@type\"");
    }
    const struct schema_message *message = schema_find_type(c->options->schema, url);
    if (!message)
        return to_binary_fail(c, shown, "expected PREFIX/NAME of a message that is known here, found \"%.*s\"",
                              VIEW_ARG(url));
    struct open_length url_length, value_length;
    at.out = ahead.out;
    at = output_room(&c->output, at, url.len + 2 * OUTPUT_TOKEN_BYTES);
    if (!at.in)
        return at;
    *at.out++ = WIRE_TAG(1, WIRE_LENGTH);
    at = to_binary_open(c, at, &url_length);
    memmove(at.out, url.data, url.len);
    at.out += url.len;
    at = to_binary_close(c, at, &url_length);
    if (at.in)
        at = output_room(&c->output, at, OUTPUT_TOKEN_BYTES);
    if (!at.in)
        return at;
    size_t begin_at = output_offset(&c->output, at);
    *at.out++ = WIRE_TAG(2, WIRE_LENGTH);
    at = to_binary_open(c, at, &value_length);
    at = message->well_known == SCHEMA_ORDINARY ? write_any_members(c, at, message) : write_any_value(c, at, message);
    if (at.in)
        at = to_binary_close(c, at, &value_length);
    if (at.in && output_offset(&c->output, at) == begin_at + 2)
        at.out = output_at(&c->output, begin_at); /* an empty value is the default, which is not written */
    return at;
}

struct cursor to_binary_well_known(struct to_binary *c, struct cursor at, const struct schema_message *message)
{
    switch (message->well_known) {
    case SCHEMA_TIMESTAMP:
    case SCHEMA_DURATION:
    case SCHEMA_FIELD_MASK: return write_from_string(c, at, message);
    case SCHEMA_WRAPPER: return to_binary_singular(c, at, &message->fields[0]);
    default: return write_any(c, at);
    }
}
