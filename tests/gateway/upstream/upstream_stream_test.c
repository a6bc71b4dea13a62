/*
 * Calls with streams of messages both ways. The service echoes each message as it comes, on the same loop; every message says where it
 * stands, so that one that is lost, doubled or out of order is found.
 */
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
#include "tests/gateway/upstream/upstream_peer.h"
#include "tests/web/loop/loop_turns.h"
#include "web/http2/limits.h"

#define MESSAGE_BYTES 3000

struct course {
    struct upstream_call call;
    struct arena arena;
    struct buf message;
    struct buf reply;
    unsigned to_send; /* messages, the first included */
    unsigned sent;
    unsigned received;
    bool pauses_at_each;
    bool cancels_at_first;
    unsigned pauses;
    bool has_ended;
    bool is_ok;
    struct status st;
};

static struct loop *loop;
static struct upstream_pool *pool;
static struct upstream_peer peer;
static struct course course;
static struct timer resume_timer;

static void on_loss(void *ctx)
{
    (void)ctx;
}

/* ---- The server ---- */

static size_t served_bytes; /* of the request that have been looked at */
static unsigned bad_messages;

/* Echoes every whole message of the body. */
static void echo(struct http2_peer_request *request, void *ctx)
{
    (void)ctx;
    if (!request->was_answered) {
        request->was_answered = true;
        served_bytes = 0;
        http2_peer_head(request, UPSTREAM_PEER_HEAD, false);
    }
    while (request->body.len - served_bytes >= 5 + MESSAGE_BYTES) {
        const char *frame = request->body.data + served_bytes;
        bad_messages += memcmp(frame, "\0\0\0\x0b\xb8", 5) != 0; /* 3000 */
        upstream_peer_message(request, view_make(frame + 5, MESSAGE_BYTES));
        served_bytes += 5 + MESSAGE_BYTES;
    }
    if (request->has_ended && !request->trailers)
        http2_peer_trailers(request, "grpc-status: 0\n");
}

/* Sends so many messages at once, whatever is asked. */
static unsigned flood_count;

static void flood(struct http2_peer_request *request, void *ctx)
{
    char message[MESSAGE_BYTES];
    (void)ctx;
    if (!request->has_ended || request->was_answered)
        return;
    request->was_answered = true;
    http2_peer_head(request, UPSTREAM_PEER_HEAD, false);
    for (unsigned i = 0; i < flood_count; i++) {
        memset(message, (int)(i & 0x7f), sizeof(message));
        upstream_peer_message(request, view_make(message, sizeof(message)));
    }
    http2_peer_trailers(request, "grpc-status: 0\n");
}

/* ---- The client ---- */

static void write_message(unsigned number)
{
    buf_clear(&course.message);
    assert_true(buf_reserve(&course.message, 5 + MESSAGE_BYTES));
    memset(course.message.data, (int)(number & 0x7f), 5 + MESSAGE_BYTES);
    course.message.len = 5 + MESSAGE_BYTES;
}

static void on_resume(struct timer *timer)
{
    (void)timer;
    upstream_call_resume(&course.call);
}

static void on_message(struct upstream_call *call, struct view message)
{
    assert_int_equal(message.len, MESSAGE_BYTES);
    assert_int_equal(message.data[0], course.received & 0x7f);
    assert_int_equal(message.data[MESSAGE_BYTES - 1], course.received & 0x7f);
    course.received++;
    if (course.cancels_at_first) {
        upstream_call_cancel(call);
    } else if (course.pauses_at_each) {
        course.pauses++;
        upstream_call_pause(call);
        loop_timer_set(loop, &resume_timer, loop_now_ms(loop)); /* the next millisecond */
    }
}

static void on_sent(struct upstream_call *call)
{
    if (course.sent == course.to_send)
        return;
    write_message(course.sent++);
    upstream_call_send(call, &course.message, course.sent < course.to_send);
}

static void on_ended(struct upstream_call *call)
{
    assert_false(course.has_ended);
    course.has_ended = true;
    course.is_ok = upstream_call_status(call, &course.st);
}

