/*
 * Rules and requests are written as text: a rule is "METHOD TEMPLATE", and so is the target it gives back; a request is
 * "METHOD PATH"; captures are "field=text field=text".
 */
#include "gateway/route/router.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define RULES_MAX    16

struct request_case {
    const char *request;
    const char *rule; /* the one that is found */
    const char *captures;
};

/* "METHOD TEXT" into its two parts. */
static void cut(const char *text, struct view *ret_method, struct view *ret_rest)
{
    const char *space = strchr(text, ' ');
    *ret_method = view_make(text, (size_t)(space - text));
    *ret_rest = view_of(space + 1);
}

static struct router *create(const char *const *texts)
{
    struct router_rule rules[RULES_MAX];
    size_t count = 0;
    for (; texts[count]; count++) {
        rules[count] = (struct router_rule){.target = texts[count]};
        cut(texts[count], &rules[count].http_method, &rules[count].path_template);
    }
    struct router *router;
    struct status st;
    if (!router_create(rules, count, &router, &st))
        fail_msg("%s", st.message);
    return router;
}

static enum router_result find(const struct router *router, const char *request, struct arena *arena,
                               struct router_match *ret_match, struct status *st)
{
    struct view method;
    struct view path;
    cut(request, &method, &path);
    return router_find(router, method, path, arena, ret_match, st);
}

static char *print_captures(const struct router_match *match)
{
    char *printed;
    size_t printed_len;
    FILE *out = open_memstream(&printed, &printed_len);
    for (size_t i = 0; i < match->capture_count; i++)
        fprintf(out, "%s%.*s=%.*s", i ? " " : "", VIEW_ARG(match->captures[i].field_path),
                VIEW_ARG(match->captures[i].text));
    fclose(out);
    return printed;
}

static void check_found(const struct router *router, const struct request_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct arena arena;
        struct router_match match;
        struct status st = {0};
        arena_init(&arena, SIZE_MAX);
        if (find(router, cases[i].request, &arena, &match, &st) != ROUTER_FOUND)
            fail_msg("%s: %s", cases[i].request, st.message);
        assert_string_equal(match.target, cases[i].rule);
        char *captures = print_captures(&match);
        assert_string_equal(captures, cases[i].captures);
        free(captures);
        arena_free(&arena);
    }
}

static void check_no_path(const struct router *router, const char *const *requests, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct arena arena;
        struct router_match match;
        struct status st;
        arena_init(&arena, SIZE_MAX);
        if (find(router, requests[i], &arena, &match, &st) != ROUTER_NO_PATH)
            fail_msg("%s is found", requests[i]);
        assert_int_equal(st.code, STATUS_NOT_FOUND);
        assert_string_equal(st.message, "no route has this path");
        arena_free(&arena);
    }
}

static void finds_the_examples_of_http_proto(void **state)
{
    (void)state;
    static const char *const rules[] = {
        "GET /v1/messages/{message_id}",    "GET /v1/messages/{message_id}/{sub.subfield}",
        "PUT /v1/messages/{message_id}",    "GET /v1/users/{user_id}/messages/{message_id}",
        "GET /v2/{name=shelves/*/books/*}", "GET /v2/{name=files/**}",
        "HEAD /v2/{name=files/**}",         NULL};
    static const struct request_case cases[] = {
        {"GET /v1/messages/123456", "GET /v1/messages/{message_id}", "message_id=123456"},
        {"PUT /v1/messages/123456", "PUT /v1/messages/{message_id}", "message_id=123456"},
        {"GET /v1/messages/123456/foo", "GET /v1/messages/{message_id}/{sub.subfield}",
         "message_id=123456 sub.subfield=foo"},
        {"GET /v1/users/me/messages/123456", "GET /v1/users/{user_id}/messages/{message_id}",
         "user_id=me message_id=123456"},
        {"GET /v2/shelves/1/books/2", "GET /v2/{name=shelves/*/books/*}", "name=shelves/1/books/2"},
        {"GET /v2/files", "GET /v2/{name=files/**}", "name=files"},
        {"GET /v2/files/", "GET /v2/{name=files/**}", "name=files/"},
        {"GET /v2/files/a/b/c.txt", "GET /v2/{name=files/**}", "name=files/a/b/c.txt"},
        {"HEAD /v2/files/a", "HEAD /v2/{name=files/**}", "name=files/a"},
    };
    static const char *const no_path[] = {"GET /",
                                          "GET /v1",
                                          "GET /v1/messages",
                                          "GET /v1/messages/1/2/3",
                                          "GET /v1/users/me/messages",
                                          "GET /v2/shelves/1/books",
                                          "GET /v2/shelves/1/books/2/3",
                                          "GET /v2/file",
                                          "GET /V1/messages/1",
                                          "GET /v1/messages%2F1",
                                          "GET /v1%2Fmessages/1"};
    struct router *router = create(rules);
    check_found(router, cases, COUNT(cases));
    check_no_path(router, no_path, COUNT(no_path));
    router_destroy(router);
}

