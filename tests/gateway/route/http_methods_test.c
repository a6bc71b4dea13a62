#include "gateway/route/http_methods.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void add(struct http_methods *methods, const char *name)
{
    struct status st;
    assert_true(http_methods_add(methods, view_of(name), &st));
}

static void numbers_methods_in_the_order_of_their_names(void **state)
{
    (void)state;
    static const char *const names[] = {"PUT", "GET", "PUT", "*", "DELETE", "GET", "PUTT", "PU"};
    static const char *const ordered[] = {"*", "DELETE", "GET", "PU", "PUT", "PUTT"};
    struct http_methods methods = {0};
    for (size_t i = 0; i < COUNT(names); i++)
        add(&methods, names[i]);
    assert_int_equal(methods.count, COUNT(ordered));
    for (size_t i = 0; i < COUNT(ordered); i++)
        assert_int_equal(http_methods_bit(&methods, view_of(ordered[i])), 1u << i);
}

static void a_method_that_no_rule_uses_has_no_bit(void **state)
{
    (void)state;
    struct http_methods methods = {0};
    assert_int_equal(http_methods_bit(&methods, view_of("GET")), 0);
    add(&methods, "GET");
    assert_int_equal(http_methods_bit(&methods, view_of("get")), 0);
    assert_int_equal(http_methods_bit(&methods, view_of("")), 0);
}

static void lists_a_set_for_the_allow_header(void **state)
{
    (void)state;
    struct http_methods methods = {0};
    struct arena arena;
    struct view list;
    add(&methods, "PUT");
    add(&methods, "GET");
    add(&methods, "DELETE");
    arena_init(&arena, 4096);
    assert_true(http_methods_list(&methods, 7, &arena, &list));
    assert_true(view_equal_text(list, "DELETE, GET, HEAD, PUT"));
    assert_true(http_methods_list(&methods, 5, &arena, &list));
    assert_true(view_equal_text(list, "DELETE, PUT"));
    assert_true(http_methods_list(&methods, 2, &arena, &list));
    assert_true(view_equal_text(list, "GET, HEAD"));
    arena_free(&arena);
    arena_init(&arena, 0);
    assert_false(http_methods_list(&methods, 2, &arena, &list));
    arena_free(&arena);
}

static void refuses_what_is_not_a_token(void **state)
{
    (void)state;
    static const struct view names[] = {VIEW(""),     VIEW("GE T"),    VIEW("GET,PUT"),
                                        VIEW("G\0T"), VIEW("GET\r\n"), VIEW("\xc3\xa9")};
    for (size_t i = 0; i < COUNT(names); i++) {
        struct http_methods methods = {0};
        struct status st;
        assert_false(http_methods_add(&methods, names[i], &st));
        assert_int_equal(st.code, STATUS_INVALID_ARGUMENT);
        assert_non_null(strstr(st.message, "expected a token"));
    }
}

static void refuses_one_method_too_many(void **state)
{
    (void)state;
    struct http_methods methods = {0};
    struct status st;
    char names[ROUTE_METHODS_MAX + 1][8];
    for (size_t i = 0; i <= ROUTE_METHODS_MAX; i++)
        snprintf(names[i], sizeof(names[i]), "M%zu", i);
    for (size_t i = 0; i < ROUTE_METHODS_MAX; i++)
        add(&methods, names[i]);
    assert_int_equal(http_methods_bit(&methods, view_of("M9")), (uint64_t)1 << 63);
    assert_false(http_methods_add(&methods, view_of(names[ROUTE_METHODS_MAX]), &st));
    assert_string_equal(st.message, "HTTP method \"M64\": expected at most 64 different methods");
    add(&methods, names[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_methods_in_the_order_of_their_names),
        cmocka_unit_test(a_method_that_no_rule_uses_has_no_bit),
        cmocka_unit_test(lists_a_set_for_the_allow_header),
        cmocka_unit_test(refuses_what_is_not_a_token),
        cmocka_unit_test(refuses_one_method_too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
