/*
 * Scalars of every type but string. A value is read as what JSON says it is (a number, or the same in quotes), then written as what the
 * field says.
 */
#include <math.h>

#include "base/ascii.h"
#include "codec/json/base64.h"
#include "codec/json/json_number.h"
#include "codec/transcode/to_binary.h"

/* Where a scalar is read from: the document, or text that stood in quotes. `end` is the end of what may be read. */
struct source {
    const char *in;
    const char *end;
    const char *shown; /* where an error is reported */
    struct view
        text; /* all of what stood in quotes, in the path or the query; data NULL: it is read from the document */
};

/* What a number may be, and how it is written. */
enum number_kind {
    NUMBER_SIGNED,
    NUMBER_UNSIGNED,
    NUMBER_FLOAT,
    NUMBER_DOUBLE,
};

enum number_encoding {
    ENCODING_VARINT,
    ENCODING_ZIGZAG,
    ENCODING_FIXED32,
    ENCODING_FIXED64,
};

struct number_type {
    const char *name;
    enum number_kind kind;
    enum number_encoding encoding;
    int64_t least; /* of signed types */
    uint64_t most; /* of integer types */
};

static const struct number_type number_types[] = {
    [SCHEMA_DOUBLE] = {"double", NUMBER_DOUBLE, ENCODING_FIXED64, 0, 0},
    [SCHEMA_FLOAT] = {"float", NUMBER_FLOAT, ENCODING_FIXED32, 0, 0},
    [SCHEMA_INT64] = {"int64", NUMBER_SIGNED, ENCODING_VARINT, INT64_MIN, INT64_MAX},
    [SCHEMA_UINT64] = {"uint64", NUMBER_UNSIGNED, ENCODING_VARINT, 0, UINT64_MAX},
    [SCHEMA_INT32] = {"int32", NUMBER_SIGNED, ENCODING_VARINT, INT32_MIN, INT32_MAX},
    [SCHEMA_FIXED64] = {"fixed64", NUMBER_UNSIGNED, ENCODING_FIXED64, 0, UINT64_MAX},
    [SCHEMA_FIXED32] = {"fixed32", NUMBER_UNSIGNED, ENCODING_FIXED32, 0, UINT32_MAX},
    [SCHEMA_UINT32] = {"uint32", NUMBER_UNSIGNED, ENCODING_VARINT, 0, UINT32_MAX},
    [SCHEMA_ENUM] = {"an enum", NUMBER_SIGNED, ENCODING_VARINT, INT32_MIN, INT32_MAX},
    [SCHEMA_SFIXED32] = {"sfixed32", NUMBER_SIGNED, ENCODING_FIXED32, INT32_MIN, INT32_MAX},
    [SCHEMA_SFIXED64] = {"sfixed64", NUMBER_SIGNED, ENCODING_FIXED64, INT64_MIN, INT64_MAX},
    [SCHEMA_SINT32] = {"sint32", NUMBER_SIGNED, ENCODING_ZIGZAG, INT32_MIN, INT32_MAX},
    [SCHEMA_SINT64] = {"sint64", NUMBER_SIGNED, ENCODING_ZIGZAG, INT64_MIN, INT64_MAX},
};

static void fail_number(struct to_binary *c, const struct source *source, enum json_number_result result,
                        const struct number_type *type)
{
    if (result == JSON_NUMBER_NOT_INTEGRAL)
        to_binary_fail(c, source->shown, "expected a whole number for %s", type->name);
    else if (result == JSON_NUMBER_OUT_OF_RANGE)
        to_binary_fail(c, source->shown, "the number is out of the range of %s", type->name);
    else if (source->text.data)
        to_binary_fail(c, source->shown, "expected a number, found \"%.*s\"", VIEW_ARG(source->text));
    else
        to_binary_not_a_number(c, source->shown, source->in, "a number");
}

/* "NaN", "Infinity" and "-Infinity", which stand in quotes. */
static bool take_non_finite(struct source *source, double *ret_value)
{
    if (!source->text.data)
        return false;
    if (view_equal_text(source->text, "NaN"))
        *ret_value = (double)NAN;
    else if (view_equal_text(source->text, "Infinity"))
        *ret_value = (double)INFINITY;
    else if (view_equal_text(source->text, "-Infinity"))
        *ret_value = -(double)INFINITY;
    else
        return false;
    source->in = source->end;
    return true;
}

