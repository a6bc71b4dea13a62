/*
 * The whole gateway in one process: a raw HTTP client in front, a scripted gRPC server behind. Messages are encoded and
 * read by hand here, so that the codec is not its own judge.
 */
#include "gateway/pipeline/pipeline.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
/* after the above */
#include <cmocka.h>

#include "gateway/upstream/limits.h"
#include "tests/gateway/pipeline/gateway_fixture.h"

#define CALLS_MAX 4

static struct raw_client client;
static struct raw_response response;

/* Book{name: …} */
static void reply_book(struct grpc_service_call *call, struct view name)
{
    char head[2] = {0x0a, (char)name.len};
    assert_true(buf_append(&call->reply, view_make(head, 2)) && buf_append(&call->reply, name));
}

static void serve(struct grpc_service_call *call, void *ctx)
{
    (void)ctx;
    /* All requests begin with field 1, the name or parent; a nested book with its own. */
    struct view name =
        call->request.len > 2 ? view_make(call->request.data + 2, (size_t)call->request.data[1]) : (struct view){0};
    if (view_equal_text(call->path, "/test.v1.Library/ListBooks")) {
        assert_true(buf_append(&call->reply, view_of("\x0a\x03\x0a\x01"
                                                     "a\x0a\x03\x0a\x01"
                                                     "b")));
    } else if (view_equal_text(call->path, "/test.v1.Library/DeleteBook")) {
        return;
    } else if (view_equal_text(name, "missing")) {
        call->code = STATUS_NOT_FOUND;
        call->message = "no book \"missing\"";
        /* Status{details: Any{type_url: "x/y", value: "\1"}} */
        call->details = view_of("\x1a\x08\x0a\x03x/y\x12\x01\x01");
    } else if (view_equal_text(name, "unauthenticated")) {
        call->code = STATUS_UNAUTHENTICATED;
    } else if (view_equal_text(name, "down")) {
        call->code = STATUS_UNAVAILABLE;
        call->message = "the shelves are being moved";
    } else if (view_equal_text(name, "broken")) {
        assert_true(buf_append(&call->reply, view_of("\x0a\x7f")));
    } else if (view_equal_text(name, "silent")) {
        call->without_reply = true;
    } else if (view_equal_text(name, "huge")) { /* a byte more than is taken */
        assert_true(buf_reserve(&call->reply, UPSTREAM_MESSAGE_BYTES_MAX + 1));
        memset(call->reply.data, 0, UPSTREAM_MESSAGE_BYTES_MAX + 1);
        call->reply.len = UPSTREAM_MESSAGE_BYTES_MAX + 1;
    } else if (view_equal_text(name, "hang")) {
        call->never = true;
    } else {
        reply_book(call, name);
    }
}

static int set_up(void **state)
{
    *state = gateway_fixture_create(
        serve, NULL, &(struct gateway_settings){.error_body = ERROR_BODY_BACKSTAGE, .calls_max = CALLS_MAX});
    return 0;
}

static int set_up_hasty(void **state)
{
    *state = gateway_fixture_create(
        serve, NULL,
        &(struct gateway_settings){.error_body = ERROR_BODY_BACKSTAGE, .calls_max = CALLS_MAX, .deadline_ms = 1000});
    return 0;
}

static int tear_down(void **state)
{
    gateway_fixture_destroy(*state);
    return 0;
}

static void ask(struct gateway_fixture *fixture, const char *line, const char *fields, const char *body)
{
    gateway_fixture_ask(fixture, line, fields, body, &response);
}

