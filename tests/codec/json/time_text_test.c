#include "codec/json/time_text.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/codec/json/fixed_random.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define FIRST_SECOND INT64_C(-62135596800)
#define LAST_SECOND  INT64_C(253402300799)

typedef bool (*parser)(struct view text, int64_t *ret_seconds, int32_t *ret_nanos, struct status *st);
typedef bool (*writer)(char *out, int64_t seconds, int32_t nanos, char **ret_end, struct status *st);

/* Parses a copy that ends with its memory. */
static bool parse_exact(parser parse, const char *text, int64_t *ret_seconds, int32_t *ret_nanos, struct status *st)
{
    size_t len = strlen(text);
    char *copy = malloc(len ? len : 1);
    assert_non_null(copy);
    memcpy(copy, text, len);
    bool parsed = parse(view_make(copy, len), ret_seconds, ret_nanos, st);
    free(copy);
    return parsed;
}

static void check_parses(parser parse, const char *text, int64_t seconds, int32_t nanos)
{
    struct status st;
    int64_t parsed_seconds = 0;
    int32_t parsed_nanos = 0;
    if (!parse_exact(parse, text, &parsed_seconds, &parsed_nanos, &st))
        fail_msg("%s: %s", text, st.message);
    if (parsed_seconds != seconds || parsed_nanos != nanos)
        fail_msg("%s: got %" PRId64 " s %" PRId32 " ns", text, parsed_seconds, parsed_nanos);
}

static void check_refuses(parser parse, const char *text, const char *message)
{
    struct status st;
    int64_t seconds = 42;
    int32_t nanos = 42;
    if (parse_exact(parse, text, &seconds, &nanos, &st))
        fail_msg("%s is accepted", text);
    if (strcmp(st.message, message) != 0)
        fail_msg("%s: %s", text, st.message);
    assert_int_equal(st.code, STATUS_INVALID_ARGUMENT);
    assert_true(seconds == 42 && nanos == 42);
}

static void check_writes(writer write, int64_t seconds, int32_t nanos, const char *expected)
{
    struct status st;
    char text[TIME_TEXT_BYTES_MAX];
    char *end = NULL;
    if (!write(text, seconds, nanos, &end, &st))
        fail_msg("%s: %s", expected, st.message);
    *end = '\0';
    assert_string_equal(text, expected);
}

static void check_does_not_write(writer write, int64_t seconds, int32_t nanos, const char *message)
{
    struct status st;
    char text[TIME_TEXT_BYTES_MAX];
    char *end = NULL;
    assert_false(write(text, seconds, nanos, &end, &st));
    assert_int_equal(st.code, STATUS_INVALID_ARGUMENT);
    assert_string_equal(st.message, message);
    assert_null(end);
}

static const char TIMESTAMP_SHAPE[] = "expected a timestamp like 2024-05-01T10:00:00Z or 2024-05-01T12:00:00.5+02:00";
static const char TIMESTAMP_DATE[] = "expected a timestamp of a day that the calendar has";
static const char TIMESTAMP_TIME[] = "expected a timestamp from 00:00:00 to 23:59:59 of its day";
static const char TIMESTAMP_OFFSET[] = "expected a timestamp with an offset from -23:59 to +23:59";
static const char TIMESTAMP_RANGE[] =
    "expected a timestamp from 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999999Z";
static const char TIMESTAMP_NANOS[] = "expected a timestamp with nanos from 0 to 999999999";
static const char DURATION_SHAPE[] = "expected a duration in seconds like 3s or -1.5s, of at most 9 decimals";
static const char DURATION_RANGE[] = "expected a duration from -315576000000 to 315576000000 seconds";
static const char DURATION_NANOS[] = "expected a duration with nanos from -999999999 to 999999999";
static const char DURATION_SIGNS[] = "expected a duration with seconds and nanos of the same sign";

static void parses_timestamps(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds;
        int32_t nanos;
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0, 0},
        {"1970-01-01T00:00:00.000000001Z", 0, 1},
        {"1970-01-01T00:00:00.1Z", 0, 100000000},
        {"1970-01-01T00:00:00.12345678Z", 0, 123456780},
        {"1969-12-31T23:59:59.999999999Z", -1, 999999999},
        {"1970-01-01T08:00:01+08:00", 1, 0},
        {"1969-12-31T16:00:01-08:00", 1, 0},
        {"1970-01-01T00:00:00.25+00:00", 0, 250000000},
        {"1970-01-01T00:00:00-00:00", 0, 0},
        {"1970-01-01T23:59:00+23:59", 0, 0},
        {"1993-02-10T00:00:00.000Z", 729302400, 0},
        {"2000-02-29T12:00:00Z", 951825600, 0},
        {"2024-02-29T23:59:59Z", 1709251199, 0},
        {"2024-05-01T10:00:00.250Z", 1714557600, 250000000},
        {"0001-01-01T00:00:00Z", FIRST_SECOND, 0},
        {"0001-01-01T01:00:00+01:00", FIRST_SECOND, 0},
        {"9999-12-31T23:59:59.999999999Z", LAST_SECOND, 999999999},
        {"9999-12-31T22:59:59.999999999-01:00", LAST_SECOND, 999999999},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        check_parses(time_text_parse_timestamp, cases[i].text, cases[i].seconds, cases[i].nanos);
}

