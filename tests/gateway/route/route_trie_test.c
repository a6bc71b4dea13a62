#include "gateway/route/route_trie.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { GET = 1, PUT = 2, POST = 4 };

struct fixture {
    struct arena arena;
    struct route_trie trie;
};

static int set_up(void **state)
{
    struct fixture *fixture = test_malloc(sizeof(*fixture));
    arena_init(&fixture->arena, SIZE_MAX);
    assert_true(route_trie_init(&fixture->trie, 4096, &fixture->arena));
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    arena_free(&fixture->arena);
    test_free(fixture);
    return 0;
}

static uint32_t insert(struct fixture *fixture, const char *path_template, uint64_t methods)
{
    struct http_template parsed;
    struct status st;
    const char *text = arena_copy(&fixture->arena, view_of(path_template));
    if (!http_template_parse(view_of(text), &parsed, &st))
        fail_msg("%s", st.message);
    uint32_t node = route_trie_insert(&fixture->trie, &parsed);
    assert_int_not_equal(node, ROUTE_TRIE_NONE);
    fixture->trie.nodes[node].methods |= methods;
    return node;
}

/* The path is given without its leading slash and without escapes. */
static uint32_t find(struct fixture *fixture, const char *path, const char *verb, uint64_t wanted, uint64_t *seen)
{
    struct view segments[16];
    size_t count = 0;
    for (const char *at = path;; at++) {
        size_t len = strcspn(at, "/");
        segments[count++] = view_make(at, len);
        at += len;
        if (*at == '\0')
            return route_trie_find(&fixture->trie, view_of(verb), segments, count, wanted, seen);
    }
}

static void templates_that_match_the_same_paths_end_at_one_node(void **state)
{
    static const char *const same[][2] = {
        {"/a/{x}", "/a/{y}"}, {"/a/{x}", "/a/*"},   {"/{x=a/*}/b", "/a/{y}/b"}, {"/{x=**}/a/b", "/**/a/{y=b}"},
        {"/a%2Db", "/a-b"},   {"/a:go", "/a:g%6F"}, {"/{x=a}", "/a"},           {"/a/**:go", "/{x=a/**}:go"},
    };
    static const char *const different[][2] = {
        {"/a", "/b"},         {"/a", "/a/*"},   {"/*", "/**"},          {"/a/*", "/a/**"},  {"/a", "/a:go"},
        {"/a:go", "/a:stop"}, {"/**", "/**/a"}, {"/**/a/b", "/**/b/a"}, {"/a%2Fb", "/a/b"}, {"/a", "/A"},
    };
    for (size_t i = 0; i < COUNT(same); i++)
        assert_int_equal(insert(*state, same[i][0], GET), insert(*state, same[i][1], GET));
    for (size_t i = 0; i < COUNT(different); i++)
        assert_int_not_equal(insert(*state, different[i][0], GET), insert(*state, different[i][1], GET));
}

static void prefers_literal_to_star_to_double_star(void **state)
{
    uint32_t everything = insert(*state, "/**", GET);
    uint32_t tail = insert(*state, "/**/b", GET);
    uint32_t star = insert(*state, "/a/*", GET);
    uint32_t literal = insert(*state, "/a/b", GET);
    uint64_t seen = 0;
    assert_int_equal(find(*state, "a/b", "", GET, &seen), literal);
    assert_int_equal(find(*state, "a/c", "", GET, &seen), star);
    assert_int_equal(find(*state, "b/b", "", GET, &seen), tail);
    assert_int_equal(find(*state, "b", "", GET, &seen), tail);
    assert_int_equal(find(*state, "b/c", "", GET, &seen), everything);
    assert_int_equal(find(*state, "a/", "", GET, &seen), everything);
    assert_int_equal(find(*state, "a/b", "go", GET, &seen), ROUTE_TRIE_NONE);
}

static void turns_back_for_a_wanted_method_and_remembers_what_it_saw(void **state)
{
    insert(*state, "/a/b", PUT);
    insert(*state, "/*/b", POST);
    uint32_t get = insert(*state, "/**", GET);
    uint64_t seen = 0;
    assert_int_equal(find(*state, "a/b", "", GET, &seen), get);
    assert_int_equal(seen, GET | PUT | POST);
    seen = 0;
    assert_int_equal(find(*state, "a/b", "", 0, &seen), ROUTE_TRIE_NONE);
    assert_int_equal(seen, GET | PUT | POST);
    seen = 0;
    assert_int_equal(find(*state, "c/b", "", 8, &seen), ROUTE_TRIE_NONE);
    assert_int_equal(seen, POST | GET);
}

static void an_empty_trie_matches_nothing(void **state)
{
    uint64_t seen = 0;
    assert_int_equal(find(*state, "", "", GET, &seen), ROUTE_TRIE_NONE);
    assert_int_equal(find(*state, "a", "go", GET, &seen), ROUTE_TRIE_NONE);
    assert_int_equal(seen, 0);
}

/* Every combination of "a" and "*" in eight segments: the search has to come to all 256 ends. */
static void finds_the_last_of_all_overlapping_templates(void **state)
{
    uint32_t last = 0;
    for (unsigned bits = 0; bits < 256; bits++) {
        char text[32] = "";
        for (unsigned i = 0; i < 8; i++)
            strcat(text, bits >> i & 1 ? "/*" : "/a");
        last = insert(*state, text, bits == 255 ? GET : PUT);
    }
    uint64_t seen = 0;
    assert_int_equal(find(*state, "a/a/a/a/a/a/a/a", "", GET, &seen), last);
    assert_int_equal(find(*state, "a/a/a/a/a/a/a/a", "", POST, &seen), ROUTE_TRIE_NONE);
    assert_int_equal(seen, GET | PUT);
}

static void an_exhausted_arena_is_reported(void **state)
{
    (void)state;
    struct arena arena;
    struct route_trie trie;
    arena_init(&arena, 100);
    assert_false(route_trie_init(&trie, 1000, &arena));
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(templates_that_match_the_same_paths_end_at_one_node, set_up, tear_down),
        cmocka_unit_test_setup_teardown(prefers_literal_to_star_to_double_star, set_up, tear_down),
        cmocka_unit_test_setup_teardown(turns_back_for_a_wanted_method_and_remembers_what_it_saw, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_empty_trie_matches_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(finds_the_last_of_all_overlapping_templates, set_up, tear_down),
        cmocka_unit_test(an_exhausted_arena_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
