/*
 * number = [ "-" ] int [ "." 1*DIGIT ] [ ( "e" / "E" ) [ "-" / "+" ] 1*DIGIT ]
 * int    = "0" / ( %x31-39 *DIGIT )
 *
 * read_number() checks the grammar and gathers the mantissa's digits into one integer, modulo 2^64: eight digits at a
 * time where eight bytes can be read. Up to 19 digits that integer is the mantissa. Integers are then done.
 * Floating-point numbers of few digits and a small exponent are one multiplication or division away from their exact
 * result (Clinger's fast path); the others go through decimal.h. Texts of more digits, and integers that are spelt with
 * a point or an exponent, are rare, and walked through once more.
 */
#include "codec/json/json_number.h"

#include <endian.h>
#include <stdbool.h>
#include <string.h>

#include "base/ascii.h"
#include "codec/json/decimal.h"

struct number {
    struct decimal decimal; /* digits: the whole mantissa, modulo 2^64; truncated is not known yet */
    int64_t digit_count;    /* of the mantissa, leading zeros included */
    const char *end;        /* behind the number, or the first byte that does not fit */
    bool negative;
};

/* Far beyond any exponent that a mantissa in memory could bring back into range. */
#define EXPONENT_CAP (INT64_MAX / 4)

static const uint64_t powers[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000};

/* The number that eight digits form, the most significant in the lowest byte: pairs, then fours, then all. */
static inline uint64_t eight_digits(uint64_t digits)
{
    digits = digits * 10 + (digits >> 8);
    digits = (digits & 0x00ff00ff00ff00ff) * 100 + ((digits >> 16) & 0x00ff00ff00ff00ff);
    return (digits & 0xffff) * 10000 + ((digits >> 32) & 0xffff);
}

/* Appends a run of digits to *digits, modulo 2^64, and returns its end. */
static inline const char *read_digits(const char *p, const char *end, uint64_t *digits)
{
    uint64_t value = *digits;
    while (end - p >= 8) {
        uint64_t bytes;
        memcpy(&bytes, p, sizeof(bytes));
        bytes = le64toh(bytes) ^ 0x3030303030303030;
        /* The high bit of each byte that is not 0 to 9. A carry only spoils bytes behind the first such one. */
        uint64_t others = (bytes | (bytes + 0x7676767676767676)) & 0x8080808080808080;
        if (others) {
            int count = __builtin_ctzll(others) / 8;
            if (count > 0)
                value = value * powers[count] + eight_digits(bytes << (64 - 8 * count));
            *digits = value;
            return p + count;
        }
        value = value * 100000000 + eight_digits(bytes);
        p += 8;
    }
    for (; p < end && ascii_is_digit(*p); p++)
        value = value * 10 + (uint64_t)(*p - '0');
    *digits = value;
    return p;
}

/* The part from "e" on. False at a byte that does not fit. */
static bool read_exponent(const char *p, const char *end, struct number *number)
{
    p++;
    bool negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    number->end = p;
    if (p == end || !ascii_is_digit(*p))
        return false;
    int64_t exponent = 0;
    for (; p < end && ascii_is_digit(*p); p++) {
        if (exponent < EXPONENT_CAP / 10)
            exponent = exponent * 10 + (*p - '0');
    }
    number->end = p;
    number->decimal.exponent += negative ? -exponent : exponent;
    return true;
}

/* Reads one number. False when the text is not one: number->end is then the byte that does not fit. */
static inline __attribute__((always_inline)) bool read_number(const char *p, const char *end, struct number *number)
{
    number->negative = p < end && *p == '-';
    p += number->negative;
    number->decimal = (struct decimal){.text = p};
    const char *int_end = read_digits(p, end, &number->decimal.digits);
    number->end = int_end;
    number->decimal.text_end = int_end;
    number->digit_count = int_end - p;
    if (number->digit_count == 0)
        return false;
    if (*p == '0' && number->digit_count > 1) {
        number->end = p + 1;
        return false;
    }
    p = int_end;
    if (p < end && *p == '.') {
        p = read_digits(p + 1, end, &number->decimal.digits);
        number->end = p;
        number->decimal.text_end = p;
        number->decimal.exponent = int_end + 1 - p;
        if (number->decimal.exponent == 0)
            return false;
        number->digit_count -= number->decimal.exponent;
    }
    return p == end || (*p | 0x20) != 'e' || read_exponent(p, end, number);
}

/* Makes decimal.h's decimal of a mantissa that may have more digits than 64 bits hold. */
static void finish_decimal(struct number *number)
{
    struct decimal *decimal = &number->decimal;
    decimal->text_exponent = decimal->exponent;
    int64_t significant = number->digit_count;
    if (significant <= DECIMAL_DIGITS_MAX)
        return;
    const char *p = decimal->text;
    for (; p < decimal->text_end && (*p == '0' || *p == '.'); p++)
        significant -= *p == '0';
    if (significant <= DECIMAL_DIGITS_MAX)
        return;
    decimal->exponent += significant - DECIMAL_DIGITS_MAX;
    decimal->digits = 0;
    for (int count = 0; count < DECIMAL_DIGITS_MAX; p++) {
        if (*p == '.')
            continue;
        decimal->digits = decimal->digits * 10 + (uint64_t)(*p - '0');
        count++;
    }
    for (; p < decimal->text_end; p++)
        decimal->truncated |= *p != '0' && *p != '.';
}