static void decodes_single_segments_fully_and_several_but_for_the_slash(void **state)
{
    (void)state;
    static const char *const rules[] = {
        "GET /one/{x}",     "GET /star/{x=*}",      "GET /literal/{x=a%2Db}", "GET /two/{x=a/*}",
        "GET /rest/{x=**}", "GET /both/{x}/{y=**}", "GET /tail/{x=**}/end",   NULL};
    static const struct request_case cases[] = {
        {"GET /one/a%2Fb", "GET /one/{x}", "x=a/b"},
        {"GET /one/a%2fb", "GET /one/{x}", "x=a/b"},
        {"GET /one/%2F", "GET /one/{x}", "x=/"},
        {"GET /one/a+b%20c", "GET /one/{x}", "x=a+b c"},
        {"GET /one/%252F", "GET /one/{x}", "x=%2F"},
        {"GET /one/caf%C3%A9%3F%23", "GET /one/{x}", "x=caf\xc3\xa9?#"},
        {"GET /one/..", "GET /one/{x}", "x=.."},
        {"GET /one/%2e%2E", "GET /one/{x}", "x=.."},
        {"GET /star/a%2Fb%3A", "GET /star/{x=*}", "x=a/b:"},
        {"GET /literal/%61-b", "GET /literal/{x=a%2Db}", "x=a-b"},
        {"GET /two/a/b", "GET /two/{x=a/*}", "x=a/b"},
        {"GET /two/%61/b%2Fc%2fd%20e", "GET /two/{x=a/*}", "x=a/b%2Fc%2fd e"},
        {"GET /rest/a", "GET /rest/{x=**}", "x=a"},
        {"GET /rest/a%2Fb/c%3Fd", "GET /rest/{x=**}", "x=a%2Fb/c?d"},
        {"GET /rest/%252F/%2541", "GET /rest/{x=**}", "x=%2F/%41"},
        {"GET /rest", "GET /rest/{x=**}", "x="},
        {"GET /rest/", "GET /rest/{x=**}", "x="},
        {"GET /rest//a//", "GET /rest/{x=**}", "x=/a//"},
        {"GET /both/a%2Fb/c%2Fd/e", "GET /both/{x}/{y=**}", "x=a/b y=c%2Fd/e"},
        {"GET /both/a%2Fb", "GET /both/{x}/{y=**}", "x=a/b y="},
        {"GET /tail/a%2Fb/c/%65nd", "GET /tail/{x=**}/end", "x=a%2Fb/c"},
        {"GET /tail/end", "GET /tail/{x=**}/end", "x="},
        {"GET /tail/end/end", "GET /tail/{x=**}/end", "x=end"},
    };
    struct router *router = create(rules);
    check_found(router, cases, COUNT(cases));
    router_destroy(router);
}

static void decoded_nul_and_invalid_utf8_reach_the_capture(void **state)
{
    (void)state;
    static const char *const rules[] = {"GET /{x}", NULL};
    struct router *router = create(rules);
    struct arena arena;
    struct router_match match;
    struct status st;
    arena_init(&arena, SIZE_MAX);
    assert_int_equal(find(router, "GET /a%00%ff", &arena, &match, &st), ROUTER_FOUND);
    assert_true(view_equal(match.captures[0].text, (struct view)VIEW("a\0\xff")));
    arena_free(&arena);
    router_destroy(router);
}

