/*
 * The protobuf wire format: tags, varints, fixed numbers. Bytes in, bytes out, no schema.
 *
 * Errors   Readers return NULL for bytes that are cut short or malformed (a varint of more than ten bytes or 64 bits, a tag or a
 *          length of more than five bytes, as protobuf has it).
 * Source   https://protobuf.dev/programming-guides/encoding/
 */
#ifndef CODEC_WIRE_WIRE_H
#define CODEC_WIRE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum wire_type {
    WIRE_VARINT = 0,
    WIRE_FIXED64 = 1,
    WIRE_LENGTH = 2,
    WIRE_START_GROUP = 3,
    WIRE_END_GROUP = 4,
    WIRE_FIXED32 = 5,
};

#define WIRE_VARINT_BYTES_MAX  10
#define WIRE_TAG_BYTES_MAX     5
#define WIRE_LENGTH_BYTES_MAX  5
#define WIRE_FIELD_NUMBER_MAX  ((1u << 29) - 1)
#define WIRE_LENGTH_MAX        0x7fffffffu /* bytes of one length-delimited field, and of a message */
#define WIRE_TAG(number, type) ((uint32_t)(number) << 3 | (uint32_t)(type))

/* Writes 1 to 10 bytes and returns what follows them. */
static inline char *wire_write_varint(char *out, uint64_t value)
{
    while (value >= 0x80) {
        *out++ = (char)(value | 0x80);
        value >>= 7;
    }
    *out++ = (char)value;
    return out;
}

static inline char *wire_write_fixed32(char *out, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        out[i] = (char)(value >> (8 * i));
    return out + 4;
}

static inline char *wire_write_fixed64(char *out, uint64_t value)
{
    for (int i = 0; i < 8; i++)
        out[i] = (char)(value >> (8 * i));
    return out + 8;
}

/* Bytes of the value as a varint: 1 to 10. */
static inline unsigned wire_varint_len(uint64_t value)
{
    unsigned bits = 64 - (unsigned)__builtin_clzll(value | 1);
    return (bits * 9 + 64) / 64;
}

static inline uint32_t wire_zigzag32(int32_t value)
{
    return (uint32_t)value << 1 ^ (uint32_t)(value >> 31);
}

static inline uint64_t wire_zigzag64(int64_t value)
{
    return (uint64_t)value << 1 ^ (uint64_t)(value >> 63);
}

static inline int32_t wire_unzigzag32(uint32_t value)
{
    return (int32_t)(value >> 1 ^ (0u - (value & 1)));
}

static inline int64_t wire_unzigzag64(uint64_t value)
{
    return (int64_t)(value >> 1 ^ (0u - (value & 1)));
}

/* The slow half of wire_read_varint(). */
const char *wire_read_long_varint(const char *in, const char *end, uint64_t *ret_value);

static inline const char *wire_read_varint(const char *in, const char *end, uint64_t *ret_value)
{
    if (in < end && (unsigned char)*in < 0x80) {
        *ret_value = (unsigned char)*in;
        return in + 1;
    }
    /* Two bytes: tags of fields above 15, and the lengths of most messages. */
    if (end - in >= 2 && (unsigned char)in[1] < 0x80) {
        *ret_value = ((uint64_t)(unsigned char)in[1] << 7) | ((unsigned char)in[0] & 0x7f);
        return in + 2;
    }
    return wire_read_long_varint(in, end, ret_value);
}

/* A field number of 1 to WIRE_FIELD_NUMBER_MAX and a wire type of the enum. */
static inline const char *wire_read_tag(const char *in, const char *end, uint32_t *ret_number, unsigned *ret_type)
{
    uint64_t tag;
    const char *next = wire_read_varint(in, end, &tag);
    if (!next || next - in > WIRE_TAG_BYTES_MAX || tag > UINT32_MAX || tag < 8 || (tag & 7) > WIRE_FIXED32)
        return NULL;
    *ret_number = (uint32_t)tag >> 3;
    *ret_type = (unsigned)tag & 7;
    return next;
}

/* A length that the bytes up to end can hold. */
static inline const char *wire_read_length(const char *in, const char *end, size_t *ret_len)
{
    uint64_t len;
    const char *next = wire_read_varint(in, end, &len);
    if (!next || next - in > WIRE_LENGTH_BYTES_MAX || len > (size_t)(end - next))
        return NULL;
    *ret_len = (size_t)len;
    return next;
}

static inline uint32_t wire_load_fixed32(const char *in)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; i++)
        value |= (uint32_t)(unsigned char)in[i] << (8 * i);
    return value;
}

static inline uint64_t wire_load_fixed64(const char *in)
{
    return wire_load_fixed32(in) | (uint64_t)wire_load_fixed32(in + 4) << 32;
}

/*
 * The end of the field's content, whose tag (number, type) was read before; groups are skipped with all that they hold, at most
 * depth_max of them nested. NULL when malformed, or when depth is exceeded.
 */
const char *wire_skip(const char *in, const char *end, uint32_t number, unsigned type, unsigned depth_max);

/* The same for a group; *ret_content_end is where its end tag begins. */
const char *wire_skip_group(const char *in, const char *end, uint32_t number, unsigned depth_max,
                            const char **ret_content_end);

/* One field: its tag, and the bytes of its content (of a group: without the end tag; of a length-delimited field: without length). */
struct wire_field {
    uint32_t number;
    unsigned type;
    const char *begin;
    const char *end;
};

/* Reads a whole field and returns what follows it; NULL as for wire_skip(). */
const char *wire_read_field(const char *in, const char *end, unsigned depth_max, struct wire_field *ret_field);

#endif
