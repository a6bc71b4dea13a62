/* Scalars of every type, as values, as map keys, and as defaults. */
#include <math.h>

#include "codec/json/base64.h"
#include "codec/json/number_text.h"
#include "codec/transcode/to_json.h"

struct cursor to_json_bytes(struct to_json *c, struct cursor at, size_t len)
{
    at = output_room(&c->output, at, BASE64_ENCODED_BYTES(len) + 2);
    if (!at.in)
        return at;
    *at.out++ = '"';
    at.out = base64_encode(at.out, view_make(at.in, len));
    *at.out++ = '"';
    at.in += len;
    return at;
}

static char *write_non_finite(char *out, double value)
{
    const char *word = isnan(value) ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
    size_t len = strlen(word);
    memcpy(out, word, len);
    return out + len;
}

static char *write_double(char *out, uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof(value));
    return isfinite(value) ? number_text_write_double(out, value) : write_non_finite(out, value);
}

static char *write_float(char *out, uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof(value));
    return isfinite(value) ? number_text_write_float(out, value) : write_non_finite(out, (double)value);
}

static bool is_64_bit_integer(const struct schema_field *field)
{
    switch ((enum schema_type)field->type) {
    case SCHEMA_INT64:
    case SCHEMA_UINT64:
    case SCHEMA_SINT64:
    case SCHEMA_FIXED64:
    case SCHEMA_SFIXED64: return true;
    default: return false;
    }
}

static struct cursor write_enum(struct to_json *c, struct cursor at, const struct schema_field *field, int32_t number)
{
    if (field->enumeration->null_value)
        return to_json_word(c, at, (struct view)VIEW("null"));
    const struct schema_enum_value *value =
        c->options->enum_numbers ? NULL : schema_find_enum_number(field->enumeration, number);
    at = output_room(&c->output, at, OUTPUT_TOKEN_BYTES + (value ? value->name.len : 0));
    if (!at.in)
        return at;
    if (!value) {
        at.out = number_text_write_int32(at.out, number);
        return at;
    }
    *at.out++ = '"';
    memcpy(at.out, value->name.data, value->name.len);
    at.out += value->name.len;
    *at.out++ = '"';
    return at;
}

/* The raw number of a field that is not length-delimited. */
static const char *read_raw(const char *in, const char *end, const struct schema_field *field, uint64_t *ret_raw)
{
    if (field->wire_type == WIRE_VARINT)
        return wire_read_varint(in, end, ret_raw);
    size_t len = field->wire_type == WIRE_FIXED64 ? 8 : 4;
    if ((size_t)(end - in) < len)
        return NULL;
    *ret_raw = len == 8 ? wire_load_fixed64(in) : wire_load_fixed32(in);
    return in + len;
}

/* A number as JSON, without quotes; at most OUTPUT_TOKEN_BYTES. Varints of 32-bit types are cut to 32 bits, as all parsers do. */
static char *write_number(char *out, const struct schema_field *field, uint64_t raw)
{
    switch ((enum schema_type)field->type) {
    case SCHEMA_INT32:
    case SCHEMA_SFIXED32: return number_text_write_int32(out, (int32_t)raw);
    case SCHEMA_SINT32: return number_text_write_int32(out, wire_unzigzag32((uint32_t)raw));
    case SCHEMA_UINT32:
    case SCHEMA_FIXED32: return number_text_write_uint32(out, (uint32_t)raw);
    case SCHEMA_INT64:
    case SCHEMA_SFIXED64: return number_text_write_int64(out, (int64_t)raw);
    case SCHEMA_SINT64: return number_text_write_int64(out, wire_unzigzag64(raw));
    case SCHEMA_UINT64:
    case SCHEMA_FIXED64: return number_text_write_uint64(out, raw);
    case SCHEMA_FLOAT: return write_float(out, (uint32_t)raw);
    case SCHEMA_DOUBLE: return write_double(out, raw);
    default: /* SCHEMA_BOOL */ memcpy(out, raw ? "true" : "false", 5); return out + (raw ? 4 : 5);
    }
}

static struct cursor write_raw(struct to_json *c, struct cursor at, const struct schema_field *field, uint64_t raw,
                               bool quoted)
{
    if (field->type == SCHEMA_ENUM)
        return write_enum(c, at, field, (int32_t)raw);
    at = output_room(&c->output, at, OUTPUT_TOKEN_BYTES + 2);
    if (!at.in)
        return at;
    if (quoted)
        *at.out++ = '"';
    at.out = write_number(at.out, field, raw);
    if (quoted)
        *at.out++ = '"';
    return at;
}

