/* What is sent for a request, read back as JSON; and what is refused, with its sentence. */
#include "gateway/pipeline/rest_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
/* after the above */
#include <cmocka.h>

#include "codec/wire/wire.h"
#include "gateway/pipeline/routing.h"
#include "tests/gateway/pipeline/library_schema.h"

static struct api *api;

static int set_up(void **state)
{
    (void)state;
    api = library_api_create("library", false);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    api_release(api);
    return 0;
}

/* Parsers should merge the pieces of a message, but not every one does: none must be left. */
static void assert_in_one_piece(const struct schema_message *type, struct view message)
{
    uint64_t seen = 0;
    const char *end = message.data + message.len;
    for (const char *in = message.data; in != end;) {
        struct wire_field wire;
        in = wire_read_field(in, end, 10, &wire);
        assert_non_null(in);
        const struct schema_field *field = schema_field_by_number(type, wire.number);
        assert_non_null(field);
        if (field->type != SCHEMA_MESSAGE || field->repeated)
            continue;
        assert_false(seen >> field->index & 1);
        seen |= (uint64_t)1 << field->index;
        assert_in_one_piece(field->message, view_make(wire.begin, (size_t)(wire.end - wire.begin)));
    }
}

struct request {
    const char *method, *path, *query, *body;
};

/* "Method {JSON of the message}", or "HTTP status: message" when it is refused. */
static const char *resolve_as(const struct request *request, const char *content_type, const char *coding)
{
    static char shown[4096];
    const struct rest_json_request input = {
        .query = view_of(request->query ? request->query : ""),
        .body = view_of(request->body ? request->body : ""),
        .content_type = content_type ? view_of(content_type) : (struct view){0},
        .content_encoding = coding ? view_of(coding) : (struct view){0},
    };
    struct router_match match;
    struct refusal refusal;
    struct arena arena;
    struct buf message, json;
    arena_init(&arena, 1 << 16);
    buf_init(&message, 1 << 16);
    buf_init(&json, 1 << 16);
    if (!routing_find(api, view_of(request->method), view_of(request->path), &arena, &match, &refusal) ||
        !rest_json_decode(api, &match, &input, &arena, &message, &refusal)) {
        snprintf(shown, sizeof(shown), "%u: %s", refusal_http_status(&refusal), refusal.status.message);
    } else {
        const struct endpoint *endpoint = match.target;
        assert_in_one_piece(endpoint->method->input, buf_view(&message));
        assert_true(transcode_binary_to_json(endpoint->method->input, NULL, buf_view(&message), &api->json, &json,
                                             &refusal.status));
        snprintf(shown, sizeof(shown), "%.*s %.*s", VIEW_ARG(endpoint->method->name), VIEW_ARG(buf_view(&json)));
    }
    buf_free(&message);
    buf_free(&json);
    arena_free(&arena);
    return shown;
}

struct decode_case {
    struct request request;
    const char *shown;
};

static void check_cases(const struct decode_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_string_equal(resolve_as(&cases[i].request, "application/json", NULL), cases[i].shown);
}

