#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#include "service/validate/iso8601.h"

#define DAY_MS INT64_C(86400000)

static void reads_dates_and_date_times(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t first_ms;
        int64_t last_ms;
    } cases[] = {
        {"1970-01-01", 0, DAY_MS - 1},
        {"1970-01-02", DAY_MS, 2 * DAY_MS - 1},
        {"1969-12-31", -DAY_MS, -1},
        {"2000-02-29", 951782400000, 951782400000 + DAY_MS - 1},
        {"2024-05-01T10:00:00.123Z", 1714557600123, 1714557600123},
        {"2024-05-01t10:00:00.1239999z", 1714557600123, 1714557600123},
        {"2024-05-01 10:00:00,5", 1714557600500, 1714557600500},
        {"2024-05-01T10:00", 1714557600000, 1714557600000},
        {"2024-05-01T12:00:00+02:00", 1714557600000, 1714557600000},
        {"2024-05-01T12:00:00+0200", 1714557600000, 1714557600000},
        {"2024-05-01T12:00:00+02", 1714557600000, 1714557600000},
        {"2024-05-01T04:30-05:30", 1714557600000, 1714557600000},
        {"2016-12-31T23:59:60Z", 1483228799999, 1483228799999},
        {"0000-01-01T00:00:00Z", -62167219200000, -62167219200000},
        {"9999-12-31T23:59:59.999Z", 253402300799999, 253402300799999},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct iso8601_time time;
        if (!iso8601_parse(view_of(cases[i].text), &time) || time.first_ms != cases[i].first_ms ||
            time.last_ms != cases[i].last_ms)
            fail_msg("%s", cases[i].text);
    }
}

static void rejects_other_texts(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "2024",
        "2024-05",
        "2024-5-1",
        "20240501",
        "2024-05-01x",
        "2024-00-01",
        "2024-13-01",
        "2024-05-00",
        "2024-04-31",
        "2023-02-29",
        "1900-02-29",
        "-2024-05-01",
        "+2024-05-01",
        " 2024-05-01",
        "2024-05-01 ",
        "2024-05-01T",
        "2024-05-01T10",
        "2024-05-01T24:00:00Z",
        "2024-05-01T10:60:00Z",
        "2024-05-01T10:00:61Z",
        "2024-05-01T10:00:00.Z",
        "2024-05-01T10:00:00+",
        "2024-05-01T10:00:00+2",
        "2024-05-01T10:00:00+02:",
        "2024-05-01T10:00:00+02:0",
        "2024-05-01T10:00:00+24:00",
        "2024-05-01T10:00:00ZZ",
        "2024-W18-3",
        "2024-122",
        "tomorrow",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct iso8601_time time;
        if (iso8601_parse(view_of(texts[i]), &time))
            fail_msg("\"%s\"", texts[i]);
    }
}

static void does_not_read_behind_the_end(void **state)
{
    (void)state;
    static const char text[] = "2024-05-01T10:00:00.123+02:00";
    for (size_t len = 0; len < sizeof(text) - 1; len++) {
        char *exact = test_malloc(len ? len : 1);
        memcpy(exact, text, len);
        struct iso8601_time time;
        bool complete = len == 10 || len == 16 || len == 19 || (len >= 21 && len <= 23) || len == 26;
        assert_int_equal(iso8601_parse(view_make(exact, len), &time), complete);
        test_free(exact);
    }
}

static void writes_what_the_c_library_writes_and_reads_it_again(void **state)
{
    (void)state;
    /* Steps that are no divisor of anything, through all years that have four digits. */
    for (int64_t ms = -62167219200000; ms < 253402300800000; ms += 86399999 * INT64_C(37) + 1) {
        char stamp[ISO8601_STAMP_BYTES];
        char expected[64];
        int64_t thousandths = ((ms % 1000) + 1000) % 1000;
        time_t seconds = (time_t)((ms - thousandths) / 1000);
        struct tm utc;
        gmtime_r(&seconds, &utc);
        snprintf(expected, sizeof(expected), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", utc.tm_year + 1900, utc.tm_mon + 1,
                 utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, (int)thousandths);
        iso8601_write_stamp(ms, stamp);
        assert_string_equal(stamp, expected);
        struct iso8601_time time;
        assert_true(iso8601_parse(view_of(stamp), &time));
        assert_int_equal(time.first_ms, ms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_dates_and_date_times),
        cmocka_unit_test(rejects_other_texts),
        cmocka_unit_test(does_not_read_behind_the_end),
        cmocka_unit_test(writes_what_the_c_library_writes_and_reads_it_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
