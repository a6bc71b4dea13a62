/*
 * The server with real sockets, on two loops with a thread each. The handler below echoes what it saw; where a test needs a request
 * to wait, the request waits for the test (a semaphore), so that nothing depends on time.
 */
#include "web/http/http_server.h"

#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* after the above */
#include <cmocka.h>

#include "base/container_of.h"
#include "tests/web/http/loop_thread.h"
#include "tests/web/http/raw_client.h"

#define BODY_BYTES_MAX  10000
#define CONNECTIONS_MAX 4
#define LOOPS           2

struct fixture {
    struct budget budget;
    struct loop_thread threads[LOOPS];
    struct handler_loop {
        struct fixture *fixture;
        struct loop_thread *thread;
    } loops[LOOPS];
    struct http_server *server;
    char address[64];
    sem_t begun;                             /* posted for /wait */
    _Atomic(struct http_exchange *) waiting; /* of the last /wait; NULL: it has been answered, or given up */
    struct handler_loop *waiting_on;         /* its loop */
    sem_t cancelled;                         /* posted when it was given up */
    atomic_uint begins;                      /* requests that the handler was told of, and whose end it was told */
    atomic_uint ends;
    atomic_uint last_status; /* of the last on_ended() */
};

static struct raw_client client;
static struct raw_response response;

static void echo(struct http_exchange *exchange, struct view body)
{
    bool written = buf_printf(&exchange->reply, "%.*s|%.*s|%.*s|", VIEW_ARG(exchange->method), VIEW_ARG(exchange->path),
                              VIEW_ARG(exchange->query)) &&
                   buf_append(&exchange->reply, body);
    assert_true(written);
    struct http_header header = {"X-Echo", "yes"};
    http_exchange_answer(exchange, 200, &header, 1);
}

/* An answer that comes by a message of the loop, as if somebody else had been asked for it. */
struct later {
    struct loop_message message;
    struct http_exchange *exchange;
};

static void answer_now(struct loop_message *message)
{
    struct http_exchange *exchange = CONTAINER_OF(message, struct later, message)->exchange;
    echo(exchange, buf_view(&exchange->scratch));
}

static void answer_later(struct http_exchange *exchange, struct handler_loop *loop)
{
    struct later *later = arena_alloc(&exchange->arena, sizeof(*later));
    *later = (struct later){{.run = answer_now}, exchange};
    loop_post(loop->thread->loop, &later->message);
}

static void on_head(struct http_exchange *exchange, void *ctx)
{
    struct handler_loop *loop = ctx;
    atomic_fetch_add(&loop->fixture->begins, 1);
    exchange->handler_data = loop;
    http_exchange_collect(exchange);
}

static void on_body(struct http_exchange *exchange, struct view body, bool is_last, void *ctx)
{
    struct handler_loop *loop = ctx;
    struct fixture *fixture = loop->fixture;
    assert_true(is_last);
    if (view_equal_text(exchange->path, "/wait")) {
        assert_true(buf_append(&exchange->scratch, body));
        fixture->waiting = exchange;
        fixture->waiting_on = loop;
        sem_post(&fixture->begun);
    } else if (view_equal_text(exchange->path, "/answer-later")) {
        assert_true(buf_append(&exchange->scratch, body));
        answer_later(exchange, loop);
    } else if (view_equal_text(exchange->path, "/no-content")) {
        http_exchange_answer(exchange, 204, NULL, 0);
    } else if (view_equal_text(exchange->path, "/header")) {
        assert_true(buf_append(&exchange->reply, http_exchange_field(exchange, "x-IN")));
        http_exchange_answer(exchange, 200, NULL, 0);
    } else {
        echo(exchange, body);
    }
}

static void give_up(struct fixture *fixture, const struct http_exchange *exchange)
{
    if (fixture->waiting != exchange)
        return;
    fixture->waiting = NULL;
    sem_post(&fixture->cancelled);
}

static void on_fault(struct http_exchange *exchange, void *ctx)
{
    struct handler_loop *loop = ctx;
    if (!exchange->handler_data) /* in place of on_head() */
        atomic_fetch_add(&loop->fixture->begins, 1);
    give_up(loop->fixture, exchange);
    assert_true(buf_append_text(&exchange->reply, exchange->fault.message));
    http_exchange_answer(exchange, exchange->fault_http_status, NULL, 0);
}

static void on_gone(struct http_exchange *exchange, void *ctx)
{
    struct handler_loop *loop = ctx;
    give_up(loop->fixture, exchange);
}

static void on_ended(struct http_exchange *exchange, const struct http_ended *ended, void *ctx)
{
    struct handler_loop *loop = ctx;
    (void)exchange;
    atomic_store(&loop->fixture->last_status, ended->http_status);
    atomic_fetch_add(&loop->fixture->ends, 1);
}