enum json_number_result json_parse_double(const char *p, const char *end, double *ret_value, const char **ret_end)
{
    /* Powers of ten that a double holds exactly, as it does integers up to 2^53. */
    static const double exact_powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                          1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    struct number number;
    bool well_formed = read_number(p, end, &number);
    *ret_end = number.end;
    if (!well_formed)
        return JSON_NUMBER_MALFORMED;
    double value;
    if (number.digit_count <= DECIMAL_DIGITS_MAX && number.decimal.digits <= UINT64_C(1) << 53 &&
        number.decimal.exponent >= -22 && number.decimal.exponent <= 22) {
        value = (double)number.decimal.digits;
        value = number.decimal.exponent < 0 ? value / exact_powers[-number.decimal.exponent]
                                            : value * exact_powers[number.decimal.exponent];
    } else {
        finish_decimal(&number);
        if (!decimal_to_double(&number.decimal, &value))
            return JSON_NUMBER_OUT_OF_RANGE;
    }
    *ret_value = number.negative ? -value : value;
    return JSON_NUMBER_OK;
}

enum json_number_result json_parse_float(const char *p, const char *end, float *ret_value, const char **ret_end)
{
    /* As for double; integers up to 2^24. */
    static const float exact_powers[] = {1e0f, 1e1f, 1e2f, 1e3f, 1e4f, 1e5f, 1e6f, 1e7f, 1e8f, 1e9f, 1e10f};
    struct number number;
    bool well_formed = read_number(p, end, &number);
    *ret_end = number.end;
    if (!well_formed)
        return JSON_NUMBER_MALFORMED;
    float value;
    if (number.digit_count <= DECIMAL_DIGITS_MAX && number.decimal.digits <= UINT64_C(1) << 24 &&
        number.decimal.exponent >= -10 && number.decimal.exponent <= 10) {
        value = (float)number.decimal.digits;
        value = number.decimal.exponent < 0 ? value / exact_powers[-number.decimal.exponent]
                                            : value * exact_powers[number.decimal.exponent];
    } else {
        finish_decimal(&number);
        if (!decimal_to_float(&number.decimal, &value))
            return JSON_NUMBER_OUT_OF_RANGE;
    }
    *ret_value = number.negative ? -value : value;
    return JSON_NUMBER_OK;
}

/* Appends a decimal digit; false when 64 bits do not hold the result. */
static bool append_digit(uint64_t *value, unsigned digit)
{
    return !__builtin_mul_overflow(*value, UINT64_C(10), value) && !__builtin_add_overflow(*value, digit, value);
}

/* The magnitude of a number with a fraction, an exponent, or many digits, when it is whole. */
static enum json_number_result whole_magnitude(const struct number *number, uint64_t *ret_magnitude)
{
    uint64_t magnitude = 0;
    int64_t exponent = number->decimal.exponent + number->digit_count; /* of the digit before the next, plus one */
    for (const char *p = number->decimal.text; p < number->decimal.text_end; p++) {
        if (*p == '.')
            continue;
        if (exponent <= 0 && *p != '0')
            return JSON_NUMBER_NOT_INTEGRAL;
        if (exponent > 0 && !append_digit(&magnitude, (unsigned)(*p - '0')))
            return JSON_NUMBER_OUT_OF_RANGE;
        exponent--;
    }
    for (; exponent > 0 && magnitude > 0; exponent--) {
        if (!append_digit(&magnitude, 0))
            return JSON_NUMBER_OUT_OF_RANGE;
    }
    *ret_magnitude = magnitude;
    return JSON_NUMBER_OK;
}

/* Reads a whole number: sign and magnitude. */
static inline enum json_number_result read_integer(const char *p, const char *end, bool *ret_negative,
                                                   uint64_t *ret_magnitude, const char **ret_end)
{
    struct number number;
    bool well_formed = read_number(p, end, &number);
    *ret_end = number.end;
    if (!well_formed)
        return JSON_NUMBER_MALFORMED;
    *ret_negative = number.negative;
    if (number.decimal.exponent == 0 && number.digit_count <= DECIMAL_DIGITS_MAX) {
        *ret_magnitude = number.decimal.digits;
        return JSON_NUMBER_OK;
    }
    return whole_magnitude(&number, ret_magnitude);
}

enum json_number_result json_parse_int64(const char *p, const char *end, int64_t *ret_value, const char **ret_end)
{
    bool negative;
    uint64_t magnitude;
    enum json_number_result result = read_integer(p, end, &negative, &magnitude, ret_end);
    if (result != JSON_NUMBER_OK)
        return result;
    if (magnitude > (uint64_t)INT64_MAX + negative)
        return JSON_NUMBER_OUT_OF_RANGE;
    *ret_value = (int64_t)(negative ? -magnitude : magnitude);
    return JSON_NUMBER_OK;
}

enum json_number_result json_parse_uint64(const char *p, const char *end, uint64_t *ret_value, const char **ret_end)
{
    bool negative;
    uint64_t magnitude;
    enum json_number_result result = read_integer(p, end, &negative, &magnitude, ret_end);
    if (result != JSON_NUMBER_OK)
        return result;
    if (negative && magnitude > 0)
        return JSON_NUMBER_OUT_OF_RANGE;
    *ret_value = magnitude;
    return JSON_NUMBER_OK;
}
