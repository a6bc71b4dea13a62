/*
 * Six bytes and eight characters at a time, what is left over one group or character at a time.
 *
 * Decoding joins the values of eight characters without looking at them; what is not a character of the alphabet has a
 * value with the high bit set, and one test of all eight finds it.
 */
#include "codec/json/base64.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* The value of what is not a character of the alphabet. */
#define OTHER 0x80

/* Of each character its place in the alphabet; url-safe - and _ are at those of + and /. */
#define xx OTHER
/* clang-format off */
static const uint8_t values[256] = {
    xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx,
    xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx,
    xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, 62, xx, 62, xx, 63,
    52, 53, 54, 55, 56, 57, 58, 59, 60, 61, xx, xx, xx, xx, xx, xx,
    xx,  0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14,
    15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, xx, xx, xx, xx, 63,
    xx, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
    41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, xx, xx, xx, xx, xx,
    xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx,
    xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx,
    xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx,
    xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx,
    xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx,
    xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx,
    xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx,
    xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx, xx,
};
/* clang-format on */
#undef xx

/* The character of the six bits that begin `bits` above the lowest. */
static inline char character(uint64_t group, int bits)
{
    return alphabet[group >> bits & 63];
}

char *base64_encode(char *out, struct view bytes)
{
    const unsigned char *p = (const unsigned char *)bytes.data;
    size_t len = bytes.len;
    for (; len >= 8; p += 6, len -= 6) {
        uint64_t group;
        memcpy(&group, p, 8);
        group = be64toh(group);
        for (int i = 0; i < 8; i++)
            *out++ = character(group, 58 - 6 * i);
    }
    for (; len >= 3; p += 3, len -= 3) {
        uint64_t group = (uint64_t)p[0] << 16 | (uint64_t)p[1] << 8 | p[2];
        for (int i = 0; i < 4; i++)
            *out++ = character(group, 18 - 6 * i);
    }
    if (len > 0) {
        uint64_t group = (uint64_t)p[0] << 16 | (len > 1 ? (uint64_t)p[1] << 8 : 0);
        *out++ = character(group, 18);
        *out++ = character(group, 12);
        *out++ = len > 1 ? character(group, 6) : '=';
        *out++ = '=';
    }
    return out;
}

/* The length without padding, which only a text of whole groups has. */
static size_t without_padding(struct view text)
{
    size_t len = text.len;
    if (len == 0 || len % 4 != 0 || text.data[len - 1] != '=')
        return len;
    return text.data[len - 2] == '=' ? len - 2 : len - 1;
}

/* Names the first character at or behind the offset that is not of the alphabet. */
static bool fail_at_other(struct view text, size_t offset, struct status *st)
{
    while (!(values[(unsigned char)text.data[offset]] & OTHER))
        offset++;
    return status_fail(st, STATUS_INVALID_ARGUMENT, "expected base64, but character %zu is not of its alphabet",
                       offset + 1);
}

/* What is left behind the groups of eight: 0 to 7 characters. */
static inline bool decode_rest(char *out, const unsigned char *p, size_t len)
{
    uint64_t group = 0;
    uint8_t seen = 0;
    for (size_t i = 0; i < len; i++) {
        seen |= values[p[i]];
        group = group << 6 | values[p[i]];
    }
    for (size_t bits = 6 * len; bits >= 8; bits -= 8)
        *out++ = (char)(group >> (bits - 8));
    return !(seen & OTHER);
}

bool base64_decode(char *out, struct view text, size_t *ret_len, struct status *st)
{
    const unsigned char *p = (const unsigned char *)text.data;
    size_t len = without_padding(text);
    size_t done = 0;
    char *begin = out;
    for (; len - done >= 8; done += 8, out += 6) {
        uint64_t group = 0;
        uint8_t seen = 0;
        for (size_t i = 0; i < 8; i++) {
            uint8_t value = values[p[done + i]];
            seen |= value;
            group = group << 6 | value;
        }
        if (seen & OTHER)
            return fail_at_other(text, done, st);
        group = htobe64(group << 16);
        memcpy(out, &group, 6);
    }
    size_t rest = len - done;
    if (!decode_rest(out, p + done, rest))
        return fail_at_other(text, done, st);
    if (rest % 4 == 1)
        return status_fail(st, STATUS_INVALID_ARGUMENT, "expected base64, but %zu characters do not make whole bytes",
                           text.len);
    *ret_len = (size_t)(out - begin) + rest * 6 / 8;
    return true;
}
