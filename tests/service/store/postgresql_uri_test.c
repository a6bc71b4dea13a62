#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "service/store/postgresql_uri.h"

static void finds_passwords_that_libpq_would_cut(void **state)
{
    (void)state;
    static const struct {
        const char *uri;
        bool has_stray_at;
    } cases[] = {
        {"postgresql://", false},
        {"postgresql:///database", false},
        {"postgresql:///?host=/tmp&user=me@example.org", false},
        {"postgresql://host", false},
        {"postgresql://host:5432,other/database", false},
        {"postgresql://user@host/database", false},
        {"postgresql://user:p%40ss@host:5432,[::1]:5433/database?sslmode=require", false},
        {"postgresql://user:password@/database?host=/tmp", false},
        {"postgresql://user:password@", false},
        {"postgresql://user:p?ss@host/database", false},
        {"postgresql://user:p?s@s@host/database", true},
        {"postgresql://user:p@ss@host/database", true},
        {"postgresql://user:p@@host/database", true},
        {"postgresql://user:p/ss@host/database", true},
        {"postgresql://user:pass@host/data@base", true},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (postgresql_uri_has_stray_at(cases[i].uri) != cases[i].has_stray_at)
            fail_msg("%s", cases[i].uri);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(finds_passwords_that_libpq_would_cut)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
