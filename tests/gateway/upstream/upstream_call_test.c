/* Unary calls to servers on the same loop, which do what the path or the test says. */
#include "gateway/upstream/upstream_call.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* after the above */
#include <cmocka.h>

#include "base/container_of.h"
#include "gateway/upstream/limits.h"
#include "tests/gateway/upstream/upstream_peer.h"
#include "tests/web/loop/loop_turns.h"

#define CALLS_MAX 50

struct call {
    struct upstream_call call;
    struct arena arena;
    struct buf message;
    struct buf reply;
    bool has_ended;
    unsigned ends;
    unsigned order; /* in which it ended */
    bool is_ok;
    struct status st;
    struct call *cancels; /* when it ends */
};

static struct loop *loop;
static struct upstream_pool *pool;
static struct upstream_peer peers[2];
static struct call calls[CALLS_MAX];
static unsigned end_count;
static unsigned losses;
static unsigned tries; /* of a request whose first is refused or the like */

static void on_loss(void *ctx)
{
    (void)ctx;
    losses++;
}

/* ---- The server ---- */

#define OK "grpc-status: 0\n"

static bool is(const struct http2_peer_request *request, const char *path)
{
    return strcmp(request->path, path) == 0;
}

static void serve_once_badly(struct http2_peer_request *request)
{
    if (tries++ > 0)
        upstream_peer_answer(request, view_of("at last"), OK);
    else if (is(request, "/refused"))
        http2_peer_reset(request, NGHTTP2_REFUSED_STREAM);
    else if (is(request, "/reset"))
        http2_peer_reset(request, NGHTTP2_CANCEL);
    else if (is(request, "/unavailable"))
        http2_peer_head(request, UPSTREAM_PEER_HEAD "grpc-status: 14\ngrpc-message: moving\n", true);
    else if (is(request, "/begun")) /* broken off later, behind its header */
        http2_peer_head(request, UPSTREAM_PEER_HEAD, false);
    else if (is(request, "/goaway"))
        http2_peer_goaway(request->peer, 0, NGHTTP2_NO_ERROR, "");
    else
        upstream_peer_break(upstream_peer_connection_of(request)); /* "/broken" */
}

static void serve(struct http2_peer_request *request, void *ctx)
{
    (void)ctx;
    if (!request->has_ended || request->was_answered || is(request, "/hang"))
        return;
    request->was_answered = true;
    struct view message = view_make(request->body.data + 5, request->body.len - 5);
    if (is(request, "/echo")) {
        upstream_peer_answer(request, message, OK);
    } else if (is(request, "/not-found")) {
        http2_peer_head(request, UPSTREAM_PEER_HEAD "grpc-status: 5\ngrpc-message: no %22book%22\nretry-after: 7\n",
                        true);
    } else if (is(request, "/two")) {
        http2_peer_head(request, UPSTREAM_PEER_HEAD, false);
        upstream_peer_message(request, message);
        upstream_peer_message(request, message);
        http2_peer_trailers(request, OK);
    } else if (is(request, "/none")) {
        http2_peer_head(request, UPSTREAM_PEER_HEAD, false);
        http2_peer_trailers(request, OK);
    } else if (is(request, "/no-status")) {
        http2_peer_head(request, UPSTREAM_PEER_HEAD, false);
        upstream_peer_message(request, message);
        http2_peer_trailers(request, "x: y\n");
    } else if (is(request, "/cut")) {
        http2_peer_head(request, UPSTREAM_PEER_HEAD, false);
        http2_peer_data(request, view_make("\0\0\0\0\5he", 7), false);
        http2_peer_trailers(request, OK);
    } else if (is(request, "/large")) {
        http2_peer_head(request, UPSTREAM_PEER_HEAD, false);
        http2_peer_data(request, view_make("\0\xff\0\0\0he", 7), false);
    } else if (is(request, "/page")) {
        http2_peer_head(request, ":status: 503\ncontent-type: text/html\n", false);
        http2_peer_data(request, view_of("<html>go away, 10.0.0.1"), true);
    } else if (is(request, "/html")) {
        http2_peer_head(request, ":status: 200\ncontent-type: text/html\n", false);
        http2_peer_data(request, view_of("<html>hello"), true);
    } else if (is(request, "/metadata")) {
        char fields[10100] = ":status: 103\nlink: ";
        memset(fields + strlen(fields), 'v', 10000);
        strcpy(fields + 10019, "\n");
        for (int i = 0; i < 8; i++) /* without end, for what the client knows */
            http2_peer_head(request, fields, false);
    } else {
        serve_once_badly(request);
    }
}

