/*
 * Eight digits are made at once, in the bytes of one 64-bit integer: two numbers of four digits, four of two, eight of
 * one. Each division by a constant is one multiplication for all lanes. Shorter numbers are made the same way and their
 * leading zeros shifted out, so that the length costs no branch. Stores are of eight bytes, whatever the text needs.
 *
 * Floating-point numbers take the first way that knows them: integers; short decimals, which a division proves right;
 * all others by shortest.h.
 */
#include "codec/json/number_text.h"

#include <endian.h>
#include <stdbool.h>
#include <string.h>

#include "codec/json/shortest.h"

/* "00000000" */
#define ZEROS UINT64_C(0x3030303030303030)

#define TEN_TO_THE_8TH  UINT64_C(100000000)
#define TEN_TO_THE_16TH UINT64_C(10000000000000000)

/* The digits of a value below 10^8, the first in the lowest byte, leading zeros included. */
static inline uint64_t eight_digits(uint32_t value)
{
    uint64_t fours = value / 10000 + ((uint64_t)(value % 10000) << 32);
    uint64_t hundreds = ((fours * 10486) >> 20) & 0x0000007f0000007f;
    uint64_t twos = hundreds + ((fours - hundreds * 100) << 16);
    uint64_t tens = ((twos * 103) >> 10) & 0x000f000f000f000f;
    return tens + ((twos - tens * 10) << 8);
}

/* Writes the characters of a 64-bit integer, the first in its lowest byte. */
static inline void store_eight(char *out, uint64_t text)
{
    text = htole64(text);
    memcpy(out, &text, 8);
}

/* Writes eight digits, and returns their end. */
static inline char *write_eight(char *out, uint32_t value)
{
    store_eight(out, eight_digits(value) + ZEROS);
    return out + 8;
}

/* 1 to 8: how many digits a value below 10^8 has. */
static inline int count_digits(uint32_t value)
{
    static const uint32_t powers[] = {0, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};
    /* With log10(2) as 1233/4096: the number of digits, or one less. */
    int bits = 32 - __builtin_clz(value | 1);
    int count = bits * 1233 >> 12;
    return count + (value >= powers[count]);
}

/* Writes 1 to 8 digits of a value below 10^8. Where they end is known before they are, so that what follows need not wait. */
static inline char *write_head(char *out, uint32_t value)
{
    int count = count_digits(value);
    store_eight(out, (eight_digits(value) + ZEROS) >> (64 - 8 * count));
    return out + count;
}

char *number_text_write_uint64(char *out, uint64_t value)
{
    if (value < 10) {
        *out = (char)('0' + value);
        return out + 1;
    }
    if (value < TEN_TO_THE_8TH)
        return write_head(out, (uint32_t)value);
    if (value < TEN_TO_THE_16TH) {
        out = write_head(out, (uint32_t)(value / TEN_TO_THE_8TH));
        return write_eight(out, (uint32_t)(value % TEN_TO_THE_8TH));
    }
    out = write_head(out, (uint32_t)(value / TEN_TO_THE_16TH));
    value %= TEN_TO_THE_16TH;
    out = write_eight(out, (uint32_t)(value / TEN_TO_THE_8TH));
    return write_eight(out, (uint32_t)(value % TEN_TO_THE_8TH));
}

