/*
 * A connection on one end of a pair of sockets, with a handler that does what the path says; the test is the client at the other end,
 * and looks at its bytes. What the handler is told is written down, a word each.
 */
#include "web/http1/http1_connection.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
/* after the above */
#include <cmocka.h>

#include "tests/web/loop/loop_turns.h"
#include "web/http/limits.h"
#include "web/net/limits.h"

#define BODY_BYTES_MAX   100000
#define CLIENT_BYTES_MAX (4 << 20)
#define STREAM_BYTES     3000000

static struct loop *loop;
static struct budget budget;
static struct budget_purse purse;
static struct http_context context;
static atomic_uint connection_count;

static char told[8192]; /* what the handler was told */
static struct http_exchange *waiting;

/* The client. */
static int peer;
static struct buf got;
static bool is_reading;
static int peer_error; /* -1: it has not ended; 0: in order */

static void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void tell(const char *format, ...)
{
    size_t len = strlen(told);
    va_list arguments;
    va_start(arguments, format);
    if (len + 1 < sizeof(told))
        vsnprintf(told + len, sizeof(told) - len, format, arguments);
    va_end(arguments);
}

/* ---- The handler ---- */

struct course {
    uint64_t bytes_in;
    uint64_t bytes_out;
    bool is_whole; /* the last piece has come */
    unsigned pauses;
    unsigned rooms;
};

static struct course course; /* of the last streamed request */

static bool is(const struct http_exchange *exchange, const char *path)
{
    return view_equal_text(exchange->path, path);
}

static char byte_at(uint64_t place)
{
    return (char)('a' + place % 26);
}

/* Sends as much as there is room for, of STREAM_BYTES in all. */
static void stream_out(struct http_exchange *exchange)
{
    static const struct http_header trailer = {"X-Sum", "right"};
    char piece[10000];
    while (course.bytes_out < STREAM_BYTES) {
        if (http_exchange_is_full(exchange))
            return;
        for (size_t i = 0; i < sizeof(piece); i++)
            piece[i] = byte_at(course.bytes_out + i);
        assert_true(http_exchange_write(exchange, view_make(piece, sizeof(piece))));
        course.bytes_out += sizeof(piece);
    }
    http_exchange_end(exchange, &trailer, 1);
}

static void on_head(struct http_exchange *exchange, void *ctx)
{
    (void)ctx;
    tell("head(%.*s) ", VIEW_ARG(exchange->path));
    if (is(exchange, "/count") || is(exchange, "/both") || is(exchange, "/paused")) {
        course = (struct course){0};
        waiting = exchange;
        http_exchange_stream(exchange);
        if (is(exchange, "/both"))
            http_exchange_start(exchange, 200, NULL, 0);
        if (is(exchange, "/paused"))
            http_exchange_pause(exchange);
    } else if (is(exchange, "/stream")) {
        course = (struct course){0};
        http_exchange_stream(exchange);
        http_exchange_start(exchange, 200, NULL, 0);
        stream_out(exchange);
    } else if (is(exchange, "/abort")) {
        http_exchange_start(exchange, 200, NULL, 0);
        assert_true(http_exchange_write(exchange, view_of("half of it")));
        http_exchange_abort(exchange);
    } else if (is(exchange, "/early")) {
        assert_true(buf_append_text(&exchange->reply, "early"));
        http_exchange_answer(exchange, 200, NULL, 0);
    } else {
        http_exchange_collect(exchange);
    }
}

static void on_streamed(struct http_exchange *exchange, struct view piece, bool is_last)
{
    course.bytes_in += piece.len;
    course.is_whole = is_last;
    if (is(exchange, "/both")) {
        assert_true(http_exchange_write(exchange, piece));
        course.bytes_out += piece.len;
        if (is_last) {
            http_exchange_end(exchange, NULL, 0);
        } else if (http_exchange_is_full(exchange)) {
            course.pauses++;
            http_exchange_pause(exchange);
        }
    } else if (is_last) {
        assert_true(buf_printf(&exchange->reply, "%lu", course.bytes_in));
        http_exchange_answer(exchange, 200, NULL, 0);
    }
}

