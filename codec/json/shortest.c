/*
 * Schubfach, the pigeonhole method of Raffaello Giulietti ("The Schubfach way to render doubles", 2020).
 *
 * A binary number v = c * 2^q owns the interval of all reals that round to it: from the middle between it and its lower
 * neighbour to the middle between it and the upper one, with the ends when c is even. Let k be the greatest exponent
 * with 10^k not above the interval's width. Then at least one multiple of 10^k is inside, and at most one multiple of
 * 10^(k+1), which, if it is there, is shorter than the others and hence the answer. Otherwise the answer is the
 * multiple of 10^k next to v, below or above; at least one of the two is inside.
 *
 * All these are compared in quarters of 10^k, where the ends of the interval are 4c - 2, 4c + 2 times 2^q / 10^k, and
 * 4c - 1 below a power of two, whose lower neighbour is nearer. The three products are needed only as integers rounded
 * to odd: the integer part, with its last bit set when anything was cut off. That keeps every comparison with an even
 * number of quarters right, and 128 bits of 10^-k are enough for it (section 9 of the paper).
 */
#include "codec/json/shortest.h"

#include <stdbool.h>
#include <string.h>

#include "codec/json/powers_of_ten.h"

/*
 * significand * power / 2^128, rounded to odd. What is cut off must be more than one unit, so that the power's own
 * rounding up does not turn a whole product into a fraction.
 */
static inline uint64_t multiply_to_odd(struct power_of_ten power, uint64_t significand)
{
    unsigned __int128 low = (unsigned __int128)power.low * significand;
    unsigned __int128 product = (unsigned __int128)power.high * significand + (uint64_t)(low >> 64);
    return (uint64_t)(product >> 64) | ((uint64_t)product > 1);
}

/* floor(log10(2^q)), or, for the narrower interval above a power of two, floor(log10(3/4 * 2^q)). |q| <= 1500. */
static inline int log10_of_width(int q, bool narrow)
{
    return (q * 1262611 - (narrow ? 524031 : 0)) >> 22;
}

/* The shortest of c * 2^q. narrow: c is a power of two, and the lower neighbour is half as far as the upper one. */
static inline struct shortest shortest_of(uint64_t c, int q, bool narrow)
{
    int k = log10_of_width(q, narrow);
    int shift = q + power_of_ten_log2(-k) + 1;
    struct power_of_ten power = power_of_ten(-k);
    uint64_t odd = c & 1;
    uint64_t lower = multiply_to_odd(power, (4 * c - 2 + narrow) << shift) + odd;
    uint64_t value = multiply_to_odd(power, (4 * c) << shift);
    uint64_t upper = multiply_to_odd(power, (4 * c + 2) << shift) - odd;

    uint64_t below = value / 4;
    uint64_t tens_below = below / 10;
    bool tens_below_inside = lower <= 40 * tens_below;
    bool tens_above_inside = 40 * tens_below + 40 <= upper;
    if (tens_below_inside != tens_above_inside)
        return (struct shortest){tens_below + tens_above_inside, k + 1};

    bool below_inside = lower <= 4 * below;
    bool above_inside = 4 * below + 4 <= upper;
    bool above = above_inside;
    if (below_inside == above_inside) {
        uint64_t middle = 4 * below + 2;
        above = value > middle || (value == middle && (below & 1));
    }
    return (struct shortest){below + above, k};
}

struct shortest shortest_of_double(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1);
    int exponent = (int)(bits >> 52 & 0x7ff);
    if (exponent == 0)
        return shortest_of(fraction, -1074, false);
    return shortest_of(fraction | UINT64_C(1) << 52, exponent - 1075, fraction == 0 && exponent > 1);
}

struct shortest shortest_of_float(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof(bits));
    uint32_t fraction = bits & ((UINT32_C(1) << 23) - 1);
    int exponent = (int)(bits >> 23 & 0xff);
    if (exponent == 0)
        return shortest_of(fraction, -149, false);
    return shortest_of(fraction | UINT32_C(1) << 23, exponent - 150, fraction == 0 && exponent > 1);
}
