/*
 * The server with real sockets. The handler below echoes what it saw; where a test needs a request to wait, the request
 * waits for the test (a semaphore), so that nothing depends on time.
 */
#include "gateway/http/http_server.h"

#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* after the above */
#include <cmocka.h>

#include "tests/gateway/http/raw_client.h"

#define BODY_BYTES_MAX  10000
#define CONNECTIONS_MAX 4

struct fixture {
    struct http_server *server;
    char address[64];
    sem_t begun;                  /* posted by begin() for /wait */
    struct http_request *waiting; /* of the last /wait */
    sem_t cancelled;              /* posted by cancel() */
    sem_t finished;               /* posted by finish() */
};

static struct raw_client client;
static struct raw_response response;

static void echo(struct http_request *request)
{
    bool written = buf_printf(&request->reply, "%.*s|%.*s|%.*s|", VIEW_ARG(request->method), VIEW_ARG(request->path),
                              VIEW_ARG(request->query)) &&
                   buf_append(&request->reply, request->body);
    assert_true(written);
    struct http_header header = {"X-Echo", "yes"};
    http_request_answer(request, 200, &header, 1);
}

static void begin(struct http_request *request, void *ctx)
{
    struct fixture *fixture = ctx;
    static const unsigned statuses[] = {[HTTP_FAULT_MALFORMED] = 400,
                                        [HTTP_FAULT_BODY_TOO_LARGE] = 413,
                                        [HTTP_FAULT_HEADER_TOO_LARGE] = 431,
                                        [HTTP_FAULT_OVERLOADED] = 503};
    if (request->fault) {
        assert_true(buf_append_text(&request->reply, request->fault_status.message));
        http_request_answer(request, statuses[request->fault], NULL, 0);
    } else if (view_equal_text(request->path, "/wait")) {
        fixture->waiting = request;
        sem_post(&fixture->begun);
    } else if (view_equal_text(request->path, "/wake-at-once")) {
        http_request_wake(request);
    } else if (view_equal_text(request->path, "/no-content")) {
        http_request_answer(request, 204, NULL, 0);
    } else if (view_equal_text(request->path, "/header")) {
        assert_true(buf_append(&request->reply, http_request_header(request, "x-IN")));
        http_request_answer(request, 200, NULL, 0);
    } else {
        echo(request);
    }
}

static void finish(struct http_request *request, void *ctx)
{
    struct fixture *fixture = ctx;
    echo(request);
    sem_post(&fixture->finished);
}

static void cancel(struct http_request *request, void *ctx)
{
    struct fixture *fixture = ctx;
    http_request_wake(request);
    sem_post(&fixture->cancelled);
}

static int set_up_with(void **state, unsigned idle_timeout_s)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct http_server_options options = {.address = "127.0.0.1:0",
                                          .threads = 1,
                                          .connections_max = CONNECTIONS_MAX,
                                          .idle_timeout_s = idle_timeout_s,
                                          .body_bytes_max = BODY_BYTES_MAX,
                                          .handler = {begin, finish, cancel, fixture}};
    struct status st;
    sem_init(&fixture->begun, 0, 0);
    sem_init(&fixture->cancelled, 0, 0);
    sem_init(&fixture->finished, 0, 0);
    assert_true(http_server_start(&options, &fixture->server, &st));
    snprintf(fixture->address, sizeof(fixture->address), "%s", http_server_address(fixture->server));
    *state = fixture;
    return 0;
}

static int set_up(void **state)
{
    return set_up_with(state, 30);
}

static int set_up_impatient(void **state)
{
    return set_up_with(state, 1);
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    http_server_stop(fixture->server, 1000);
    sem_destroy(&fixture->begun);
    sem_destroy(&fixture->cancelled);
    sem_destroy(&fixture->finished);
    free(fixture);
    return 0;
}

static void connect_client(struct fixture *fixture)
{
    assert_true(raw_client_connect(&client, fixture->address));
}

static void gives_method_path_query_and_body_as_sent(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *request;
        const char *body;
    } cases[] = {
        {"GET /a HTTP/1.1\r\nHost: x\r\n\r\n", "GET|/a||"},
        {"GET / HTTP/1.0\r\n\r\n", "GET|/||"},
        {"DELETE /a%2Fb%20c%zz?q=%41+b&&=&q=?x HTTP/1.1\r\nHost: x\r\n\r\n", "DELETE|/a%2Fb%20c%zz|q=%41+b&&=&q=?x|"},
        {"PURGE /a%00b HTTP/1.1\r\nHost: x\r\n\r\n", "PURGE|/a%00b||"},
        {"PUT /a? HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", "PUT|/a||abc"},
        {"PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", "PUT|/a||"},
        {"PUT /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n1\r\nd\r\n0\r\nT: u\r\n\r\n",
         "PUT|/a||abcd"},
        {"GET http://x.example/a?b HTTP/1.1\r\nHost: x\r\n\r\n", "GET|/a|b|"},
        {"GET /caf\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n", "GET|/caf%C3%A9||"},
        {"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", "OPTIONS|*||"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        raw_client_ask(fixture->address, cases[i].request, &response);
        assert_int_equal(response.status, 200);
        assert_string_equal(response.body, cases[i].body);
        assert_string_equal(raw_response_field(&response, "X-Echo"), "yes");
    }
}

