#include "base/entity_tag.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void tells_lists_from_other_texts(void **state)
{
    static const struct {
        const char *list;
        bool valid;
    } cases[] = {
        {"*", true},
        {" * ", true},
        {"\"\"", true},
        {"\"a\"", true},
        {"W/\"a\"", true},
        {"\"a\",\"b\"", true},
        {" \"a\" ,\t\"b,c!#~\" ", true},
        {",, \"a\" ,, \"b\",", true},
        {"\"\xc3\xa9\"", true},
        {"", false},
        {" ", false},
        {",", false},
        {"a", false},
        {"\"a", false},
        {"a\"", false},
        {"\"a\"b", false},
        {"\"a\" \"b\"", false},
        {"\"a\", b", false},
        {"\"a b\"", false},
        {"\"a\x7f\"", false},
        {"\"a\n\"", false},
        {"w/\"a\"", false},
        {"W/ \"a\"", false},
        {"W/", false},
        {"**", false},
        {"*, \"a\"", false},
        {"\"a\", *", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (entity_tag_list_is_valid(view_of(cases[i].list)) != cases[i].valid)
            fail_msg("%s: expected %d", cases[i].list, cases[i].valid);
}

static void compares_strongly_and_weakly(void **state)
{
    static const struct {
        const char *list, *tag;
        bool strong, weak;
    } cases[] = {
        {"*", "\"a\"", true, true},
        {"\"a\"", "\"a\"", true, true},
        {"\"b\", \"a\"", "\"a\"", true, true},
        {"\"a\"", "\"b\"", false, false},
        {"\"A\"", "\"a\"", false, false},
        {"\"a\"", "\"ab\"", false, false},
        {"\"a,b\"", "\"a\"", false, false},
        {"W/\"a\"", "\"a\"", false, true},
        {"\"a\"", "W/\"a\"", false, true},
        {"W/\"a\"", "W/\"a\"", false, true},
        {"W/\"a\", \"a\"", "\"a\"", true, true},
        {"\"a\", b", "\"a\"", false, false}, /* not a list */
        {"*", "a", false, false},            /* not a tag */
        {"*", "\"a\" ", false, false},
        {"*", "", false, false},
        {"", "\"a\"", false, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct view list = view_of(cases[i].list);
        struct view tag = view_of(cases[i].tag);
        if (entity_tag_list_has(list, tag, ENTITY_TAG_STRONG) != cases[i].strong ||
            entity_tag_list_has(list, tag, ENTITY_TAG_WEAK) != cases[i].weak)
            fail_msg("%s and %s: expected %d and %d", cases[i].list, cases[i].tag, cases[i].strong, cases[i].weak);
    }
}

static void tells_the_star_from_lists(void **state)
{
    (void)state;
    assert_true(entity_tag_list_is_any(view_of("\t* ")));
    assert_false(entity_tag_list_is_any(view_of("\"*\"")));
    assert_false(entity_tag_list_is_any(view_of("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_lists_from_other_texts),
        cmocka_unit_test(compares_strongly_and_weakly),
        cmocka_unit_test(tells_the_star_from_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
