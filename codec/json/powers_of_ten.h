/*
 * Powers of ten to 128 bits: the one table behind reading and printing of floating-point numbers.
 *
 * Entry q is the least integer G with G * 2^(power_of_ten_log2(q) - 127) >= 10^q; its highest bit is set. It is equal
 * to the power for 0 <= q <= 55, and less than one unit above it for every other q. The table is generated from exact
 * integers when this is built (powers_of_ten.py), and the generator checks these statements.
 */
#ifndef CODEC_JSON_POWERS_OF_TEN_H
#define CODEC_JSON_POWERS_OF_TEN_H

#include <stdbool.h>
#include <stdint.h>

/* What reading needs: 19 digits times a smaller power are nearer to 0 than to the least double. */
#define POWERS_OF_TEN_FIRST (-342)
/* What printing needs, for the least double. */
#define POWERS_OF_TEN_LAST 324

struct power_of_ten {
    uint64_t high;
    uint64_t low;
};

extern const struct power_of_ten powers_of_ten[POWERS_OF_TEN_LAST - POWERS_OF_TEN_FIRST + 1];

/* q must lie between POWERS_OF_TEN_FIRST and POWERS_OF_TEN_LAST, here and below. */
static inline struct power_of_ten power_of_ten(int q)
{
    return powers_of_ten[q - POWERS_OF_TEN_FIRST];
}

static inline bool power_of_ten_is_exact(int q)
{
    return q >= 0 && q <= 55;
}

/* floor(log2(10^q)) */
static inline int power_of_ten_log2(int q)
{
    return (q * 1741647) >> 19;
}

#endif
