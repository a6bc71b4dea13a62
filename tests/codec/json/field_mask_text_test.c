#include "codec/json/field_mask_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

typedef bool (*converter)(char *out, struct view path, size_t *ret_len, struct status *st);

/* Converts within memory of exactly the promised sizes. The caller frees the result, which is terminated, or NULL. */
static char *convert(converter to, size_t room, const char *text, struct status *st)
{
    size_t len = strlen(text);
    char *copy = malloc(len ? len : 1);
    char *out = malloc(room ? room : 1);
    char *result = NULL;
    size_t out_len = SIZE_MAX;
    assert_true(copy && out);
    memcpy(copy, text, len);
    if (to(out, view_make(copy, len), &out_len, st)) {
        assert_true(out_len <= room);
        result = strndup(out, out_len);
        assert_non_null(result);
    }
    free(copy);
    free(out);
    return result;
}

static char *to_proto(const char *text, struct status *st)
{
    return convert(field_mask_text_to_proto, FIELD_MASK_TEXT_PROTO_BYTES_MAX(strlen(text)), text, st);
}

static char *to_json(const char *text, struct status *st)
{
    return convert(field_mask_text_to_json, strlen(text), text, st);
}

static void converts_paths_both_ways(void **state)
{
    static const struct {
        const char *json;
        const char *proto;
    } cases[] = {
        {"foo", "foo"},
        {"fooBar", "foo_bar"},
        {"fooBar.bazQux.q", "foo_bar.baz_qux.q"},
        {"aBCD", "a_b_c_d"},
        {"foo3", "foo3"},
        {"foo3Bar", "foo3_bar"},
        {"f", "f"},
        {"FooBar", "_foo_bar"},
        {"ABC", "_a_b_c"},
        {"documentationURL", "documentation_u_r_l"},
        {"*", "*"},
        {"levels.*.name", "levels.*.name"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct status st;
        char *proto = to_proto(cases[i].json, &st);
        char *json = to_json(cases[i].proto, &st);
        assert_non_null(proto);
        assert_non_null(json);
        assert_string_equal(proto, cases[i].proto);
        assert_string_equal(json, cases[i].json);
        free(proto);
        free(json);
    }
}

static void refuses_json_paths_that_are_not_lower_camel_case(void **state)
{
    static const char *const cases[] = {
        "",     "bar_bar", "_foo",   "foo_", "3foo", "foo.3bar", ".foo", "foo.",    "foo..bar", "foo bar",
        " foo", "foo-bar", "foo[0]", "f*",   "*f",   "**",       "föö",  "foo,bar", ".",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct status st;
        char *proto = to_proto(cases[i], &st);
        if (proto)
            fail_msg("%s is accepted as %s", cases[i], proto);
        assert_int_equal(st.code, STATUS_INVALID_ARGUMENT);
        assert_non_null(strstr(st.message, cases[i]));
    }
}

static void refuses_proto_paths_that_json_would_change(void **state)
{
    static const char *const cases[] = {
        "",         "fooBar", "Foo",  "foo__bar", "foo_3_bar", "foo_3", "foo_", "_",   "__",      "_3",
        "foo_.bar", "foo._",  "3foo", ".foo",     "foo.",      "a..b",  "f*",   "a b", "foo,bar", "foo_Bar",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct status st;
        char *json = to_json(cases[i], &st);
        if (json)
            fail_msg("%s is accepted as %s", cases[i], json);
        assert_int_equal(st.code, STATUS_INVALID_ARGUMENT);
        assert_non_null(strstr(st.message, cases[i]));
    }
}

/* Every text of up to six characters of those that matter: what one direction accepts, the other undoes. */
static void undoes_every_conversion_that_it_accepts(void **state)
{
    static const char characters[] = "aB_3.*";
    size_t base = strlen(characters);
    size_t total = base * base * base * base * base * base;
    int accepted = 0;
    (void)state;
    for (size_t number = 0; number < total; number++) {
        char text[7] = {0};
        size_t rest = number;
        for (size_t len = 0; len < 6; len++, rest /= base)
            text[len] = characters[rest % base];
        text[1 + number % 6] = '\0';
        struct status st;
        char *proto = to_proto(text, &st);
        if (proto) {
            char *json = to_json(proto, &st);
            assert_non_null(json);
            assert_string_equal(json, text);
            free(json);
            accepted++;
        }
        free(proto);
        char *json = to_json(text, &st);
        if (json) {
            proto = to_proto(json, &st);
            assert_non_null(proto);
            assert_string_equal(proto, text);
            free(proto);
            accepted++;
        }
        free(json);
    }
    assert_true(accepted > 1000);
}

static void splits_text_at_commas(void **state)
{
    static const struct {
        const char *text;
        const char *paths[4];
        size_t count;
    } cases[] = {
        {"", {NULL}, 0},
        {"a", {"a"}, 1},
        {"a,b", {"a", "b"}, 2},
        {"fooBar,baz.qux,c", {"fooBar", "baz.qux", "c"}, 3},
        {"a,", {"a", ""}, 2},
        {",a", {"", "a"}, 2},
        {"a,,b", {"a", "", "b"}, 3},
        {",", {"", ""}, 2},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t count = 0;
        size_t offset = 0;
        for (struct view path; field_mask_text_next(view_of(cases[i].text), &offset, &path); count++) {
            assert_true(count < cases[i].count);
            assert_true(view_equal_text(path, cases[i].paths[count]));
        }
        assert_int_equal(count, cases[i].count);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(converts_paths_both_ways),
        cmocka_unit_test(refuses_json_paths_that_are_not_lower_camel_case),
        cmocka_unit_test(refuses_proto_paths_that_json_would_change),
        cmocka_unit_test(undoes_every_conversion_that_it_accepts),
        cmocka_unit_test(splits_text_at_commas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