static void refuses_timestamps_that_are_malformed_or_out_of_range(void **state)
{
    static const struct {
        const char *text;
        const char *message;
    } cases[] = {
        {"", TIMESTAMP_SHAPE},
        {"2024-05-01", TIMESTAMP_SHAPE},
        {"2024-05-01T10:00:00", TIMESTAMP_SHAPE},
        {"2024-05-01 10:00:00Z", TIMESTAMP_SHAPE},
        {"2024-05-01t10:00:00Z", TIMESTAMP_SHAPE},
        {"2024-05-01T10:00:00z", TIMESTAMP_SHAPE},
        {"2024-05-01T10:00Z", TIMESTAMP_SHAPE},
        {"2024-5-1T10:00:00Z", TIMESTAMP_SHAPE},
        {"24-05-01T10:00:00Z", TIMESTAMP_SHAPE},
        {"+2024-05-01T10:00:00Z", TIMESTAMP_SHAPE},
        {"-2024-05-01T10:00:00Z", TIMESTAMP_SHAPE},
        {"10000-01-01T00:00:00Z", TIMESTAMP_SHAPE},
        {"20240501T100000Z", TIMESTAMP_SHAPE},
        {"2024-05-01T10:00:00.Z", TIMESTAMP_SHAPE},
        {"2024-05-01T10:00:00,5Z", TIMESTAMP_SHAPE},
        {"2024-05-01T10:00:00.", TIMESTAMP_SHAPE},
        {"2024-05-01T10:00:00.1234567890Z", TIMESTAMP_SHAPE},
        {"2024-05-01T10:00:00ZZ", TIMESTAMP_SHAPE},
        {"2024-05-01T10:00:00Z ", TIMESTAMP_SHAPE},
        {" 2024-05-01T10:00:00Z", TIMESTAMP_SHAPE},
        {"2024-05-01T10:00:00+0800", TIMESTAMP_SHAPE},
        {"2024-05-01T10:00:00+08", TIMESTAMP_SHAPE},
        {"2024-05-01T10:00:00+8:00", TIMESTAMP_SHAPE},
        {"2024-05-01T10:00:00+08:00Z", TIMESTAMP_SHAPE},
        {"2024-05-01T10:00:00+08:0x", TIMESTAMP_SHAPE},
        {"2024-05-01T10:00:00*08:00", TIMESTAMP_SHAPE},
        {"2O24-05-01T10:00:00Z", TIMESTAMP_SHAPE},
        {"2024-05-01T10:00:00+24:00", TIMESTAMP_OFFSET},
        {"2024-05-01T10:00:00-00:60", TIMESTAMP_OFFSET},
        {"2024-00-01T10:00:00Z", TIMESTAMP_DATE},
        {"2024-13-01T10:00:00Z", TIMESTAMP_DATE},
        {"2024-05-00T10:00:00Z", TIMESTAMP_DATE},
        {"2024-05-32T10:00:00Z", TIMESTAMP_DATE},
        {"2024-04-31T10:00:00Z", TIMESTAMP_DATE},
        {"2023-02-29T10:00:00Z", TIMESTAMP_DATE},
        {"1900-02-29T10:00:00Z", TIMESTAMP_DATE},
        {"2000-02-30T10:00:00Z", TIMESTAMP_DATE},
        {"2024-05-01T24:00:00Z", TIMESTAMP_TIME},
        {"2024-05-01T23:60:00Z", TIMESTAMP_TIME},
        {"2016-12-31T23:59:60Z", TIMESTAMP_TIME},
        {"0000-01-01T00:00:00Z", TIMESTAMP_RANGE},
        {"0000-12-31T23:59:59-23:59", TIMESTAMP_RANGE},
        {"0001-01-01T00:00:00+00:01", TIMESTAMP_RANGE},
        {"9999-12-31T23:59:59-00:01", TIMESTAMP_RANGE},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        check_refuses(time_text_parse_timestamp, cases[i].text, cases[i].message);
}

static void writes_timestamps_with_as_many_digits_as_needed(void **state)
{
    static const struct {
        int64_t seconds;
        int32_t nanos;
        const char *expected;
    } cases[] = {
        {0, 0, "1970-01-01T00:00:00Z"},
        {0, 10000000, "1970-01-01T00:00:00.010Z"},
        {0, 10000, "1970-01-01T00:00:00.000010Z"},
        {0, 10, "1970-01-01T00:00:00.000000010Z"},
        {0, 1, "1970-01-01T00:00:00.000000001Z"},
        {-1, 999999999, "1969-12-31T23:59:59.999999999Z"},
        {1714557600, 250000000, "2024-05-01T10:00:00.250Z"},
        {FIRST_SECOND, 0, "0001-01-01T00:00:00Z"},
        {LAST_SECOND, 999999999, "9999-12-31T23:59:59.999999999Z"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        check_writes(time_text_write_timestamp, cases[i].seconds, cases[i].nanos, cases[i].expected);
}

static void does_not_write_timestamps_out_of_range(void **state)
{
    static const struct {
        int64_t seconds;
        int32_t nanos;
        const char *message;
    } cases[] = {
        {FIRST_SECOND - 1, 0, TIMESTAMP_RANGE},
        {LAST_SECOND + 1, 0, TIMESTAMP_RANGE},
        {INT64_MIN, 0, TIMESTAMP_RANGE},
        {INT64_MAX, 0, TIMESTAMP_RANGE},
        {5000, -1, TIMESTAMP_NANOS},
        {5000, 1000000000, TIMESTAMP_NANOS},
        {5000, INT32_MIN, TIMESTAMP_NANOS},
        {5000, INT32_MAX, TIMESTAMP_NANOS},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        check_does_not_write(time_text_write_timestamp, cases[i].seconds, cases[i].nanos, cases[i].message);
}

/* The rules of the Gregorian calendar, as one would say them. */
static bool is_leap_year(int year)
{
    return year % 400 == 0 || (year % 4 == 0 && year % 100 != 0);
}

static int last_day(int year, int month)
{
    if (month == 2)
        return is_leap_year(year) ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

static void walks_every_day_of_ten_thousand_years(void **state)
{
    char expected[64];
    int64_t seconds = FIRST_SECOND;
    (void)state;
    for (int year = 1; year <= 9999; year++) {
        for (int month = 1; month <= 12; month++) {
            for (int day = 1; day <= last_day(year, month); day++, seconds += 86400) {
                /* Each day another second, the last one included. */
                int second = (int)((seconds / 86400 * 7919 + 86399 * (int64_t)(day == 1)) % 86400);
                second = second < 0 ? second + 86400 : second;
                /* Days in the middle of a month teach little more: look at every seventh. */
                if (day > 2 && day < 28 && day % 7 != 0)
                    continue;
                snprintf(expected, sizeof(expected), "%04d-%02d-%02dT%02d:%02d:%02dZ", year, month, day, second / 3600,
                         second / 60 % 60, second % 60);
                check_writes(time_text_write_timestamp, seconds + second, 0, expected);
                check_parses(time_text_parse_timestamp, expected, seconds + second, 0);
            }
        }
    }
    assert_true(seconds == LAST_SECOND + 1);
}

static void parses_durations(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds;
        int32_t nanos;
    } cases[] = {
        {"0s", 0, 0},
        {"-0s", 0, 0},
        {"3s", 3, 0},
        {"1.5s", 1, 500000000},
        {"-5s", -5, 0},
        {"-0.5s", 0, -500000000},
        {"-1.000000001s", -1, -1},
        {"0.000000001s", 0, 1},
        {"1.010s", 1, 10000000},
        {"315576000000s", INT64_C(315576000000), 0},
        {"315576000000.999999999s", INT64_C(315576000000), 999999999},
        {"-315576000000.999999999s", INT64_C(-315576000000), -999999999},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        check_parses(time_text_parse_duration, cases[i].text, cases[i].seconds, cases[i].nanos);
}

static void refuses_durations_that_are_malformed_or_out_of_range(void **state)
{
    static const struct {
        const char *text;
        const char *message;
    } cases[] = {
        {"", DURATION_SHAPE},
        {"s", DURATION_SHAPE},
        {"-s", DURATION_SHAPE},
        {"-", DURATION_SHAPE},
        {"1", DURATION_SHAPE},
        {"1.5", DURATION_SHAPE},
        {"+1s", DURATION_SHAPE},
        {"--1s", DURATION_SHAPE},
        {".5s", DURATION_SHAPE},
        {"1.s", DURATION_SHAPE},
        {"1.-5s", DURATION_SHAPE},
        {"1.0000000001s", DURATION_SHAPE},
        {"1 s", DURATION_SHAPE},
        {" 1s", DURATION_SHAPE},
        {"1s ", DURATION_SHAPE},
        {"1S", DURATION_SHAPE},
        {"1ms", DURATION_SHAPE},
        {"1m", DURATION_SHAPE},
        {"1h1s", DURATION_SHAPE},
        {"1e3s", DURATION_SHAPE},
        {"0x1s", DURATION_SHAPE},
        {"315576000001s", DURATION_RANGE},
        {"-315576000001.000000000s", DURATION_RANGE},
        {"9223372036854775808s", DURATION_RANGE},
        {"99999999999999999999999999999999s", DURATION_RANGE},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        check_refuses(time_text_parse_duration, cases[i].text, cases[i].message);
}

static void writes_durations_with_as_many_digits_as_needed(void **state)
{
    static const struct {
        int64_t seconds;
        int32_t nanos;
        const char *expected;
    } cases[] = {
        {0, 0, "0s"},
        {3, 0, "3s"},
        {-3, 0, "-3s"},
        {1, 500000000, "1.500s"},
        {1, 10000, "1.000010s"},
        {1, 10, "1.000000010s"},
        {0, -500000000, "-0.500s"},
        {-1, -1, "-1.000000001s"},
        {INT64_C(315576000000), 999999999, "315576000000.999999999s"},
        {INT64_C(-315576000000), -999999999, "-315576000000.999999999s"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        check_writes(time_text_write_duration, cases[i].seconds, cases[i].nanos, cases[i].expected);
}

static void does_not_write_durations_out_of_range_or_of_two_signs(void **state)
{
    static const struct {
        int64_t seconds;
        int32_t nanos;
        const char *message;
    } cases[] = {
        {INT64_C(315576000001), 0, DURATION_RANGE},
        {INT64_C(-315576000001), 0, DURATION_RANGE},
        {INT64_MIN, 0, DURATION_RANGE},
        {INT64_MAX, 0, DURATION_RANGE},
        {1, 1000000000, DURATION_NANOS},
        {-1, -1000000000, DURATION_NANOS},
        {0, INT32_MIN, DURATION_NANOS},
        {0, INT32_MAX, DURATION_NANOS},
        {1, -1, DURATION_SIGNS},
        {-1, 1, DURATION_SIGNS},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        check_does_not_write(time_text_write_duration, cases[i].seconds, cases[i].nanos, cases[i].message);
}

static void reads_back_what_it_writes(void **state)
{
    struct fixed_random source = {1};
    (void)state;
    for (int i = 0; i < 100000; i++) {
        struct status st;
        char text[TIME_TEXT_BYTES_MAX];
        char *end;
        int64_t seconds = (int64_t)(fixed_random_next(&source) % (uint64_t)(LAST_SECOND - FIRST_SECOND + 1));
        int32_t nanos = fixed_random_below(&source, 1000000000);
        for (int zeros = fixed_random_below(&source, 10); zeros > 0; zeros--)
            nanos = nanos / 10 * 10 / (zeros > 8 ? 10 : 1);
        assert_true(time_text_write_timestamp(text, seconds + FIRST_SECOND, nanos, &end, &st));
        *end = '\0';
        check_parses(time_text_parse_timestamp, text, seconds + FIRST_SECOND, nanos);

        int sign = i % 2 ? -1 : 1;
        int64_t length = sign * (seconds >> fixed_random_below(&source, 40));
        assert_true(time_text_write_duration(text, length, sign * nanos, &end, &st));
        *end = '\0';
        check_parses(time_text_parse_duration, text, length, sign * nanos);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_timestamps),
        cmocka_unit_test(refuses_timestamps_that_are_malformed_or_out_of_range),
        cmocka_unit_test(writes_timestamps_with_as_many_digits_as_needed),
        cmocka_unit_test(does_not_write_timestamps_out_of_range),
        cmocka_unit_test(walks_every_day_of_ten_thousand_years),
        cmocka_unit_test(parses_durations),
        cmocka_unit_test(refuses_durations_that_are_malformed_or_out_of_range),
        cmocka_unit_test(writes_durations_with_as_many_digits_as_needed),
        cmocka_unit_test(does_not_write_durations_out_of_range_or_of_two_signs),
        cmocka_unit_test(reads_back_what_it_writes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