static void refuses_malformed_requests_with_an_answer(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *request;
        const char *message;
    } cases[] = {
        {"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
         "request target: expected percent-encoding instead of byte 0x20 at offset 2"},
        {"GET /a\x01 HTTP/1.1\r\nHost: x\r\n\r\n",
         "request target: expected percent-encoding instead of byte 0x01 at offset 2"},
        {"GET /a\x7f HTTP/1.1\r\nHost: x\r\n\r\n",
         "request target: expected percent-encoding instead of byte 0x7f at offset 2"},
        {"GET /a HTTP/1.1\r\n\r\n", "expected one Host header"},
        {"GET /a HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", "expected one Host header"},
        {"PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
         "expected one Content-Length or one Transfer-Encoding header, not several"},
        {"PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         "expected one Content-Length or one Transfer-Encoding header, not several"},
        {"PUT /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", "Transfer-Encoding: expected \"chunked\""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        raw_client_ask(fixture->address, cases[i].request, &response);
        assert_int_equal(response.status, 400);
        assert_string_equal(response.body, cases[i].message);
    }
}

static void refuses_a_nul_in_the_target(void **state)
{
    static const char request[] = "GET /a\0b HTTP/1.1\r\nHost: x\r\n\r\n";
    connect_client(*state);
    assert_true(raw_client_send(&client, request, sizeof(request) - 1));
    raw_client_read(&client, false, &response);
    assert_int_equal(response.status, 400);
    assert_string_equal(response.body, "request target: expected no NUL");
    raw_client_close(&client);
}

static void takes_a_request_in_pieces_of_one_byte(void **state)
{
    static const char request[] = "PUT /a?b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello";
    connect_client(*state);
    for (size_t i = 0; i < sizeof(request) - 1; i++)
        assert_true(raw_client_send(&client, request + i, 1));
    raw_client_read(&client, false, &response);
    assert_string_equal(response.body, "PUT|/a|b|hello");
    raw_client_close(&client);
}

static void answers_pipelined_requests_in_order_on_one_connection(void **state)
{
    connect_client(*state);
    assert_true(raw_client_send_text(&client, "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n"
                                              "PUT /wake-at-once HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nb"
                                              "GET /3 HTTP/1.1\r\nHost: x\r\n\r\n"));
    static const char *const bodies[] = {"GET|/1||", "PUT|/wake-at-once||b", "GET|/3||"};
    for (size_t i = 0; i < 3; i++) {
        raw_client_read(&client, false, &response);
        assert_string_equal(response.body, bodies[i]);
    }
    raw_client_close(&client);
}

static void sends_no_body_to_head_and_with_204(void **state)
{
    connect_client(*state);
    assert_true(raw_client_send_text(&client, "HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n"
                                              "GET /no-content HTTP/1.1\r\nHost: x\r\n\r\n"
                                              "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"));
    raw_client_read(&client, true, &response);
    assert_int_equal(response.status, 200);
    raw_client_read(&client, false, &response);
    assert_int_equal(response.status, 204);
    assert_null(raw_response_field(&response, "Content-Length"));
    raw_client_read(&client, false, &response);
    assert_string_equal(response.body, "GET|/a||");
    raw_client_close(&client);
}

static void finds_a_header_field_in_any_case(void **state)
{
    struct fixture *fixture = *state;
    raw_client_ask(fixture->address, "GET /header HTTP/1.1\r\nHost: x\r\nX-In: some value\r\n\r\n", &response);
    assert_string_equal(response.body, "some value");
    raw_client_ask(fixture->address, "GET /header HTTP/1.1\r\nHost: x\r\n\r\n", &response);
    assert_string_equal(response.body, "");
}

static void takes_a_body_up_to_the_limit_after_100_continue(void **state)
{
    static char body[BODY_BYTES_MAX];
    memset(body, 'x', sizeof(body));
    connect_client(*state);
    assert_true(raw_client_send_text(&client, "PUT /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                                              "Content-Length: 10000\r\n\r\n"));
    raw_client_read(&client, false, &response);
    assert_int_equal(response.status, 100);
    assert_true(raw_client_send(&client, body, sizeof(body)));
    raw_client_read(&client, false, &response);
    assert_int_equal(response.status, 200);
    assert_int_equal(response.body_len, strlen("PUT|/a||") + sizeof(body));
    raw_client_close(&client);
}

static void refuses_an_announced_body_before_it_is_sent(void **state)
{
    connect_client(*state);
    assert_true(raw_client_send_text(&client, "PUT /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                                              "Content-Length: 10001\r\n\r\n"));
    raw_client_read(&client, false, &response);
    assert_int_equal(response.status, 413);
    assert_string_equal(response.body, "the request body is over the limit of 10000 bytes");
    assert_string_equal(raw_response_field(&response, "Connection"), "close");
    assert_true(raw_client_at_end(&client));
    raw_client_close(&client);
}

static void lets_a_client_that_sends_8_megabytes_anyway_see_its_413(void **state)
{
    static char piece[64 * 1024];
    connect_client(*state);
    assert_true(raw_client_send_text(&client, "PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 8388608\r\n\r\n"));
    for (size_t i = 0; i < 8388608 / sizeof(piece); i++)
        assert_true(raw_client_send(&client, piece, sizeof(piece)));
    raw_client_read(&client, false, &response);
    assert_int_equal(response.status, 413);
    assert_true(raw_client_at_end(&client));
    raw_client_close(&client);
}

static void refuses_a_chunked_body_over_the_limit_and_keeps_the_connection(void **state)
{
    static char chunk[4096];
    connect_client(*state);
    assert_true(raw_client_send_text(&client, "PUT /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"));
    for (int i = 0; i < 64; i++) {
        assert_true(raw_client_send_text(&client, "1000\r\n"));
        assert_true(raw_client_send(&client, chunk, sizeof(chunk)));
        assert_true(raw_client_send_text(&client, "\r\n"));
    }
    assert_true(raw_client_send_text(&client, "0\r\n\r\nGET /next HTTP/1.1\r\nHost: x\r\n\r\n"));
    raw_client_read(&client, false, &response);
    assert_int_equal(response.status, 413);
    raw_client_read(&client, false, &response);
    assert_string_equal(response.body, "GET|/next||");
    raw_client_close(&client);
}

static void refuses_a_header_over_the_limit(void **state)
{
    static char request[20000];
    int len = snprintf(request, sizeof(request), "GET /a HTTP/1.1\r\nHost: x\r\nX-Long: %017000d\r\n\r\n", 0);
    connect_client(*state);
    assert_true(raw_client_send(&client, request, (size_t)len));
    raw_client_read(&client, false, &response);
    assert_int_equal(response.status, 431);
    assert_string_equal(response.body, "the request header is over the limit of 16384 bytes");
    raw_client_close(&client);
}

static void refuses_connections_over_the_limit_and_takes_new_ones_when_others_end(void **state)
{
    struct fixture *fixture = *state;
    static struct raw_client holders[CONNECTIONS_MAX];
    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        assert_true(raw_client_connect(&holders[i], fixture->address));
        assert_true(raw_client_send_text(&holders[i], "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"));
        raw_client_read(&holders[i], false, &response);
        assert_int_equal(response.status, 200);
    }
    raw_client_ask(fixture->address, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n", &response);
    assert_int_equal(response.status, 503);
    assert_string_equal(response.body, "too many connections");
    for (size_t i = 0; i < CONNECTIONS_MAX; i++)
        raw_client_close(&holders[i]);
    do
        raw_client_ask(fixture->address, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n", &response);
    while (response.status == 503);
    assert_int_equal(response.status, 200);
}

static void closes_a_connection_that_idles(void **state)
{
    connect_client(*state);
    assert_true(raw_client_at_end(&client));
    raw_client_close(&client);
}

static void serves_others_while_a_request_waits(void **state)
{
    struct fixture *fixture = *state;
    connect_client(fixture);
    assert_true(raw_client_send_text(&client, "PUT /wait HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"));
    sem_wait(&fixture->begun);
    static struct raw_response other;
    raw_client_ask(fixture->address, "GET /other HTTP/1.1\r\nHost: x\r\n\r\n", &other);
    assert_string_equal(other.body, "GET|/other||");
    http_request_wake(fixture->waiting);
    raw_client_read(&client, false, &response);
    assert_string_equal(response.body, "PUT|/wait||hi");
    raw_client_close(&client);
}

static void cancels_a_request_whose_client_goes_away(void **state)
{
    struct fixture *fixture = *state;
    connect_client(fixture);
    assert_true(raw_client_send_text(&client, "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n"));
    sem_wait(&fixture->begun);
    raw_client_close(&client);
    sem_wait(&fixture->cancelled);
    sem_wait(&fixture->finished); /* although there is nobody left to answer */
}

static void *stop(void *ctx)
{
    struct fixture *fixture = ctx;
    http_server_stop(fixture->server, 10000);
    return NULL;
}

static void answers_what_is_in_flight_before_it_stops(void **state)
{
    struct fixture *fixture = *state;
    pthread_t stopper;
    static struct raw_client other;
    connect_client(fixture);
    assert_true(raw_client_send_text(&client, "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n"));
    sem_wait(&fixture->begun);
    pthread_create(&stopper, NULL, stop, fixture);
    while (raw_client_connect(&other, fixture->address)) /* until the port is closed */
        raw_client_close(&other);
    http_request_wake(fixture->waiting);
    raw_client_read(&client, false, &response);
    assert_string_equal(response.body, "GET|/wait||");
    assert_string_equal(raw_response_field(&response, "Connection"), "close");
    assert_true(raw_client_at_end(&client));
    raw_client_close(&client);
    pthread_join(stopper, NULL);
    fixture->server = NULL;
}

static void cancels_what_is_still_in_flight_when_the_drain_time_is_over(void **state)
{
    struct fixture *fixture = *state;
    static struct raw_client half;
    connect_client(fixture);
    assert_true(raw_client_send_text(&client, "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n"));
    sem_wait(&fixture->begun);
    assert_true(raw_client_connect(&half, fixture->address));
    assert_true(raw_client_send_text(&half, "PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf"));
    http_server_stop(fixture->server, 0);
    fixture->server = NULL;
    assert_int_equal(sem_trywait(&fixture->cancelled), 0);
    raw_client_read(&client, false, &response);
    assert_int_equal(response.status, 200);
    raw_client_close(&client);
    raw_client_close(&half);
}

static void stops_while_clients_still_come(void **state)
{
    struct fixture *fixture = *state;
    static struct raw_client crowd[64];
    connect_client(fixture);
    assert_true(raw_client_send_text(&client, "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n"));
    sem_wait(&fixture->begun);
    for (size_t i = 0; i < sizeof(crowd) / sizeof(crowd[0]); i++)
        assert_true(raw_client_connect(&crowd[i], fixture->address));
    http_server_stop(fixture->server, 0);
    fixture->server = NULL;
    for (size_t i = 0; i < sizeof(crowd) / sizeof(crowd[0]); i++)
        raw_client_close(&crowd[i]);
    raw_client_close(&client);
}

static void names_an_address_that_it_cannot_have(void **state)
{
    struct fixture *fixture = *state;
    struct http_server_options options = {
        .address = fixture->address, .threads = 1, .handler = {begin, finish, cancel, NULL}};
    struct http_server *server;
    struct status st;
    assert_false(http_server_start(&options, &server, &st));
    assert_int_equal(st.code, STATUS_UNAVAILABLE);
    assert_non_null(strstr(st.message, fixture->address));
    static const char *const malformed[] = {"8080",           "127.0.0.1",     "::1:80",
                                            "localhost:",     "x y:1",         "127.0.0.1:65536",
                                            "127.0.0.1:0x50", "127.0.0.1:+80", "127.0.0.1:http"};
    for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
        options.address = malformed[i];
        assert_false(http_server_start(&options, &server, &st));
        assert_int_equal(st.code, STATUS_INVALID_ARGUMENT);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(gives_method_path_query_and_body_as_sent),
        TEST(refuses_malformed_requests_with_an_answer),
        TEST(refuses_a_nul_in_the_target),
        TEST(takes_a_request_in_pieces_of_one_byte),
        TEST(answers_pipelined_requests_in_order_on_one_connection),
        TEST(sends_no_body_to_head_and_with_204),
        TEST(finds_a_header_field_in_any_case),
        TEST(takes_a_body_up_to_the_limit_after_100_continue),
        TEST(refuses_an_announced_body_before_it_is_sent),
        TEST(lets_a_client_that_sends_8_megabytes_anyway_see_its_413),
        TEST(refuses_a_chunked_body_over_the_limit_and_keeps_the_connection),
        TEST(refuses_a_header_over_the_limit),
        TEST(refuses_connections_over_the_limit_and_takes_new_ones_when_others_end),
        cmocka_unit_test_setup_teardown(closes_a_connection_that_idles, set_up_impatient, tear_down),
        TEST(serves_others_while_a_request_waits),
        TEST(cancels_a_request_whose_client_goes_away),
        TEST(answers_what_is_in_flight_before_it_stops),
        TEST(cancels_what_is_still_in_flight_when_the_drain_time_is_over),
        TEST(stops_while_clients_still_come),
        TEST(names_an_address_that_it_cannot_have),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