static enum json_number_result read_double(struct source *source, uint64_t *ret_bits)
{
    double value = 0;
    enum json_number_result result = JSON_NUMBER_OK;
    if (!take_non_finite(source, &value))
        result = json_parse_double(source->in, source->end, &value, &source->in);
    memcpy(ret_bits, &value, sizeof(value));
    return result;
}

static enum json_number_result read_float(struct source *source, uint64_t *ret_bits)
{
    double non_finite = 0;
    float value = 0;
    uint32_t bits;
    enum json_number_result result = JSON_NUMBER_OK;
    if (take_non_finite(source, &non_finite))
        value = (float)non_finite;
    else
        result = json_parse_float(source->in, source->end, &value, &source->in);
    memcpy(&bits, &value, sizeof(value));
    *ret_bits = bits;
    return result;
}

static enum json_number_result read_signed(struct source *source, const struct number_type *type, uint64_t *ret_bits)
{
    int64_t value = 0;
    enum json_number_result result = json_parse_int64(source->in, source->end, &value, &source->in);
    *ret_bits = (uint64_t)value;
    bool outside = value < type->least || value > (int64_t)type->most;
    return result == JSON_NUMBER_OK && outside ? JSON_NUMBER_OUT_OF_RANGE : result;
}

static enum json_number_result read_unsigned(struct source *source, const struct number_type *type, uint64_t *ret_bits)
{
    *ret_bits = 0;
    enum json_number_result result = json_parse_uint64(source->in, source->end, ret_bits, &source->in);
    return result == JSON_NUMBER_OK && *ret_bits > type->most ? JSON_NUMBER_OUT_OF_RANGE : result;
}

/* The number's bits: an integer in two's complement, a float or double as in memory. */
static bool read_number(struct to_binary *c, struct source *source, const struct number_type *type, uint64_t *ret_bits)
{
    enum json_number_result result;
    switch (type->kind) {
    case NUMBER_SIGNED: result = read_signed(source, type, ret_bits); break;
    case NUMBER_UNSIGNED: result = read_unsigned(source, type, ret_bits); break;
    case NUMBER_FLOAT: result = read_float(source, ret_bits); break;
    default: result = read_double(source, ret_bits); break;
    }
    if (result != JSON_NUMBER_OK)
        fail_number(c, source, result, type);
    return result == JSON_NUMBER_OK;
}

static char *encode_number(char *out, enum number_encoding encoding, uint64_t bits)
{
    switch (encoding) {
    case ENCODING_VARINT: return wire_write_varint(out, bits);
    case ENCODING_ZIGZAG: return wire_write_varint(out, wire_zigzag64((int64_t)bits));
    case ENCODING_FIXED32: return wire_write_fixed32(out, (uint32_t)bits);
    default: return wire_write_fixed64(out, bits);
    }
}

static bool write_number(struct to_binary *c, struct source *source, const struct schema_field *field, char **out)
{
    const struct number_type *type = &number_types[field->type];
    uint64_t bits;
    if (!read_number(c, source, type, &bits))
        return false;
    *out = encode_number(*out, type->encoding, bits);
    return true;
}

/* A name or a number in text; both the query and JSON strings come here. */
static bool write_enum_text(struct to_binary *c, struct view text, const char *shown, const struct schema_field *field,
                            char **out)
{
    const struct schema_enum_value *value = schema_find_enum_name(field->enumeration, text);
    c->dropped = !value && c->options->ignore_unknown_fields;
    if (value)
        *out = wire_write_varint(*out, (uint64_t)value->number);
    else if (!c->dropped)
        to_binary_fail(c, shown, "%.*s has no value \"%.*s\"", VIEW_ARG(field->enumeration->full_name), VIEW_ARG(text));
    return value || c->dropped;
}

static bool write_enum_number(struct to_binary *c, struct source *source, const struct schema_field *field, char **out)
{
    uint64_t bits;
    if (!read_number(c, source, &number_types[SCHEMA_ENUM], &bits))
        return false;
    int32_t number = (int32_t)bits;
    bool known = !field->enumeration->closed || schema_find_enum_number(field->enumeration, number);
    c->dropped = !known && c->options->ignore_unknown_fields;
    if (known)
        *out = wire_write_varint(*out, bits);
    else if (!c->dropped)
        to_binary_fail(c, source->shown, "%.*s has no value %d", VIEW_ARG(field->enumeration->full_name), number);
    return known || c->dropped;
}

