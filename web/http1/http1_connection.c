/*
 * A connection is in one of six states, which say what its next bytes are:
 *
 *     HEAD     the head of a request, or nothing yet
 *     BODY     a body that the handler wants
 *     DISCARD  a body that nobody wants any more, because its request has been answered: dropped, then HEAD
 *     BUSY     not read yet: the handler has the request as a whole and has not answered
 *     LINGER   dropped: the last answer has been written, and the client shall see it before the connection goes
 *     CLOSED   none: waits for the end of the turn to be freed
 *
 * Input is read into the loop's memory and taken from there; only what cannot be taken yet (half a head, a request behind one that
 * is busy) is copied to `pending`. A body that has come as a whole with its head, as nearly all do, goes to the handler where it
 * lies. The timer fires when something may be due, and only then looks at what it is: no timer is touched between requests.
 */
#include "web/http1/http1_connection.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/container_of.h"
#include "base/monotonic.h"
#include "web/http/limits.h"
#include "web/http1/http1_internal.h"
#include "web/http1/limits.h"

void http1_enter(struct http1_connection *connection, enum http1_state state)
{
    connection->state = state;
    connection->since_ms = loop_now_ms(connection->context->loop);
}

/* ---- The end of an exchange, and of the connection ---- */

/* Makes the exchange; false when the client has no share left for it, and then the connection is closed. */
bool http1_take_exchange(struct http1_connection *connection)
{
    connection->exchange = http_context_take(connection->context, &connection->account);
    if (!connection->exchange) {
        http1_close(connection, true);
        return false;
    }
    connection->exchange->ops = &http1_exchange_ops;
    connection->exchange->connection = connection;
    return true;
}

void http1_end_exchange(struct http1_connection *connection)
{
    struct http_exchange *exchange = connection->exchange;
    connection->exchange = NULL;
    connection->has_started = connection->is_paused = connection->is_collecting = false;
    exchange->ended.us = monotonic_us() - exchange->started_us;
    http1_handler(connection)->on_ended(exchange, &exchange->ended, http1_handler(connection)->ctx);
    http_context_put(connection->context, exchange);
    buf_free(&connection->collected);
    if (connection->context->draining)
        connection->ends_after = true;
}

/* The client gets nothing more. The struct lives until the end of the turn. */
void http1_close(struct http1_connection *connection, bool is_reset)
{
    if (connection->state == HTTP1_CLOSED)
        return;
    connection->state = HTTP1_CLOSED;
    if (connection->exchange) {
        connection->exchange->ended.client_has_gone = true;
        http1_handler(connection)->on_gone(connection->exchange, http1_handler(connection)->ctx);
        http1_end_exchange(connection);
    }
    if (is_reset)
        net_stream_abort(&connection->stream);
    else
        net_stream_close(&connection->stream);
    loop_timer_clear(connection->context->loop, &connection->timer);
    loop_task_remove(connection->context->loop, &connection->proceed);
    loop_task_add(connection->context->loop, &connection->reap);
}

static void reap(struct loop_task *task)
{
    struct http1_connection *connection = CONTAINER_OF(task, struct http1_connection, reap);
    http1_body_free(&connection->body);
    buf_free(&connection->collected);
    buf_free(&connection->pending);
    if (connection->peer)
        http_peers_give(connection->context->peers, connection->peer);
    http_context_remove(connection->context, &connection->link);
    free(connection);
}

/* There will be no further answer: the client gets what is queued, and is given time to read it. */
void http1_linger(struct http1_connection *connection)
{
    http1_enter(connection, HTTP1_LINGER);
    net_stream_shut_later(&connection->stream);
    http1_look_within(connection, HTTP_LINGER_MS);
}

/* ---- Reading ---- */

/* Whether bytes that are read now could be used. */
static bool wants_input(const struct http1_connection *connection)
{
    if (connection->proceed.previous && connection->pending.len) /* what waits comes first */
        return false;
    switch (connection->state) {
    case HTTP1_HEAD: return !net_stream_is_full(&connection->stream);
    case HTTP1_BODY: return !connection->is_paused;
    case HTTP1_DISCARD:
    case HTTP1_LINGER: return true;
    default: return false;
    }
}