char *number_text_write_int64(char *out, int64_t value)
{
    *out = '-';
    out += value < 0;
    return number_text_write_uint64(out, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

char *number_text_write_uint32(char *out, uint32_t value)
{
    return number_text_write_uint64(out, value);
}

char *number_text_write_int32(char *out, int32_t value)
{
    return number_text_write_int64(out, value);
}

/*
 * The significant digits of a floating-point number, made 17 by zeros at the end. They stay in registers: a text that
 * is stored and loaded again in other portions makes the processor wait.
 */
struct significand {
    uint64_t first;  /* eight characters, as write_eight() stores them */
    uint64_t second; /* the next eight */
    uint64_t last;   /* the seventeenth */
    int count;       /* without the zeros at the end */
    int point;       /* digits before the decimal point; may be negative, or beyond count */
};

static struct significand significand_of(struct shortest number)
{
    static const uint64_t powers[] = {
        1,
        10,
        100,
        1000,
        10000,
        100000,
        1000000,
        10000000,
        100000000,
        1000000000,
        10000000000,
        100000000000,
        1000000000000,
        10000000000000,
        100000000000000,
        1000000000000000,
        10000000000000000,
        100000000000000000,
    };
    /* With log10(2) as 1233/4096: the number of digits, or one less. */
    int bits = 64 - __builtin_clzll(number.digits);
    int length = bits * 1233 >> 12;
    length += number.digits >= powers[length];

    uint64_t digits = number.digits * powers[17 - length];
    uint64_t first = eight_digits((uint32_t)(digits / 1000000000));
    uint32_t rest = (uint32_t)(digits % 1000000000);
    uint64_t second = eight_digits(rest / 10);
    uint64_t last = rest % 10;
    int count = 17;
    if (last == 0)
        count = second ? 16 - __builtin_clzll(second) / 8 : 8 - __builtin_clzll(first) / 8;
    return (struct significand){
        .first = first + ZEROS,
        .second = second + ZEROS,
        .last = last + '0',
        .count = count,
        .point = length + number.exponent,
    };
}

/* All 17 digits. */
static inline void store_digits(char *out, const struct significand *significand)
{
    store_eight(out, significand->first);
    store_eight(out + 8, significand->second);
    out[16] = (char)significand->last;
}

/* All 17 digits, with a point behind the first `point` of them, 1 to 16. */
static inline void store_digits_with_point(char *out, const struct significand *significand, int point)
{
    store_eight(out, significand->first);
    if (point < 8) {
        store_eight(out + point + 1, significand->first >> (8 * point));
        store_eight(out + 9, significand->second);
    } else {
        store_eight(out + 8, significand->second);
        if (point < 16)
            store_eight(out + point + 1, significand->second >> (8 * (point - 8)));
    }
    out[17] = (char)significand->last;
    out[point] = '.';
}

/* Lays a number out as ECMAScript does (Number::toString, radix 10). */
static char *write_layout(char *out, struct shortest number)
{
    struct significand significand = significand_of(number);
    int count = significand.count;
    int point = significand.point;
    if (point > 21 || point < -5) {
        store_digits_with_point(out, &significand, 1);
        out += count > 1 ? count + 1 : 1;
        *out++ = 'e';
        *out++ = point < 1 ? '-' : '+';
        return write_head(out, (uint32_t)(point < 1 ? 1 - point : point - 1));
    }
    if (point <= 0) {
        memcpy(out, "0.000000", 8);
        store_digits(out + 2 - point, &significand);
        return out + 2 - point + count;
    }
    if (point >= count) {
        store_digits(out, &significand);
        memset(out + 17, '0', 4);
        return out + point;
    }
    store_digits_with_point(out, &significand, point);
    return out + count + 1;
}

/*
 * Numbers of at most 15 significant digits, of which at most 8 are behind the point: most that occur. Returns NULL for
 * any other.
 *
 * No two decimals of 15 digits round to the same double, so that if one of them does round to the value it is the
 * shortest. Whether it does is seen by a division of two integers that are exact as doubles, which rounds correctly.
 */
static inline char *write_short_decimal(char *out, double magnitude)
{
    if (!(magnitude >= 0.000001 && magnitude < 10000000))
        return NULL;
    uint64_t scaled = (uint64_t)(magnitude * 1e8 + 0.5);
    if ((double)scaled / 1e8 != magnitude)
        return NULL;
    out = write_head(out, (uint32_t)(scaled / TEN_TO_THE_8TH));
    uint64_t fraction = eight_digits((uint32_t)(scaled % TEN_TO_THE_8TH));
    *out = '.';
    store_eight(out + 1, fraction + ZEROS);
    return fraction ? out + 9 - __builtin_clzll(fraction) / 8 : out;
}

char *number_text_write_double(char *out, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    *out = '-';
    out += bits >> 63;
    double magnitude = bits >> 63 ? -value : value;
    /* Integers that no other integer rounds to. */
    if (magnitude < 0x1p53 && (double)(uint64_t)magnitude == magnitude)
        return number_text_write_uint64(out, (uint64_t)magnitude);
    char *end = write_short_decimal(out, magnitude);
    return end ? end : write_layout(out, shortest_of_double(magnitude));
}

char *number_text_write_float(char *out, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof(bits));
    *out = '-';
    out += bits >> 31;
    float magnitude = bits >> 31 ? -value : value;
    if (magnitude < 0x1p24f && (float)(uint32_t)magnitude == magnitude)
        return number_text_write_uint64(out, (uint32_t)magnitude);
    return write_layout(out, shortest_of_float(magnitude));
}