static void on_drained(void *ctx)
{
    struct handler_loop *loop = ctx;
    loop_stop(loop->thread->loop);
}

static void set_up_with(void **state, uint32_t idle_timeout_ms)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct http_server_loop loops[LOOPS];
    struct http_server_options options = {.address = "127.0.0.1:0",
                                          .connections_max = CONNECTIONS_MAX,
                                          .idle_timeout_ms = idle_timeout_ms,
                                          .body_bytes_max = BODY_BYTES_MAX,
                                          .client_bytes_max = 1 << 20,
                                          .peer_bytes_max = 1 << 24,
                                          .on_drained = on_drained};
    struct status st;
    sem_init(&fixture->begun, 0, 0);
    sem_init(&fixture->cancelled, 0, 0);
    budget_init(&fixture->budget, 16 << 20);
    for (int i = 0; i < LOOPS; i++) {
        struct handler_loop *loop = &fixture->loops[i];
        loop_thread_init(&fixture->threads[i], &fixture->budget);
        *loop = (struct handler_loop){fixture, &fixture->threads[i]};
        loops[i] = (struct http_server_loop){
            .loop = fixture->threads[i].loop,
            .purse = &fixture->threads[i].purse,
            .handler = {.on_head = on_head,
                        .on_body = on_body,
                        .on_fault = on_fault,
                        .on_gone = on_gone,
                        .on_ended = on_ended,
                        .ctx = loop},
            .drained_ctx = loop,
        };
    }
    assert_true(http_server_create(&options, loops, LOOPS, &fixture->server, &st));
    for (int i = 0; i < LOOPS; i++)
        loop_thread_start(&fixture->threads[i]);
    snprintf(fixture->address, sizeof(fixture->address), "%s", http_server_address(fixture->server));
    *state = fixture;
}

static int set_up(void **state)
{
    set_up_with(state, 30000);
    return 0;
}

static int set_up_impatient(void **state)
{
    set_up_with(state, 1000);
    return 0;
}

static void stop(struct fixture *fixture, uint32_t timeout_ms)
{
    http_server_drain(fixture->server, timeout_ms);
    for (int i = 0; i < LOOPS; i++)
        loop_thread_join(&fixture->threads[i]);
}

/* Every request that began has ended, and all memory that was charged has been given back. */
static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    if (fixture->threads[0].is_running)
        stop(fixture, 1000);
    http_server_destroy(fixture->server);
    for (int i = 0; i < LOOPS; i++)
        loop_thread_free(&fixture->threads[i]);
    assert_int_equal(atomic_load(&fixture->begins), atomic_load(&fixture->ends));
    assert_int_equal(atomic_load(&fixture->budget.used), 0);
    sem_destroy(&fixture->begun);
    sem_destroy(&fixture->cancelled);
    free(fixture);
    return 0;
}

static void answer_waiting(void *ctx)
{
    struct fixture *fixture = ctx;
    struct http_exchange *exchange = fixture->waiting;
    fixture->waiting = NULL;
    echo(exchange, buf_view(&exchange->scratch));
}

static void wake(struct fixture *fixture)
{
    loop_thread_do(fixture->waiting_on->thread, answer_waiting, fixture);
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
        {"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", "OPTIONS|*||"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        raw_client_ask(fixture->address, cases[i].request, &response);
        if (response.status != 200 || strcmp(response.body, cases[i].body) != 0)
            fail_msg("%s: %d %s", cases[i].request, response.status, response.body);
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
        {"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", "expected HTTP/1.1 or HTTP/1.0 at the end of the request line"},
        {"GET /a\x01 HTTP/1.1\r\nHost: x\r\n\r\n", "expected no control character in the head of a request"},
        {"GET /a\x7f HTTP/1.1\r\nHost: x\r\n\r\n", "expected no control character in the head of a request"},
        {"GET /caf\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n",
         "expected a request target of visible ASCII, and one space behind it"},
        {"GET /a HTTP/1.1\r\n\r\n", "expected a Host field"},
        {"GET /a HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", "expected one Host field, not several"},
        {"PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
         "expected one Content-Length field, not several"},
        {"PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         "expected Content-Length or Transfer-Encoding, not both"},
        {"PUT /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
         "Transfer-Encoding: expected \"chunked\" as the last coding"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        raw_client_ask(fixture->address, cases[i].request, &response);
        if (response.status != 400 || strcmp(response.body, cases[i].message) != 0)
            fail_msg("%s: %d %s", cases[i].request, response.status, response.body);
    }
}

static void refuses_a_nul_in_the_target(void **state)
{
    static const char request[] = "GET /a\0b HTTP/1.1\r\nHost: x\r\n\r\n";
    connect_client(*state);
    assert_true(raw_client_send(&client, request, sizeof(request) - 1));
    raw_client_read(&client, false, &response);
    assert_int_equal(response.status, 400);
    assert_string_equal(response.body, "expected no control character in the head of a request");
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
                                              "PUT /answer-later HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nb"
                                              "GET /3 HTTP/1.1\r\nHost: x\r\n\r\n"));
    static const char *const bodies[] = {"GET|/1||", "PUT|/answer-later||b", "GET|/3||"};
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
    assert_string_equal(raw_response_field(&response, "Connection"), "close");
    assert_true(raw_client_at_end(&client));
    raw_client_close(&client);
}