static void on_body(struct http_exchange *exchange, struct view piece, bool is_last, void *ctx)
{
    (void)ctx;
    if (is(exchange, "/stream")) /* what it sends does not depend on it */
        return;
    if (is(exchange, "/count") || is(exchange, "/both") || is(exchange, "/paused")) {
        on_streamed(exchange, piece, is_last);
        return;
    }
    assert_true(is_last);
    tell("body(%zu) ", piece.len);
    assert_true(buf_append(&exchange->reply, piece));
    if (is(exchange, "/later"))
        waiting = exchange;
    else
        http_exchange_answer(exchange, 200, NULL, 0);
}

static void on_fault(struct http_exchange *exchange, void *ctx)
{
    (void)ctx;
    tell("fault(%u) ", exchange->fault_http_status);
    if (waiting == exchange)
        waiting = NULL;
    buf_clear(&exchange->reply);
    assert_true(buf_append_text(&exchange->reply, exchange->fault.message));
    http_exchange_answer(exchange, exchange->fault_http_status, NULL, 0);
}

static void on_room(struct http_exchange *exchange, void *ctx)
{
    (void)ctx;
    course.rooms++;
    if (is(exchange, "/stream"))
        stream_out(exchange);
    else if (is(exchange, "/both"))
        http_exchange_resume(exchange);
}

static void on_gone(struct http_exchange *exchange, void *ctx)
{
    (void)ctx;
    tell("gone ");
    if (waiting == exchange)
        waiting = NULL;
}

static void on_ended(struct http_exchange *exchange, const struct http_ended *ended, void *ctx)
{
    (void)ctx;
    if (waiting == exchange)
        waiting = NULL;
    tell("ended(%u%s) ", ended->http_status, ended->client_has_gone ? ", gone" : "");
}

static void answer_waiting(void)
{
    struct http_exchange *exchange = waiting;
    waiting = NULL;
    http_exchange_answer(exchange, 200, NULL, 0);
}

/* ---- The ends ---- */

static void start(bool refused)
{
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    peer = fds[1];
    peer_error = -1;
    is_reading = true;
    buf_clear(&got);
    atomic_fetch_add(&connection_count, 1);
    http1_connection_start(&context, fds[0], refused);
}

static int set_up(void **state)
{
    struct status st;
    (void)state;
    assert_true(loop_create(&loop, &st));
    budget_init(&budget, 64 << 20);
    budget_purse_init(&purse, &budget);
    assert_true(http_context_init(&context, loop, &purse));
    context.handler = (struct http_handler){on_head, on_body, on_fault, on_room, on_gone, on_ended, NULL};
    context.body_bytes_max = BODY_BYTES_MAX;
    context.idle_timeout_ms = 30000;
    context.client_bytes_max = CLIENT_BYTES_MAX;
    context.connection_count = &connection_count;
    atomic_store(&connection_count, 0);
    buf_init(&got, 64 << 20);
    told[0] = '\0';
    waiting = NULL;
    start(false);
    return 0;
}

static bool is_over(void *ctx)
{
    (void)ctx;
    return atomic_load(&connection_count) == 0;
}

/* Nothing is left of it: no connection, no request, no byte charged but for what is kept for others. */
static int tear_down(void **state)
{
    (void)state;
    close(peer);
    if (!loop_turns_until(loop, is_over, NULL)) {
        if (context.connections.next != &context.connections)
            context.connections.next->destroy(context.connections.next);
        assert_true(loop_turns_until(loop, is_over, NULL));
    }
    assert_int_equal(context.in_flight, 0);
    assert_int_equal(strstr(told, "head") || strstr(told, "fault") ? context.kept_count > 0 : 1, 1);
    http_context_free(&context);
    budget_purse_free(&purse);
    loop_destroy(loop);
    buf_free(&got);
    return 0;
}

static void read_peer(void)
{
    while (is_reading && peer_error < 0) {
        assert_true(buf_reserve(&got, 65537));
        ssize_t len = recv(peer, got.data + got.len, 65536, 0);
        if (len > 0)
            got.len += (size_t)len;
        else if (len == 0)
            peer_error = 0;
        else if (errno == EAGAIN)
            break;
        else
            peer_error = errno;
    }
    assert_true(buf_reserve(&got, 1));
    got.data[got.len] = '\0';
}

