/*
 * The oracle is the C library: printf for integers, strtod() and printf's correctly rounded %e for floating point.
 * Programs start in the C locale.
 */
#include "codec/json/number_text.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/codec/json/fixed_random.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Behind a buffer of the promised size, this must survive. */
#define CANARY "canary"

struct text {
    char bytes[NUMBER_TEXT_BYTES_MAX + sizeof(CANARY)];
};

static void prepare(struct text *text)
{
    memcpy(text->bytes + NUMBER_TEXT_BYTES_MAX, CANARY, sizeof(CANARY));
}

static void finish(struct text *text, char *end)
{
    assert_in_range(end - text->bytes, 1, 25);
    assert_string_equal(text->bytes + NUMBER_TEXT_BYTES_MAX, CANARY);
    *end = '\0';
}

static struct text text_of_double(double value)
{
    struct text text;
    prepare(&text);
    finish(&text, number_text_write_double(text.bytes, value));
    return text;
}

static struct text text_of_float(float value)
{
    struct text text;
    prepare(&text);
    finish(&text, number_text_write_float(text.bytes, value));
    return text;
}

static double double_of_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

static float float_of_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

static void check_int64(int64_t value)
{
    char expected[32];
    struct text text;
    prepare(&text);
    finish(&text, number_text_write_int64(text.bytes, value));
    snprintf(expected, sizeof(expected), "%" PRId64, value);
    assert_string_equal(text.bytes, expected);
    prepare(&text);
    finish(&text, number_text_write_uint64(text.bytes, (uint64_t)value));
    snprintf(expected, sizeof(expected), "%" PRIu64, (uint64_t)value);
    assert_string_equal(text.bytes, expected);
    prepare(&text);
    finish(&text, number_text_write_int32(text.bytes, (int32_t)value));
    snprintf(expected, sizeof(expected), "%" PRId32, (int32_t)value);
    assert_string_equal(text.bytes, expected);
    prepare(&text);
    finish(&text, number_text_write_uint32(text.bytes, (uint32_t)value));
    snprintf(expected, sizeof(expected), "%" PRIu32, (uint32_t)value);
    assert_string_equal(text.bytes, expected);
}

static void prints_integers_around_every_power_of_ten_and_two(void **state)
{
    (void)state;
    uint64_t power = 1;
    for (int i = 0; i < 20; i++, power *= 10) {
        for (int64_t delta = -2; delta <= 2; delta++) {
            check_int64((int64_t)(power + (uint64_t)delta));
            check_int64((int64_t)(-power + (uint64_t)delta));
        }
    }
    for (int i = 0; i < 64; i++) {
        for (int64_t delta = -2; delta <= 2; delta++)
            check_int64((int64_t)((UINT64_C(1) << i) + (uint64_t)delta));
    }
}

static void prints_all_small_integers(void **state)
{
    (void)state;
    for (int64_t value = -20000; value <= 20000; value++)
        check_int64(value);
}

static void prints_random_integers_of_every_length(void **state)
{
    struct fixed_random source = {1};
    (void)state;
    for (int i = 0; i < 100000; i++)
        check_int64((int64_t)fixed_random_next(&source) >> fixed_random_below(&source, 64));
}

