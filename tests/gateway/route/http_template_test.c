/* Templates are compared in a notation of their own: what each segment is, each variable as field_path[first,end). */
#include "gateway/route/http_template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/*
 * "v1 * | id[1,2) | :verb"; a variable that is multi-segment has a '+' before it, as in Google's discovery documents.
 */
static void print_template(const struct http_template *parsed, FILE *out)
{
    for (size_t i = 0; i < parsed->segment_count; i++) {
        const struct http_template_segment *segment = &parsed->segments[i];
        fputs(i ? " " : "", out);
        switch (segment->kind) {
        case HTTP_TEMPLATE_LITERAL: fprintf(out, "%.*s", VIEW_ARG(segment->literal)); break;
        case HTTP_TEMPLATE_ANY: fputs("*", out); break;
        case HTTP_TEMPLATE_REST:
            fputs("**", out);
            assert_int_equal(parsed->rest, i);
            break;
        }
    }
    for (size_t i = 0; i < parsed->variable_count; i++) {
        const struct http_template_variable *variable = &parsed->variables[i];
        fprintf(out, " | %s%.*s[%zu,%zu)", variable->multi_segment ? "+" : "", VIEW_ARG(variable->field_path),
                variable->first, variable->end);
    }
    if (parsed->verb.len)
        fprintf(out, " | :%.*s", VIEW_ARG(parsed->verb));
}

static void parses_the_grammar_of_http_proto(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *parsed;
    } cases[] = {
        {"/v1", "v1"},
        {"/v1/messages", "v1 messages"},
        {"/*", "*"},
        {"/**", "**"},
        {"/v1/messages/{message_id}", "v1 messages * | message_id[2,3)"},
        {"/v1/messages/{message_id}/{sub.subfield}", "v1 messages * * | message_id[2,3) | sub.subfield[3,4)"},
        {"/v1/users/{user_id}/messages/{message_id}", "v1 users * messages * | user_id[2,3) | message_id[4,5)"},
        {"/{x=*}", "* | x[0,1)"},
        {"/{x=**}", "** | +x[0,1)"},
        {"/{x=a}", "a | x[0,1)"},
        {"/{x=a/*}", "a * | +x[0,2)"},
        {"/v1/{name=shelves/*/books/*}", "v1 shelves * books * | +name[1,5)"},
        {"/{a.b.c=d/*/e/**}", "d * e ** | +a.b.c[0,4)"},
        {"/{x=a/*}/{y=b/**}", "a * b ** | +x[0,2) | +y[2,4)"},
        {"/**/a/b", "** a b"},
        {"/{x=**}/a/{y=b}", "** a b | +x[0,1) | y[2,3)"},
        {"/{x=**/a}/b", "** a b | +x[0,2)"},
        {"/a:verb", "a | :verb"},
        {"/*:verb", "* | :verb"},
        {"/**:verb", "** | :verb"},
        {"/a/{id}:verb", "a * | id[1,2) | :verb"},
        {"/{x=a/**}:do-it.now", "a ** | +x[0,2) | :do-it.now"},
        {"/a%2Fb/c%3ad", "a%2Fb c%3ad"},
        {"/{_x1.Y_2}", "* | _x1.Y_2[0,1)"},
        {"/-._~!$&'()+,;=@", "-._~!$&'()+,;=@"},
        {"/caf\xc3\xa9", "caf\xc3\xa9"},
        {"/{x=a=b}", "a=b | x[0,1)"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct http_template parsed;
        struct status st;
        if (!http_template_parse(view_of(cases[i].text), &parsed, &st))
            fail_msg("%s", st.message);
        char *printed;
        size_t printed_len;
        FILE *out = open_memstream(&printed, &printed_len);
        print_template(&parsed, out);
        fclose(out);
        assert_string_equal(printed, cases[i].parsed);
        free(printed);
    }
}

static void without_a_double_star_rest_is_the_segment_count(void **state)
{
    (void)state;
    struct http_template parsed;
    struct status st;
    assert_true(http_template_parse(view_of("/a/*/b"), &parsed, &st));
    assert_int_equal(parsed.rest, 3);
}

