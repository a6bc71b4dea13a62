#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "service/validate/entity_ref.h"

static void tells_references_from_other_texts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool valid;
    } cases[] = {
        {"team-a", true},
        {"group:team-a", true},
        {"default/team-a", true},
        {"group:default/team-a", true},
        {"Group:Default/Team A", true},
        {"group:default/équipe", true},
        {"a:b:c", true},
        {"a/b/c", true},
        {"a/b:c", true},
        {"a:b/c:d/e", true},
        {"", false},
        {":", false},
        {"/", false},
        {"group:", false},
        {":team-a", false},
        {"/team-a", false},
        {"default/", false},
        {"group:/team-a", false},
        {"group:default/", false},
        {":default/team-a", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (entity_ref_is_valid(view_of(cases[i].text)) != cases[i].valid)
            fail_msg("\"%s\"", cases[i].text);
    assert_false(entity_ref_is_valid((struct view){0}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(tells_references_from_other_texts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