static void answers_with_the_reply_of_the_service(void **state)
{
    static const struct {
        const char *line, *body;
        int status;
        const char *reply;
    } cases[] = {
        {"GET /v1/books/b", "", 200, "{\"name\":\"b\"}"},
        {"GET /v1/shelves/a/books/b%20c", "", 200, "{\"name\":\"shelves/a/books/b c\"}"},
        {"GET /v1/books", "", 200, "[{\"name\":\"a\"},{\"name\":\"b\"}]"},
        {"PUT /v1/shelves/a/books/b", "{\"name\":\"shelves/a/books/b\"}", 200, "{\"name\":\"shelves/a/books/b\"}"},
        {"POST /v1/shelves/a/books", "{}", 201, "{}"},
        {"DELETE /v1/shelves/a/books/b", "", 204, ""},
    };
    struct gateway_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ask(fixture, cases[i].line, "Content-Type: application/json\r\n", cases[i].body);
        assert_int_equal(response.status, cases[i].status);
        assert_string_equal(response.body, cases[i].reply);
        if (cases[i].status == 204)
            assert_null(raw_response_field(&response, "Content-Type"));
        else
            assert_string_equal(raw_response_field(&response, "Content-Type"), "application/json");
    }
}

static void answers_with_the_error_of_the_service(void **state)
{
    static const struct {
        const char *line;
        int status;
        const char *reply;
    } cases[] = {
        {"GET /v1/books/missing", 404,
         "{\"error\":{\"name\":\"NotFoundError\",\"message\":\"no book \\\"missing\\\"\","
         "\"details\":[{\"@type\":\"x/y\",\"value\":\"AQ==\"}]},"
         "\"request\":{\"method\":\"GET\",\"url\":\"/v1/books/missing\"},\"response\":{\"statusCode\":404}}"},
        {"GET /v1/books/down", 503,
         "{\"error\":{\"name\":\"ServiceUnavailableError\",\"message\":\"the shelves are being moved\"},"
         "\"request\":{\"method\":\"GET\",\"url\":\"/v1/books/down\"},\"response\":{\"statusCode\":503}}"},
    };
    struct gateway_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ask(fixture, cases[i].line, "", "");
        assert_int_equal(response.status, cases[i].status);
        assert_string_equal(response.body, cases[i].reply);
        assert_string_equal(raw_response_field(&response, "Content-Type"), "application/json");
    }
}

static void gives_every_error_its_status_and_fields(void **state)
{
    static const struct {
        const char *line, *fields, *body;
        int status;
        const char *field, *value;
    } cases[] = {
        {"GET /v2", "", "", 404, NULL, NULL},
        {"PATCH /v1/books", "", "", 405, "Allow", "GET, HEAD"},
        {"PUT /v1/shelves/a/books/b", "Content-Type: text/plain\r\n", "{}", 415, NULL, NULL},
        {"PUT /v1/shelves/a/books/b", "Content-Type: application/json\r\n", "{", 400, NULL, NULL},
        {"GET /v1/books/unauthenticated", "", "", 401, "WWW-Authenticate", "Bearer"},
        {"GET /v1/books/down", "", "", 503, "Retry-After", "1"},
        {"GET /v1/books/broken", "", "", 502, NULL, NULL},
        {"GET /v1/books/silent", "", "", 502, NULL, NULL},
        {"GET /v1/books/huge", "", "", 502, NULL, NULL},
        {"GET /v1/books/b", "Host: y\r\n", "", 400, NULL, NULL},
    };
    struct gateway_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ask(fixture, cases[i].line, cases[i].fields, cases[i].body);
        assert_int_equal(response.status, cases[i].status);
        assert_string_equal(raw_response_field(&response, "Content-Type"), "application/json");
        assert_non_null(strstr(response.body, "\"error\":{\"name\":"));
        if (cases[i].field)
            assert_string_equal(raw_response_field(&response, cases[i].field), cases[i].value);
    }
}

static void answers_what_the_http_server_refuses_in_json_too(void **state)
{
    struct gateway_fixture *fixture = *state;
    static char request[20000];
    raw_client_ask(fixture->address, "PUT /v1/shelves/a/books/b HTTP/1.1\r\nHost: x\r\nContent-Length: 100001\r\n\r\n",
                   &response);
    assert_int_equal(response.status, 413);
    assert_non_null(strstr(response.body, "\"PayloadTooLargeError\""));
    snprintf(request, sizeof(request), "GET /v1/books HTTP/1.1\r\nHost: x\r\nX: %017000d\r\n\r\n", 0);
    raw_client_ask(fixture->address, request, &response);
    assert_int_equal(response.status, 431);
    assert_non_null(strstr(response.body, "\"statusCode\":431"));
}

