#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "service/validate/url_scheme.h"

static void finds_schemes_that_run_as_a_browser_does(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        bool scriptable;
    } cases[] = {
        {"javascript:alert(1)", true},
        {"JAVASCRIPT:alert(1)", true},
        {"data:text/html,<script>", true},
        {"vbscript:x", true},
        {" \t\r\n\x01\x1f javascript:x", true},
        {"java\nscript:x", true},
        {"j\ta\tv\ta\ts\tc\tr\ti\tp\tt\t:x", true},
        {"javascript\r:", true},
        {"", false},
        {"javascript", false},
        {"javascripts:x", false},
        {"https://example.com/javascript:x", false},
        {"/docs?x=data:y", false},
        {"java script:x", false},
        {"database:x", false},
        {"https://example.com", false},
        {"mailto:a@example.com", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (url_is_scriptable(view_of(cases[i].url)) != cases[i].scriptable)
            fail_msg("\"%s\"", cases[i].url);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(finds_schemes_that_run_as_a_browser_does)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