static struct cursor write_bytes(struct to_binary *c, struct cursor at, const char *shown, struct view text)
{
    struct open_length length;
    size_t len;
    at = output_room(&c->output, at, BASE64_DECODED_BYTES_MAX(text.len) + OUTPUT_TOKEN_BYTES);
    if (!at.in)
        return at;
    at = to_binary_open(c, at, &length);
    if (!base64_decode(at.out, text, &len, c->output.st))
        return to_binary_fail_here(c, shown);
    at.out += len;
    return to_binary_close(c, at, &length);
}

static struct cursor write_bool(struct to_binary *c, struct cursor at, struct source *source)
{
    struct view text = view_make(source->in, (size_t)(source->end - source->in));
    if (view_starts_with(text, (struct view)VIEW("true"))) {
        *at.out++ = 1;
        source->in += 4;
    } else if (view_starts_with(text, (struct view)VIEW("false"))) {
        *at.out++ = 0;
        source->in += 5;
    } else if (source->text.data) {
        return to_binary_fail(c, source->shown, "expected true or false, found \"%.*s\"", VIEW_ARG(source->text));
    } else {
        return to_binary_expected(c, source->shown, "true or false");
    }
    return at;
}

/* A value that stood in quotes, or in the path or query. All of the text must be the value. */
static struct cursor write_quoted(struct to_binary *c, struct cursor at, const struct schema_field *field,
                                  struct view text, const char *shown)
{
    struct source source = {text.data, text.data + text.len, shown, text};
    if (field->type == SCHEMA_BYTES)
        return write_bytes(c, at, shown, text);
    if (field->type == SCHEMA_ENUM)
        return write_enum_text(c, text, shown, field, &at.out) ? at : cursor_failed();
    if (field->type == SCHEMA_BOOL)
        at = write_bool(c, at, &source);
    else if (!write_number(c, &source, field, &at.out))
        return cursor_failed();
    if (at.in && source.in != source.end)
        return to_binary_fail(c, shown, "expected nothing behind the value \"%.*s\"",
                              VIEW_ARG(view_make(text.data, (size_t)(source.in - text.data))));
    return at;
}

static struct cursor write_from_string(struct to_binary *c, struct cursor at, const struct schema_field *field)
{
    const char *shown = at.in;
    struct view text;
    at = to_binary_text(c, at, &text);
    return at.in ? write_quoted(c, at, field, text, shown) : at;
}

struct cursor to_binary_scalar(struct to_binary *c, struct cursor at, const struct schema_field *field)
{
    struct source source = {.in = at.in, .end = c->end, .shown = at.in};
    bool quoted = peek(c, at.in) == '"';
    c->dropped = false;
    switch ((enum schema_type)field->type) {
    case SCHEMA_STRING: return to_binary_string(c, at);
    case SCHEMA_BYTES:
        if (!quoted)
            return to_binary_expected(c, at.in, "a string in base64");
        return write_from_string(c, at, field);
    case SCHEMA_BOOL: at = write_bool(c, at, &source); break;
    case SCHEMA_ENUM:
        if (quoted)
            return write_from_string(c, at, field);
        if (field->enumeration->null_value && take_word(c, &source.in, "null", 4))
            *at.out++ = 0;
        else if (!write_enum_number(c, &source, field, &at.out))
            return cursor_failed();
        break;
    default:
        if (quoted)
            return write_from_string(c, at, field);
        if (!write_number(c, &source, field, &at.out))
            return cursor_failed();
    }
    at.in = at.in ? source.in : NULL;
    return at;
}

struct cursor to_binary_map_key(struct to_binary *c, struct cursor at, const struct schema_field *field)
{
    return write_from_string(c, at, field);
}

struct cursor to_binary_scalar_text(struct to_binary *c, struct cursor at, const struct schema_field *field,
                                    struct view text)
{
    struct source source = {text.data, text.data + text.len, c->start, text};
    c->dropped = false;
    /* A number that is an enum's, not a name: names begin with a letter or an underscore. */
    if (field->type == SCHEMA_ENUM && text.len && (text.data[0] == '-' || ascii_is_digit(text.data[0]))) {
        if (!write_enum_number(c, &source, field, &at.out))
            return cursor_failed();
        return source.in == source.end ? at : to_binary_fail(c, c->start, "expected a name or number of the enum");
    }
    return write_quoted(c, at, field, text, c->start);
}
