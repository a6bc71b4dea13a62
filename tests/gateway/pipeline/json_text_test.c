#include "gateway/pipeline/json_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
/* after the above */
#include <cmocka.h>

#define BAD "\xef\xbf\xbd"

static const struct {
    struct view text;
    const char *clean;
    const char *json;
} cases[] = {
    {VIEW(""), "", "\"\""},
    {VIEW("plain"), "plain", "\"plain\""},
    {VIEW("caf\xc3\xa9 \xf0\x9f\x8e\xb5"), "caf\xc3\xa9 \xf0\x9f\x8e\xb5", "\"caf\xc3\xa9 \xf0\x9f\x8e\xb5\""},
    {VIEW("a\"b\\c\n"), "a\"b\\c\n", "\"a\\\"b\\\\c\\u000a\""},
    {VIEW("\xff"), BAD, "\"" BAD "\""},
    {VIEW("a\xc3"), "a" BAD, "\"a" BAD "\""},
    {VIEW("\xed\xa0\x80z"), BAD BAD BAD "z", "\"" BAD BAD BAD "z\""},
    {VIEW("a\0b"), "a" BAD "b", "\"a\\u0000b\""},
};

static void replaces_what_is_no_text_in_a_c_string(void **state)
{
    struct arena arena;
    (void)state;
    arena_init(&arena, 1 << 16);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(json_text_clean(cases[i].text, &arena), cases[i].clean);
    arena_free(&arena);
}

static void writes_any_bytes_as_a_json_string(void **state)
{
    struct buf out;
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        buf_init(&out, 100);
        assert_true(json_text_write(cases[i].text, &out));
        assert_true(view_equal_text(buf_view(&out), cases[i].json));
        buf_free(&out);
    }
}

static void says_when_there_is_no_room(void **state)
{
    struct arena arena;
    struct buf out;
    (void)state;
    arena_init(&arena, 0);
    assert_null(json_text_clean(view_of("x"), &arena));
    for (size_t max = 0; max < sizeof("\"a\\u000a" BAD "\"") - 1; max++) {
        buf_init(&out, max);
        assert_false(json_text_write(view_of("a\n\xff"), &out));
        buf_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replaces_what_is_no_text_in_a_c_string),
        cmocka_unit_test(writes_any_bytes_as_a_json_string),
        cmocka_unit_test(says_when_there_is_no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
