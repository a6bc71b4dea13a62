#include "gateway/pipeline/media_type.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
/* after the above */
#include <cmocka.h>

static void takes_json_in_utf8_and_nothing_else(void **state)
{
    static const struct {
        const char *content_type;
        bool json;
    } cases[] = {
        {"application/json", true},
        {"APPLICATION/Json", true},
        {" application/json ", true},
        {"application/json;", true},
        {"application/json; charset=utf-8", true},
        {"application/json;charset=UTF-8", true},
        {"application/json ; charset = \"utf-8\"", true},
        {"application/json; odata=verbose; charset=utf-8", true},
        {"application/json; x=\";charset=latin1\"", true},
        {"application/json; charset=latin1", false},
        {"application/json; charset=\"utf-16\"", false},
        {"application/json; charset", false},
        {"application/json5", false},
        {"application/jso", false},
        {"application/merge-patch+json", false},
        {"text/json", false},
        {"text/plain", false},
        {"application/x-www-form-urlencoded", false},
        {"application/json, text/plain", false},
        {";", false},
        {"\"", false},
        {"", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (media_type_is_json(view_of(cases[i].content_type)) != cases[i].json)
            fail_msg("%s", cases[i].content_type);
    assert_false(media_type_is_json((struct view){0}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(takes_json_in_utf8_and_nothing_else)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
