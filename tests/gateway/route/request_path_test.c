#include "gateway/route/request_path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void splits_before_it_decodes(void **state)
{
    (void)state;
    static const struct {
        struct view path;
        struct view texts[4]; /* with the verb cut off the last */
        size_t count;
        struct view verb;      /* empty: none */
        struct view last_text; /* with the verb */
    } cases[] = {
        {VIEW("/"), {VIEW("")}, 1, VIEW(""), VIEW("")},
        {VIEW("//"), {VIEW(""), VIEW("")}, 2, VIEW(""), VIEW("")},
        {VIEW("/a"), {VIEW("a")}, 1, VIEW(""), VIEW("a")},
        {VIEW("/a/"), {VIEW("a"), VIEW("")}, 2, VIEW(""), VIEW("")},
        {VIEW("/a//b"), {VIEW("a"), VIEW(""), VIEW("b")}, 3, VIEW(""), VIEW("b")},
        {VIEW("/a/b/c/d"), {VIEW("a"), VIEW("b"), VIEW("c"), VIEW("d")}, 4, VIEW(""), VIEW("d")},
        {VIEW("/%61/b%2Fc/%2f"), {VIEW("a"), VIEW("b/c"), VIEW("/")}, 3, VIEW(""), VIEW("/")},
        {VIEW("/a:b"), {VIEW("a")}, 1, VIEW("b"), VIEW("a:b")},
        {VIEW("/a:b:c"), {VIEW("a:b")}, 1, VIEW("c"), VIEW("a:b:c")},
        {VIEW("/:b"), {VIEW("")}, 1, VIEW("b"), VIEW(":b")},
        {VIEW("/a:"), {VIEW("a:")}, 1, VIEW(""), VIEW("a:")},
        {VIEW("/a::"), {VIEW("a::")}, 1, VIEW(""), VIEW("a::")},
        {VIEW("/a:b/c"), {VIEW("a:b"), VIEW("c")}, 2, VIEW(""), VIEW("c")},
        {VIEW("/a%3Ab"), {VIEW("a:b")}, 1, VIEW(""), VIEW("a:b")},
        {VIEW("/%61%3a:%62:%63"), {VIEW("a::b")}, 1, VIEW("c"), VIEW("a::b:c")},
        {VIEW("/%41/b:c"), {VIEW("A"), VIEW("b")}, 2, VIEW("c"), VIEW("b:c")},
        {VIEW("/%2541"), {VIEW("%41")}, 1, VIEW(""), VIEW("%41")},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct arena arena;
        struct request_path path;
        struct status st;
        arena_init(&arena, SIZE_MAX);
        assert_true(request_path_parse(cases[i].path, &arena, &path, &st));
        assert_int_equal(path.count, cases[i].count);
        for (size_t j = 0; j < path.count; j++)
            assert_true(view_equal(path.text[j], cases[i].texts[j]));
        assert_true(view_equal(path.verb, cases[i].verb));
        request_path_join_verb(&path);
        assert_true(view_equal(path.text[path.count - 1], cases[i].last_text));
        assert_null(path.verb.data);
        arena_free(&arena);
    }
}

static void refuses_bad_paths_with_a_position(void **state)
{
    (void)state;
    static const struct {
        struct view path;
        const char *message;
    } cases[] = {
        {VIEW(""), "path: expected '/' at offset 0"},
        {VIEW("*"), "path: expected '/' at offset 0"},
        {VIEW("a/b"), "path: expected '/' at offset 0"},
        {VIEW("/a/%"), "path: expected two hexadecimal digits after '%' at offset 3"},
        {VIEW("/a/%4/b"), "path: expected two hexadecimal digits after '%' at offset 3"},
        {VIEW("/%41:%zz"), "path: expected two hexadecimal digits after '%' at offset 5"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct arena arena;
        struct request_path path;
        struct status st;
        arena_init(&arena, SIZE_MAX);
        assert_false(request_path_parse(cases[i].path, &arena, &path, &st));
        assert_int_equal(st.code, STATUS_INVALID_ARGUMENT);
        assert_string_equal(st.message, cases[i].message);
        arena_free(&arena);
    }
}

static void holds_to_the_limit_of_segments(void **state)
{
    (void)state;
    char text[2 * (ROUTE_PATH_SEGMENTS_MAX + 1)];
    struct arena arena;
    struct request_path path;
    struct status st;
    arena_init(&arena, 0);
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = i % 2 ? 'a' : '/';
    assert_true(request_path_parse(view_make(text, sizeof(text) - 2), &arena, &path, &st));
    assert_int_equal(path.count, ROUTE_PATH_SEGMENTS_MAX);
    assert_false(request_path_parse(view_make(text, sizeof(text)), &arena, &path, &st));
    assert_string_equal(st.message, "path: expected at most 128 segments");
    arena_free(&arena);
}

static void captures_decode_all_or_all_but_the_slash(void **state)
{
    (void)state;
    static const struct {
        size_t first, end;
        bool multi_segment;
        struct view text;
    } cases[] = {
        {0, 1, false, VIEW("a/b")},
        {1, 2, false, VIEW("+ c%41")},
        {3, 4, false, VIEW("d/")},
        {0, 1, true, VIEW("a%2Fb")},
        {0, 2, true, VIEW("a%2Fb/+ c%41")},
        {2, 3, true, VIEW("")},
        {0, 4, true, VIEW("a%2Fb/+ c%41//d%2f")},
        {4, 4, true, VIEW("")},
        {0, 0, true, VIEW("")},
    };
    struct arena arena;
    struct request_path path;
    struct status st;
    arena_init(&arena, SIZE_MAX);
    assert_true(request_path_parse((struct view)VIEW("/a%2Fb/+%20c%2541//d%2f:verb"), &arena, &path, &st));
    assert_true(view_equal_text(path.verb, "verb"));
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct view text;
        assert_true(request_path_capture(&path, cases[i].first, cases[i].end, cases[i].multi_segment, &arena, &text));
        assert_true(view_equal(text, cases[i].text));
    }
    arena_free(&arena);
}

static void takes_memory_only_to_decode_and_reports_its_end(void **state)
{
    (void)state;
    const struct view plain = VIEW("/a/b:c");
    struct arena nothing;
    struct request_path path;
    struct status st;
    struct view text;
    arena_init(&nothing, 0);
    assert_true(request_path_parse(plain, &nothing, &path, &st));
    assert_true(request_path_capture(&path, 0, 2, true, &nothing, &text));
    assert_ptr_equal(text.data, plain.data + 1);
    assert_false(request_path_parse((struct view)VIEW("/%41"), &nothing, &path, &st));
    assert_int_equal(st.code, STATUS_RESOURCE_EXHAUSTED);
    arena_free(&nothing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits_before_it_decodes),
        cmocka_unit_test(refuses_bad_paths_with_a_position),
        cmocka_unit_test(holds_to_the_limit_of_segments),
        cmocka_unit_test(captures_decode_all_or_all_but_the_slash),
        cmocka_unit_test(takes_memory_only_to_decode_and_reports_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