static void lays_doubles_out_as_ecmascript_does(void **state)
{
    static const struct {
        double value;
        const char *expected;
    } cases[] = {
        {0.0, "0"},
        {-0.0, "-0"},
        {1, "1"},
        {-1, "-1"},
        {50.5, "50.5"},
        {0.1, "0.1"},
        {0.3, "0.3"},
        {1.0 / 3, "0.3333333333333333"},
        {2.0 / 3, "0.6666666666666666"},
        {100, "100"},
        {123456.789, "123456.789"},
        {9999999.99999999, "9999999.99999999"},
        {10000000.5, "10000000.5"},
        {4294967296, "4294967296"},
        {9007199254740991, "9007199254740991"},
        {9007199254740992, "9007199254740992"},
        {9007199254740994, "9007199254740994"},
        {1e15, "1000000000000000"},
        {1e16, "10000000000000000"},
        {1e17, "100000000000000000"},
        {123456789012345680000.0, "123456789012345680000"},
        {1e20, "100000000000000000000"},
        {999999999999999900000.0, "999999999999999900000"},
        {1e21, "1e+21"},
        {1.5e21, "1.5e+21"},
        {1.2345678901234567e25, "1.2345678901234566e+25"},
        {1e100, "1e+100"},
        {1.7976931348623157e308, "1.7976931348623157e+308"},
        {0.001, "0.001"},
        {0.0001, "0.0001"},
        {0.00001, "0.00001"},
        {0.000001, "0.000001"},
        {0.0000012, "0.0000012"},
        {-0.0000012345678901234567, "-0.0000012345678901234567"},
        {0.00000099, "9.9e-7"},
        {1e-7, "1e-7"},
        {1.5e-7, "1.5e-7"},
        {1e-10, "1e-10"},
        {-1.5e-300, "-1.5e-300"},
        {2.2250738585072014e-308, "2.2250738585072014e-308"},
        {2.225073858507201e-308, "2.225073858507201e-308"},
        {5e-324, "5e-324"},
        {1e-323, "1e-323"},
        {1.2345678, "1.2345678"},
        {1.23456789, "1.23456789"},
        {1.234567891, "1.234567891"},
        {1.2345678901234567, "1.2345678901234567"},
        {12.345678901234567, "12.345678901234567"},
        {1234567.8901234567, "1234567.8901234567"},
        {12345678.901234567, "12345678.901234567"},
        {123456789.01234567, "123456789.01234567"},
        {123456789012345.67, "123456789012345.67"},
        {1234567890123456.7, "1234567890123456.8"},
        /* Known traps of shorter algorithms. */
        {9.5367431640625e-7, "9.5367431640625e-7"},
        {2e-44, "2e-44"},
        {9007199254740993.0 * 1024, "9223372036854776000"},
        {4.35, "4.35"},
        {0.05, "0.05"},
        {299792.458, "299792.458"},
        {9.109e-31, "9.109e-31"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(text_of_double(cases[i].value).bytes, cases[i].expected);
}

static void lays_floats_out_by_their_own_precision(void **state)
{
    static const struct {
        float value;
        const char *expected;
    } cases[] = {
        {0.0f, "0"},
        {-0.0f, "-0"},
        {0.1f, "0.1"},
        {-50.5f, "-50.5"},
        {3.4028235e38f, "3.4028235e+38"},
        {1e21f, "1e+21"},
        {1e20f, "100000000000000000000"},
        {16777216, "16777216"},
        {16777218, "16777218"},
        {33554432, "33554432"},
        {123456789.0f, "123456790"},
        {1.17549435e-38f, "1.1754944e-38"},
        {1e-45f, "1e-45"},
        {1.0f / 3, "0.33333334"},
        {0.000001f, "0.000001"},
        {1e-7f, "1e-7"},
        {8.5f, "8.5"},
        {3.3554432e7f, "33554432"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(text_of_float(cases[i].value).bytes, cases[i].expected);
}

/* The significant digits of a number's text, without zeros at either end. Returns how many. */
static int significant_digits(const char *text, char *ret_digits)
{
    int count = 0;
    int end = 0;
    for (; *text && *text != 'e'; text++) {
        if (*text < '0' || *text > '9' || (*text == '0' && count == 0))
            continue;
        ret_digits[count++] = *text;
        if (*text != '0')
            end = count;
    }
    ret_digits[end] = '\0';
    return end;
}

static bool reads_back(const char *text, double value, bool as_float)
{
    return as_float ? strtof(text, NULL) == (float)value : strtod(text, NULL) == value;
}

/* Does a decimal of so many digits read back: the nearest to the value, or the one next to it on either side? */
static bool has_decimal_of(int digit_count, double value, bool as_float)
{
    char nearest[64];
    snprintf(nearest, sizeof(nearest), "%.*e", digit_count - 1, value);
    if (reads_back(nearest, value, as_float))
        return true;
    char *exponent = strchr(nearest, 'e');
    int first = atoi(exponent + 1) - (digit_count - 1);
    uint64_t digits = 0;
    for (const char *p = nearest; p < exponent; p++) {
        if (*p != '.')
            digits = digits * 10 + (uint64_t)(*p - '0');
    }
    char above[64];
    char below[64];
    snprintf(above, sizeof(above), "%" PRIu64 "e%d", digits + 1, first);
    snprintf(below, sizeof(below), "%" PRIu64 "e%d", digits - 1, first);
    return reads_back(above, value, as_float) || reads_back(below, value, as_float);
}

/* The text reads back, no shorter one does, and none of its length is nearer. */
static void check_shortest(double value, bool as_float)
{
    struct text text = as_float ? text_of_float((float)value) : text_of_double(value);
    if (!reads_back(text.bytes, value, as_float) || signbit(value) != (text.bytes[0] == '-'))
        fail_msg("%a is printed as %s", value, text.bytes);
    double magnitude = fabs(value);
    if (magnitude == 0)
        return;
    char digits[32];
    int count = significant_digits(text.bytes, digits);
    if (count > 1 && has_decimal_of(count - 1, magnitude, as_float))
        fail_msg("%a is printed as %s, but there is a shorter text", value, text.bytes);
    char nearest[64];
    char nearest_digits[32];
    snprintf(nearest, sizeof(nearest), "%.*e", count - 1, magnitude);
    significant_digits(nearest, nearest_digits);
    if (reads_back(nearest, magnitude, as_float) && strcmp(digits, nearest_digits) != 0)
        fail_msg("%a is printed as %s, but %s is nearer", value, text.bytes, nearest);
}

static void prints_the_shortest_text_of_random_doubles(void **state)
{
    struct fixed_random source = {2};
    (void)state;
    for (int i = 0; i < 100000; i++) {
        double value = double_of_bits(fixed_random_next(&source));
        if (isfinite(value))
            check_shortest(value, false);
    }
}

static void prints_the_shortest_text_of_random_floats(void **state)
{
    struct fixed_random source = {3};
    (void)state;
    for (int i = 0; i < 100000; i++) {
        float value = float_of_bits((uint32_t)fixed_random_next(&source));
        if (isfinite(value))
            check_shortest((double)value, true);
    }
}

static void prints_the_shortest_text_of_powers_of_two_and_their_neighbours(void **state)
{
    (void)state;
    for (uint64_t exponent = 0; exponent < 0x7ff; exponent++) {
        uint64_t bits = exponent << 52;
        for (int delta = -2; delta <= 2; delta++) {
            if (bits > 0 || delta >= 0)
                check_shortest(double_of_bits(bits + (uint64_t)delta), false);
        }
    }
    for (uint32_t exponent = 0; exponent < 0xff; exponent++) {
        uint32_t bits = exponent << 23;
        for (int delta = -2; delta <= 2; delta++) {
            if (bits > 0 || delta >= 0)
                check_shortest((double)float_of_bits(bits + (uint32_t)delta), true);
        }
    }
}

static void prints_the_shortest_text_of_powers_of_ten(void **state)
{
    (void)state;
    for (int exponent = -323; exponent <= 308; exponent++) {
        char text[16];
        snprintf(text, sizeof(text), "1e%d", exponent);
        double value = strtod(text, NULL);
        check_shortest(value, false);
        check_shortest(nextafter(value, 0), false);
        check_shortest(nextafter(value, INFINITY), false);
    }
}

static void prints_the_shortest_text_of_subnormal_numbers(void **state)
{
    struct fixed_random source = {4};
    (void)state;
    for (uint64_t bits = 0; bits < 1000; bits++) {
        check_shortest(double_of_bits(bits), false);
        check_shortest((double)float_of_bits((uint32_t)bits), true);
    }
    for (int i = 0; i < 20000; i++)
        check_shortest(double_of_bits(fixed_random_next(&source) >> (12 + fixed_random_below(&source, 52))), false);
}

static void prints_decimals_as_they_were_written(void **state)
{
    struct fixed_random source = {5};
    (void)state;
    for (int i = 0; i < 100000; i++) {
        char expected[64];
        int decimals = 1 + fixed_random_below(&source, 10);
        uint64_t fraction = 0;
        for (int j = 0; j < decimals; j++)
            fraction = fraction * 10 + (uint64_t)(j + 1 < decimals ? fixed_random_below(&source, 10)
                                                                   : 1 + fixed_random_below(&source, 9));
        int whole = fixed_random_below(&source, 100000) >> fixed_random_below(&source, 17);
        snprintf(expected, sizeof(expected), "%s%d.%0*" PRIu64, i % 2 ? "-" : "", whole, decimals, fraction);
        double value = strtod(expected, NULL);
        if (fabs(value) >= 0.000001)
            assert_string_equal(text_of_double(value).bytes, expected);
        check_shortest(value, false);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_integers_around_every_power_of_ten_and_two),
        cmocka_unit_test(prints_all_small_integers),
        cmocka_unit_test(prints_random_integers_of_every_length),
        cmocka_unit_test(lays_doubles_out_as_ecmascript_does),
        cmocka_unit_test(lays_floats_out_by_their_own_precision),
        cmocka_unit_test(prints_the_shortest_text_of_random_doubles),
        cmocka_unit_test(prints_the_shortest_text_of_random_floats),
        cmocka_unit_test(prints_the_shortest_text_of_powers_of_two_and_their_neighbours),
        cmocka_unit_test(prints_the_shortest_text_of_powers_of_ten),
        cmocka_unit_test(prints_the_shortest_text_of_subnormal_numbers),
        cmocka_unit_test(prints_decimals_as_they_were_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