/* ---- The client ---- */

static void set_peers(size_t count)
{
    struct upstream_address addresses[2] = {peers[0].address, peers[1].address};
    assert_true(upstream_pool_set_addresses(pool, addresses, count));
}

static int set_up_with(uint32_t wait_ms, uint32_t streams_max)
{
    const struct upstream_pool_options options = {.calls_max = CALLS_MAX - 1, .wait_ms = wait_ms, .on_loss = on_loss};
    struct status st;
    memset(calls, 0, sizeof(calls));
    end_count = losses = tries = 0;
    assert_true(loop_create(&loop, &st));
    assert_true(upstream_pool_create(loop, &options, "service:1", &pool, &st));
    for (size_t i = 0; i < 2; i++) {
        memset(&peers[i], 0, sizeof(peers[i]));
        peers[i].streams_max = streams_max;
        peers[i].serve = serve;
        upstream_peer_start(&peers[i], loop);
    }
    set_peers(1);
    return 0;
}

static int set_up(void **state)
{
    (void)state;
    return set_up_with(2500, 0);
}

static int set_up_hasty(void **state)
{
    (void)state;
    return set_up_with(100, 0);
}

static int set_up_narrow(void **state)
{
    (void)state;
    return set_up_with(2500, 1);
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < CALLS_MAX; i++) {
        if (calls[i].call.pool)
            upstream_call_cancel(&calls[i].call);
        assert_true(calls[i].ends <= 1);
        arena_free(&calls[i].arena);
        buf_free(&calls[i].message);
        buf_free(&calls[i].reply);
    }
    upstream_pool_close(pool);
    loop_finish(loop);
    upstream_pool_destroy(pool);
    for (size_t i = 0; i < 2; i++)
        upstream_peer_free(&peers[i]);
    loop_destroy(loop);
    return 0;
}

static void on_ended(struct upstream_call *upstream_call)
{
    struct call *call = CONTAINER_OF(upstream_call, struct call, call);
    call->has_ended = true;
    call->ends++;
    call->order = end_count++;
    call->is_ok = upstream_call_status(upstream_call, &call->st);
    if (call->cancels)
        upstream_call_cancel(&call->cancels->call);
}

static const struct upstream_call_events call_events = {.on_ended = on_ended};

static struct upstream_request prepare(struct call *call, const char *path)
{
    arena_init(&call->arena, 1 << 20);
    buf_init(&call->message, 1 << 24);
    buf_init(&call->reply, 1 << 25);
    assert_true(buf_append(&call->message, view_make("xxxxx", 5)) && buf_append_text(&call->message, "hello"));
    return (struct upstream_request){
        .path = view_of(path),
        .message = &call->message,
        .deadline_ms = 8000,
        .arena = &call->arena,
        .reply = &call->reply,
        .events = &call_events,
    };
}

static void start(struct call *call, const char *path, bool is_idempotent)
{
    struct upstream_request request = prepare(call, path);
    struct status st;
    request.is_idempotent = is_idempotent;
    assert_true(upstream_call_start(pool, &call->call, &request, &st));
    assert_false(call->has_ended); /* never before start returns */
}

static bool has_ended(void *ctx)
{
    return ((struct call *)ctx)->has_ended;
}

static void finish(struct call *call)
{
    if (!loop_turns_until(loop, has_ended, call))
        fail_msg("%.*s does not end", VIEW_ARG(call->call.request.path));
}

static size_t awaited_requests;

static bool have_arrived(void *ctx)
{
    (void)ctx;
    return upstream_peer_request_count(&peers[0]) + upstream_peer_request_count(&peers[1]) >= awaited_requests;
}

static void wait_for_requests(size_t count)
{
    awaited_requests = count;
    assert_true(loop_turns_until(loop, have_arrived, NULL));
}

static void expect_ok(struct call *call, const char *reply)
{
    finish(call);
    if (!call->is_ok)
        fail_msg("%.*s: %s", VIEW_ARG(call->call.request.path), call->st.message);
    assert_true(view_equal_text(upstream_call_reply(&call->call), reply));
}

static void expect_failure(struct call *call, enum upstream_failure failure, enum status_code code, const char *message)
{
    finish(call);
    if (call->is_ok || call->call.failure != failure || call->st.code != code || strcmp(call->st.message, message) != 0)
        fail_msg("%.*s: %d %d %s", VIEW_ARG(call->call.request.path), (int)call->call.failure, (int)call->st.code,
                 call->st.message);
}

