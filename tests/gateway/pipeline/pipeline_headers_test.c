/*
 * What the fields of a request do to its call, and what the metadata of a reply do to the answer: through a real HTTP
 * connection and a real gRPC one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
/* after the above */
#include <cmocka.h>

#include "gateway/pipeline/limits.h"
#include "tests/gateway/pipeline/gateway_fixture.h"

static struct raw_response response;
static _Atomic(const char *) wanted_key; /* of the metadata that "echo" replies with */
static atomic_uint calls;

static void reply_book(struct grpc_service_call *call, struct view name)
{
    char head[2] = {0x0a, (char)name.len};
    assert_in_range(name.len, 0, 127);
    assert_true(buf_append(&call->reply, view_make(head, 2)) && buf_append(&call->reply, name));
}

static void reply_metadata(struct grpc_service_call *call)
{
    struct view value = grpc_service_metadata(call, atomic_load(&wanted_key));
    reply_book(call, value.data ? value : view_of("none"));
}

static void serve(struct grpc_service_call *call, void *ctx)
{
    (void)ctx;
    struct view name = view_make(call->request.data + 2, (size_t)call->request.data[1]);
    unsigned before = atomic_fetch_add(&calls, 1);
    if (view_equal_text(name, "echo")) {
        reply_metadata(call);
    } else if (view_equal_text(name, "time")) {
        reply_book(call, call->remaining_ms <= 10000 ? view_of("short") : view_of("long"));
    } else if (view_equal_text(name, "aborted")) {
        call->code = STATUS_ABORTED;
        call->message = "another version";
    } else if (view_equal_text(name, "cancelled")) {
        call->code = STATUS_CANCELLED;
        call->message = "given up";
    } else if (view_equal_text(name, "busy")) {
        call->code = STATUS_UNAVAILABLE;
        call->trailer_key = "retry-after";
        call->trailer_value = "7";
    } else if (view_equal_text(name, "flaky") && before == 0) {
        call->code = STATUS_UNAVAILABLE;
    } else if (view_equal_text(name, "hang")) {
        call->never = true;
    } else if (view_equal_text(name, "silent")) {
        call->header_key = "tenant";
        call->header_value = "";
        reply_book(call, name);
    } else if (view_equal_text(name, "noisy")) {
        call->header_key = "tenant";
        call->header_value = "north";
        call->trailer_key = "cost-bin";
        call->trailer_value = "\1\2\3";
        reply_book(call, name);
    } else {
        call->header_key = "etag";
        call->header_value = "\"v1\"";
        reply_book(call, name);
    }
}

static int set_up(void **state)
{
    atomic_store(&calls, 0);
    *state = gateway_fixture_create(
        serve, NULL, &(struct gateway_settings){.error_body = ERROR_BODY_BACKSTAGE, .deadline_ms = 60000});
    return 0;
}

static int tear_down(void **state)
{
    gateway_fixture_destroy(*state);
    return 0;
}

static void ask(void **state, const char *line, const char *fields)
{
    gateway_fixture_ask(*state, line, fields, "", &response);
}

static void expect_field(const char *name, const char *value)
{
    const char *found = raw_response_field(&response, name);
    if ((found == NULL) != (value == NULL) || (found && strcmp(found, value) != 0))
        fail_msg("%s: %s", name, found ? found : "(none)");
}

/* ---- Requests ---- */

