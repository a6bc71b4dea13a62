#include "gateway/route/percent.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void decodes_by_each_rule_once(void **state)
{
    (void)state;
    static const struct {
        struct view text;
        struct view all;
        struct view keep_slash;
        struct view form;
    } cases[] = {
        {VIEW(""), VIEW(""), VIEW(""), VIEW("")},
        {VIEW("plain"), VIEW("plain"), VIEW("plain"), VIEW("plain")},
        {VIEW("%41"), VIEW("A"), VIEW("A"), VIEW("A")},
        {VIEW("a%2Fb%2fc"), VIEW("a/b/c"), VIEW("a%2Fb%2fc"), VIEW("a/b/c")},
        {VIEW("a/b"), VIEW("a/b"), VIEW("a/b"), VIEW("a/b")},
        {VIEW("1+1%2B1"), VIEW("1+1+1"), VIEW("1+1+1"), VIEW("1 1+1")},
        {VIEW("%2541"), VIEW("%41"), VIEW("%41"), VIEW("%41")},
        {VIEW("%252F"), VIEW("%2F"), VIEW("%2F"), VIEW("%2F")},
        {VIEW("%00%ff%FF"), VIEW("\0\xff\xff"), VIEW("\0\xff\xff"), VIEW("\0\xff\xff")},
        {VIEW("%c3%A9"), VIEW("\xc3\xa9"), VIEW("\xc3\xa9"), VIEW("\xc3\xa9")},
    };
    struct arena arena;
    arena_init(&arena, SIZE_MAX);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct view decoded;
        assert_int_equal(percent_find_malformed(cases[i].text), cases[i].text.len);
        assert_true(percent_decode(cases[i].text, PERCENT_ALL, &arena, &decoded));
        assert_true(view_equal(decoded, cases[i].all));
        assert_true(percent_decode(cases[i].text, PERCENT_KEEP_SLASH, &arena, &decoded));
        assert_true(view_equal(decoded, cases[i].keep_slash));
        assert_true(percent_decode(cases[i].text, PERCENT_FORM, &arena, &decoded));
        assert_true(view_equal(decoded, cases[i].form));
    }
    arena_free(&arena);
}

static void finds_the_first_malformed_escape(void **state)
{
    (void)state;
    static const struct {
        struct view text;
        size_t at;
    } cases[] = {
        {VIEW("%"), 0},    {VIEW("a%"), 1},    {VIEW("a%4"), 1},     {VIEW("%4g"), 0},           {VIEW("%g4"), 0},
        {VIEW("%%41"), 0}, {VIEW("%41%"), 3},  {VIEW("%41%4"), 3},   {VIEW("%41b%4/%4g"), 4},    {VIEW("%-1"), 0},
        {VIEW("% 1"), 0},  {VIEW("%0x10"), 0}, {VIEW("ab%C3%A"), 5}, {VIEW("%\xef\xbc\x91"), 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(percent_find_malformed(cases[i].text), cases[i].at);
    assert_int_equal(percent_find_malformed((struct view){0}), 0);
}

static void copies_only_what_must_be_decoded(void **state)
{
    (void)state;
    struct arena nothing;
    arena_init(&nothing, 0);
    const struct view plain = VIEW("a+b/c");
    struct view decoded;
    assert_true(percent_decode(plain, PERCENT_ALL, &nothing, &decoded));
    assert_ptr_equal(decoded.data, plain.data);
    assert_false(percent_decode(plain, PERCENT_FORM, &nothing, &decoded));
    assert_false(percent_decode((struct view)VIEW("%41"), PERCENT_ALL, &nothing, &decoded));
    arena_free(&nothing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_by_each_rule_once),
        cmocka_unit_test(finds_the_first_malformed_escape),
        cmocka_unit_test(copies_only_what_must_be_decoded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
