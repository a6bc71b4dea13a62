#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "service/store/postgresql_sqlstate.h"

static void errors_mean_what_the_store_does_about_them(void **state)
{
    (void)state;
    static const struct {
        const char *sqlstate;
        enum status_code code;
        bool reconnect;
    } cases[] = {
        {"40001", STATUS_ABORTED, false},     {"40P01", STATUS_ABORTED, false},
        {"40003", STATUS_UNAVAILABLE, true},  {"23505", STATUS_ABORTED, false},
        {"25006", STATUS_UNAVAILABLE, true},  {"57014", STATUS_UNAVAILABLE, false},
        {"53100", STATUS_UNAVAILABLE, false}, {"26000", STATUS_UNAVAILABLE, true},
        {"08006", STATUS_UNAVAILABLE, true},  {"54000", STATUS_RESOURCE_EXHAUSTED, false},
        {"XX001", STATUS_DATA_LOSS, false},   {"42601", STATUS_INTERNAL, false},
        {"23502", STATUS_INTERNAL, false},    {"", STATUS_INTERNAL, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct sqlstate_meaning *meaning = sqlstate_meaning(cases[i].sqlstate);
        if (meaning->code != cases[i].code || meaning->reconnect != cases[i].reconnect)
            fail_msg("%s: %s", cases[i].sqlstate, status_code_name(meaning->code));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(errors_mean_what_the_store_does_about_them)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