/* ---- What is sent and what comes back ---- */

static void sends_what_grpc_says_and_hands_back_the_reply(void **state)
{
    static const struct upstream_metadata metadata[] = {{VIEW("tenant"), VIEW("north")},
                                                        {VIEW("key-bin"), VIEW("\0\1\2\xff")}};
    struct upstream_request request = prepare(&calls[0], "/echo");
    struct status st;
    (void)state;
    request.metadata = metadata;
    request.metadata_count = 2;
    assert_true(upstream_call_start(pool, &calls[0].call, &request, &st));
    expect_ok(&calls[0], "hello");
    struct http2_peer_request *seen = upstream_peer_request(&peers[0], 0);
    static const char *const expected[][2] = {
        {":method", "POST"},         {":scheme", "http"}, {":path", "/echo"},
        {":authority", "service:1"}, {"te", "trailers"},  {"content-type", "application/grpc"},
        {"tenant", "north"},
    };
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
        assert_string_equal(http2_peer_field(seen, expected[i][0]), expected[i][1]);
    assert_memory_equal(http2_peer_field(seen, "key-bin"), "AAEC/w", 6); /* padded or not */
    const char *timeout = http2_peer_field(seen, "grpc-timeout");
    assert_int_equal(timeout[strlen(timeout) - 1], 'm');
    assert_in_range(atoi(timeout), 5000, 8000);
    assert_non_null(strstr(http2_peer_field(seen, "grpc-accept-encoding"), "gzip"));
    assert_memory_equal(seen->body.data, "\0\0\0\0\5hello", 10);
}

static void hands_back_the_status_of_the_service(void **state)
{
    (void)state;
    start(&calls[0], "/not-found", true);
    expect_failure(&calls[0], UPSTREAM_SAID, STATUS_NOT_FOUND, "no \"book\"");
    assert_int_equal(calls[0].call.response.metadata_count, 1);
    assert_true(view_equal_text(calls[0].call.response.metadata[0].value, "7"));
}

static void carries_messages_of_16_megabytes(void **state)
{
    size_t bytes = UPSTREAM_MESSAGE_BYTES_MAX - 100;
    struct upstream_request request = prepare(&calls[0], "/echo");
    struct status st;
    (void)state;
    buf_clear(&calls[0].message);
    calls[0].message.max = bytes + 5;
    assert_true(buf_reserve(&calls[0].message, bytes + 5));
    memset(calls[0].message.data, 'm', bytes + 5);
    calls[0].message.len = bytes + 5;
    assert_true(upstream_call_start(pool, &calls[0].call, &request, &st));
    finish(&calls[0]);
    assert_true(calls[0].is_ok);
    assert_int_equal(calls[0].reply.len, bytes);
    assert_int_equal(calls[0].reply.data[bytes - 1], 'm');
}

