/* The oracle is the C library's correctly rounding strtod() and strtof(); programs start in the C locale. */
#include "codec/json/json_number.h"

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

/* A copy that ends with its memory, so that the address sanitizer sees any byte read behind it. */
struct exact {
    char *text;
    const char *end;
};

static struct exact exact_copy(const char *text)
{
    size_t len = strlen(text);
    char *copy = malloc(len ? len : 1);
    assert_non_null(copy);
    memcpy(copy, text, len);
    return (struct exact){copy, copy + len};
}

static bool same_double(double a, double b)
{
    return memcmp(&a, &b, sizeof(a)) == 0;
}

static bool same_float(float a, float b)
{
    return memcmp(&a, &b, sizeof(a)) == 0;
}

static void check_double(const char *text, double expected)
{
    struct exact copy = exact_copy(text);
    double value = 0;
    const char *end = NULL;
    enum json_number_result result = json_parse_double(copy.text, copy.end, &value, &end);
    if (end != copy.end || (isinf(expected) ? result != JSON_NUMBER_OUT_OF_RANGE
                                            : result != JSON_NUMBER_OK || !same_double(value, expected)))
        fail_msg("%s: expected %a, got result %d, value %a, %td bytes", text, expected, (int)result, value,
                 end - copy.text);
    free(copy.text);
}

static void check_float(const char *text, float expected)
{
    struct exact copy = exact_copy(text);
    float value = 0;
    const char *end = NULL;
    enum json_number_result result = json_parse_float(copy.text, copy.end, &value, &end);
    if (end != copy.end || (isinf(expected) ? result != JSON_NUMBER_OUT_OF_RANGE
                                            : result != JSON_NUMBER_OK || !same_float(value, expected)))
        fail_msg("%s: expected %a, got result %d, value %a, %td bytes", text, (double)expected, (int)result,
                 (double)value, end - copy.text);
    free(copy.text);
}