/* The header is that of a GET, to its length (RFC 9110 9.3.2). */
static void answers_head_as_it_would_a_get(void **state)
{
    struct gateway_fixture *fixture = *state;
    assert_true(raw_client_connect(&client, fixture->address));
    assert_true(raw_client_send_text(&client, "HEAD /v1/books/b HTTP/1.1\r\nHost: x\r\n\r\n"
                                              "HEAD /v2 HTTP/1.1\r\nHost: x\r\n\r\n"
                                              "GET /v1/books/c HTTP/1.1\r\nHost: x\r\n\r\n"));
    raw_client_read(&client, true, &response);
    assert_int_equal(response.status, 200);
    assert_string_equal(raw_response_field(&response, "Content-Length"), "12"); /* of {"name":"b"} */
    assert_string_equal(raw_response_field(&response, "Content-Type"), "application/json");
    raw_client_read(&client, true, &response);
    assert_int_equal(response.status, 404);
    raw_client_read(&client, false, &response);
    assert_string_equal(response.body, "{\"name\":\"c\"}");
    raw_client_close(&client);
}

static void tells_the_methods_of_a_path_to_options(void **state)
{
    static const struct {
        const char *line;
        int status;
        const char *allow;
    } cases[] = {
        {"OPTIONS /v1/books", 204, "GET, HEAD"},
        {"OPTIONS /v1/shelves/a/books/b", 204, "DELETE, GET, HEAD, PATCH, PUT"},
        {"OPTIONS /v1/shelves/a/books", 204, "POST"},
        {"OPTIONS /v2", 404, NULL},
        {"OPTIONS *", 204, NULL},
    };
    struct gateway_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ask(fixture, cases[i].line, "", "");
        assert_int_equal(response.status, cases[i].status);
        if (cases[i].allow)
            assert_string_equal(raw_response_field(&response, "Allow"), cases[i].allow);
        else
            assert_null(raw_response_field(&response, "Allow"));
    }
}

static void gives_up_at_the_deadline(void **state)
{
    struct gateway_fixture *fixture = *state;
    ask(fixture, "GET /v1/books/b", "", ""); /* makes the connection, so that the next call arrives */
    assert_int_equal(response.status, 200);
    ask(fixture, "GET /v1/books/hang", "", "");
    assert_int_equal(response.status, 504);
    grpc_service_wait_cancelled(fixture->service, 1);
}

static void cancels_the_call_when_the_client_goes_away(void **state)
{
    struct gateway_fixture *fixture = *state;
    assert_true(raw_client_connect(&client, fixture->address));
    assert_true(raw_client_send_text(&client, "GET /v1/books/hang HTTP/1.1\r\nHost: x\r\n\r\n"));
    assert_true(raw_client_send_text(&client, "GET /v1/books/next HTTP/1.1\r\nHost: x\r\n\r\n")); /* pipelined */
    grpc_service_wait_arrived(fixture->service, 1);
    raw_client_reset(&client);
    grpc_service_wait_cancelled(fixture->service, 1);
}

static void refuses_calls_over_the_bound_at_once(void **state)
{
    struct gateway_fixture *fixture = *state;
    static struct raw_client waiting[CALLS_MAX];
    for (size_t i = 0; i < CALLS_MAX; i++) {
        assert_true(raw_client_connect(&waiting[i], fixture->address));
        assert_true(raw_client_send_text(&waiting[i], "GET /v1/books/hang HTTP/1.1\r\nHost: x\r\n\r\n"));
    }
    grpc_service_wait_arrived(fixture->service, CALLS_MAX);
    ask(fixture, "GET /v1/books/b", "", "");
    assert_int_equal(response.status, 429);
    for (size_t i = 0; i < CALLS_MAX; i++)
        raw_client_reset(&waiting[i]);
    grpc_service_wait_cancelled(fixture->service, CALLS_MAX);
}

