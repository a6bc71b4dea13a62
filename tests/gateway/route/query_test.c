#include "gateway/route/query.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array)   (sizeof(array) / sizeof((array)[0]))
#define PARAMETERS_MAX 4

static void reads_each_parameter_decoded(void **state)
{
    (void)state;
    static const struct {
        struct view text;
        struct query_parameter parameters[PARAMETERS_MAX];
        size_t count;
    } cases[] = {
        {VIEW(""), {{VIEW(""), VIEW("")}}, 0},
        {VIEW("&"), {{VIEW(""), VIEW("")}}, 0},
        {VIEW("&&&"), {{VIEW(""), VIEW("")}}, 0},
        {VIEW("a=1"), {{VIEW("a"), VIEW("1")}}, 1},
        {VIEW("a=1&b=2"), {{VIEW("a"), VIEW("1")}, {VIEW("b"), VIEW("2")}}, 2},
        {VIEW("&a=1&&b=2&"), {{VIEW("a"), VIEW("1")}, {VIEW("b"), VIEW("2")}}, 2},
        {VIEW("a=1&a=1"), {{VIEW("a"), VIEW("1")}, {VIEW("a"), VIEW("1")}}, 2},
        {VIEW("a"), {{VIEW("a"), VIEW("")}}, 1},
        {VIEW("a="), {{VIEW("a"), VIEW("")}}, 1},
        {VIEW("=1"), {{VIEW(""), VIEW("1")}}, 1},
        {VIEW("="), {{VIEW(""), VIEW("")}}, 1},
        {VIEW("a=b=c"), {{VIEW("a"), VIEW("b=c")}}, 1},
        {VIEW("revision=2&sub.subfield=foo"), {{VIEW("revision"), VIEW("2")}, {VIEW("sub.subfield"), VIEW("foo")}}, 2},
        {VIEW("q=a+b%2Bc"), {{VIEW("q"), VIEW("a b+c")}}, 1},
        {VIEW("a+b=1"), {{VIEW("a b"), VIEW("1")}}, 1},
        {VIEW("q=%26%3D%25&r"), {{VIEW("q"), VIEW("&=%")}, {VIEW("r"), VIEW("")}}, 2},
        {VIEW("m%5Bk%5D=v&m[k]=w"), {{VIEW("m[k]"), VIEW("v")}, {VIEW("m[k]"), VIEW("w")}}, 2},
        {VIEW("a=1;b=2"), {{VIEW("a"), VIEW("1;b=2")}}, 1},
        {VIEW("path=/x/y?z"), {{VIEW("path"), VIEW("/x/y?z")}}, 1},
        {VIEW("z=%2525"), {{VIEW("z"), VIEW("%25")}}, 1},
        {VIEW("n=%00%ff"), {{VIEW("n"), VIEW("\0\xff")}}, 1},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct arena arena;
        struct query query;
        struct query_parameter parameter;
        struct status st;
        arena_init(&arena, SIZE_MAX);
        query_init(&query, cases[i].text);
        for (size_t j = 0; j < cases[i].count; j++) {
            assert_int_equal(query_next(&query, &arena, &parameter, &st), QUERY_PARAMETER);
            assert_true(view_equal(parameter.key, cases[i].parameters[j].key));
            assert_true(view_equal(parameter.value, cases[i].parameters[j].value));
        }
        assert_int_equal(query_next(&query, &arena, &parameter, &st), QUERY_END);
        assert_int_equal(query_next(&query, &arena, &parameter, &st), QUERY_END);
        arena_free(&arena);
    }
}

static void refuses_a_malformed_escape_and_names_the_parameter(void **state)
{
    (void)state;
#define EXPECTED_ESCAPE ": expected two hexadecimal digits after '%' at offset "
    static const struct {
        struct view text;
        const char *message;
    } cases[] = {
        {VIEW("filter=a%"), "query parameter \"filter\"" EXPECTED_ESCAPE "1 of its value"},
        {VIEW("filter=%4"), "query parameter \"filter\"" EXPECTED_ESCAPE "0 of its value"},
        {VIEW("filter=%41%xy"), "query parameter \"filter\"" EXPECTED_ESCAPE "3 of its value"},
        {VIEW("a%=1"), "query parameter \"a%\"" EXPECTED_ESCAPE "1 of its name"},
        {VIEW("a=%&b=1"), "query parameter \"a\"" EXPECTED_ESCAPE "0 of its value"},
        {VIEW("%"), "query parameter \"%\"" EXPECTED_ESCAPE "0 of its name"},
        {VIEW("a%5B%6b%5D=%"), "query parameter \"a%5B%6b%5D\"" EXPECTED_ESCAPE "0 of its value"},
        {VIEW("\"\xff\n=%"), "query parameter \"%22%FF%0A\"" EXPECTED_ESCAPE "0 of its value"},
        {VIEW("0123456789012345678901234567890123456789012345678901234567890123=%"),
         "query parameter \"0123456789012345678901234567890123456789012345678901234567890123\"" EXPECTED_ESCAPE
         "0 of its value"},
        {VIEW("01234567890123456789012345678901234567890123456789012345678901234=%"),
         "query parameter \"0123456789012345678901234567890123456789012345678901234567890123...\"" EXPECTED_ESCAPE
         "0 of its value"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct arena arena;
        struct query query;
        struct query_parameter parameter;
        struct status st;
        arena_init(&arena, SIZE_MAX);
        query_init(&query, cases[i].text);
        assert_int_equal(query_next(&query, &arena, &parameter, &st), QUERY_BAD);
        assert_int_equal(st.code, STATUS_INVALID_ARGUMENT);
        assert_string_equal(st.message, cases[i].message);
        arena_free(&arena);
    }
}

static void reads_what_is_before_the_malformed_parameter(void **state)
{
    (void)state;
    struct arena arena;
    struct query query;
    struct query_parameter parameter;
    struct status st;
    arena_init(&arena, SIZE_MAX);
    query_init(&query, (struct view)VIEW("a=1&b=%"));
    assert_int_equal(query_next(&query, &arena, &parameter, &st), QUERY_PARAMETER);
    assert_int_equal(query_next(&query, &arena, &parameter, &st), QUERY_BAD);
    arena_free(&arena);
}

static void takes_memory_only_to_decode_and_reports_its_end(void **state)
{
    (void)state;
    const struct view text = VIEW("a=1&b=%41");
    struct arena nothing;
    struct query query;
    struct query_parameter parameter;
    struct status st;
    arena_init(&nothing, 0);
    query_init(&query, text);
    assert_int_equal(query_next(&query, &nothing, &parameter, &st), QUERY_PARAMETER);
    assert_ptr_equal(parameter.key.data, text.data);
    assert_ptr_equal(parameter.value.data, text.data + 2);
    assert_int_equal(query_next(&query, &nothing, &parameter, &st), QUERY_BAD);
    assert_int_equal(st.code, STATUS_RESOURCE_EXHAUSTED);
    arena_free(&nothing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_each_parameter_decoded),
        cmocka_unit_test(refuses_a_malformed_escape_and_names_the_parameter),
        cmocka_unit_test(reads_what_is_before_the_malformed_parameter),
        cmocka_unit_test(takes_memory_only_to_decode_and_reports_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
