#include "gateway/upstream/grpc_timeout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
/* after the above */
#include <cmocka.h>

static void reads_every_unit_and_rounds_up(void **state)
{
    static const struct {
        struct view text;
        uint64_t ms;
    } cases[] = {
        {VIEW("1H"), 3600000},     {VIEW("2M"), 120000},
        {VIEW("10S"), 10000},      {VIEW("250m"), 250},
        {VIEW("1500u"), 2},        {VIEW("1n"), 1},
        {VIEW("0m"), 0},           {VIEW("0n"), 0},
        {VIEW("00000001S"), 1000}, {VIEW("99999999H"), UINT64_C(359999996400000)},
        {VIEW("99999999n"), 100},  {VIEW("1000000n"), 1},
        {VIEW("1000001n"), 2},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint64_t ms;
        struct status st;
        if (!grpc_timeout_parse(cases[i].text, &ms, &st))
            fail_msg("%s: %s", cases[i].text.data, st.message);
        assert_int_equal(ms, cases[i].ms);
    }
}

static void refuses_what_is_no_timeout(void **state)
{
    static const struct view cases[] = {VIEW(""),           VIEW("1"),    VIEW("S"),   VIEW("1s"),  VIEW("-1S"),
                                        VIEW("+1S"),        VIEW("1 S"),  VIEW("1S "), VIEW(" 1S"), VIEW("1SS"),
                                        VIEW("100000000n"), VIEW("1.5S"), VIEW("1\0"), VIEW("0x1S")};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint64_t ms;
        struct status st;
        if (grpc_timeout_parse(cases[i], &ms, &st))
            fail_msg("case %zu", i);
        assert_int_equal(st.code, STATUS_INVALID_ARGUMENT);
    }
}

static void writes_at_most_eight_digits_and_never_a_shorter_time(void **state)
{
    static const struct {
        uint64_t ms;
        const char *text;
    } cases[] = {
        {0, "0m"},
        {1, "1m"},
        {99999998, "99999998m"},
        {100000001, "100001S"},
        {UINT64_C(99999998999), "99999999S"},
        {UINT64_C(100000000000), "1666667M"},
        {UINT64_MAX, "99999999H"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[GRPC_TIMEOUT_BYTES];
        size_t len = grpc_timeout_write(cases[i].ms, text);
        uint64_t ms;
        struct status st;
        assert_int_equal(len, strlen(cases[i].text));
        assert_memory_equal(text, cases[i].text, len);
        assert_true(grpc_timeout_parse(view_make(text, len), &ms, &st));
        assert_true(ms >= cases[i].ms || cases[i].ms == UINT64_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_unit_and_rounds_up),
        cmocka_unit_test(refuses_what_is_no_timeout),
        cmocka_unit_test(writes_at_most_eight_digits_and_never_a_shorter_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
