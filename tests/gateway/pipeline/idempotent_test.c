#include "gateway/pipeline/idempotent.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
/* after the above */
#include <cmocka.h>

#include "tests/gateway/pipeline/library_schema.h"

static void methods_are_idempotent_when_one_of_their_rules_is(void **state)
{
    static const char *const expected[] = {"/test.v1.Library/ListBooks", "/test.v1.Library/GetBook",
                                           "/test.v1.Library/ReplaceBook", "/test.v1.Library/DeleteBook"};
    (void)state;
    struct schema *schema = library_schema_load("library");
    struct endpoint_set *endpoints;
    struct arena arena;
    struct status st;
    const char *const *paths;
    size_t count;
    assert_true(endpoint_set_create(schema, false, &endpoints, &st));
    arena_init(&arena, 4096);
    assert_true(idempotent_paths(endpoints, &arena, &paths, &count));
    assert_int_equal(count, sizeof(expected) / sizeof(expected[0]));
    for (size_t i = 0; i < count; i++)
        assert_string_equal(paths[i], expected[i]);
    arena_free(&arena);
    endpoint_set_destroy(endpoints);
    schema_destroy(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(methods_are_idempotent_when_one_of_their_rules_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
