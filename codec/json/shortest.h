/*
 * The shortest decimal that reads back to a binary floating-point number; of several, the one nearest to it.
 *
 * Threads  Stateless. Integer arithmetic only.
 */
#ifndef CODEC_JSON_SHORTEST_H
#define CODEC_JSON_SHORTEST_H

#include <stdint.h>

/* Digits that any double, and any float, can be told from its neighbours by. */
#define SHORTEST_DOUBLE_DIGITS_MAX 17
#define SHORTEST_FLOAT_DIGITS_MAX  9

struct shortest {
    uint64_t digits; /* trailing zeros do not count */
    int exponent;    /* the value is digits * 10^exponent */
};

/* The value must be finite and not zero; its sign is ignored. */
struct shortest shortest_of_double(double value);
struct shortest shortest_of_float(float value);

#endif