static void hands_fields_on_as_metadata(void **state)
{
    static const struct {
        const char *fields, *key, *reply;
    } cases[] = {
        {"If-Match: \"a\"\r\n", "if-match", "{\"name\":\"\\\"a\\\"\"}"},
        {"authorization: Bearer x\r\n", "authorization", "{\"name\":\"Bearer x\"}"},
        {"Traceparent: 00-1-2-01\r\n", "traceparent", "{\"name\":\"00-1-2-01\"}"},
        {"X-Request-ID: 7\r\n", "x-request-id", "{\"name\":\"7\"}"},
        {"Grpc-Metadata-Tenant: north\r\n", "tenant", "{\"name\":\"north\"}"},
        {"Grpc-Metadata-Key-Bin: bm9ydGg=\r\n", "key-bin", "{\"name\":\"north\"}"},
        {"Cookie: a=b\r\n", "cookie", "{\"name\":\"none\"}"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        atomic_store(&wanted_key, cases[i].key);
        ask(state, "GET /v1/books/echo", cases[i].fields);
        assert_int_equal(response.status, 200);
        assert_string_equal(response.body, cases[i].reply);
    }
}

static void refuses_fields_that_cannot_be_handed_on(void **state)
{
    static const struct {
        const char *fields;
        int status;
    } cases[] = {
        {"If-Match: \"\xc3\xa9\"\r\n", 400},
        {"Grpc-Metadata-Te: trailers\r\n", 400},
        {"Grpc-Metadata-Grpc-Timeout: 1H\r\n", 400},
        {"Grpc-Metadata-A-Bin: !\r\n", 400},
        {"Grpc-Timeout: soon\r\n", 400},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ask(state, "GET /v1/books/b", cases[i].fields);
        assert_int_equal(response.status, cases[i].status);
        assert_non_null(strstr(response.body, "\"name\":\"InputError\""));
    }
    assert_int_equal(atomic_load(&calls), 0);
}

static void bounds_what_it_hands_on(void **state)
{
    char fields[16 * 1024];
    size_t len = 0;
    for (int i = 0; i < UPSTREAM_SENT_METADATA_MAX; i++)
        len += (size_t)snprintf(fields + len, sizeof(fields) - len, "Grpc-Metadata-%d: x\r\n", i);
    ask(state, "GET /v1/books/b", fields);
    assert_int_equal(response.status, 200);
    snprintf(fields + len, sizeof(fields) - len, "Grpc-Metadata-More: x\r\n");
    ask(state, "GET /v1/books/b", fields);
    assert_int_equal(response.status, 431);
    snprintf(fields, sizeof(fields), "Authorization: %0*d\r\n", UPSTREAM_SENT_METADATA_BYTES_MAX - 100, 0);
    ask(state, "GET /v1/books/b", fields);
    assert_int_equal(response.status, 200);
    snprintf(fields, sizeof(fields), "Authorization: %0*d\r\n", UPSTREAM_SENT_METADATA_BYTES_MAX, 0);
    ask(state, "GET /v1/books/b", fields);
    assert_int_equal(response.status, 431);
}

static void shortens_the_deadline_as_the_client_says(void **state)
{
    static const struct {
        const char *fields, *reply;
    } cases[] = {
        {"", "{\"name\":\"long\"}"},
        {"Grpc-Timeout: 5S\r\n", "{\"name\":\"short\"}"},
        {"Grpc-Timeout: 30S\r\n", "{\"name\":\"long\"}"},
        {"Grpc-Timeout: 1000H\r\n", "{\"name\":\"long\"}"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ask(state, "GET /v1/books/time", cases[i].fields);
        assert_int_equal(response.status, 200);
        assert_string_equal(response.body, cases[i].reply);
    }
    ask(state, "GET /v1/books/hang", "Grpc-Timeout: 1m\r\n");
    assert_int_equal(response.status, 504);
    ask(state, "GET /v1/books/hang", "Grpc-Timeout: 0S\r\n");
    assert_int_equal(response.status, 504);
}

/* ---- Replies ---- */

static void shows_metadata_of_replies_as_fields(void **state)
{
    ask(state, "GET /v1/books/b", "");
    assert_int_equal(response.status, 200);
    expect_field("ETag", "\"v1\"");
    expect_field("Content-Type", "application/json");
    ask(state, "GET /v1/books/noisy", "");
    assert_int_equal(response.status, 200);
    expect_field("Grpc-Metadata-tenant", "north");
    expect_field("Grpc-Metadata-cost-bin", "AQID");
    expect_field("ETag", NULL);
    ask(state, "GET /v1/books/silent", "");
    assert_int_equal(response.status, 200);
    expect_field("Grpc-Metadata-tenant", NULL);
    ask(state, "GET /v1/books/busy", "");
    assert_int_equal(response.status, 503);
    expect_field("Retry-After", "7");
}

static void answers_304_to_who_has_the_version(void **state)
{
    static const struct {
        const char *line, *fields;
        int status;
    } cases[] = {
        {"GET /v1/books/b", "If-None-Match: \"v1\"\r\n", 304},
        {"GET /v1/books/b", "If-None-Match: W/\"v1\"\r\n", 304},
        {"GET /v1/books/b", "If-None-Match: *\r\n", 304},
        {"GET /v1/books/b", "if-none-match: \"v0\" , \"v1\"\r\n", 304},
        {"GET /v1/books/b", "If-None-Match: \"v0\"\r\nIf-None-Match: \"v1\"\r\n", 304},
        {"GET /v1/books/b", "If-None-Match: \"v0\"\r\n", 200},
        {"GET /v1/books/b", "If-None-Match: v1\r\n", 200},
        {"GET /v1/books/b", "If-Match: \"v1\"\r\n", 200},
        {"GET /v1/books/noisy", "If-None-Match: *\r\n", 200}, /* it has no etag */
        {"DELETE /v1/shelves/a/books/b", "If-None-Match: \"v1\"\r\n", 204},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ask(state, cases[i].line, cases[i].fields);
        if (response.status != cases[i].status)
            fail_msg("%s, %s: %d", cases[i].line, cases[i].fields, response.status);
        if (response.status != 304)
            continue;
        expect_field("ETag", "\"v1\"");
        expect_field("Content-Type", NULL);
        expect_field("Content-Length", "12"); /* of {"name":"b"} */
        assert_int_equal(response.body_len, 0);
    }
}

/* ---- Failures ---- */

static void answers_412_when_the_aborted_request_had_a_condition(void **state)
{
    static const struct {
        const char *fields;
        int status;
        const char *name;
    } cases[] = {
        {"", 409, "\"name\":\"ConflictError\""},
        {"If-Match: \"v0\"\r\n", 412, "\"name\":\"PreconditionFailedError\""},
        {"If-None-Match: *\r\n", 412, "\"name\":\"PreconditionFailedError\""},
        {"Grpc-Metadata-If-Match: \"v0\"\r\n", 400, "\"name\":\"InputError\""}, /* no second way to set a condition */
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ask(state, "GET /v1/books/aborted", cases[i].fields);
        assert_int_equal(response.status, cases[i].status);
        assert_non_null(strstr(response.body, cases[i].name));
    }
}

static void tries_again_only_what_has_no_condition(void **state)
{
    ask(state, "GET /v1/books/flaky", "");
    assert_int_equal(response.status, 200);
    assert_int_equal(atomic_load(&calls), 2);
    atomic_store(&calls, 0);
    ask(state, "GET /v1/books/flaky", "If-Match: \"v1\"\r\n");
    assert_int_equal(response.status, 503);
    assert_int_equal(atomic_load(&calls), 1);
}

static void answers_what_the_service_cancels_itself_with_499(void **state)
{
    ask(state, "GET /v1/books/cancelled", "");
    assert_int_equal(response.status, 499);
    assert_non_null(strstr(response.body, "given up"));
}

static void answers_503_when_the_service_ends_during_a_call(void **state)
{
    struct gateway_fixture *fixture = *state;
    static struct raw_client client;
    assert_true(raw_client_connect(&client, fixture->address));
    assert_true(raw_client_send_text(&client, "GET /v1/books/hang HTTP/1.1\r\nHost: x\r\nIf-Match: *\r\n\r\n"));
    grpc_service_wait_arrived(fixture->service, 1);
    grpc_service_stop(fixture->service);
    fixture->service = NULL;
    raw_client_read(&client, false, &response);
    assert_int_equal(response.status, 503);
    expect_field("Retry-After", "1");
    raw_client_close(&client);
}

static void answers_503_when_the_gateway_ends_during_a_call(void **state)
{
    struct gateway_fixture *fixture = *state;
    static struct raw_client client;
    assert_true(raw_client_connect(&client, fixture->address));
    assert_true(raw_client_send_text(&client, "GET /v1/books/hang HTTP/1.1\r\nHost: x\r\n\r\n"));
    grpc_service_wait_arrived(fixture->service, 1);
    gateway_fixture_stop(fixture, 0);
    raw_client_read(&client, false, &response);
    assert_int_equal(response.status, 503);
    assert_non_null(strstr(response.body, "the server is shutting down"));
    raw_client_close(&client);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(hands_fields_on_as_metadata),
        TEST(refuses_fields_that_cannot_be_handed_on),
        TEST(bounds_what_it_hands_on),
        TEST(shortens_the_deadline_as_the_client_says),
        TEST(shows_metadata_of_replies_as_fields),
        TEST(answers_304_to_who_has_the_version),
        TEST(answers_412_when_the_aborted_request_had_a_condition),
        TEST(tries_again_only_what_has_no_condition),
        TEST(answers_what_the_service_cancels_itself_with_499),
        TEST(answers_503_when_the_service_ends_during_a_call),
        TEST(answers_503_when_the_gateway_ends_during_a_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