static void literals_compare_by_their_decoded_text(void **state)
{
    (void)state;
    static const char *const rules[] = {"GET /caf\xc3\xa9/x", "GET /a%2Fb", "GET /c%3Ad", "GET /A",
                                        "GET /e:g%6F",        NULL};
    static const struct request_case cases[] = {
        {"GET /caf%C3%A9/x", "GET /caf\xc3\xa9/x", ""},
        {"GET /%63af%c3%a9/%78", "GET /caf\xc3\xa9/x", ""},
        {"GET /caf\xc3\xa9/x", "GET /caf\xc3\xa9/x", ""},
        {"GET /a%2fb", "GET /a%2Fb", ""},
        {"GET /c:d", "GET /c%3Ad", ""},
        {"GET /c%3ad", "GET /c%3Ad", ""},
        {"GET /%41", "GET /A", ""},
        {"GET /e:%67o", "GET /e:g%6F", ""},
    };
    static const char *const no_path[] = {"GET /a/b", "GET /caf%C3%A9%2Fx", "GET /a", "GET /%2541", "GET /e%3Ago"};
    struct router *router = create(rules);
    check_found(router, cases, COUNT(cases));
    check_no_path(router, no_path, COUNT(no_path));
    router_destroy(router);
}

static void prefers_the_more_specific_template_in_whatever_order_they_come(void **state)
{
    (void)state;
    static const char *const forth[] = {
        "GET /a/b/c",    "GET /a/b/{z}", "GET /a/{y}/c", "GET /a/{y}/{z}", "GET /{x}/b/c",
        "GET /a/{r=**}", "GET /**/b/c",  "GET /**/c",    "GET /**",        NULL};
    static const char *const back[] = {
        "GET /**",        "GET /**/c",    "GET /**/b/c",  "GET /a/{r=**}", "GET /{x}/b/c",
        "GET /a/{y}/{z}", "GET /a/{y}/c", "GET /a/b/{z}", "GET /a/b/c",    NULL};
    static const struct request_case cases[] = {
        {"GET /a/b/c", "GET /a/b/c", ""},
        {"GET /a/b/x", "GET /a/b/{z}", "z=x"},
        {"GET /a/x/c", "GET /a/{y}/c", "y=x"},
        {"GET /a/x/y", "GET /a/{y}/{z}", "y=x z=y"},
        {"GET /x/b/c", "GET /{x}/b/c", "x=x"},
        {"GET /a", "GET /a/{r=**}", "r="},
        {"GET /a/", "GET /a/{r=**}", "r="},
        {"GET /a/b/c/", "GET /a/{r=**}", "r=b/c/"},
        {"GET /a/b/c/c", "GET /a/{r=**}", "r=b/c/c"},
        {"GET /x/y/b/c", "GET /**/b/c", ""},
        {"GET /b/c", "GET /**/b/c", ""},
        {"GET /x/y/c", "GET /**/c", ""},
        {"GET /c", "GET /**/c", ""},
        {"GET /x/b/d", "GET /**", ""},
        {"GET /", "GET /**", ""},
        {"GET //b/c", "GET /**/b/c", ""},
    };
    const char *const *orders[] = {forth, back};
    for (size_t i = 0; i < COUNT(orders); i++) {
        struct router *router = create(orders[i]);
        check_found(router, cases, COUNT(cases));
        router_destroy(router);
    }
}

static void turns_back_over_segments_and_over_the_method(void **state)
{
    (void)state;
    static const char *const rules[] = {"GET /v1/a/b/c/d",  "GET /v1/a/{x}/c/e", "GET /v1/{y}/b/c/f", "GET /v1/{r=**}",
                                        "POST /v2/special", "GET /v2/{id}",      "PUT /v2/**",        NULL};
    static const struct request_case cases[] = {
        {"GET /v1/a/b/c/d", "GET /v1/a/b/c/d", ""},      {"GET /v1/a/b/c/e", "GET /v1/a/{x}/c/e", "x=b"},
        {"GET /v1/a/b/c/f", "GET /v1/{y}/b/c/f", "y=a"}, {"GET /v1/a/b/c/g", "GET /v1/{r=**}", "r=a/b/c/g"},
        {"POST /v2/special", "POST /v2/special", ""},    {"GET /v2/special", "GET /v2/{id}", "id=special"},
        {"PUT /v2/special", "PUT /v2/**", ""},
    };
    struct router *router = create(rules);
    check_found(router, cases, COUNT(cases));
    router_destroy(router);
}