/* Takes what has come meanwhile, unless http1_process() is about to. */
void http1_go_on_later(struct http1_connection *connection)
{
    bool has_input = connection->pending.len || connection->stream.may_read || connection->state == HTTP1_BODY;
    if (has_input && !connection->is_processing)
        loop_task_add(connection->context->loop, &connection->proceed);
}

/* The client sends no more. */
static void on_end(struct http1_connection *connection)
{
    connection->has_ended = true;
    switch (connection->state) {
    case HTTP1_HEAD:
        /* Empty lines alone, as some clients send behind a body, are no request. */
        if (connection->finder.has_begun && http1_take_exchange(connection)) {
            connection->head = (struct http1_head){0};
            http1_enter(connection, HTTP1_BODY);
            http1_report(connection, 400, STATUS_INVALID_ARGUMENT, "the request ended before its header did", true);
            return;
        }
        http1_linger(connection); /* answers that are on their way are still wanted */
        return;
    case HTTP1_BODY:
        http1_report(connection, 400, STATUS_INVALID_ARGUMENT, "the request ended before its body did", true);
        return;
    case HTTP1_BUSY: return; /* found again after the answer */
    case HTTP1_LINGER:
        if (!connection->stream.has_shut)
            return; /* on_shut() follows */
        /* fall through */
    default: http1_close(connection, false);
    }
}

static void keep(struct http1_connection *connection, struct view rest)
{
    if (connection->state == HTTP1_CLOSED || connection->state == HTTP1_LINGER)
        return;
    if (connection->pending.len && rest.data >= connection->pending.data &&
        rest.data <= connection->pending.data + connection->pending.len) {
        if (rest.len && rest.data != connection->pending.data)
            memmove(connection->pending.data, rest.data, rest.len);
        connection->pending.len = rest.len;
    } else if (rest.len && !buf_append(&connection->pending, rest)) {
        http1_close(connection, true);
        return;
    }
    if (!rest.len)
        buf_free(&connection->pending);
}

/* What has to come soon, now that this was not all. */
static void expect_rest(struct http1_connection *connection)
{
    if (connection->state == HTTP1_HEAD && connection->pending.len)
        http1_look_within(connection, HTTP_HEAD_MS_MAX);
    else if ((connection->state == HTTP1_BODY || connection->state == HTTP1_DISCARD) &&
             connection->rate_ms < connection->since_ms)
        http1_watch_rate(connection);
}

static void on_input(struct http1_connection *connection, struct view input)
{
    if (connection->state == HTTP1_HEAD && !connection->pending.len)
        connection->since_ms = loop_now_ms(connection->context->loop); /* the first byte of a request */
    bool is_done = http1_process(connection, &input);
    keep(connection, input);
    if (!http1_is_open(connection))
        return;
    if (!is_done)
        loop_task_add(connection->context->loop, &connection->proceed);
    expect_rest(connection);
}

static void read_input(struct http1_connection *connection)
{
    struct http_context *context = connection->context;
    for (unsigned i = 0; i < 4 && http1_is_open(connection) && wants_input(connection); i++) {
        size_t bytes = 0;
        char *memory = context->input;
        size_t room = HTTP_INPUT_BYTES;
        if (connection->pending.len) { /* what is missing comes behind it */
            if (!buf_reserve(&connection->pending, HTTP1_HEAD_BYTES_MAX)) {
                http1_close(connection, true);
                return;
            }
            memory = connection->pending.data + connection->pending.len;
            room = HTTP1_HEAD_BYTES_MAX;
        }
        switch (net_stream_read(&connection->stream, memory, room, &bytes)) {
        case NET_READ_BYTES: break;
        case NET_READ_LATER: return;
        case NET_READ_END: on_end(connection); return;
        default: http1_close(connection, false); return;
        }
        if (connection->pending.len) {
            connection->pending.len += bytes;
            on_input(connection, buf_view(&connection->pending));
        } else {
            on_input(connection, view_make(memory, bytes));
        }
    }
    if (http1_is_open(connection) && wants_input(connection))
        net_stream_read_later(&connection->stream);
}