static void refuses_what_the_grammar_does_not_know_and_says_where(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *message; /* between the template and its offset */
        size_t offset;
    } cases[] = {
        {"", "expected '/'", 0},
        {"a", "expected '/'", 0},
        {":verb", "expected '/'", 0},
        {"{x}", "expected '/'", 0},
        {"/", "expected a literal, '*', '**' or '{'", 1},
        {"//", "expected a literal, '*', '**' or '{'", 1},
        {"/a/", "expected a literal, '*', '**' or '{'", 3},
        {"/a//b", "expected a literal, '*', '**' or '{'", 3},
        {"/:verb", "expected a literal, '*', '**' or '{'", 1},
        {"/a/:verb", "expected a literal, '*', '**' or '{'", 3},
        {"/}", "expected a literal, '*', '**' or '{'", 1},
        {"/a:", "expected a verb", 3},
        {"/*:", "expected a verb", 3},
        {"/{x}:", "expected a verb", 5},
        {"/a::b", "expected a verb", 3},
        {"/a:*", "expected a verb", 3},
        {"/a:b:c", "expected the end after the verb (a colon in a literal is written %3A)", 4},
        {"/a:b/c", "expected the end after the verb (a colon in a literal is written %3A)", 4},
        {"/a*", "expected '/', ':' or the end", 2},
        {"/*a", "expected '/', ':' or the end", 2},
        {"/***", "expected '/', ':' or the end", 3},
        {"/a{x}", "expected '/', ':' or the end", 2},
        {"/{x}a", "expected '/', ':' or the end", 4},
        {"/{x}{y}", "expected '/', ':' or the end", 4},
        {"/{x}}", "expected '/', ':' or the end", 4},
        {"/{", "expected a field name", 2},
        {"/{}", "expected a field name", 2},
        {"/{=a}", "expected a field name", 2},
        {"/{.x}", "expected a field name", 2},
        {"/{x.}", "expected a field name", 4},
        {"/{x..y}", "expected a field name", 4},
        {"/{1x}", "expected a field name", 2},
        {"/{x.1}", "expected a field name", 4},
        {"/{x", "expected '.', '=' or '}'", 3},
        {"/{x/y}", "expected '.', '=' or '}'", 3},
        {"/{x y}", "expected '.', '=' or '}'", 3},
        {"/{x-y}", "expected '.', '=' or '}'", 3},
        {"/{x=", "expected a literal, '*', '**' or '{'", 4},
        {"/{x=}", "expected a literal, '*', '**' or '{'", 4},
        {"/{x=/a}", "expected a literal, '*', '**' or '{'", 4},
        {"/{x=a/}", "expected a literal, '*', '**' or '{'", 6},
        {"/{x=a", "expected '/' or '}'", 5},
        {"/{x=a:b}", "expected '/' or '}'", 5},
        {"/{x=*a}", "expected '/' or '}'", 5},
        {"/{x={y}}", "expected no variable inside a variable", 4},
        {"/{x=a/{y}}", "expected no variable inside a variable", 6},
        {"/**/*", "expected only literals and a verb after '**'", 4},
        {"/**/**", "expected only literals and a verb after '**'", 4},
        {"/**/a/{x}", "expected only literals and a verb after '**'", 6},
        {"/{x=**/*}", "expected only literals and a verb after '**'", 7},
        {"/{x=a/**}/{y=**}", "expected only literals and a verb after '**'", 13},
        {"/{x}/{x}", "expected a field path that is not captured yet", 6},
        {"/{a.b}/{a.c}/{a.b=c}", "expected a field path that is not captured yet", 14},
        {"/a%", "expected two hexadecimal digits after '%'", 3},
        {"/a%2", "expected two hexadecimal digits after '%'", 4},
        {"/a%zz/b", "expected two hexadecimal digits after '%'", 3},
        {"/a%2/b", "expected two hexadecimal digits after '%'", 4},
        {"/a:b%", "expected two hexadecimal digits after '%'", 5},
        {"/a?b=c", "expected this character percent-encoded", 2},
        {"/a#b", "expected this character percent-encoded", 2},
        {"/a b", "expected this character percent-encoded", 2},
        {"/a\tb", "expected this character percent-encoded", 2},
        {"/a\x7f", "expected this character percent-encoded", 2},
        {"/a ", "expected this character percent-encoded", 2},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct http_template parsed = {.segment_count = 77};
        struct status st;
        char expected[256];
        snprintf(expected, sizeof(expected), "path template \"%s\": %s at offset %zu", cases[i].text, cases[i].message,
                 cases[i].offset);
        assert_false(http_template_parse(view_of(cases[i].text), &parsed, &st));
        assert_string_equal(st.message, expected);
        assert_int_equal(st.code, STATUS_INVALID_ARGUMENT);
        assert_int_equal(parsed.segment_count, 77);
    }
}

static void refuses_a_nul_inside_a_literal(void **state)
{
    (void)state;
    struct http_template parsed;
    struct status st;
    assert_false(http_template_parse((struct view)VIEW("/a\0b"), &parsed, &st));
    assert_int_equal(st.code, STATUS_INVALID_ARGUMENT);
}

/* "/a/a/…" or "/{a}/{b}/…" of `count` segments. */
static struct view repeat_segment(const char *format, size_t count, char *buf, size_t buf_bytes)
{
    size_t len = 0;
    for (size_t i = 0; i < count; i++)
        len += (size_t)snprintf(buf + len, buf_bytes - len, format, i);
    return view_make(buf, len);
}

static void holds_to_the_limits_of_segments_and_variables(void **state)
{
    (void)state;
    char buf[1024];
    struct http_template parsed;
    struct status st;
    assert_true(
        http_template_parse(repeat_segment("/s%zu", ROUTE_TEMPLATE_SEGMENTS_MAX, buf, sizeof(buf)), &parsed, &st));
    assert_int_equal(parsed.segment_count, ROUTE_TEMPLATE_SEGMENTS_MAX);
    assert_false(
        http_template_parse(repeat_segment("/s%zu", ROUTE_TEMPLATE_SEGMENTS_MAX + 1, buf, sizeof(buf)), &parsed, &st));
    assert_non_null(strstr(st.message, "expected at most 32 segments at offset"));

    assert_true(http_template_parse(repeat_segment("/{v%zu}", ROUTE_VARIABLES_MAX, buf, sizeof(buf)), &parsed, &st));
    assert_int_equal(parsed.variable_count, ROUTE_VARIABLES_MAX);
    assert_false(
        http_template_parse(repeat_segment("/{v%zu}", ROUTE_VARIABLES_MAX + 1, buf, sizeof(buf)), &parsed, &st));
    assert_non_null(strstr(st.message, "expected at most 16 variables at offset"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_the_grammar_of_http_proto),
        cmocka_unit_test(without_a_double_star_rest_is_the_segment_count),
        cmocka_unit_test(refuses_what_the_grammar_does_not_know_and_says_where),
        cmocka_unit_test(refuses_a_nul_inside_a_literal),
        cmocka_unit_test(holds_to_the_limits_of_segments_and_variables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
