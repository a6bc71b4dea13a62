#include "gateway/pipeline/explain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* after the above */
#include <cmocka.h>

#include "tests/gateway/pipeline/library_schema.h"

struct fixture {
    struct api *api;
    char *shown; /* what was printed */
    size_t shown_len;
    FILE *out;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture.api = library_api_create("library", false);
    fixture.out = open_memstream(&fixture.shown, &fixture.shown_len);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    fclose(fixture->out);
    free(fixture->shown);
    api_release(fixture->api);
    return 0;
}

static bool explain(struct fixture *fixture, enum error_body_form form, const char *line, const char *body)
{
    FILE *in = fmemopen((void *)(uintptr_t)body, strlen(body), "r");
    rewind(fixture->out);
    bool accepted = explain_request(fixture->api, form, line, in, 20, fixture->out);
    fclose(in);
    fflush(fixture->out);
    return accepted;
}

static void prints_one_line_a_route(void **state)
{
    struct fixture *fixture = *state;
    explain_routes(fixture->api->endpoints, fixture->out);
    fflush(fixture->out);
    assert_string_equal(fixture->shown, "GET /v1/books -> test.v1.Library/ListBooks\n"
                                        "GET /v1/{name=shelves/*/books/*} -> test.v1.Library/GetBook\n"
                                        "GET /v1/books/{name} -> test.v1.Library/GetBook\n"
                                        "POST /v1/{parent=shelves/*}/books -> test.v1.Library/CreateBook\n"
                                        "PUT /v1/{name=shelves/*/books/*} -> test.v1.Library/ReplaceBook\n"
                                        "PATCH /v1/{book.name=shelves/*/books/*} -> test.v1.Library/UpdateBook\n"
                                        "DELETE /v1/{name=shelves/*/books/*} -> test.v1.Library/DeleteBook\n"
                                        "POST /v1/quotes/{at_most} -> test.v1.Library/QuotePrice\n"
                                        "POST /v1/quotes -> test.v1.Library/QuotePrice\n"
                                        "PATCH /v1/quotes/{note} -> test.v1.Library/QuotePrice\n");
}

static void prints_the_call_and_its_message(void **state)
{
    struct fixture *fixture = *state;
    assert_true(explain(fixture, ERROR_BODY_STATUS, "POST /v1/shelves/a/books?bookId=b", "{\"title\":\"T\"}"));
    assert_string_equal(fixture->shown, "test.v1.Library/CreateBook\n"
                                        "{\"parent\":\"shelves/a\",\"book\":{\"title\":\"T\"},\"bookId\":\"b\"}\n");
}

static void prints_http_status_and_error_body_of_a_refusal(void **state)
{
    static const struct {
        const char *line, *body, *shown;
    } cases[] = {
        {"GET /v2", " ",
         "404\n{\"error\":{\"name\":\"NotFoundError\",\"message\":\"no route has this path\"},"
         "\"request\":{\"method\":\"GET\",\"url\":\"/v2\"},\"response\":{\"statusCode\":404}}\n"},
        {"PUT /v1/shelves/a/books/b?c", "{\"title\":\"1234567890\"}",
         "413\n{\"error\":{\"name\":\"PayloadTooLargeError\",\"message\":\"the request body is over the limit of 20 "
         "bytes\"},\"request\":{\"method\":\"PUT\",\"url\":\"/v1/shelves/a/books/b?c\"},"
         "\"response\":{\"statusCode\":413}}\n"},
        {"GET", " ",
         "400\n{\"error\":{\"name\":\"InputError\",\"message\":\"expected a method, a space and a path, as in \\\"GET "
         "/path\\\"\"},\"request\":{\"method\":\"\",\"url\":\"\"},\"response\":{\"statusCode\":400}}\n"},
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_false(explain(fixture, ERROR_BODY_BACKSTAGE, cases[i].line, cases[i].body));
        assert_memory_equal(fixture->shown, cases[i].shown, strlen(cases[i].shown));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(prints_one_line_a_route, set_up, tear_down),
        cmocka_unit_test_setup_teardown(prints_the_call_and_its_message, set_up, tear_down),
        cmocka_unit_test_setup_teardown(prints_http_status_and_error_body_of_a_refusal, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