struct cursor to_json_scalar(struct to_json *c, struct cursor at, const char *end, const struct schema_field *field)
{
    if (field->wire_type == WIRE_LENGTH) {
        const char *shown = at.in;
        size_t len;
        at.in = wire_read_length(at.in, end, &len);
        if (!at.in)
            return to_json_malformed(c, shown);
        return field->type == SCHEMA_STRING ? to_json_string(c, at, len) : to_json_bytes(c, at, len);
    }
    uint64_t raw;
    const char *next = read_raw(at.in, end, field, &raw);
    if (!next)
        return to_json_malformed(c, at.in);
    at.in = next;
    return write_raw(c, at, field, raw, !c->options->int64_numbers && is_64_bit_integer(field));
}

struct cursor to_json_packed_number(struct to_json *c, struct cursor at, const char *end,
                                    const struct schema_field *field)
{
    if (to_json_is_unknown_enum(field, at.in, end)) {
        uint64_t raw;
        at.in = wire_read_varint(at.in, end, &raw);
        return at;
    }
    at = to_json_char(c, at, ',');
    return at.in ? to_json_scalar(c, at, end, field) : at;
}

struct cursor to_json_map_key(struct to_json *c, struct cursor at, const char *end, const struct schema_field *field)
{
    if (field->type == SCHEMA_STRING)
        return to_json_scalar(c, at, end, field);
    uint64_t raw;
    const char *next = read_raw(at.in, end, field, &raw);
    if (!next)
        return to_json_malformed(c, at.in);
    at.in = next;
    return write_raw(c, at, field, raw, true);
}

struct cursor to_json_default(struct to_json *c, struct cursor at, const struct schema_field *field)
{
    if (field->repeated)
        return to_json_word(c, at, field->map ? (struct view)VIEW("{}") : (struct view)VIEW("[]"));
    switch ((enum schema_type)field->type) {
    case SCHEMA_MESSAGE:
    case SCHEMA_GROUP: return to_json_word(c, at, (struct view)VIEW("null"));
    case SCHEMA_STRING:
    case SCHEMA_BYTES: return to_json_word(c, at, (struct view)VIEW("\"\""));
    case SCHEMA_ENUM: return write_enum(c, at, field, field->enumeration->values[0].number);
    default: return write_raw(c, at, field, 0, !c->options->int64_numbers && is_64_bit_integer(field));
    }
}

struct cursor to_json_absent_fields(struct to_json *c, struct cursor at, const struct schema_message *message,
                                    unsigned from, unsigned to)
{
    for (unsigned i = from; i < to && at.in; i++) {
        if (!(message->default_mask[i / 64] >> (i % 64) & 1))
            continue;
        at = to_json_key(c, at, &message->fields[i]);
        if (at.in)
            at = to_json_default(c, at, &message->fields[i]);
    }
    return at;
}

bool to_json_is_undeclared(const struct schema_field *field, const char *in, const char *end)
{
    uint64_t raw;
    return wire_read_varint(in, end, &raw) && !schema_find_enum_number(field->enumeration, (int32_t)raw);
}

const struct key_type *to_json_key_type(const struct schema_field *key_field)
{
    return key_field->type == SCHEMA_STRING ? &key_set_bytes : &key_set_numbers;
}

uint64_t to_json_key_hash(const struct schema_field *key_field, struct view key)
{
    uint64_t raw = 0;
    if (key_field->type == SCHEMA_STRING)
        return key_hash(key);
    read_raw(key.data, key.data + key.len, key_field, &raw);
    if (key_field->type == SCHEMA_BOOL)
        return key_hash_number(raw != 0);
    bool narrow =
        key_field->type == SCHEMA_INT32 || key_field->type == SCHEMA_UINT32 || key_field->type == SCHEMA_SINT32;
    return key_hash_number(narrow ? (uint32_t)raw : raw);
}

bool to_json_is_zero(const struct schema_field *field, const char *in, const char *end)
{
    uint64_t raw;
    size_t len = 0;
    switch (field->wire_type) {
    case WIRE_FIXED64: return end - in >= 8 && wire_load_fixed64(in) == 0;
    case WIRE_FIXED32: return end - in >= 4 && wire_load_fixed32(in) == 0;
    case WIRE_LENGTH: return wire_read_length(in, end, &len) && len == 0;
    default: break;
    }
    if (!wire_read_varint(in, end, &raw))
        return false;
    switch (field->type) {
    case SCHEMA_INT32:
    case SCHEMA_UINT32:
    case SCHEMA_SINT32: return (uint32_t)raw == 0;
    case SCHEMA_ENUM: return (uint32_t)raw == 0 || field->enumeration->null_value; /* all its numbers are null */
    default: return raw == 0;
    }
}
