#include "gateway/pipeline/grpc_timeout.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_unit_and_rounds_up),
        cmocka_unit_test(refuses_what_is_no_timeout),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