/* After an answer: takes what has come meanwhile. */
static void proceed(struct loop_task *task)
{
    struct http1_connection *connection = CONTAINER_OF(task, struct http1_connection, proceed);
    if (connection->is_failing) {
        http1_close(connection, true);
        return;
    }
    if (connection->pending.len && wants_input(connection)) {
        on_input(connection, buf_view(&connection->pending));
        if (connection->proceed.previous) /* others first */
            return;
    } else if (connection->state == HTTP1_BODY && wants_input(connection)) {
        on_input(connection, (struct view){0}); /* a body without bytes, or one that was paused */
    }
    if (http1_is_open(connection))
        read_input(connection);
}

/* ---- What the stream says ---- */

static void on_readable(struct net_stream *stream)
{
    read_input(CONTAINER_OF(stream, struct http1_connection, stream));
}

static void on_room(struct net_stream *stream)
{
    struct http1_connection *connection = CONTAINER_OF(stream, struct http1_connection, stream);
    if (connection->has_started && http1_handler(connection)->on_room)
        http1_handler(connection)->on_room(connection->exchange, http1_handler(connection)->ctx);
    else
        loop_task_add(connection->context->loop, &connection->proceed);
}

static void on_shut(struct net_stream *stream)
{
    struct http1_connection *connection = CONTAINER_OF(stream, struct http1_connection, stream);
    if (connection->has_ended)
        http1_close(connection, false);
}

static void on_closed(struct net_stream *stream, int error)
{
    (void)error;
    http1_close(CONTAINER_OF(stream, struct http1_connection, stream), false);
}

/* ---- What the context asks for ---- */

static void drain(struct http_connection *link)
{
    struct http1_connection *connection = CONTAINER_OF(link, struct http1_connection, link);
    if (connection->state != HTTP1_HEAD || connection->pending.len > 0)
        return; /* decide_end() sees that the context drains */
    if (connection->stream.out.bytes)
        http1_linger(connection);
    else
        http1_close(connection, false);
}

static void cut(struct http_connection *link)
{
    struct http1_connection *connection = CONTAINER_OF(link, struct http1_connection, link);
    struct http_exchange *exchange = connection->exchange;
    if (!exchange) {
        drain(link);
        return;
    }
    if (connection->has_started) {
        http1_close(connection, true);
        return;
    }
    http1_report(connection, 503, STATUS_UNAVAILABLE, "the server is shutting down", true);
}

static void destroy(struct http_connection *link)
{
    http1_close(CONTAINER_OF(link, struct http1_connection, link), true);
}

/* ---- The start ---- */

void http1_connection_start(struct http_context *context, int fd, bool refused)
{
    static const struct net_stream_events events = {
        .on_readable = on_readable, .on_room = on_room, .on_shut = on_shut, .on_closed = on_closed};
    struct http1_connection *connection = calloc(1, sizeof(*connection));
    struct status st;
    if (!connection) {
        atomic_fetch_sub_explicit(context->connection_count, 1, memory_order_relaxed);
        close(fd);
        return;
    }
    connection->context = context;
    connection->link = (struct http_connection){.drain = drain, .cut = cut, .destroy = destroy};
    budget_account_init(&connection->account, context->purse, context->client_bytes_max);
    connection->account.floor = HTTP_FLOOR_BYTES;
    connection->peer = context->peers ? http_peers_take(context->peers, fd) : NULL;
    if (connection->peer)
        connection->account.peer = http_peer_budget(connection->peer);
    connection->is_refused = refused;
    connection->timer.on_due = http1_on_due;
    connection->proceed.run = proceed;
    connection->reap.run = reap;
    buf_init(&connection->pending, HTTP1_PENDING_BYTES_MAX);
    buf_set_account(&connection->pending, &connection->account);
    http_context_add(context, &connection->link);
    http1_enter(connection, HTTP1_HEAD);
    if (net_stream_start(&connection->stream, context->loop, fd, &context->blocks, &connection->account, &events,
                         &st)) {
        http1_look_within(connection, context->idle_timeout_ms);
    } else {
        connection->state = HTTP1_CLOSED;
        loop_task_add(context->loop, &connection->reap);
    }
}