static const struct upstream_call_events events = {on_message, on_sent, on_ended};

static int set_up(void **state)
{
    const struct upstream_pool_options options = {.calls_max = 10, .wait_ms = 2500, .on_loss = on_loss};
    struct status st;
    (void)state;
    memset(&course, 0, sizeof(course));
    memset(&peer, 0, sizeof(peer));
    resume_timer = (struct timer){.on_due = on_resume};
    bad_messages = 0;
    assert_true(loop_create(&loop, &st));
    assert_true(upstream_pool_create(loop, &options, "service:1", &pool, &st));
    peer.serve = echo;
    upstream_peer_start(&peer, loop);
    assert_true(upstream_pool_set_addresses(pool, &peer.address, 1));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    loop_timer_clear(loop, &resume_timer);
    if (course.call.pool)
        upstream_call_cancel(&course.call);
    arena_free(&course.arena);
    buf_free(&course.message);
    buf_free(&course.reply);
    upstream_pool_close(pool);
    loop_finish(loop);
    upstream_pool_destroy(pool);
    upstream_peer_free(&peer);
    loop_destroy(loop);
    return 0;
}

static void start(unsigned messages)
{
    struct status st;
    arena_init(&course.arena, 1 << 20);
    buf_init(&course.message, 1 << 20);
    buf_init(&course.reply, 1 << 20);
    write_message(0);
    course.to_send = messages;
    course.sent = 1;
    const struct upstream_request request = {
        .path = VIEW("/stream"),
        .message = &course.message,
        .has_more = messages > 1,
        .deadline_ms = 9000,
        .is_idempotent = true,
        .arena = &course.arena,
        .reply = &course.reply,
        .events = &events,
    };
    assert_true(upstream_call_start(pool, &course.call, &request, &st));
}

static bool has_ended(void *ctx)
{
    (void)ctx;
    return course.has_ended;
}

static void finish(void)
{
    if (!loop_turns_until(loop, has_ended, NULL))
        fail_msg("%u sent, %u received", course.sent, course.received);
}

static bool is_received(void *ctx)
{
    return course.received >= *(unsigned *)ctx;
}

static bool is_window_full(void *ctx)
{
    (void)ctx;
    return course.call.held.len >= HTTP2_STREAM_WINDOW_BYTES;
}

static void sends_and_receives_messages_in_order(void **state)
{
    (void)state;
    start(1000);
    finish();
    assert_true(course.is_ok);
    assert_int_equal(course.sent, 1000);
    assert_int_equal(course.received, 1000);
    assert_int_equal(bad_messages, 0);
}

static void streams_a_single_message_too(void **state)
{
    (void)state;
    start(1);
    finish();
    assert_true(course.is_ok);
    assert_int_equal(course.received, 1);
}

/* More than twice a window, in messages that are cut anywhere by pauses: the window must be the same behind each. */
static void loses_neither_message_nor_window_by_pauses(void **state)
{
    (void)state;
    flood_count = 3 * HTTP2_STREAM_WINDOW_BYTES / MESSAGE_BYTES;
    peer.serve = flood;
    course.pauses_at_each = true;
    start(1);
    finish();
    assert_true(course.is_ok);
    assert_int_equal(course.received, flood_count);
    assert_int_equal(course.pauses, flood_count);
}

static void send_two(struct http2_peer_request *request)
{
    char message[MESSAGE_BYTES];
    for (unsigned i = 0; i < 2; i++) {
        memset(message, (int)((course.received + i) & 0x7f), sizeof(message));
        upstream_peer_message(request, view_make(message, sizeof(message)));
    }
    upstream_peer_flush(&peer);
}

static bool is_drained(void *ctx)
{
    return course.received == *(unsigned *)ctx && !timer_is_set(&resume_timer);
}

