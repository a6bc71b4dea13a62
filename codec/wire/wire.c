#include "codec/wire/wire.h"

const char *wire_read_long_varint(const char *in, const char *end, uint64_t *ret_value)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
        if (in == end)
            return NULL;
        unsigned char byte = (unsigned char)*in++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            if (shift == 63 && byte > 1)
                return NULL;
            *ret_value = value;
            return in;
        }
    }
    return NULL;
}

/* The numbers of the groups that are open, innermost last, so that skipping needs no recursion. */
#define OPEN_GROUPS_MAX 128

const char *wire_skip_group(const char *in, const char *end, uint32_t number, unsigned depth_max,
                            const char **ret_content_end)
{
    uint32_t open[OPEN_GROUPS_MAX];
    unsigned depth = 0;
    if (depth_max > OPEN_GROUPS_MAX)
        depth_max = OPEN_GROUPS_MAX;
    if (depth_max == 0)
        return NULL;
    open[depth++] = number;
    while (depth > 0) {
        unsigned type;
        const char *tag = in;
        in = wire_read_tag(in, end, &number, &type);
        if (!in)
            return NULL;
        if (type == WIRE_START_GROUP) {
            if (depth == depth_max)
                return NULL;
            open[depth++] = number;
        } else if (type == WIRE_END_GROUP) {
            if (open[--depth] != number)
                return NULL;
            *ret_content_end = tag;
        } else {
            in = wire_skip(in, end, number, type, 0);
            if (!in)
                return NULL;
        }
    }
    return in;
}

const char *wire_skip(const char *in, const char *end, uint32_t number, unsigned type, unsigned depth_max)
{
    uint64_t value;
    size_t len;
    const char *content_end;
    switch (type) {
    case WIRE_VARINT: return wire_read_varint(in, end, &value);
    case WIRE_FIXED64: return end - in >= 8 ? in + 8 : NULL;
    case WIRE_FIXED32: return end - in >= 4 ? in + 4 : NULL;
    case WIRE_LENGTH: in = wire_read_length(in, end, &len); return in ? in + len : NULL;
    case WIRE_START_GROUP: return wire_skip_group(in, end, number, depth_max, &content_end);
    default: return NULL;
    }
}

const char *wire_read_field(const char *in, const char *end, unsigned depth_max, struct wire_field *ret_field)
{
    struct wire_field field;
    size_t len;
    in = wire_read_tag(in, end, &field.number, &field.type);
    if (!in)
        return NULL;
    field.begin = in;
    if (field.type == WIRE_START_GROUP) {
        in = wire_skip_group(in, end, field.number, depth_max, &field.end);
    } else {
        in = wire_skip(in, end, field.number, field.type, depth_max);
        field.end = in;
    }
    if (!in)
        return NULL;
    if (field.type == WIRE_LENGTH)
        field.begin = wire_read_length(field.begin, end, &len);
    *ret_field = field;
    return in;
}
