/*
 * Rounding digits * 10^exponent to the nearest binary number (after Daniel Lemire, "Number parsing at a gigabyte per
 * second", 2021; here as plain interval arithmetic).
 *
 * digits, shifted to the top of 64 bits, times the power of ten to 128 bits gives a product of 192 bits. The power is
 * either exact or less than one unit too high, so the true product lies at most 2^64 below the computed one: in units
 * of its upper 128 bits U, between U - 1 and U + 1. U is cut at the format's last bit. What is cut off is compared with
 * one half: unless it equals one half to the last of its bits, both ends of the interval lie on the same side, and the
 * rounding is settled. If it does, the truth may be on either side; then the exact comparison decides. That is rare:
 * short decimals that are halfway between two binary numbers (9007199254740993) have exact powers, and are settled here
 * too.
 *
 * Of a text with more than 19 digits, both digits and digits + 1 are rounded; the value is between. When they agree,
 * that is the answer; again the exact comparison decides the rest.
 */
#include "codec/json/decimal.h"

#include <string.h>

#include "codec/json/powers_of_ten.h"

/* Decimal exponents above this are infinity in any format, whatever the digits. */
#define EXPONENT_MAX 308

/* An IEEE 754 binary format. Its numbers are handled as bits: without sign, neighbours differ by 1. */
struct format {
    int fraction_bits;
    int bias;
};

static const struct format double_format = {.fraction_bits = 52, .bias = 1023};
static const struct format float_format = {.fraction_bits = 23, .bias = 127};

struct rounding {
    uint64_t below;   /* bits of the number that cutting the product gives; the middle is above it */
    uint64_t nearest; /* bits of the nearest, if settled */
    bool settled;
};

static inline uint64_t infinity_bits(struct format format)
{
    return (uint64_t)(2 * format.bias + 1) << format.fraction_bits;
}

static inline struct rounding settled_at(uint64_t bits)
{
    return (struct rounding){.below = bits, .nearest = bits, .settled = true};
}

static inline struct rounding round_product(uint64_t digits, int64_t exponent, struct format format)
{
    if (digits == 0 || exponent < POWERS_OF_TEN_FIRST)
        return settled_at(0);
    if (exponent > EXPONENT_MAX)
        return settled_at(infinity_bits(format));

    int q = (int)exponent;
    struct power_of_ten power = power_of_ten(q);
    int leading_zeros = __builtin_clzll(digits);
    digits <<= leading_zeros;
    unsigned __int128 low_product = (unsigned __int128)digits * power.low;
    unsigned __int128 upper = (unsigned __int128)digits * power.high + (uint64_t)(low_product >> 64);
    uint64_t high = (uint64_t)(upper >> 64);
    uint64_t low = (uint64_t)upper;

    /* The product's top bit is one of two. Cut `drop` bits of high, and all of low. */
    int top = (int)(high >> 63);
    int biased_exponent = power_of_ten_log2(q) + 63 - leading_zeros + top + format.bias;
    int drop = 62 - format.fraction_bits + top;
    if (biased_exponent > 2 * format.bias)
        return settled_at(infinity_bits(format));
    if (biased_exponent < 1) {
        drop += 1 - biased_exponent;
        biased_exponent = 1;
        if (drop > 64)
            return settled_at(0);
    }
    uint64_t significand = drop < 64 ? high >> drop : 0;
    uint64_t rest = drop < 64 ? high & ((UINT64_C(1) << drop) - 1) : high;
    uint64_t half = UINT64_C(1) << (drop - 1);

    struct rounding rounding = {.settled = true};
    rounding.below = ((uint64_t)(biased_exponent - 1) << format.fraction_bits) + significand;
    bool up = rest >= half;
    if (rest == half && low == 0) {
        rounding.settled = power_of_ten_is_exact(q) && (uint64_t)low_product == 0;
        up = significand & 1;
    }
    rounding.nearest = rounding.below + up;
    return rounding;
}

/* Which side of the middle between `below` and its upper neighbour the decimal is on. */
static uint64_t round_exactly(const struct decimal *decimal, uint64_t below, struct format format)
{
    uint64_t significand = below & ((UINT64_C(1) << format.fraction_bits) - 1);
    int biased_exponent = (int)(below >> format.fraction_bits);
    if (biased_exponent > 0)
        significand |= UINT64_C(1) << format.fraction_bits;
    else
        biased_exponent = 1;
    int order = decimal_compare(decimal, 2 * significand + 1, biased_exponent - format.bias - format.fraction_bits - 1);
    return below + (order > 0 || (order == 0 && (below & 1)));
}

static inline uint64_t round_decimal(const struct decimal *decimal, struct format format)
{
    struct rounding rounding = round_product(decimal->digits, decimal->exponent, format);
    bool settled = rounding.settled;
    if (settled && decimal->truncated) {
        struct rounding above = round_product(decimal->digits + 1, decimal->exponent, format);
        settled = above.settled && above.nearest == rounding.nearest;
    }
    return settled ? rounding.nearest : round_exactly(decimal, rounding.below, format);
}

bool decimal_to_double(const struct decimal *decimal, double *ret_value)
{
    uint64_t bits = round_decimal(decimal, double_format);
    if (bits == infinity_bits(double_format))
        return false;
    memcpy(ret_value, &bits, sizeof(*ret_value));
    return true;
}

bool decimal_to_float(const struct decimal *decimal, float *ret_value)
{
    uint64_t bits = round_decimal(decimal, float_format);
    if (bits == infinity_bits(float_format))
        return false;
    uint32_t float_bits = (uint32_t)bits;
    memcpy(ret_value, &float_bits, sizeof(*ret_value));
    return true;
}