/* Both types, against the C library. */
static void check_against_libc(const char *text)
{
    check_double(text, strtod(text, NULL));
    check_float(text, strtof(text, NULL));
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

static void reads_doubles_that_are_known_to_be_hard(void **state)
{
    static const struct {
        const char *text;
        double expected;
    } cases[] = {
        {"0", 0.0},
        {"-0", -0.0},
        {"-0.0e-400", -0.0},
        {"0e999999999999999999999", 0.0},
        {"1", 1.0},
        {"50.5", 50.5},
        {"1E3", 1000.0},
        {"1e+3", 1000.0},
        {"-1.5e-3", -0.0015},
        {"9007199254740991", 0x1.fffffffffffffp+52},
        {"9007199254740993", 0x1p+53},
        {"9007199254740993.0", 0x1p+53},
        {"9007199254740993.00000000000000000000000001", 0x1.0000000000001p+53},
        {"9007199254740992.99999999999999999999999999", 0x1p+53},
        {"9007199254740995", 0x1.0000000000002p+53},
        {"9007199254740993e0", 0x1p+53},
        {"900719925474099300000e-5", 0x1p+53},
        {"0.000090071992547409930e20", 0x1p+53},
        {"2.2250738585072011e-308", 0x0.fffffffffffffp-1022},
        {"2.2250738585072012e-308", 0x1p-1022},
        {"2.2250738585072014e-308", 0x1p-1022},
        {"4.9e-324", 0x1p-1074},
        {"5e-324", 0x1p-1074},
        {"2.5e-324", 0x1p-1074},
        {"2.4703282292062328e-324", 0x1p-1074},
        {"2.4703282292062327e-324", 0.0},
        {"-2e-324", -0.0},
        {"1e-400", 0.0},
        {"1e-99999999999999999999", 0.0},
        {"1.7976931348623157e308", DBL_MAX},
        {"1.7976931348623158e308", DBL_MAX},
        {"1.7976931348623159e308", INFINITY},
        {"-1.7976931348623159e308", INFINITY},
        {"1e309", INFINITY},
        {"1e99999999999999999999", INFINITY},
        {"179769313486231570000000000000000000000e270", DBL_MAX},
        {"1.00000000000000011102230246251565404236316680908203125", 1.0},
        {"1.00000000000000011102230246251565404236316680908203124", 1.0},
        {"1.00000000000000011102230246251565404236316680908203126", 0x1.0000000000001p+0},
        {"6.631236846766476e-316", 6.631236846766476e-316},
        {"3.237883913302901e-319", 3.237883913302901e-319},
        {"6.9294956446009195e15", 6929495644600919.5},
        {"7.0060e-46", 7.006e-46},
        {"358416272e-33", 358416272e-33},
        {"123456789012345678901234567890", 0x1.8ee90ff6c373ep+96},
        {"100000000000000000000000000000000", 1e32},
        {"0.000000000000000000000000000000000000000000001", 1e-45},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        check_double(cases[i].text, cases[i].expected);
        check_against_libc(cases[i].text);
    }
}

static void reads_floats_from_their_text_and_not_from_a_double(void **state)
{
    static const struct {
        const char *text;
        float expected;
    } cases[] = {
        {"0", 0.0f},
        {"-0", -0.0f},
        {"0.1", 0x1.99999ap-4f},
        {"16777216", 0x1p+24f},
        {"16777217", 0x1p+24f},
        {"16777217.0000000000000000000001", 0x1.000002p+24f},
        {"16777219", 0x1.000004p+24f},
        {"3.4028234663852886e38", FLT_MAX},
        {"3.4028235e38", FLT_MAX},
        {"3.40282356779733661637539395458142568447e38", FLT_MAX},
        {"3.40282356779733661637539395458142568448e38", INFINITY},
        {"3.502823e+38", INFINITY},
        {"-3.502823e+38", INFINITY},
        {"1e39", INFINITY},
        {"1.401298464324817e-45", 0x1p-149f},
        {"1.1754943508222875e-38", 0x1p-126f},
        {"7.006492321624085e-46", 0.0f},
        {"7.006492321624086e-46", 0x1p-149f},
        /* A double would land on the middle between two floats, and then go to the even one. */
        {"1.000000059604644775390625", 1.0f},
        {"1.000000059604644775390626", 0x1.000002p+0f},
        {"1.00000017881393421514957253748434595763683319091796875001", 0x1.000002p+0f},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        check_float(cases[i].text, cases[i].expected);
}

static void agrees_with_strtod_on_printed_doubles(void **state)
{
    struct fixed_random source = {1};
    char text[64];
    (void)state;
    for (int i = 0; i < 100000; i++) {
        double value = double_of_bits(fixed_random_next(&source));
        if (!isfinite(value))
            continue;
        snprintf(text, sizeof(text), "%.17g", value);
        check_double(text, value);
        check_against_libc(text);
        snprintf(text, sizeof(text), "%.*e", fixed_random_below(&source, 40), value);
        check_against_libc(text);
    }
}

static void agrees_with_strtod_on_subnormal_numbers(void **state)
{
    struct fixed_random source = {2};
    char text[64];
    (void)state;
    for (int i = 0; i < 50000; i++) {
        uint64_t bits = fixed_random_next(&source) >> (12 + fixed_random_below(&source, 52));
        snprintf(text, sizeof(text), "%.*e", fixed_random_below(&source, 30), double_of_bits(bits));
        check_against_libc(text);
        uint32_t float_bits = (uint32_t)(bits >> 29 & 0x7fffff);
        snprintf(text, sizeof(text), "%.*e", fixed_random_below(&source, 30), (double)float_of_bits(float_bits));
        check_against_libc(text);
    }
}

static void agrees_with_strtod_on_random_digits(void **state)
{
    struct fixed_random source = {3};
    char text[64];
    (void)state;
    for (int i = 0; i < 100000; i++) {
        uint64_t digits = fixed_random_next(&source) >> fixed_random_below(&source, 64);
        snprintf(text, sizeof(text), "%" PRIu64 "e%d", digits, fixed_random_below(&source, 700) - 350);
        check_against_libc(text);
        snprintf(text, sizeof(text), "%d.%0*" PRIu64, fixed_random_below(&source, 1000),
                 fixed_random_below(&source, 25), digits);
        check_against_libc(text);
    }
}

/* Writes the exact decimal form of a number and of its closest neighbours in the last places, and checks them. */
static void check_around(long double middle)
{
    char text[1300];
    snprintf(text, sizeof(text), "%.1200Le", middle);
    char *exponent = strchr(text, 'e');
    char exponent_text[16];
    snprintf(exponent_text, sizeof(exponent_text), "%s", exponent);
    char *end = exponent;
    while (end[-1] == '0')
        end--;
    if (end[-1] == '.')
        end[0] = '0', end++;
    strcpy(end, exponent_text);
    check_against_libc(text);
    snprintf(end, 40, "0000000000000001%s", exponent_text);
    check_against_libc(text);
    for (char *p = end - 1; *p != '.'; p--) {
        if (*p != '0') {
            (*p)--;
            snprintf(end, 40, "9999999999999999%s", exponent_text);
            check_against_libc(text);
            break;
        }
    }
}

/* The middle of two neighbours is exact in a long double, which has more bits. */
_Static_assert(LDBL_MANT_DIG > DBL_MANT_DIG, "long double is wider than double");

static void rounds_halfway_cases_to_even_and_their_neighbours_away(void **state)
{
    struct fixed_random source = {4};
    (void)state;
    for (int i = 0; i < 4000; i++) {
        uint64_t bits = fixed_random_next(&source) >> 1;
        if (i % 4 == 0)
            bits >>= 11; /* subnormal and small */
        double low = double_of_bits(bits);
        double high = double_of_bits(bits + 1);
        if (isfinite(low) && isfinite(high))
            check_around(((long double)low + high) / 2);
        float float_low = float_of_bits((uint32_t)(bits & 0x7fffffff));
        float float_high = float_of_bits((uint32_t)(bits & 0x7fffffff) + 1);
        if (isfinite(float_low) && isfinite(float_high))
            check_around(((long double)float_low + float_high) / 2);
    }
    for (int power = -1074; power < 1023; power++) {
        long double value = ldexpl(1, power);
        long double gap = (long double)double_of_bits((uint64_t)1) > value * 0x1p-52L ? 0x1p-1074L : value * 0x1p-52L;
        check_around(value + gap / 2);
        check_around(value - gap / 4);
    }
}

static void reads_texts_of_any_length(void **state)
{
    const size_t len = 20000;
    char *text = malloc(len + 32);
    (void)state;
    assert_non_null(text);

    memset(text, '9', len);
    text[1] = '.';
    text[len] = '\0';
    check_double(text, 10.0);
    check_float(text, 10.0f);

    /* 2^53 + 1 is halfway; one digit far away decides. */
    memset(text, '0', len);
    memcpy(text, "9007199254740993.", 17);
    text[len] = '\0';
    check_double(text, 0x1p+53);
    text[len - 1] = '1';
    check_double(text, 0x1.0000000000001p+53);

    memset(text, '0', len);
    text[1] = '.';
    strcpy(text + len, "15e19999");
    check_double(text, 1.5);
    check_float(text, 1.5f);

    memset(text, '0', len);
    text[0] = '3';
    strcpy(text + len, "e-19999");
    check_double(text, 3.0);
    free(text);
}

static void converts_integers_of_any_spelling(void **state)
{
    static const struct {
        const char *text;
        enum json_number_result signed_result;
        int64_t signed_value;
        enum json_number_result unsigned_result;
        uint64_t unsigned_value;
    } cases[] = {
        {"0", JSON_NUMBER_OK, 0, JSON_NUMBER_OK, 0},
        {"-0", JSON_NUMBER_OK, 0, JSON_NUMBER_OK, 0},
        {"-0.000e5", JSON_NUMBER_OK, 0, JSON_NUMBER_OK, 0},
        {"0e99999999999999999999", JSON_NUMBER_OK, 0, JSON_NUMBER_OK, 0},
        {"7", JSON_NUMBER_OK, 7, JSON_NUMBER_OK, 7},
        {"-7", JSON_NUMBER_OK, -7, JSON_NUMBER_OUT_OF_RANGE, 0},
        {"12345678", JSON_NUMBER_OK, 12345678, JSON_NUMBER_OK, 12345678},
        {"123456789", JSON_NUMBER_OK, 123456789, JSON_NUMBER_OK, 123456789},
        {"1.0", JSON_NUMBER_OK, 1, JSON_NUMBER_OK, 1},
        {"1e3", JSON_NUMBER_OK, 1000, JSON_NUMBER_OK, 1000},
        {"1E+3", JSON_NUMBER_OK, 1000, JSON_NUMBER_OK, 1000},
        {"100000e-3", JSON_NUMBER_OK, 100, JSON_NUMBER_OK, 100},
        {"-1.25e2", JSON_NUMBER_OK, -125, JSON_NUMBER_OUT_OF_RANGE, 0},
        {"0.0000000000000000000000000000012e31", JSON_NUMBER_OK, 12, JSON_NUMBER_OK, 12},
        {"12000000000000000000000000000000e-30", JSON_NUMBER_OK, 12, JSON_NUMBER_OK, 12},
        {"100.000000000000000000000000000000", JSON_NUMBER_OK, 100, JSON_NUMBER_OK, 100},
        {"9007199254740993", JSON_NUMBER_OK, 9007199254740993, JSON_NUMBER_OK, 9007199254740993},
        {"9223372036854775807", JSON_NUMBER_OK, INT64_MAX, JSON_NUMBER_OK, INT64_MAX},
        {"9223372036854775807.0", JSON_NUMBER_OK, INT64_MAX, JSON_NUMBER_OK, INT64_MAX},
        {"9223372036854775808", JSON_NUMBER_OUT_OF_RANGE, 0, JSON_NUMBER_OK, UINT64_C(9223372036854775808)},
        {"-9223372036854775808", JSON_NUMBER_OK, INT64_MIN, JSON_NUMBER_OUT_OF_RANGE, 0},
        {"-922337203685477580.8e1", JSON_NUMBER_OK, INT64_MIN, JSON_NUMBER_OUT_OF_RANGE, 0},
        {"-9223372036854775809", JSON_NUMBER_OUT_OF_RANGE, 0, JSON_NUMBER_OUT_OF_RANGE, 0},
        {"9999999999999999999", JSON_NUMBER_OUT_OF_RANGE, 0, JSON_NUMBER_OK, UINT64_C(9999999999999999999)},
        {"18446744073709551615", JSON_NUMBER_OUT_OF_RANGE, 0, JSON_NUMBER_OK, UINT64_MAX},
        {"1.8446744073709551615e19", JSON_NUMBER_OUT_OF_RANGE, 0, JSON_NUMBER_OK, UINT64_MAX},
        {"18446744073709551616", JSON_NUMBER_OUT_OF_RANGE, 0, JSON_NUMBER_OUT_OF_RANGE, 0},
        {"18446744073709551620", JSON_NUMBER_OUT_OF_RANGE, 0, JSON_NUMBER_OUT_OF_RANGE, 0},
        {"1e19", JSON_NUMBER_OUT_OF_RANGE, 0, JSON_NUMBER_OK, UINT64_C(10000000000000000000)},
        {"1e20", JSON_NUMBER_OUT_OF_RANGE, 0, JSON_NUMBER_OUT_OF_RANGE, 0},
        {"1e99999999999999999999", JSON_NUMBER_OUT_OF_RANGE, 0, JSON_NUMBER_OUT_OF_RANGE, 0},
        {"0.5", JSON_NUMBER_NOT_INTEGRAL, 0, JSON_NUMBER_NOT_INTEGRAL, 0},
        {"1.5", JSON_NUMBER_NOT_INTEGRAL, 0, JSON_NUMBER_NOT_INTEGRAL, 0},
        {"15e-1", JSON_NUMBER_NOT_INTEGRAL, 0, JSON_NUMBER_NOT_INTEGRAL, 0},
        {"1e-99999999999999999999", JSON_NUMBER_NOT_INTEGRAL, 0, JSON_NUMBER_NOT_INTEGRAL, 0},
        {"1.00000000000000000000000000000000000001", JSON_NUMBER_NOT_INTEGRAL, 0, JSON_NUMBER_NOT_INTEGRAL, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct exact copy = exact_copy(cases[i].text);
        int64_t signed_value = 0;
        uint64_t unsigned_value = 0;
        const char *end = NULL;
        if (json_parse_int64(copy.text, copy.end, &signed_value, &end) != cases[i].signed_result ||
            signed_value != cases[i].signed_value || end != copy.end)
            fail_msg("%s: got %" PRId64, cases[i].text, signed_value);
        if (json_parse_uint64(copy.text, copy.end, &unsigned_value, &end) != cases[i].unsigned_result ||
            unsigned_value != cases[i].unsigned_value || end != copy.end)
            fail_msg("%s: got %" PRIu64, cases[i].text, unsigned_value);
        free(copy.text);
    }
}

static void reads_back_every_length_of_integer_with_and_without_exponent(void **state)
{
    struct fixed_random source = {5};
    char text[64];
    (void)state;
    for (int i = 0; i < 100000; i++) {
        int64_t expected = (int64_t)fixed_random_next(&source) >> fixed_random_below(&source, 64);
        int zeros = expected != 0 ? fixed_random_below(&source, 20) : 0;
        int64_t value;
        const char *end;
        snprintf(text, sizeof(text), "%" PRId64, expected);
        assert_int_equal(json_parse_int64(text, text + strlen(text), &value, &end), JSON_NUMBER_OK);
        assert_true(value == expected && *end == '\0');
        snprintf(text, sizeof(text), "%" PRId64 "%.*se-%d", expected, zeros, "00000000000000000000", zeros);
        assert_int_equal(json_parse_int64(text, text + strlen(text), &value, &end), JSON_NUMBER_OK);
        assert_true(value == expected && *end == '\0');
    }
}

static void refuses_what_is_not_a_json_number_and_says_where(void **state)
{
    static const struct {
        const char *text;
        int offset; /* of the byte that does not fit */
    } cases[] = {
        {"", 0},         {"-", 1},   {"+1", 0},        {".5", 0},       {"-.5", 1},       {"1.", 2},
        {"1.e3", 2},     {"01", 1},  {"-01", 2},       {"00", 1},       {"00000000", 1},  {"012345678", 1},
        {"1e", 2},       {"1e+", 3}, {"1e-", 3},       {"1ee3", 2},     {"1e.5", 2},      {"--1", 1},
        {"-a", 1},       {"abc", 0}, {"NaN", 0},       {"Infinity", 0}, {"-Infinity", 1}, {" 1", 0},
        {"\xd9\xa1", 0}, {"1.x", 2}, {"12345678.", 9}, {"1e+x", 3},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct exact copy = exact_copy(cases[i].text);
        double as_double = 1.5;
        float as_float = 1.5f;
        int64_t as_int64 = 15;
        uint64_t as_uint64 = 15;
        const char *ends[4];
        assert_int_equal(json_parse_double(copy.text, copy.end, &as_double, &ends[0]), JSON_NUMBER_MALFORMED);
        assert_int_equal(json_parse_float(copy.text, copy.end, &as_float, &ends[1]), JSON_NUMBER_MALFORMED);
        assert_int_equal(json_parse_int64(copy.text, copy.end, &as_int64, &ends[2]), JSON_NUMBER_MALFORMED);
        assert_int_equal(json_parse_uint64(copy.text, copy.end, &as_uint64, &ends[3]), JSON_NUMBER_MALFORMED);
        for (int j = 0; j < 4; j++) {
            if (ends[j] - copy.text != cases[i].offset)
                fail_msg("%s: expected the fault at %d, got %td", cases[i].text, cases[i].offset, ends[j] - copy.text);
        }
        assert_true(as_double == 1.5 && as_float == 1.5f && as_int64 == 15 && as_uint64 == 15);
        free(copy.text);
    }
}

static void stops_behind_the_number(void **state)
{
    static const struct {
        const char *text;
        int len;
        double expected;
    } cases[] = {
        {"1,2", 1, 1},
        {"0]", 1, 0},
        {"1.5}", 3, 1.5},
        {"12 ", 2, 12},
        {"1e5\n", 3, 1e5},
        {"1-2", 1, 1},
        {"1.5.5", 3, 1.5},
        {"7\"", 1, 7},
        {"123456789a", 9, 123456789},
        {"1234567:", 7, 1234567},
        {"1.25e1e", 6, 12.5},
        {"0x10", 1, 0},
        {"12\xb3", 2, 12},
        {"12345678/", 8, 12345678},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        /* Once with much behind it, once with nothing. */
        for (int padding = 0; padding <= 16; padding += 16) {
            char text[64];
            snprintf(text, sizeof(text), "%s%*s", cases[i].text, padding, "");
            struct exact copy = exact_copy(text);
            double value = -1;
            const char *end = copy.text;
            assert_int_equal(json_parse_double(end, copy.end, &value, &end), JSON_NUMBER_OK);
            assert_int_equal(end - copy.text, cases[i].len);
            assert_true(value == cases[i].expected);
            free(copy.text);
        }
    }
}

static void stops_at_every_byte_that_does_not_continue_a_number(void **state)
{
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        if ((byte >= '0' && byte <= '9') || byte == '.' || byte == 'e' || byte == 'E')
            continue;
        for (int digit_count = 1; digit_count <= 17; digit_count++) {
            char text[32];
            int64_t value;
            const char *end;
            memset(text, '1', sizeof(text));
            text[digit_count] = (char)byte;
            assert_int_equal(json_parse_int64(text, text + sizeof(text), &value, &end), JSON_NUMBER_OK);
            assert_int_equal(end - text, digit_count);
            assert_true(value == INT64_C(11111111111111111) / (int64_t)pow(10, 17 - digit_count));
        }
    }
}

static void reads_every_count_of_digits_before_and_behind_the_point(void **state)
{
    static const char digits[] = "1234567890123456789012345678901234567890";
    char text[128];
    (void)state;
    for (int before = 1; before <= 30; before++) {
        for (int behind = 0; behind <= 30; behind++) {
            snprintf(text, sizeof(text), "-%.*s%s%.*s", before, digits, behind ? "." : "", behind, digits + 5);
            check_against_libc(text);
            snprintf(text, sizeof(text), "%.*s%s%.*se-%d", before, digits, behind ? "." : "", behind, digits + 5,
                     before);
            check_against_libc(text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_doubles_that_are_known_to_be_hard),
        cmocka_unit_test(reads_floats_from_their_text_and_not_from_a_double),
        cmocka_unit_test(agrees_with_strtod_on_printed_doubles),
        cmocka_unit_test(agrees_with_strtod_on_subnormal_numbers),
        cmocka_unit_test(agrees_with_strtod_on_random_digits),
        cmocka_unit_test(rounds_halfway_cases_to_even_and_their_neighbours_away),
        cmocka_unit_test(reads_texts_of_any_length),
        cmocka_unit_test(converts_integers_of_any_spelling),
        cmocka_unit_test(reads_back_every_length_of_integer_with_and_without_exponent),
        cmocka_unit_test(refuses_what_is_not_a_json_number_and_says_where),
        cmocka_unit_test(stops_behind_the_number),
        cmocka_unit_test(stops_at_every_byte_that_does_not_continue_a_number),
        cmocka_unit_test(reads_every_count_of_digits_before_and_behind_the_point),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