static void says_unavailable_without_addresses_when_the_service_is_gone(void **state)
{
    struct gateway_fixture *fixture = *state;
    ask(fixture, "GET /v1/books/b", "", "");
    assert_int_equal(response.status, 200);
    grpc_service_stop(fixture->service);
    fixture->service = NULL;
    ask(fixture, "GET /v1/books/b", "", "");
    assert_int_equal(response.status, 503);
    assert_string_equal(raw_response_field(&response, "Retry-After"), "1");
    assert_non_null(strstr(response.body, "\"message\":\"the service cannot be reached\""));
}

/* Whatever the deadline: it is not the service that is slow. */
static void never_says_504_when_there_is_no_service(void **state)
{
    struct gateway_fixture *fixture = *state;
    ask(fixture, "GET /v1/books/b", "", "");
    assert_int_equal(response.status, 200);
    grpc_service_stop(fixture->service);
    fixture->service = NULL;
    static const char *const lines[] = {"GET /v1/books/b", "POST /v1/shelves/a/books", "PUT /v1/shelves/a/books/b"};
    for (size_t i = 0; i < 3; i++) {
        ask(fixture, lines[i], "Grpc-Timeout: 150m\r\nContent-Type: application/json\r\n", i ? "{}" : "");
        assert_int_equal(response.status, 503);
        assert_string_equal(raw_response_field(&response, "Retry-After"), "1");
    }
}

struct caller {
    pthread_t thread;
    const char *address;
    unsigned right;
};

#define CALLERS      3
#define CALLER_TURNS 200

static void *call_again_and_again(void *ctx)
{
    struct caller *caller = ctx;
    struct raw_client *own = calloc(1, sizeof(*own));
    struct raw_response *got = calloc(1, sizeof(*got));
    char request[200], expected[100];
    bool connected = raw_client_connect(own, caller->address);
    for (unsigned i = 0; connected && i < CALLER_TURNS; i++) {
        snprintf(request, sizeof(request), "GET /v1/books/%p-%u HTTP/1.1\r\nHost: x\r\n\r\n", ctx, i);
        snprintf(expected, sizeof(expected), "{\"name\":\"%p-%u\"}", ctx, i);
        raw_client_send_text(own, request);
        raw_client_read(own, false, got);
        caller->right += got->status == 200 && strcmp(got->body, expected) == 0;
    }
    raw_client_close(own);
    free(own);
    free(got);
    return NULL;
}

static void keeps_the_answers_of_parallel_clients_apart(void **state)
{
    struct gateway_fixture *fixture = *state;
    struct caller callers[CALLERS] = {0};
    for (size_t i = 0; i < CALLERS; i++) {
        callers[i].address = fixture->address;
        pthread_create(&callers[i].thread, NULL, call_again_and_again, &callers[i]);
    }
    for (size_t i = 0; i < CALLERS; i++) {
        pthread_join(callers[i].thread, NULL);
        assert_int_equal(callers[i].right, CALLER_TURNS);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(answers_with_the_reply_of_the_service),
        TEST(answers_with_the_error_of_the_service),
        TEST(gives_every_error_its_status_and_fields),
        TEST(answers_what_the_http_server_refuses_in_json_too),
        TEST(answers_head_as_it_would_a_get),
        TEST(tells_the_methods_of_a_path_to_options),
        cmocka_unit_test_setup_teardown(gives_up_at_the_deadline, set_up_hasty, tear_down),
        TEST(cancels_the_call_when_the_client_goes_away),
        TEST(refuses_calls_over_the_bound_at_once),
        TEST(says_unavailable_without_addresses_when_the_service_is_gone),
        TEST(never_says_504_when_there_is_no_service),
        TEST(keeps_the_answers_of_parallel_clients_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