static void a_colon_belongs_to_the_id_unless_a_template_has_the_verb(void **state)
{
    (void)state;
    static const char *const rules[] = {"GET /tracks/{id}",
                                        "PUT /tracks/{id}",
                                        "POST /tracks/{id}:archive",
                                        "GET /tracks:export",
                                        "POST /files/{name=**}:copy",
                                        "GET /files/{name=**}",
                                        "GET /{x}/b:go",
                                        "GET /a/{y}",
                                        NULL};
    static const struct request_case cases[] = {
        {"GET /tracks/user:default", "GET /tracks/{id}", "id=user:default"},
        {"GET /tracks/a:b:c", "GET /tracks/{id}", "id=a:b:c"},
        {"GET /tracks/:", "GET /tracks/{id}", "id=:"},
        {"GET /tracks/a:", "GET /tracks/{id}", "id=a:"},
        {"POST /tracks/a:archive", "POST /tracks/{id}:archive", "id=a"},
        {"POST /tracks/user:default:archive", "POST /tracks/{id}:archive", "id=user:default"},
        {"POST /tracks/a%3Ab:arch%69ve", "POST /tracks/{id}:archive", "id=a:b"},
        {"GET /tracks/a:archive", "GET /tracks/{id}", "id=a:archive"},
        {"PUT /tracks/x%3Aarchive", "PUT /tracks/{id}", "id=x:archive"},
        {"GET /tracks/a:export", "GET /tracks/{id}", "id=a:export"},
        {"GET /tracks/:archive", "GET /tracks/{id}", "id=:archive"},
        {"GET /tracks:export", "GET /tracks:export", ""},
        {"POST /files/a/b%2Fc:copy", "POST /files/{name=**}:copy", "name=a/b%2Fc"},
        {"POST /files:copy", "POST /files/{name=**}:copy", "name="},
        {"POST /files/:copy", "POST /files/{name=**}:copy", "name="},
        {"GET /files/a:copy/b:copy", "GET /files/{name=**}", "name=a:copy/b:copy"},
        {"GET /files/a:b%3A", "GET /files/{name=**}", "name=a:b:"},
        {"GET /a/b:go", "GET /{x}/b:go", "x=a"},
        {"GET /a/c:go", "GET /a/{y}", "y=c:go"},
    };
    static const char *const no_path[] = {"GET /tracks:exports", "GET /tracks:", "GET /tracks/a/b:archive",
                                          "GET /tracks/user:default/x:y"};
    struct router *router = create(rules);
    check_found(router, cases, COUNT(cases));
    check_no_path(router, no_path, COUNT(no_path));
    router_destroy(router);
}

static void a_star_takes_one_segment_that_is_not_empty(void **state)
{
    (void)state;
    static const char *const rules[] = {"GET /tracks", "GET /tracks/{id}", "GET /tracks/{id}/levels",
                                        "POST /tracks/{id}:go", NULL};
    static const char *const no_path[] = {"GET /tracks/",   "GET //tracks",          "GET /tracks//levels",
                                          "GET /tracks/a/", "GET /tracks/a/levels/", "GET /",
                                          "GET //",         "POST /tracks/:gone/"};
    struct router *router = create(rules);
    check_no_path(router, no_path, COUNT(no_path));
    router_destroy(router);
}