static bool has_got(void *ctx)
{
    read_peer();
    return memmem(got.data, got.len, ctx, strlen(ctx)) != NULL;
}

static bool has_told(void *ctx)
{
    read_peer();
    return strstr(told, ctx) != NULL;
}

static bool has_ended(void *ctx)
{
    (void)ctx;
    read_peer();
    return peer_error >= 0;
}

static void expect(const char *text)
{
    if (!loop_turns_until(loop, has_got, (void *)(uintptr_t)text))
        fail_msg("waited for \"%s\", got \"%.300s\", told %s", text, got.data, told);
}

static void expect_told(const char *text)
{
    if (!loop_turns_until(loop, has_told, (void *)(uintptr_t)text))
        fail_msg("waited for \"%s\", told %s", text, told);
}

static void expect_end(void)
{
    if (!loop_turns_until(loop, has_ended, NULL))
        fail_msg("it does not end; told %s", told);
}

/* Sends it all, letting the loop run where it must. */
struct sending {
    struct view rest;
};

static bool has_sent(void *ctx)
{
    struct sending *sending = ctx;
    read_peer();
    while (sending->rest.len) {
        ssize_t len = send(peer, sending->rest.data, sending->rest.len, MSG_NOSIGNAL);
        if (len < 0)
            return errno != EAGAIN; /* nobody reads it any more */
        sending->rest = view_make(sending->rest.data + len, sending->rest.len - (size_t)len);
    }
    return true;
}

static void say_bytes(struct view bytes)
{
    struct sending sending = {bytes};
    if (!has_sent(&sending))
        assert_true(loop_turns_until(loop, has_sent, &sending));
}

static void say(const char *text)
{
    say_bytes(view_of(text));
}

static size_t count_in_got(const char *text)
{
    size_t count = 0;
    for (const char *at = got.data; (at = memmem(at, got.len - (size_t)(at - got.data), text, strlen(text))); at++)
        count++;
    return count;
}

/* ---- One after the other ---- */

