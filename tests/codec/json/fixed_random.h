/* Pseudo-random numbers that are the same in every run (xorshift64*, after Sebastiano Vigna), so that a failure repeats. */
#ifndef TESTS_GATEWAY_JSON_FIXED_RANDOM_H
#define TESTS_GATEWAY_JSON_FIXED_RANDOM_H

#include <stdint.h>

struct fixed_random {
    uint64_t state; /* the seed; not 0 */
};

static inline uint64_t fixed_random_next(struct fixed_random *source)
{
    source->state ^= source->state >> 12;
    source->state ^= source->state << 25;
    source->state ^= source->state >> 27;
    return source->state * UINT64_C(0x2545f4914f6cdd1d);
}

/* 0 to bound - 1 */
static inline int fixed_random_below(struct fixed_random *source, int bound)
{
    return (int)((fixed_random_next(source) >> 32) % (unsigned)bound);
}

#endif