static void a_wrong_method_gets_the_sorted_list_of_all_that_match(void **state)
{
    (void)state;
    static const char *const rules[] = {"PUT /tracks/{id}",         "GET /tracks/{id}",   "DELETE /tracks/{id}",
                                        "PATCH /tracks/special",    "GET /tracks",        "POST /tracks/{id}:archive",
                                        "REPORT /tracks/{name=**}", "POST /other/tracks", NULL};
    static const struct {
        const char *request;
        const char *allow;
    } cases[] = {
        {"POST /tracks/a", "DELETE, GET, HEAD, PUT, REPORT"},
        {"POST /tracks/special", "DELETE, GET, HEAD, PATCH, PUT, REPORT"},
        {"HEAD /other/tracks", "POST"},
        {"get /tracks/a", "DELETE, GET, HEAD, PUT, REPORT"},
        {"GET /tracks/a/b", "REPORT"},
        {"OPTIONS /tracks", "GET, HEAD, REPORT"},
        {"PATCH /tracks/a:archive", "DELETE, GET, HEAD, POST, PUT, REPORT"},
        {"* /other/tracks", "POST"},
        {" /other/tracks", "POST"},
    };
    struct router *router = create(rules);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct arena arena;
        struct router_match match;
        struct status st;
        char message[128];
        arena_init(&arena, SIZE_MAX);
        assert_int_equal(find(router, cases[i].request, &arena, &match, &st), ROUTER_WRONG_METHOD);
        assert_true(view_equal_text(match.allow, cases[i].allow));
        assert_int_equal(st.code, STATUS_UNIMPLEMENTED);
        snprintf(message, sizeof(message), "this path takes other methods: %s", cases[i].allow);
        assert_string_equal(st.message, message);
        arena_free(&arena);
    }
    router_destroy(router);
}

static void head_finds_what_get_finds_unless_it_has_a_rule(void **state)
{
    (void)state;
    static const char *const rules[] = {"GET /get/{id}",
                                        "GET /both/{id}",
                                        "HEAD /both/{id}",
                                        "* /any/{id}",
                                        "GET /any/{id}",
                                        "* /only/{id}",
                                        "GET /a/special",
                                        "HEAD /a/{id}",
                                        "PUT /put/{id}",
                                        "GET /put/{name=**}",
                                        NULL};
    static const struct request_case cases[] = {
        {"HEAD /get/x", "GET /get/{id}", "id=x"},
        {"GET /both/x", "GET /both/{id}", "id=x"},
        {"HEAD /both/x", "HEAD /both/{id}", "id=x"},
        {"HEAD /any/x", "GET /any/{id}", "id=x"},
        {"HEAD /only/x", "* /only/{id}", "id=x"},
        {"HEAD /a/special", "GET /a/special", ""}, /* the more specific template */
        {"HEAD /a/x", "HEAD /a/{id}", "id=x"},
        {"HEAD /put/x", "GET /put/{name=**}", "name=x"},
    };
    struct router *router = create(rules);
    check_found(router, cases, COUNT(cases));
    router_destroy(router);
}

static void lists_the_methods_of_a_path(void **state)
{
    (void)state;
    static const char *const rules[] = {
        "GET /a/{id}", "PUT /a/{id}", "DELETE /a/{name=**}", "POST /a/{id}:go", "* /any", "REPORT /any",
        "GET /any",    "HEAD /head",  "GET /head",           "HEAD /alone",     NULL};
    static const struct {
        const char *path;
        enum router_result result;
        const char *text; /* the methods, or the message */
    } cases[] = {
        {"/a/x", ROUTER_FOUND, "DELETE, GET, HEAD, PUT"},
        {"/a/x/y", ROUTER_FOUND, "DELETE"},
        {"/a/x:go", ROUTER_FOUND, "DELETE, GET, HEAD, POST, PUT"},
        {"/any", ROUTER_FOUND, "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, REPORT"},
        {"/head", ROUTER_FOUND, "GET, HEAD"},
        {"/alone", ROUTER_FOUND, "HEAD"},
        {"/nowhere", ROUTER_NO_PATH, "no route has this path"},
        {"*", ROUTER_BAD_PATH, NULL},
        {"/a/%", ROUTER_BAD_PATH, NULL},
    };
    struct router *router = create(rules);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct arena arena;
        struct view methods = {0};
        struct status st;
        print_message("  %s\n", cases[i].path);
        arena_init(&arena, SIZE_MAX);
        assert_int_equal(router_list_methods(router, view_of(cases[i].path), &arena, &methods, &st), cases[i].result);
        if (cases[i].result == ROUTER_FOUND)
            assert_true(view_equal_text(methods, cases[i].text));
        else if (cases[i].text)
            assert_string_equal(st.message, cases[i].text);
        else
            assert_int_equal(st.code, STATUS_INVALID_ARGUMENT);
        arena_free(&arena);
    }
    router_destroy(router);
}