static void lets_a_client_that_sends_a_chunked_body_over_the_limit_see_its_413(void **state)
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
    assert_string_equal(raw_response_field(&response, "Connection"), "close");
    assert_true(raw_client_at_end(&client)); /* what came behind was dropped */
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
    assert_string_equal(response.body, "expected a head of at most 16384 bytes");
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
    wake(fixture);
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
    raw_client_reset(&client);
    sem_wait(&fixture->cancelled);
}

static void answers_a_client_that_has_ended_its_sending(void **state)
{
    struct fixture *fixture = *state;
    connect_client(fixture);
    assert_true(raw_client_send_text(&client, "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n"));
    raw_client_shut(&client);
    sem_wait(&fixture->begun);
    static struct raw_response other; /* the end has been seen by then */
    raw_client_ask(fixture->address, "GET /other HTTP/1.1\r\nHost: x\r\n\r\n", &other);
    assert_string_equal(other.body, "GET|/other||");
    wake(fixture);
    raw_client_read(&client, false, &response);
    assert_string_equal(response.body, "GET|/wait||");
    assert_true(raw_client_at_end(&client));
    raw_client_close(&client);
}

static void *stop_in_time(void *ctx)
{
    stop(ctx, 10000);
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
    pthread_create(&stopper, NULL, stop_in_time, fixture);
    while (raw_client_connect(&other, fixture->address)) /* until the port is closed */
        raw_client_close(&other);
    wake(fixture);
    raw_client_read(&client, false, &response);
    assert_string_equal(response.body, "GET|/wait||");
    assert_string_equal(raw_response_field(&response, "Connection"), "close");
    assert_true(raw_client_at_end(&client));
    raw_client_close(&client);
    pthread_join(stopper, NULL);
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
    stop(fixture, 0);
    assert_int_equal(sem_trywait(&fixture->cancelled), 0);
    raw_client_read(&client, false, &response);
    assert_int_equal(response.status, 503);
    assert_string_equal(response.body, "the server is shutting down");
    raw_client_close(&client);
    raw_client_read(&half, false, &response);
    assert_int_equal(response.status, 503);
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
    stop(fixture, 0);
    for (size_t i = 0; i < sizeof(crowd) / sizeof(crowd[0]); i++)
        raw_client_close(&crowd[i]);
    raw_client_close(&client);
}

static void names_an_address_that_it_cannot_have(void **state)
{
    struct fixture *fixture = *state;
    struct budget budget;
    struct loop_thread thread;
    budget_init(&budget, 1 << 20);
    loop_thread_init(&thread, &budget);
    struct http_server_loop loop = {.loop = thread.loop, .purse = &thread.purse};
    struct http_server_options options = {.address = fixture->address, .on_drained = on_drained};
    struct http_server *server;
    struct status st;
    assert_false(http_server_create(&options, &loop, 1, &server, &st));
    assert_int_equal(st.code, STATUS_UNAVAILABLE);
    assert_non_null(strstr(st.message, fixture->address));
    static const char *const malformed[] = {"8080",           "127.0.0.1",     "::1:80",
                                            "localhost:",     "x y:1",         "127.0.0.1:65536",
                                            "127.0.0.1:0x50", "127.0.0.1:+80", "127.0.0.1:http"};
    for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
        options.address = malformed[i];
        assert_false(http_server_create(&options, &loop, 1, &server, &st));
        assert_int_equal(st.code, STATUS_INVALID_ARGUMENT);
    }
    loop_thread_free(&thread);
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
        TEST(lets_a_client_that_sends_a_chunked_body_over_the_limit_see_its_413),
        TEST(refuses_a_header_over_the_limit),
        TEST(refuses_connections_over_the_limit_and_takes_new_ones_when_others_end),
        cmocka_unit_test_setup_teardown(closes_a_connection_that_idles, set_up_impatient, tear_down),
        TEST(serves_others_while_a_request_waits),
        TEST(cancels_a_request_whose_client_goes_away),
        TEST(answers_a_client_that_has_ended_its_sending),
        TEST(answers_what_is_in_flight_before_it_stops),
        TEST(cancels_what_is_still_in_flight_when_the_drain_time_is_over),
        TEST(stops_while_clients_still_come),
        TEST(names_an_address_that_it_cannot_have),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
