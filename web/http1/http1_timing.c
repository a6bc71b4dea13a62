/*
 * The time-outs of a connection. One timer is set to when something may be due, and looks then at what it is: so requests that follow each
 * other in time touch no timer.
 */
#include "base/container_of.h"
#include "web/http/limits.h"
#include "web/http1/http1_internal.h"

/* Has the timer look at the connection in `ms` at the latest. */
void http1_look_within(struct http1_connection *connection, uint64_t ms)
{
    uint64_t due_ms = loop_now_ms(connection->context->loop) + ms;
    if (!timer_is_set(&connection->timer) || connection->timer.due_ms > due_ms)
        loop_timer_set(connection->context->loop, &connection->timer, due_ms);
}

/* From now on bytes must come, or be taken, at the least rate. */
void http1_watch_rate(struct http1_connection *connection)
{
    connection->rate_in = connection->stream.bytes_in;
    connection->rate_out = connection->stream.bytes_out;
    connection->rate_ms = loop_now_ms(connection->context->loop);
    connection->slow_count = 0;
    http1_look_within(connection, HTTP_RATE_MS);
}

/* What is queued must leave: looked at when the flush at the end of the turn leaves some of it. */
void http1_flush(struct http1_connection *connection)
{
    net_stream_flush_later(&connection->stream);
    if (connection->stream.out.bytes > NET_QUEUED_BYTES_LOW || !connection->stream.may_write)
        http1_watch_rate(connection);
}

/* Too slow: a request that is under way is told so, an idle connection just ends. */
static void time_out(struct http1_connection *connection)
{
    static const char message[] = "the request came too slowly";
    bool has_begun = connection->pending.len > 0;
    if (connection->state == HTTP1_BODY && connection->exchange) {
        http1_report(connection, 408, STATUS_DEADLINE_EXCEEDED, message, true);
    } else if (connection->state == HTTP1_HEAD && has_begun && !connection->stream.out.bytes &&
               http1_take_exchange(connection)) {
        connection->head = (struct http1_head){0};
        http1_enter(connection, HTTP1_BODY);
        http1_report(connection, 408, STATUS_DEADLINE_EXCEEDED, message, true);
    } else {
        http1_close(connection, connection->stream.out.bytes > 0);
    }
}

/* Whether bytes move at the least rate in the direction in which they should. */
static bool is_too_slow(struct http1_connection *connection, uint64_t now_ms)
{
    if (now_ms < connection->rate_ms + HTTP_RATE_MS)
        return false;
    uint64_t least = (uint64_t)HTTP_RATE_BYTES_PER_S * (now_ms - connection->rate_ms) / 1000;
    bool receives = (connection->state == HTTP1_BODY && !connection->is_paused) || connection->state == HTTP1_DISCARD;
    bool sends = connection->stream.out.bytes > 0;
    bool is_slow = (receives && connection->stream.bytes_in - connection->rate_in < least) ||
                   (sends && connection->stream.bytes_out - connection->rate_out < least);
    unsigned slow_count = is_slow ? connection->slow_count + 1 : 0;
    http1_watch_rate(connection);
    connection->slow_count = slow_count;
    return slow_count >= 2;
}

void http1_on_due(struct timer *timer)
{
    struct http1_connection *connection = CONTAINER_OF(timer, struct http1_connection, timer);
    uint64_t now_ms = loop_now_ms(connection->context->loop), idle_ms = connection->context->idle_timeout_ms;
    uint64_t spent_ms = now_ms - connection->since_ms;
    bool sends = connection->stream.out.bytes > 0;
    if (sends || connection->state == HTTP1_BODY || connection->state == HTTP1_DISCARD) {
        if (is_too_slow(connection, now_ms))
            time_out(connection);
        else
            http1_look_within(connection, HTTP_RATE_MS);
        return;
    }
    uint64_t limit_ms = idle_ms;
    if (connection->state == HTTP1_LINGER)
        limit_ms = HTTP_LINGER_MS;
    else if (connection->state == HTTP1_HEAD && connection->pending.len)
        limit_ms = HTTP_HEAD_MS_MAX < idle_ms ? HTTP_HEAD_MS_MAX : idle_ms;
    if (connection->state == HTTP1_BUSY)
        http1_look_within(connection, idle_ms); /* the handler's call has a deadline of its own */
    else if (spent_ms >= limit_ms)
        time_out(connection);
    else
        http1_look_within(connection, limit_ms - spent_ms);
}