static void custom_kinds_and_any_method(void **state)
{
    (void)state;
    static const char *const rules[] = {
        "* /any/{x}", "GET /any/{x}", "X-LIST /kinds", "* /deep/**", "GET /deep/{id}", "PUT /deep/a", NULL};
    static const struct request_case cases[] = {
        {"GET /any/1", "GET /any/{x}", "x=1"},     {"PUT /any/1", "* /any/{x}", "x=1"},
        {"BREW /any/1", "* /any/{x}", "x=1"},      {"* /any/1", "* /any/{x}", "x=1"},
        {"X-LIST /kinds", "X-LIST /kinds", ""},    {"X-LIST /deep/a", "* /deep/**", ""},
        {"GET /deep/a", "GET /deep/{id}", "id=a"}, {"PUT /deep/a", "PUT /deep/a", ""},
        {"PUT /deep/b", "* /deep/**", ""},
    };
    struct router *router = create(rules);
    check_found(router, cases, COUNT(cases));
    router_destroy(router);
}

static void refuses_bad_paths(void **state)
{
    (void)state;
    static const char *const rules[] = {"GET /tracks/{id}", NULL};
    static const struct {
        const char *request;
        const char *message;
    } cases[] = {
        {"GET /tracks/%", "path: expected two hexadecimal digits after '%' at offset 8"},
        {"GET /tracks/a%2", "path: expected two hexadecimal digits after '%' at offset 9"},
        {"GET /unknown/%zz", "path: expected two hexadecimal digits after '%' at offset 9"},
        {"GET tracks/a", "path: expected '/' at offset 0"},
        {"OPTIONS *", "path: expected '/' at offset 0"},
        {"GET ", "path: expected '/' at offset 0"},
    };
    struct router *router = create(rules);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct arena arena;
        struct router_match match;
        struct status st;
        arena_init(&arena, SIZE_MAX);
        assert_int_equal(find(router, cases[i].request, &arena, &match, &st), ROUTER_BAD_PATH);
        assert_int_equal(st.code, STATUS_INVALID_ARGUMENT);
        assert_string_equal(st.message, cases[i].message);
        arena_free(&arena);
    }
    router_destroy(router);
}

static void takes_no_memory_where_nothing_is_decoded(void **state)
{
    (void)state;
    static const char *const rules[] = {"GET /tracks/{id}/{rest=**}", NULL};
    struct router *router = create(rules);
    struct arena nothing;
    struct router_match match;
    struct status st;
    const char *request = "GET /tracks/a:b/c/d";
    arena_init(&nothing, 0);
    assert_int_equal(find(router, request, &nothing, &match, &st), ROUTER_FOUND);
    assert_ptr_equal(match.captures[0].text.data, strstr(request, "a:b"));
    assert_ptr_equal(match.captures[1].text.data, strstr(request, "c/d"));
    assert_int_equal(find(router, "GET /tracks/%61", &nothing, &match, &st), ROUTER_BAD_PATH);
    assert_int_equal(st.code, STATUS_RESOURCE_EXHAUSTED);
    assert_int_equal(find(router, "PUT /tracks/a", &nothing, &match, &st), ROUTER_BAD_PATH);
    assert_int_equal(st.code, STATUS_RESOURCE_EXHAUSTED);
    arena_free(&nothing);
    router_destroy(router);
}

/* Every amount of memory up to what the request needs: exhausted, and nothing leaks. */
static void reports_an_arena_that_ends_anywhere(void **state)
{
    (void)state;
    static const char *const rules[] = {"GET /{a}/{b=**}", NULL};
    struct router *router = create(rules);
    char memory[256];
    enum router_result result = ROUTER_BAD_PATH;
    size_t bytes = 0;
    for (; result != ROUTER_FOUND && bytes < sizeof(memory); bytes++) {
        struct arena arena;
        struct router_match match;
        struct status st;
        arena_init_lent(&arena, memory, bytes, 0);
        result = find(router, "GET /%41/%42/%43", &arena, &match, &st);
        if (result != ROUTER_FOUND)
            assert_int_equal(st.code, STATUS_RESOURCE_EXHAUSTED);
        arena_free(&arena);
    }
    assert_int_equal(result, ROUTER_FOUND);
    assert_true(bytes > 32);
    router_destroy(router);
}

