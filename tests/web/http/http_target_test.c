#include "web/http/http_target.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
/* after the above */
#include <cmocka.h>

static bool parse(struct arena *arena, struct view raw, struct http_target *target, struct status *st)
{
    arena_init(arena, 4096 * 2);
    return http_target_parse(raw, arena, target, st);
}

static void splits_at_the_first_question_mark_and_decodes_nothing(void **state)
{
    static const struct {
        const char *raw, *whole, *path, *query;
    } cases[] = {
        {"/", "/", "/", ""},
        {"/a/b", "/a/b", "/a/b", ""},
        {"/a?", "/a?", "/a", ""},
        {"/a?b=c&d?e", "/a?b=c&d?e", "/a", "b=c&d?e"},
        {"/a%2Fb%3F?%26", "/a%2Fb%3F?%26", "/a%2Fb%3F", "%26"},
        {"/~", "/~", "/~", ""},
        {"/\xc3\xa9?\xff", "/%C3%A9?%FF", "/%C3%A9", "%FF"},
        {"http://host", "/", "/", ""},
        {"http://host?q", "/?q", "/", "q"},
        {"HTTPS://host:1/a?q", "/a?q", "/a", "q"},
        {"ftp://host/a", "ftp://host/a", "ftp://host/a", ""},
        {"*", "*", "*", ""},
        {"", "/", "/", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct arena arena;
        struct http_target target;
        struct status st;
        assert_true(parse(&arena, view_of(cases[i].raw), &target, &st));
        assert_true(view_equal_text(target.whole, cases[i].whole));
        assert_true(view_equal_text(target.path, cases[i].path));
        assert_true(view_equal_text(target.query, cases[i].query));
        arena_free(&arena);
    }
}

static void refuses_bytes_that_end_a_request_elsewhere(void **state)
{
    (void)state;
    for (int byte = 0; byte <= 0xff; byte++) {
        char raw[] = {'/', 'a', (char)byte, 'b'};
        struct arena arena;
        struct http_target target;
        struct status st;
        bool refused = byte <= 0x20 || byte == 0x7f;
        assert_int_equal(parse(&arena, view_make(raw, sizeof(raw)), &target, &st), !refused);
        if (refused)
            assert_int_equal(st.code, STATUS_INVALID_ARGUMENT);
        arena_free(&arena);
    }
}

static void says_when_the_arena_is_exhausted(void **state)
{
    static char raw[8192];
    struct arena arena;
    struct http_target target;
    struct status st;
    (void)state;
    memset(raw, 'a', sizeof(raw));
    assert_false(parse(&arena, view_make(raw, sizeof(raw)), &target, &st));
    assert_int_equal(st.code, STATUS_RESOURCE_EXHAUSTED);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits_at_the_first_question_mark_and_decodes_nothing),
        cmocka_unit_test(refuses_bytes_that_end_a_request_elsewhere),
        cmocka_unit_test(says_when_the_arena_is_exhausted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