static void puts_path_query_and_body_into_the_message(void **state)
{
    static const struct decode_case cases[] = {
        {{"GET", "/v1/books", NULL, NULL}, "ListBooks {}"},
        {{"HEAD", "/v1/books", NULL, NULL}, "ListBooks {}"},
        {{"GET", "/v1/shelves/a/books/b", NULL, NULL}, "GetBook {\"name\":\"shelves/a/books/b\"}"},
        {{"GET", "/v1/shelves/a%2Fb/books/c%20d", NULL, NULL}, "GetBook {\"name\":\"shelves/a%2Fb/books/c d\"}"},
        {{"GET", "/v1/books/a%2Fb%3A", "full=true", NULL}, "GetBook {\"name\":\"a/b:\",\"full\":true}"},
        {{"POST", "/v1/shelves/a/books", "bookId=x&", "{\"title\":\"T\"}"},
         "CreateBook {\"parent\":\"shelves/a\",\"book\":{\"title\":\"T\"},\"bookId\":\"x\"}"},
        {{"POST", "/v1/shelves/a/books", "book_id=x", " {} "},
         "CreateBook {\"parent\":\"shelves/a\",\"book\":{},\"bookId\":\"x\"}"},
        {{"PUT", "/v1/shelves/a/books/b", NULL, "{\"pages\":\"5\",\"author\":{\"born\":1900}}"},
         "ReplaceBook {\"name\":\"shelves/a/books/b\",\"author\":{\"born\":1900},\"pages\":\"5\"}"},
        {{"PATCH", "/v1/shelves/a/books/b", "allowMissing=true&updateMask=title,author.born", "{\"title\":\"T\"}"},
         "UpdateBook {\"book\":{\"name\":\"shelves/a/books/b\",\"title\":\"T\"},\"allowMissing\":true,"
         "\"updateMask\":\"title,author.born\"}"},
        {{"DELETE", "/v1/shelves/a/books/b", NULL, NULL}, "DeleteBook {\"name\":\"shelves/a/books/b\"}"},
    };
    (void)state;
    check_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

static void makes_the_mask_of_a_patch_from_its_body(void **state)
{
    static const struct decode_case cases[] = {
        {{"PATCH", "/v1/shelves/a/books/b", NULL, "{\"title\":\"T\",\"author\":{\"born\":1},\"tags\":[]}"},
         "UpdateBook {\"book\":{\"name\":\"shelves/a/books/b\",\"title\":\"T\",\"author\":{\"born\":1}},"
         "\"updateMask\":\"title,author.born,tags\"}"},
        {{"PATCH", "/v1/shelves/a/books/b", NULL, "{}"},
         "UpdateBook {\"book\":{\"name\":\"shelves/a/books/b\"},\"updateMask\":\"\"}"},
        /* A Struct is replaced as a whole. */
        {{"PATCH", "/v1/quotes/n", NULL, "{\"title\":\"T\"}"},
         "QuotePrice {\"note\":\"n\",\"data\":{\"title\":\"T\"}}"},
    };
    (void)state;
    check_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

static void reads_query_parameters_of_every_kind(void **state)
{
    static const struct decode_case cases[] = {
        {{"GET", "/v1/books", "tags=a&tags=b+c&tags=", NULL}, "ListBooks {\"tags\":[\"a\",\"b c\",\"\"]}"},
        {{"GET", "/v1/books", "author.name=%C3%A9&author.born=-1", NULL},
         "ListBooks {\"author\":{\"name\":\"\xc3\xa9\",\"born\":-1}}"},
        {{"GET", "/v1/books", "binding=hardcover", NULL}, "ListBooks {\"binding\":\"hardcover\"}"},
        {{"GET", "/v1/books", "binding=1&pageSize=10", NULL}, "ListBooks {\"pageSize\":10,\"binding\":\"hardcover\"}"},
        {{"GET", "/v1/books", "atMost=1.5", NULL}, "ListBooks {\"atMost\":1.5}"},
        {{"GET", "/v1/books", "since=2024-05-01T10:00:00Z", NULL}, "ListBooks {\"since\":\"2024-05-01T10:00:00Z\"}"},
        {{"GET", "/v1/books", "labels[a]=1&labels%5Bb%5D=2", NULL}, "ListBooks {\"labels\":{\"a\":\"1\",\"b\":\"2\"}}"},
    };
    (void)state;
    check_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

static void refuses_what_the_path_says_wrong(void **state)
{
    static const struct decode_case cases[] = {
        {{"GET", "/v2", NULL, NULL}, "404: no route has this path"},
        {{"GET", "/v1/books/", NULL, NULL}, "404: no route has this path"},
        {{"POST", "/v1/books", NULL, "{}"}, "405: this path takes other methods: GET, HEAD"},
        {{"HEAD", "/v1/shelves/a/books", NULL, NULL}, "405: this path takes other methods: POST"},
        {{"OPTIONS", "/v1/books", NULL, NULL}, "405: this path takes other methods: GET, HEAD"},
        {{"GET", "/v1/books/%zz", NULL, NULL}, "400: path: expected two hexadecimal digits after '%' at offset 10"},
        {{"GET", "/v1/books/%ff", NULL, NULL}, "400: path variable {name}: expected UTF-8, found byte 0xff"},
        {{"GET", "*", NULL, NULL}, "400: path: expected '/' at offset 0"},
    };
    (void)state;
    check_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

static void refuses_what_the_query_says_wrong(void **state)
{
    static const struct decode_case cases[] = {
        {{"GET", "/v1/books", "nope=1", NULL},
         "400: query parameter \"nope\": test.v1.ListBooksRequest has no field \"nope\""},
        {{"GET", "/v1/books", "author.nope=1", NULL},
         "400: query parameter \"author.nope\": test.v1.Book.Author has no field \"nope\""},
        {{"GET", "/v1/books", "author=x", NULL},
         "400: query parameter \"author\": \"author\" is a message: expected one of its fields, as in author.field"},
        {{"GET", "/v1/books", "pageSize=1&pageSize=1", NULL},
         "400: query parameter \"pageSize\": expected once, found twice"},
        {{"GET", "/v1/books", "pageSize=1&page_size=2", NULL},
         "400: query parameter \"page_size\": expected once, found twice"},
        {{"GET", "/v1/books", "atMost=1&atLeast=2", NULL},
         "400: query parameter \"atLeast\": another field of the same oneof is given already"},
        {{"GET", "/v1/books", "labels[a]=1&labels[b]=2&labels%5Ba%5D=1", NULL},
         "400: query parameter \"labels[a]\": expected once, found twice"},
        {{"GET", "/v1/books", "labels[a].b=1", NULL},
         "400: query parameter \"labels[a].b\": expected a map's key in brackets at the end, not before \".b\""},
        {{"POST", "/v1/quotes", "atMost=1", "{}"},
         "400: query parameter \"atMost\": the request body sets another field of the same oneof"},
        {{"PATCH", "/v1/quotes/n", "note=n", "{}"}, "400: query parameter \"note\": the path sets this field"},
        {{"GET", "/v1/books/b", "name=c", NULL}, "400: query parameter \"name\": the path sets this field"},
        {{"PUT", "/v1/shelves/a/books/b", "title=c", "{}"},
         "400: query parameter \"title\": expected in the request body"},
        {{"POST", "/v1/shelves/a/books", "book.title=c", "{}"},
         "400: query parameter \"book.title\": the request body sets this field"},
        {{"GET", "/v1/books", "tags=%zz", NULL},
         "400: query parameter \"tags\": expected two hexadecimal digits after '%' at offset 0 of its value"},
    };
    (void)state;
    check_cases(cases, sizeof(cases) / sizeof(cases[0]));
    static const struct request not_a_number = {"GET", "/v1/books", "pageSize=ten", NULL};
    assert_memory_equal(resolve_as(&not_a_number, NULL, NULL), "400: query parameter \"pageSize\": ", 33);
}

static void ignores_unknown_query_parameters_when_told_to_but_no_others(void **state)
{
    static const struct decode_case cases[] = {
        {{"GET", "/v1/books", "nope=1&tags=a&author.nope=2", NULL}, "ListBooks {\"tags\":[\"a\"]}"},
        {{"PUT", "/v1/shelves/a/books/b", "nope=1", "{}"}, "ReplaceBook {\"name\":\"shelves/a/books/b\"}"},
        {{"GET", "/v1/books/b", "name=c", NULL}, "400: query parameter \"name\": the path sets this field"},
    };
    (void)state;
    api->ignore_unknown_query = true;
    check_cases(cases, sizeof(cases) / sizeof(cases[0]));
    api->ignore_unknown_query = false;
}

static void lets_the_body_repeat_the_path_but_not_contradict_it(void **state)
{
    static const struct decode_case cases[] = {
        {{"PUT", "/v1/shelves/a/books/b", NULL, "{\"name\":\"shelves/a/books/b\"}"},
         "ReplaceBook {\"name\":\"shelves/a/books/b\"}"},
        {{"PUT", "/v1/shelves/a/books/b", NULL, "{\"name\":\"shelves/a/books/c\",\"title\":\"T\"}"},
         "400: request body: \"name\" differs from the path"},
        {{"PATCH", "/v1/shelves/a/books/b", NULL, "{\"name\":\"shelves/a/books/b\"}"},
         "UpdateBook {\"book\":{\"name\":\"shelves/a/books/b\"},\"updateMask\":\"name\"}"},
        {{"PATCH", "/v1/shelves/a/books/b", NULL, "{\"author\":{\"name\":\"x\"},\"name\":\"y\"}"},
         "400: request body: \"book.name\" differs from the path"},
        {{"POST", "/v1/quotes/1.50", NULL, "{\"atMost\":1.5,\"note\":\"n\"}"},
         "QuotePrice {\"atMost\":1.5,\"note\":\"n\"}"},
        {{"POST", "/v1/quotes/1.50", NULL, "{\"atLeast\":1.5}"},
         "400: request body: \"at_most\" differs from the path"},
        {{"POST", "/v1/quotes/1.50", NULL, "{\"terms\":{}}"}, "400: request body: \"at_most\" differs from the path"},
    };
    (void)state;
    check_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

static void wants_a_body_where_one_is_declared_and_no_data_elsewhere(void **state)
{
    static const struct decode_case cases[] = {
        {{"PUT", "/v1/shelves/a/books/b", NULL, NULL}, "400: request body: expected JSON, found nothing"},
        {{"POST", "/v1/shelves/a/books", NULL, NULL}, "400: request body: expected JSON, found nothing"},
        {{"DELETE", "/v1/shelves/a/books/b", NULL, " { \n} "}, "DeleteBook {\"name\":\"shelves/a/books/b\"}"},
        {{"DELETE", "/v1/shelves/a/books/b", NULL, "null"}, "DeleteBook {\"name\":\"shelves/a/books/b\"}"},
        {{"DELETE", "/v1/shelves/a/books/b", NULL, "{\"full\":true}"}, "400: request body: this method takes none"},
        {{"DELETE", "/v1/shelves/a/books/b", NULL, "x"}, "400: request body: this method takes none"},
    };
    (void)state;
    check_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

static void names_place_and_field_of_what_is_wrong_in_the_body(void **state)
{
    static const struct {
        const char *body, *part;
    } cases[] = {
        {"{\"title\":", "line 1, column 10"},
        {"{\"title\":\"T\"} x", "line 1, column 15"},
        {"{\n \"author\":{\"born\":\"x\"}}", "author.born (line 2, column 19)"},
        {"{\"titel\":1}", "titel"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct request request = {"PUT", "/v1/shelves/a/books/b", NULL, cases[i].body};
        const char *shown = resolve_as(&request, "application/json", NULL);
        assert_memory_equal(shown, "400: ", 5);
        if (!strstr(shown, cases[i].part))
            fail_msg("%s", shown);
    }
}

static void checks_what_the_body_is(void **state)
{
    static const struct request request = {"PUT", "/v1/shelves/a/books/b", NULL, "{}"};
    static const struct {
        const char *type, *coding, *shown;
    } cases[] = {
        {"application/json; charset=utf-8", "identity", "ReplaceBook {\"name\":\"shelves/a/books/b\"}"},
        {NULL, NULL, "415: Content-Type: expected application/json in UTF-8, found \"\""},
        {"text/plain", NULL, "415: Content-Type: expected application/json in UTF-8, found \"text/plain\""},
        {"application/json", "gzip", "415: Content-Encoding: expected none, found \"gzip\""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(resolve_as(&request, cases[i].type, cases[i].coding), cases[i].shown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(puts_path_query_and_body_into_the_message),
        cmocka_unit_test(makes_the_mask_of_a_patch_from_its_body),
        cmocka_unit_test(reads_query_parameters_of_every_kind),
        cmocka_unit_test(refuses_what_the_path_says_wrong),
        cmocka_unit_test(refuses_what_the_query_says_wrong),
        cmocka_unit_test(ignores_unknown_query_parameters_when_told_to_but_no_others),
        cmocka_unit_test(lets_the_body_repeat_the_path_but_not_contradict_it),
        cmocka_unit_test(wants_a_body_where_one_is_declared_and_no_data_elsewhere),
        cmocka_unit_test(names_place_and_field_of_what_is_wrong_in_the_body),
        cmocka_unit_test(checks_what_the_body_is),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