static void refuses_bad_rules_and_says_which(void **state)
{
    (void)state;
    static const struct {
        struct router_rule rules[3];
        const char *message;
    } cases[] = {
        {{{VIEW("GET"), VIEW("/a/{x}"), VIEW("p.S/Get"), NULL}, {VIEW("GET"), VIEW("/a/{y}"), VIEW("p.S/Read"), NULL}},
         "p.S/Read: GET \"/a/{y}\" matches the same paths as \"/a/{x}\" of p.S/Get"},
        {{{VIEW("GET"), VIEW("/a"), VIEW(""), NULL}, {VIEW("GET"), VIEW("/a"), VIEW(""), NULL}},
         "GET \"/a\" matches the same paths as \"/a\""},
        {{{VIEW("PUT"), VIEW("/{x=a/*}/b"), VIEW(""), NULL}, {VIEW("PUT"), VIEW("/a/*/{y=b}"), VIEW(""), NULL}},
         "PUT \"/a/*/{y=b}\" matches the same paths as \"/{x=a/*}/b\""},
        {{{VIEW("GET"), VIEW("/a%2Db:go"), VIEW(""), NULL}, {VIEW("GET"), VIEW("/a-b:g%6f"), VIEW(""), NULL}},
         "GET \"/a-b:g%6f\" matches the same paths as \"/a%2Db:go\""},
        {{{VIEW("*"), VIEW("/{x=**}/a"), VIEW(""), NULL}, {VIEW("*"), VIEW("/**/a"), VIEW(""), NULL}},
         "* \"/**/a\" matches the same paths as \"/{x=**}/a\""},
        {{{VIEW("GET"), VIEW("/a"), VIEW(""), NULL}, {VIEW("GET"), VIEW("/a/{"), VIEW("p.S/Get"), NULL}},
         "p.S/Get: path template \"/a/{\": expected a field name at offset 4"},
        {{{VIEW("GET"), VIEW("/a"), VIEW(""), NULL}, {VIEW("G T"), VIEW("/a"), VIEW("p.S/Get"), NULL}},
         "p.S/Get: HTTP method \"G T\": expected a token"},
        {{{VIEW("GET"), VIEW("/a"), VIEW(""), NULL}, {VIEW(""), VIEW("/a"), VIEW(""), NULL}},
         "HTTP method \"\": expected a token"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct router *router = NULL;
        struct status st;
        assert_false(router_create(cases[i].rules, 2, &router, &st));
        assert_int_equal(st.code, STATUS_INVALID_ARGUMENT);
        assert_string_equal(st.message, cases[i].message);
        assert_null(router);
    }
}

static void templates_that_only_overlap_are_fine(void **state)
{
    (void)state;
    static const char *const rules[] = {"GET /a/{x}", "PUT /a/{y}", "* /a/{z}", "GET /a/{x}:go", "GET /a/b",
                                        "GET /a/**",  "GET /**/a",  "GET /**",  "GET /A/{x}",    NULL};
    router_destroy(create(rules));
}

static void a_router_without_rules_finds_nothing(void **state)
{
    (void)state;
    static const char *const rules[] = {NULL};
    static const char *const no_path[] = {"GET /", "GET /a:b", "* /"};
    struct router *router = create(rules);
    check_no_path(router, no_path, COUNT(no_path));
    router_destroy(router);
    router_destroy(NULL);
}

static void keeps_nothing_of_the_rules_but_the_target(void **state)
{
    (void)state;
    char method[] = "GET";
    char path_template[] = "/tracks/{id}:go";
    char origin[] = "p.S/Go";
    struct router_rule rule = {view_of(method), view_of(path_template), view_of(origin), "target"};
    struct router *router;
    struct status st;
    assert_true(router_create(&rule, 1, &router, &st));
    memset(method, 'x', sizeof(method));
    memset(path_template, 'x', sizeof(path_template));
    memset(origin, 'x', sizeof(origin));
    const struct request_case cases[] = {{"GET /tracks/a:go", "target", "id=a"}};
    check_found(router, cases, 1);
    router_destroy(router);
}

static void finds_each_of_many_routes(void **state)
{
    (void)state;
    enum { ROUTES = 5000, TEXT_BYTES = 48 };
    char(*templates)[TEXT_BYTES] = test_malloc(ROUTES * TEXT_BYTES);
    struct router_rule *rules = test_calloc(ROUTES, sizeof(*rules));
    for (int i = 0; i < ROUTES; i++) {
        snprintf(templates[i], TEXT_BYTES, "/api/v%d/things%d/{id}/parts%d", i % 3, i / 10, i % 10);
        rules[i] = (struct router_rule){VIEW("GET"), view_of(templates[i]), VIEW(""), templates[i]};
    }
    struct router *router;
    struct status st;
    if (!router_create(rules, ROUTES, &router, &st))
        fail_msg("%s", st.message);
    for (int i = 0; i < ROUTES; i++) {
        char request[64];
        snprintf(request, sizeof(request), "GET /api/v%d/things%d/%d/parts%d", i % 3, i / 10, i, i % 10);
        struct arena nothing;
        struct router_match match;
        arena_init(&nothing, 0);
        assert_int_equal(find(router, request, &nothing, &match, &st), ROUTER_FOUND);
        assert_ptr_equal(match.target, templates[i]);
    }
    assert_false(router_create(rules, ROUTE_RULES_MAX + 1, &router, &st));
    assert_string_equal(st.message, "expected at most 65536 routes");
    router_destroy(router);
    test_free(rules);
    test_free(templates);
}

static void captures_as_many_variables_as_a_template_may_have(void **state)
{
    (void)state;
    char rule[ROUTE_VARIABLES_MAX * 8] = "GET ";
    char request[ROUTE_VARIABLES_MAX * 8] = "GET ";
    char captures[ROUTE_VARIABLES_MAX * 8] = "";
    for (int i = 0; i < ROUTE_VARIABLES_MAX; i++) {
        sprintf(rule + strlen(rule), "/{v%d}", i);
        sprintf(request + strlen(request), "/%d", i);
        sprintf(captures + strlen(captures), "%sv%d=%d", i ? " " : "", i, i);
    }
    const char *const rules[] = {rule, NULL};
    const struct request_case cases[] = {{request, rule, captures}};
    struct router *router = create(rules);
    check_found(router, cases, 1);
    router_destroy(router);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_examples_of_http_proto),
        cmocka_unit_test(decodes_single_segments_fully_and_several_but_for_the_slash),
        cmocka_unit_test(decoded_nul_and_invalid_utf8_reach_the_capture),
        cmocka_unit_test(literals_compare_by_their_decoded_text),
        cmocka_unit_test(prefers_the_more_specific_template_in_whatever_order_they_come),
        cmocka_unit_test(turns_back_over_segments_and_over_the_method),
        cmocka_unit_test(a_colon_belongs_to_the_id_unless_a_template_has_the_verb),
        cmocka_unit_test(a_star_takes_one_segment_that_is_not_empty),
        cmocka_unit_test(a_wrong_method_gets_the_sorted_list_of_all_that_match),
        cmocka_unit_test(head_finds_what_get_finds_unless_it_has_a_rule),
        cmocka_unit_test(lists_the_methods_of_a_path),
        cmocka_unit_test(custom_kinds_and_any_method),
        cmocka_unit_test(refuses_bad_paths),
        cmocka_unit_test(takes_no_memory_where_nothing_is_decoded),
        cmocka_unit_test(reports_an_arena_that_ends_anywhere),
        cmocka_unit_test(refuses_bad_rules_and_says_which),
        cmocka_unit_test(templates_that_only_overlap_are_fine),
        cmocka_unit_test(a_router_without_rules_finds_nothing),
        cmocka_unit_test(keeps_nothing_of_the_rules_but_the_target),
        cmocka_unit_test(finds_each_of_many_routes),
        cmocka_unit_test(captures_as_many_variables_as_a_template_may_have),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