/* Two messages in a piece, with a pause between them, more often than there are messages in a window. */
static void loses_no_window_when_a_pause_cuts_a_piece(void **state)
{
    (void)state;
    peer.serve = NULL;
    course.pauses_at_each = true;
    start(1);
    loop_turns_for(loop, 50);
    struct http2_peer_request *request = upstream_peer_request(&peer, 0);
    http2_peer_head(request, UPSTREAM_PEER_HEAD, false);
    for (unsigned count = 2; count <= 2 * (HTTP2_STREAM_WINDOW_BYTES / MESSAGE_BYTES + 50); count += 2) {
        send_two(request);
        if (!loop_turns_until(loop, is_drained, &count))
            fail_msg("it stands still at message %u", course.received);
    }
}

static void holds_the_service_up_while_it_is_paused(void **state)
{
    unsigned first = 1;
    (void)state;
    flood_count = 3 * HTTP2_STREAM_WINDOW_BYTES / MESSAGE_BYTES;
    peer.serve = flood;
    start(1);
    upstream_call_pause(&course.call);
    assert_true(loop_turns_until(loop, is_window_full, NULL));
    loop_turns_for(loop, 20);
    assert_int_equal(course.received, 0);
    assert_int_equal(course.call.held.len, HTTP2_STREAM_WINDOW_BYTES);
    upstream_call_resume(&course.call);
    assert_true(loop_turns_until(loop, is_received, &first));
    finish();
    assert_int_equal(course.received, flood_count);
    assert_true(course.is_ok);
}

/* The end has come, and the messages before it have not been looked at. */
static void ends_only_when_all_was_read(void **state)
{
    (void)state;
    flood_count = 10;
    peer.serve = flood;
    start(1);
    upstream_call_pause(&course.call);
    loop_turns_for(loop, 50);
    assert_false(course.has_ended);
    course.pauses_at_each = true;
    upstream_call_resume(&course.call);
    assert_int_equal(course.received, 1);
    finish();
    assert_int_equal(course.received, 10);
    assert_true(course.is_ok);
}

static void may_be_cancelled_inside_of_its_message(void **state)
{
    unsigned first = 1;
    (void)state;
    flood_count = 10;
    peer.serve = flood;
    course.cancels_at_first = true;
    start(1);
    assert_true(loop_turns_until(loop, is_received, &first));
    loop_turns_for(loop, 30);
    assert_int_equal(course.received, 1);
    assert_false(course.has_ended);
}

static void may_be_cancelled_while_it_is_paused(void **state)
{
    (void)state;
    flood_count = 10;
    peer.serve = flood;
    start(1);
    upstream_call_pause(&course.call);
    loop_turns_for(loop, 50);
    upstream_call_cancel(&course.call);
    upstream_call_resume(&course.call); /* of one that has ended: nothing */
    loop_turns_for(loop, 20);
    assert_int_equal(course.received, 0);
    assert_false(course.has_ended);
}

/* What the service has begun to answer, or has got more of than the first message, is not sent a second time. */
static void is_not_sent_again_once_it_has_begun(void **state)
{
    unsigned some = 5;
    (void)state;
    start(100000);
    assert_true(loop_turns_until(loop, is_received, &some));
    upstream_peer_break(peer.connections[0]);
    finish();
    assert_false(course.is_ok);
    assert_int_equal(course.st.code, STATUS_UNAVAILABLE);
    assert_int_equal(course.call.attempts, 1);
}

static void gives_up_a_stream_at_its_deadline(void **state)
{
    struct status st;
    (void)state;
    peer.serve = NULL;
    start(2);
    upstream_call_cancel(&course.call);
    struct upstream_request request = course.call.request;
    request.deadline_ms = 100;
    write_message(0);
    assert_true(upstream_call_start(pool, &course.call, &request, &st));
    finish();
    assert_int_equal(course.st.code, STATUS_DEADLINE_EXCEEDED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(sends_and_receives_messages_in_order),       TEST(streams_a_single_message_too),
        TEST(loses_neither_message_nor_window_by_pauses), TEST(loses_no_window_when_a_pause_cuts_a_piece),
        TEST(holds_the_service_up_while_it_is_paused),    TEST(ends_only_when_all_was_read),
        TEST(may_be_cancelled_inside_of_its_message),     TEST(may_be_cancelled_while_it_is_paused),
        TEST(is_not_sent_again_once_it_has_begun),        TEST(gives_up_a_stream_at_its_deadline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