static void answers_requests_one_after_the_other(void **state)
{
    (void)state;
    say("PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
    expect("hello");
    say("GET /b HTTP/1.1\r\nHost: x\r\n\r\n");
    expect_told("head(/b) body(0) ended(200)");
    assert_string_equal(told, "head(/a) body(5) ended(200) head(/b) body(0) ended(200) ");
    expect("Content-Length: 0\r\n");
    assert_int_equal(peer_error, -1);
}

static void takes_a_body_in_pieces_and_chunks(void **state)
{
    (void)state;
    say("PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhe");
    loop_turns_for(loop, 5);
    say("l");
    loop_turns_for(loop, 5);
    say("lo");
    expect("hello");
    say("PUT /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    loop_turns_for(loop, 5);
    say("2\r\nde\r\n0\r\n\r\n");
    expect("abcde");
    assert_string_equal(told, "head(/a) body(5) ended(200) head(/b) body(5) ended(200) ");
}

/* The second request waits until the first has been answered, whatever has come of it. */
static void keeps_the_order_of_pipelined_requests_that_are_answered_later(void **state)
{
    (void)state;
    say("PUT /later HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\none"
        "PUT /b HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\ntwo"
        "PUT /later HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nthree");
    expect_told("body(3)");
    loop_turns_for(loop, 20);
    assert_string_equal(told, "head(/later) body(3) ");
    assert_int_equal(got.len, 0);
    answer_waiting();
    expect("two");
    assert_non_null(strstr(got.data, "one"));
    assert_true(strstr(got.data, "one") < strstr(got.data, "two"));
    expect_told("body(5)");
    answer_waiting();
    expect("three");
    assert_int_equal(count_in_got("HTTP/1.1 200"), 3);
}

static void takes_3000_pipelined_requests(void **state)
{
    struct buf requests;
    (void)state;
    buf_init(&requests, 1 << 20);
    for (int i = 0; i < 3000; i++)
        assert_true(buf_printf(&requests, "GET /%d HTTP/1.1\r\nHost: x\r\n\r\n", i));
    assert_true(buf_append_text(&requests, "PUT /last HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nlast"));
    say_bytes(buf_view(&requests));
    expect("\r\n\r\nlast");
    assert_int_equal(count_in_got("HTTP/1.1 200"), 3001);
    buf_free(&requests);
}

static void goes_on_after_an_answer_that_did_not_want_a_body_that_has_come(void **state)
{
    (void)state;
    say("PUT /early HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n0123456789PUT /a HTTP/1.1\r\nHost: x\r\n"
        "Content-Length: 4\r\n\r\nnext");
    expect("next");
    say("GET /early HTTP/1.1\r\nHost: x\r\n\r\nGET /early HTTP/1.1\r\nHost: x\r\n\r\n"); /* there is no body */
    expect_told("body(4) ended(200) head(/early) ended(200) head(/early) ended(200)");
    read_peer();
    assert_null(strstr(got.data, "Connection: close"));
}

static void ends_with_an_answer_that_did_not_wait_for_the_body(void **state)
{
    (void)state;
    say("PUT /early HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n01234");
    expect("Connection: close");
    say("56789GET /a HTTP/1.1\r\nHost: x\r\n\r\n"); /* read, and dropped */
    expect_end();
    assert_string_equal(told, "head(/early) ended(200) ");
}

/* ---- Limits ---- */

static void ends_with_a_413_that_a_client_that_goes_on_sending_can_read(void **state)
{
    static char body[BODY_BYTES_MAX + 1];
    (void)state;
    memset(body, 'x', sizeof(body));
    say("PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 100001\r\n\r\n");
    expect("413");
    say_bytes(view_make(body, sizeof(body)));
    expect_end();
    assert_int_equal(peer_error, 0);
    assert_non_null(strstr(got.data, "Connection: close"));
    assert_string_equal(told, "head(/a) fault(413) ended(413) ");
}

static void ends_a_connection_whose_rest_is_too_much_to_read(void **state)
{
    (void)state;
    say("PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n");
    expect("413");
    expect("Connection: close");
    expect_end();
    assert_int_equal(peer_error, 0);
}

static void asks_for_a_body_only_when_it_is_wanted(void **state)
{
    (void)state;
    say("PUT /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    expect("HTTP/1.1 100 Continue\r\n\r\n");
    say("hello");
    expect("hello");
    say("PUT /early HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    expect("early");
    assert_int_equal(count_in_got("100 Continue"), 1);
    assert_non_null(strstr(got.data, "Connection: close")); /* will the body come or not? */
    expect_end();
}

static void does_not_ask_for_a_body_that_has_come(void **state)
{
    (void)state;
    say("PUT /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello");
    expect("hello");
    assert_int_equal(count_in_got("100 Continue"), 0);
}

static void tells_a_connection_that_is_too_much_so(void **state)
{
    (void)state;
    close(peer);
    start(true);
    say("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
    expect("503 ");
    expect_end();
    assert_non_null(strstr(told, "fault(503) ended(503)"));
}

static void refuses_a_body_over_the_clients_share_with_503(void **state)
{
    static char body[BODY_BYTES_MAX];
    (void)state;
    context.client_bytes_max = 60000;
    close(peer);
    start(false);
    say("PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
    say_bytes(view_make(body, sizeof(body)));
    expect("503 ");
    expect_end();
    assert_non_null(strstr(told, "fault(503) ended(503)"));
}

/* ---- Time ---- */

static void ends_an_idle_connection_without_a_word(void **state)
{
    (void)state;
    context.idle_timeout_ms = 50;
    close(peer);
    start(false);
    expect_end();
    assert_int_equal(peer_error, 0);
    assert_int_equal(got.len, 0);
    assert_string_equal(told, "");
}

/* Half a request line; blank lines; half a header: all are slow. */
static void answers_a_head_that_does_not_come_with_408(void **state)
{
    static const char *const beginnings[] = {"G", "\r\n", "GET /a HTTP/1.1\r\nHost: x\r\n", "GET /a HTTP/1.1\r\nHo"};
    (void)state;
    context.idle_timeout_ms = 50;
    for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++) {
        close(peer);
        start(false);
        told[0] = '\0';
        say(beginnings[i]);
        expect("408 ");
        assert_non_null(strstr(got.data, "Connection: close"));
        expect_end();
        assert_string_equal(told, "fault(408) ended(408) ");
    }
}

/* Below the least rate for twice HTTP_RATE_MS: a body is told so, and an answer that is not taken is cut off. */
static void ends_bodies_and_answers_below_the_least_rate(void **state)
{
    static char body[BODY_BYTES_MAX];
    (void)state;
    memset(body, 'b', sizeof(body));
    int slow_reader = peer;
    is_reading = false;
    say("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n"); /* nobody reads it */
    expect_told("head(/stream)");
    start(false);
    say("PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 90000\r\n\r\nslow");
    assert_false(loop_turns_until(loop, has_got, (void *)(uintptr_t) "408 ")); /* for ten seconds it may */
    expect("408 ");
    expect_end();
    if (!strstr(told, "gone ended(200, gone)"))
        expect_told("gone ended(200, gone)");
    close(slow_reader);
    assert_non_null(strstr(told, "fault(408) ended(408)"));
}

/* ---- Streams ---- */

static void counts_a_body_that_comes_as_a_stream(void **state)
{
    static char piece[500000];
    (void)state;
    say("PUT /count HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n"); /* more than a whole body may have */
    for (int i = 0; i < 6; i++)
        say_bytes(view_make(piece, sizeof(piece)));
    expect("\r\n\r\n3000000");
    say("PUT /count HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
    expect("\r\n\r\n0");
    say("PUT /count HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\nT: u\r\n\r\n");
    expect("\r\n\r\n3");
    assert_int_equal(count_in_got("HTTP/1.1 200"), 3);
}

static void holds_the_client_up_while_a_body_is_paused(void **state)
{
    static char piece[100000];
    size_t sent = 0;
    (void)state;
    say("PUT /paused HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n");
    expect_told("head(/paused)");
    for (int i = 0; i < 200; i++) {
        ssize_t len = send(peer, piece, sizeof(piece) < 2000000 - sent ? sizeof(piece) : 2000000 - sent, MSG_NOSIGNAL);
        if (len > 0)
            sent += (size_t)len;
        loop_turns_for(loop, 1);
    }
    assert_true(sent < 1000000); /* what the kernel and one read hold */
    assert_int_equal(course.bytes_in, 0);
    http_exchange_resume(waiting);
    while (sent < 2000000) {
        size_t len = sizeof(piece) < 2000000 - sent ? sizeof(piece) : 2000000 - sent;
        say_bytes(view_make(piece, len));
        sent += len;
    }
    expect("\r\n\r\n2000000");
}

/* Out of the chunks; the trailers are left. */
static struct buf unchunk(struct view chunked, const char **ret_trailers)
{
    struct buf out;
    const char *at = chunked.data;
    buf_init(&out, 64 << 20);
    for (;;) {
        char *end;
        size_t len = strtoul(at, &end, 16);
        assert_memory_equal(end, "\r\n", 2);
        at = end + 2;
        if (!len)
            break;
        assert_true(buf_append(&out, view_make(at, len)));
        assert_memory_equal(at + len, "\r\n", 2);
        at += len + 2;
    }
    *ret_trailers = at;
    return out;
}

static void streams_an_answer_as_fast_as_it_is_taken(void **state)
{
    const char *trailers;
    (void)state;
    is_reading = false;
    say("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    expect_told("head(/stream)");
    loop_turns_for(loop, 20);
    assert_true(course.bytes_out < STREAM_BYTES); /* it waits for its reader */
    assert_in_range(course.bytes_out, 1, 2 * NET_QUEUED_BYTES_HIGH + 1000000);
    is_reading = true;
    expect("0\r\nX-Sum: right\r\n\r\n");
    assert_true(course.rooms > 0);
    assert_non_null(strstr(got.data, "Transfer-Encoding: chunked\r\n"));
    const char *body = strstr(got.data, "\r\n\r\n") + 4;
    struct buf content = unchunk(view_make(body, got.len - (size_t)(body - got.data)), &trailers);
    assert_int_equal(content.len, STREAM_BYTES);
    for (size_t i = 0; i < content.len; i++)
        if (content.data[i] != byte_at(i))
            fail_msg("byte %zu", i);
    assert_string_equal(trailers, "X-Sum: right\r\n\r\n");
    buf_free(&content);
    say("PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nnext");
    expect("next");
}

static void ends_a_streamed_answer_to_http_1_0_with_the_connection(void **state)
{
    (void)state;
    say("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    expect_end();
    assert_int_equal(peer_error, 0);
    assert_null(strstr(got.data, "Transfer-Encoding"));
    assert_null(strstr(got.data, "Content-Length"));
    assert_non_null(strstr(got.data, "Connection: close\r\n"));
    size_t head = (size_t)(strstr(got.data, "\r\n\r\n") + 4 - got.data);
    assert_int_equal(got.len - head, STREAM_BYTES);
}

static void sends_no_body_of_a_streamed_answer_to_head(void **state)
{
    (void)state;
    say("HEAD /stream HTTP/1.1\r\nHost: x\r\n\r\nPUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nnext");
    expect("next");
    assert_int_equal(count_in_got("HTTP/1.1 200"), 2);
    assert_true(got.len < 1000);
}

/* An echo with back-pressure: the reader stops, the writer is held up; nothing is lost when it goes on. */
static void streams_both_ways_with_back_pressure(void **state)
{
    static char body[1 << 20];
    const char *trailers;
    size_t sent = 0;
    (void)state;
    for (size_t i = 0; i < sizeof(body); i++)
        body[i] = byte_at(i);
    is_reading = false;
    say("PUT /both HTTP/1.1\r\nHost: x\r\nContent-Length: 4194304\r\n\r\n");
    for (int i = 0; i < 300; i++) {
        size_t at = sent % sizeof(body);
        ssize_t len = send(peer, body + at, sizeof(body) - at, MSG_NOSIGNAL);
        if (len > 0)
            sent += (size_t)len;
        loop_turns_for(loop, 1);
    }
    assert_true(sent < 4194304);
    assert_true(course.pauses > 0);
    is_reading = true;
    while (sent < 4194304) {
        size_t at = sent % sizeof(body);
        say_bytes(view_make(body + at, sizeof(body) - at));
        sent += sizeof(body) - at;
    }
    expect("\r\n0\r\n\r\n");
    const char *content = strstr(got.data, "\r\n\r\n") + 4;
    struct buf echoed = unchunk(view_make(content, got.len - (size_t)(content - got.data)), &trailers);
    assert_int_equal(echoed.len, 4194304);
    for (size_t i = 0; i < echoed.len; i++)
        if (echoed.data[i] != body[i % sizeof(body)])
            fail_msg("byte %zu", i);
    buf_free(&echoed);
    assert_non_null(strstr(told, "ended(200)"));
}

static void never_lets_an_aborted_answer_pass_for_a_whole_one(void **state)
{
    static const char *const requests[] = {"GET /abort HTTP/1.1\r\nHost: x\r\n\r\n", "GET /abort HTTP/1.0\r\n\r\n"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        close(peer);
        start(false);
        told[0] = '\0';
        say(requests[i]);
        expect_end();
        assert_null(memmem(got.data, got.len, "0\r\n\r\n", 5));
        assert_string_equal(told, "head(/abort) ended(200, gone) ");
    }
}

/* ---- Clients that end ---- */

static void answers_a_client_that_sends_no_more(void **state)
{
    (void)state;
    say("PUT /later HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
    shutdown(peer, SHUT_WR);
    expect_told("body(5)");
    loop_turns_for(loop, 30);
    assert_non_null(waiting);
    answer_waiting();
    expect("hello");
    expect_end();
    assert_int_equal(peer_error, 0);
    assert_null(strstr(told, "gone"));
}

static void answers_pipelined_requests_of_a_client_that_sends_no_more(void **state)
{
    (void)state;
    say("PUT /later HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\none"
        "PUT /b HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\ntwo\r\n"); /* and an empty line, as old clients send */
    shutdown(peer, SHUT_WR);
    expect_told("body(3)");
    answer_waiting();
    expect_end();
    assert_int_equal(count_in_got("HTTP/1.1 "), 2);
    assert_non_null(strstr(got.data, "two"));
    assert_string_equal(told, "head(/later) body(3) ended(200) head(/b) body(3) ended(200) ");
}

static void says_that_half_a_request_is_none(void **state)
{
    static const struct {
        const char *request, *told;
    } cases[] = {
        {"GET /a HTT", "fault(400) ended(400) "},
        {"PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhe", "head(/a) fault(400) ended(400) "},
        {"PUT /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
         "head(/a) fault(400) ended(400) "},
        {"", ""},
        {"\r\n", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        close(peer);
        start(false);
        told[0] = '\0';
        say(cases[i].request);
        shutdown(peer, SHUT_WR);
        expect_end();
        if (strcmp(told, cases[i].told) != 0)
            fail_msg("%s: %s", cases[i].request, told);
        assert_int_equal(count_in_got("HTTP/1.1 400"), cases[i].told[0] != '\0');
    }
}

static void tells_that_the_client_has_gone(void **state)
{
    (void)state;
    say("GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
    expect_told("body(0)");
    is_reading = false;
    close(peer); /* of a pair, that is both directions */
    peer = -1;
    expect_told("gone ended(0, gone)");
}

static void tells_it_of_an_answer_that_is_streamed_too(void **state)
{
    (void)state;
    is_reading = false;
    say("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    expect_told("head(/stream)");
    loop_turns_for(loop, 10);
    close(peer);
    peer = -1;
    is_reading = false;
    expect_told("gone ended(200, gone)");
}

/* ---- The server's end ---- */

/* A client whose connection has ended leaves, and another one comes. */
static void start_another(void)
{
    close(peer);
    assert_true(loop_turns_until(loop, is_over, NULL));
    told[0] = '\0';
    start(false);
}

static void ends_between_requests_when_it_drains(void **state)
{
    (void)state;
    say("PUT /later HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
    expect_told("body(5)");
    context.draining = true;
    context.connections.next->drain(context.connections.next); /* a request is under way */
    loop_turns_for(loop, 5);
    answer_waiting();
    expect("hello");
    assert_non_null(strstr(got.data, "Connection: close"));
    expect_end();
    start_another();
    loop_turns_for(loop, 5);
    context.connections.next->drain(context.connections.next);
    expect_end();
    assert_int_equal(got.len, 0);
}

static void answers_with_503_when_it_is_cut(void **state)
{
    (void)state;
    say("GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
    expect_told("body(0)");
    context.connections.next->cut(context.connections.next);
    expect("503 ");
    expect_end();
    assert_non_null(strstr(told, "fault(503) ended(503)"));
    start_another();
    is_reading = false;
    say("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    expect_told("head(/stream)");
    loop_turns_for(loop, 5);
    context.connections.next->cut(context.connections.next); /* half an answer cannot be taken back */
    expect_told("gone ended(200, gone)");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(answers_requests_one_after_the_other),
        TEST(takes_a_body_in_pieces_and_chunks),
        TEST(keeps_the_order_of_pipelined_requests_that_are_answered_later),
        TEST(takes_3000_pipelined_requests),
        TEST(goes_on_after_an_answer_that_did_not_want_a_body_that_has_come),
        TEST(ends_with_an_answer_that_did_not_wait_for_the_body),
        TEST(ends_with_a_413_that_a_client_that_goes_on_sending_can_read),
        TEST(ends_a_connection_whose_rest_is_too_much_to_read),
        TEST(asks_for_a_body_only_when_it_is_wanted),
        TEST(does_not_ask_for_a_body_that_has_come),
        TEST(tells_a_connection_that_is_too_much_so),
        TEST(refuses_a_body_over_the_clients_share_with_503),
        TEST(ends_an_idle_connection_without_a_word),
        TEST(answers_a_head_that_does_not_come_with_408),
        TEST(ends_bodies_and_answers_below_the_least_rate),
        TEST(counts_a_body_that_comes_as_a_stream),
        TEST(holds_the_client_up_while_a_body_is_paused),
        TEST(streams_an_answer_as_fast_as_it_is_taken),
        TEST(ends_a_streamed_answer_to_http_1_0_with_the_connection),
        TEST(sends_no_body_of_a_streamed_answer_to_head),
        TEST(streams_both_ways_with_back_pressure),
        TEST(never_lets_an_aborted_answer_pass_for_a_whole_one),
        TEST(answers_a_client_that_sends_no_more),
        TEST(answers_pipelined_requests_of_a_client_that_sends_no_more),
        TEST(says_that_half_a_request_is_none),
        TEST(tells_that_the_client_has_gone),
        TEST(tells_it_of_an_answer_that_is_streamed_too),
        TEST(ends_between_requests_when_it_drains),
        TEST(answers_with_503_when_it_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