/* A 502 each, with a sentence of ours. */
static void refuses_replies_that_are_none(void **state)
{
    static const struct {
        const char *path;
        enum upstream_failure failure;
        enum status_code code;
        const char *message;
    } cases[] = {
        {"/two", UPSTREAM_MALFORMED, STATUS_INTERNAL, "the service sent more than one message to a unary call"},
        {"/none", UPSTREAM_MALFORMED, STATUS_INTERNAL, "the service ended the call with OK but without a reply"},
        {"/no-status", UPSTREAM_MALFORMED, STATUS_UNKNOWN, "the service ended the call without a status"},
        {"/cut", UPSTREAM_MALFORMED, STATUS_INTERNAL, "the service ended its reply in the middle of a message"},
        {"/large", UPSTREAM_MALFORMED, STATUS_RESOURCE_EXHAUSTED,
         "a message of the service is larger than 16777216 bytes"},
        {"/html", UPSTREAM_MALFORMED, STATUS_UNKNOWN, "the service did not answer with gRPC"},
        {"/metadata", UPSTREAM_MALFORMED, STATUS_INTERNAL, "the service sent more metadata than is taken"},
        {"/page", UPSTREAM_SAID, STATUS_UNAVAILABLE, "the service answered with HTTP status 503 instead of gRPC"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        start(&calls[i], cases[i].path, false);
        expect_failure(&calls[i], cases[i].failure, cases[i].code, cases[i].message);
    }
    start(&calls[20], "/echo", false); /* and the connection is as it was */
    expect_ok(&calls[20], "hello");
    assert_int_equal(peers[0].connection_count, 1);
}

/* ---- Where to ---- */

static void goes_round_the_replicas(void **state)
{
    (void)state;
    set_peers(2);
    for (size_t i = 0; i < 20; i++) {
        start(&calls[i], "/echo", false);
        expect_ok(&calls[i], "hello");
        if (i == 3) /* both are connected by now */
            loop_turns_for(loop, 50);
    }
    assert_in_range(upstream_peer_request_count(&peers[0]), 8, 12);
    assert_in_range(upstream_peer_request_count(&peers[1]), 8, 12);
}

static void finishes_the_calls_of_an_address_that_vanishes(void **state)
{
    (void)state;
    start(&calls[0], "/hang", false);
    wait_for_requests(1);
    struct upstream_address other = peers[1].address;
    assert_true(upstream_pool_set_addresses(pool, &other, 1));
    loop_turns_for(loop, 20);
    start(&calls[1], "/echo", false);
    expect_ok(&calls[1], "hello");
    assert_int_equal(upstream_peer_request_count(&peers[1]), 1);
    assert_false(calls[0].has_ended);
    upstream_peer_answer(upstream_peer_request(&peers[0], 0), view_of("late"), OK);
    upstream_peer_flush(&peers[0]);
    expect_ok(&calls[0], "late");
    loop_turns_for(loop, 20);
    assert_false(peers[0].connections[0]->stream.is_open); /* with its last call */
}

static void asks_only_replicas_that_say_they_serve(void **state)
{
    (void)state;
    upstream_peer_set_health(&peers[1], false);
    set_peers(2);
    loop_turns_for(loop, 50);
    for (size_t i = 0; i < 5; i++) {
        start(&calls[i], "/echo", false);
        expect_ok(&calls[i], "hello");
    }
    assert_int_equal(upstream_peer_request_count(&peers[1]), 0);
    upstream_peer_set_health(&peers[1], true);
    loop_turns_for(loop, 50);
    for (size_t i = 5; i < 11; i++) {
        start(&calls[i], "/echo", false);
        expect_ok(&calls[i], "hello");
    }
    assert_int_equal(upstream_peer_request_count(&peers[1]), 3);
    upstream_peer_set_health(&peers[1], false);
    loop_turns_for(loop, 50);
    start(&calls[11], "/echo", false);
    expect_ok(&calls[11], "hello");
    start(&calls[12], "/echo", false);
    expect_ok(&calls[12], "hello");
    assert_int_equal(upstream_peer_request_count(&peers[1]), 3);
}

/* ---- More than there is room for ---- */

/* One stream a connection: as many connections as the limit, and the rest waits in order. */
static void queues_calls_beyond_what_the_service_takes_at_once(void **state)
{
    const size_t count = UPSTREAM_CONNECTIONS_MAX + 8;
    (void)state;
    for (size_t i = 0; i < count; i++)
        start(&calls[i], "/hang", false);
    wait_for_requests(UPSTREAM_CONNECTIONS_MAX);
    loop_turns_for(loop, 50);
    assert_int_equal(upstream_peer_request_count(&peers[0]), UPSTREAM_CONNECTIONS_MAX);
    assert_int_equal(peers[0].connection_count, UPSTREAM_CONNECTIONS_MAX);
    upstream_call_cancel(&calls[UPSTREAM_CONNECTIONS_MAX + 1].call); /* one that waits */
    size_t answered = 0;
    for (size_t turns = 0; end_count < count - 1 && turns < 200; turns++) {
        for (size_t i = 0; i < upstream_peer_request_count(&peers[0]); i++) {
            struct http2_peer_request *request = upstream_peer_request(&peers[0], i);
            if (request->was_answered || !request->has_ended)
                continue;
            upstream_peer_answer(request, view_of("x"), OK);
            answered++;
            break; /* one at a time */
        }
        upstream_peer_flush(&peers[0]);
        loop_turns_for(loop, 2);
    }
    assert_int_equal(end_count, count - 1);
    assert_int_equal(answered, count - 1);
    assert_false(calls[UPSTREAM_CONNECTIONS_MAX + 1].has_ended);
    for (size_t i = UPSTREAM_CONNECTIONS_MAX + 3; i < count; i++) /* those that waited came in their order */
        assert_true(calls[i].order > calls[i - 1].order);
    assert_true(calls[UPSTREAM_CONNECTIONS_MAX].order < calls[count - 1].order);
}

static void refuses_calls_over_the_bound_at_once(void **state)
{
    struct status st;
    (void)state;
    for (size_t i = 0; i < CALLS_MAX - 1; i++)
        start(&calls[i], "/hang", false);
    struct upstream_request request = prepare(&calls[CALLS_MAX - 1], "/echo");
    assert_false(upstream_call_start(pool, &calls[CALLS_MAX - 1].call, &request, &st));
    assert_int_equal(st.code, STATUS_RESOURCE_EXHAUSTED);
    upstream_call_cancel(&calls[0].call);
    assert_true(upstream_call_start(pool, &calls[CALLS_MAX - 1].call, &request, &st));
    expect_ok(&calls[CALLS_MAX - 1], "hello");
}

/* ---- Before its time ---- */

static bool was_reset(void *ctx)
{
    return ((struct http2_peer_request *)ctx)->was_reset;
}

static void cancels_without_a_word_and_tells_the_service(void **state)
{
    (void)state;
    start(&calls[0], "/hang", false);
    start(&calls[1], "/hang", false);
    upstream_call_cancel(&calls[1].call); /* before it was sent */
    wait_for_requests(1);
    struct http2_peer_request *request = upstream_peer_request(&peers[0], 0);
    upstream_call_cancel(&calls[0].call);
    upstream_call_cancel(&calls[0].call); /* one that has ended is fine */
    assert_true(loop_turns_until(loop, was_reset, request));
    assert_int_equal(request->reset_code, NGHTTP2_CANCEL);
    loop_turns_for(loop, 20);
    assert_int_equal(end_count, 0);
    assert_int_equal(upstream_peer_request_count(&peers[0]), 1);
}

static void may_cancel_another_call_when_one_ends(void **state)
{
    (void)state;
    for (size_t i = 0; i < 10; i++) {
        start(&calls[i], "/echo", false);
        calls[i].cancels = &calls[i + 1];
    }
    expect_ok(&calls[0], "hello");
    loop_turns_for(loop, 30);
    assert_int_equal(end_count, 5); /* every second one */
}

static void gives_up_at_the_deadline_and_tells_the_service(void **state)
{
    struct upstream_request request = prepare(&calls[0], "/hang");
    struct status st;
    (void)state;
    request.deadline_ms = 150;
    assert_true(upstream_call_start(pool, &calls[0].call, &request, &st));
    expect_failure(&calls[0], UPSTREAM_TOO_LATE, STATUS_DEADLINE_EXCEEDED, "the service did not answer in time");
    assert_true(loop_turns_until(loop, was_reset, upstream_peer_request(&peers[0], 0)));
}

/* ---- Again ---- */

static struct upstream_peer_connection *newest(struct upstream_peer *peer)
{
    return peer->connections[peer->connection_count - 1];
}

static bool has_begun(void *ctx)
{
    (void)ctx;
    return http2_peer_find(&newest(&peers[0])->http2, "/begun") != NULL;
}

static void sends_again_what_was_not_looked_at_and_else_what_is_idempotent(void **state)
{
    static const struct {
        const char *path;
        bool is_idempotent;
        enum status_code code; /* OK: it was sent again */
        const char *message;
    } cases[] = {
        {"/refused", false, STATUS_OK, ""},
        {"/refused", true, STATUS_OK, ""},
        {"/goaway", false, STATUS_OK, ""},
        {"/unavailable", true, STATUS_OK, ""},
        {"/unavailable", false, STATUS_UNAVAILABLE, "moving"},
        {"/reset", true, STATUS_OK, ""},
        {"/reset", false, STATUS_UNAVAILABLE, "the service has broken the call off"},
        {"/broken", true, STATUS_OK, ""},
        {"/broken", false, STATUS_UNAVAILABLE, "the connection to the service broke"},
        {"/begun", true, STATUS_UNAVAILABLE, "the service has broken the call off"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        tries = 0;
        start(&calls[i], cases[i].path, cases[i].is_idempotent);
        if (strcmp(cases[i].path, "/begun") == 0) {
            assert_true(loop_turns_until(loop, has_begun, NULL));
            loop_turns_for(loop, 20);
            http2_peer_reset(http2_peer_find(&newest(&peers[0])->http2, "/begun"), NGHTTP2_CANCEL);
            upstream_peer_flush(&peers[0]);
        }
        finish(&calls[i]);
        if (calls[i].st.code != cases[i].code ||
            (cases[i].code != STATUS_OK && strcmp(calls[i].st.message, cases[i].message) != 0))
            fail_msg("%s: %d %s", cases[i].path, (int)calls[i].st.code, calls[i].st.message);
        if (cases[i].code == STATUS_OK)
            assert_true(view_equal_text(upstream_call_reply(&calls[i].call), "at last"));
        if (tries != (cases[i].code == STATUS_OK ? 2 : 1))
            fail_msg("%s: %u tries", cases[i].path, tries);
    }
    assert_true(losses > 0);
}

static void does_not_send_for_ever(void **state)
{
    (void)state;
    peers[0].serve = NULL;
    start(&calls[0], "/hang", false);
    for (unsigned i = 1; i <= UPSTREAM_ATTEMPTS_MAX; i++) {
        wait_for_requests(i);
        http2_peer_reset(upstream_peer_request(&peers[0], i - 1), NGHTTP2_REFUSED_STREAM);
        upstream_peer_flush(&peers[0]);
    }
    expect_failure(&calls[0], UPSTREAM_RESET, STATUS_UNAVAILABLE, "the service has broken the call off");
    assert_int_equal(upstream_peer_request_count(&peers[0]), UPSTREAM_ATTEMPTS_MAX);
}

/* ---- Nobody there ---- */

static void waits_for_a_replica_for_a_while_and_then_no_more(void **state)
{
    struct status st;
    (void)state;
    upstream_peer_stop(&peers[0]);
    start(&calls[0], "/echo", false);
    expect_failure(&calls[0], UPSTREAM_UNREACHABLE, STATUS_UNAVAILABLE, "the service cannot be reached");
    assert_non_null(upstream_call_cause(&calls[0].call));
    struct upstream_request request = prepare(&calls[1], "/echo");
    assert_false(upstream_call_start(pool, &calls[1].call, &request, &st)); /* at once, while it lasts */
    assert_int_equal(st.code, STATUS_UNAVAILABLE);
    assert_string_equal(st.message, "the service cannot be reached");
    struct upstream_address other = peers[1].address;
    assert_true(upstream_pool_set_addresses(pool, &other, 1));
    loop_turns_for(loop, 50);
    start(&calls[2], "/echo", false);
    expect_ok(&calls[2], "hello");
}

static void serves_calls_that_waited_when_a_replica_comes(void **state)
{
    (void)state;
    upstream_peer_stop(&peers[0]);
    loop_turns_for(loop, 20);
    start(&calls[0], "/echo", false);
    loop_turns_for(loop, 100);
    assert_false(calls[0].has_ended);
    set_peers(2);
    expect_ok(&calls[0], "hello");
}

/* ---- Connections that are none ---- */

/* The peer breaks HTTP/2 and stays: calls end at once, not at their deadlines. */
static void ends_calls_of_a_connection_that_breaks_the_protocol(void **state)
{
    (void)state;
    start(&calls[0], "/hang", false);
    wait_for_requests(1);
    struct net_stream *stream = &peers[0].connections[0]->stream;
    assert_true(net_queue_append(&stream->out, view_make("\0\0\0\x09\4\0\0\0\1", 9))); /* CONTINUATION of nothing */
    net_stream_flush_later(stream);
    expect_failure(&calls[0], UPSTREAM_UNREACHABLE, STATUS_UNAVAILABLE, "the connection to the service broke");
    start(&calls[1], "/echo", false); /* on a new connection */
    expect_ok(&calls[1], "hello");
    assert_int_equal(peers[0].connection_count, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(sends_what_grpc_says_and_hands_back_the_reply),
        TEST(hands_back_the_status_of_the_service),
        TEST(carries_messages_of_16_megabytes),
        TEST(refuses_replies_that_are_none),
        TEST(goes_round_the_replicas),
        TEST(finishes_the_calls_of_an_address_that_vanishes),
        TEST(asks_only_replicas_that_say_they_serve),
        cmocka_unit_test_setup_teardown(queues_calls_beyond_what_the_service_takes_at_once, set_up_narrow, tear_down),
        TEST(refuses_calls_over_the_bound_at_once),
        TEST(cancels_without_a_word_and_tells_the_service),
        TEST(may_cancel_another_call_when_one_ends),
        TEST(gives_up_at_the_deadline_and_tells_the_service),
        TEST(sends_again_what_was_not_looked_at_and_else_what_is_idempotent),
        TEST(does_not_send_for_ever),
        cmocka_unit_test_setup_teardown(waits_for_a_replica_for_a_while_and_then_no_more, set_up_hasty, tear_down),
        TEST(serves_calls_that_waited_when_a_replica_comes),
        TEST(ends_calls_of_a_connection_that_breaks_the_protocol),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
