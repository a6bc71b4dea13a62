#include "gateway/api/idempotent.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
/* after the above */
#include <cmocka.h>

#include "tests/gateway/pipeline/library_schema.h"

static void methods_of_http_are_idempotent_as_http_says(void **state)
{
    static const struct {
        struct view method;
        bool is_idempotent;
    } cases[] = {
        {VIEW("GET"), true},      {VIEW("HEAD"), true},   {VIEW("OPTIONS"), true}, {VIEW("TRACE"), true},
        {VIEW("PUT"), true},      {VIEW("DELETE"), true}, {VIEW("POST"), false},   {VIEW("PATCH"), false},
        {VIEW("CONNECT"), false}, {VIEW("PURGE"), false}, {VIEW("get"), false},    {VIEW(""), false},
        {VIEW("GETS"), false},    {VIEW("PU"), false},    {VIEW("*"), false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (idempotent_http_method(cases[i].method) != cases[i].is_idempotent)
            fail_msg("%s", cases[i].method.data);
}

static void endpoints_are_idempotent_by_their_own_method(void **state)
{
    (void)state;
    struct api *api = library_api_create("library", false);
    unsigned idempotent = 0, others = 0;
    for (size_t i = 0; i < api->endpoints->count; i++) {
        const struct endpoint *endpoint = &api->endpoints->endpoints[i];
        bool expected = !view_equal_text(endpoint->rule->http_method, "POST") &&
                        !view_equal_text(endpoint->rule->http_method, "PATCH");
        assert_int_equal(endpoint->is_idempotent, expected);
        idempotent += expected;
        others += !expected;
    }
    assert_int_equal(idempotent, 5);
    assert_int_equal(others, 5);
    api_release(api);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(methods_of_http_are_idempotent_as_http_says),
        cmocka_unit_test(endpoints_are_idempotent_by_their_own_method),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
