/*
 * A decimal number as it was read, and its way to the nearest binary one.
 *
 * Flow     The reader of the text fills struct decimal; decimal_to_double() or decimal_to_float() round it, once and
 *          exactly. decimal_compare() decides where the first digits do not, for one text in a million.
 * Memory   The stack, about a kilobyte at most. The text is borrowed and must outlive the struct.
 * Threads  Stateless. Integer arithmetic only: the rounding mode of the processor plays no part.
 */
#ifndef CODEC_JSON_DECIMAL_H
#define CODEC_JSON_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

/* Significant digits that struct decimal holds as a number; any so many fit into 64 bits. */
#define DECIMAL_DIGITS_MAX 19

struct decimal {
    uint64_t digits;      /* the first DECIMAL_DIGITS_MAX significant digits, or fewer when there are no more */
    int64_t exponent;     /* the value is digits * 10^exponent … */
    bool truncated;       /* … or, when digits other than 0 follow, more than that, and less than with digits + 1 */
    const char *text;     /* all the digits, with a '.' among them or not, leading zeros allowed */
    const char *text_end; /* behind the last digit */
    int64_t
        text_exponent; /* of the text's last digit: the value is the text without its point, times 10^text_exponent */
};

/* The nearest value, ties to even, without sign. False when that is infinity. */
MUST_USE bool decimal_to_double(const struct decimal *decimal, double *ret_value);
MUST_USE bool decimal_to_float(const struct decimal *decimal, float *ret_value);

/*
 * The sign of decimal - binary * 2^exponent, from all the digits of the text. The two must be close: both between
 * 2^-1077 and 2^1025, and less than a factor of 4 apart.
 */
int decimal_compare(const struct decimal *decimal, uint64_t binary, int exponent);

#endif
