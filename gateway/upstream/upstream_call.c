/*
 * A call is QUEUED until a connection has room for it, SENT while it is a stream of one, DELAYED between two attempts, and ENDED. Every
 * end goes through finish(), which leaves the call in a state in which nothing of the loop or of a connection points to it, and then
 * calls on_ended().
 */
#include "gateway/upstream/upstream_call.h"

#include <string.h>

#include "base/budget.h"
#include "base/container_of.h"
#include "gateway/upstream/limits.h"
#include "gateway/upstream/upstream_internal.h"

static const struct http2_stream_events stream_events;

/* ---- The queue ---- */

static void enqueue(struct upstream_call *call)
{
    struct upstream_pool *pool = call->pool;
    call->state = UPSTREAM_CALL_QUEUED;
    call->next = NULL;
    call->previous = pool->last;
    if (pool->last)
        pool->last->next = call;
    else
        pool->first = call;
    pool->last = call;
}

static void dequeue(struct upstream_call *call)
{
    struct upstream_pool *pool = call->pool;
    if (call->previous)
        call->previous->next = call->next;
    else
        pool->first = call->next;
    if (call->next)
        call->next->previous = call->previous;
    else
        pool->last = call->previous;
}

/* ---- The end ---- */

/* Takes the call from wherever it is; a stream is reset. */
static void detach(struct upstream_call *call)
{
    struct upstream_pool *pool = call->pool;
    if (call->state == UPSTREAM_CALL_QUEUED)
        dequeue(call);
    if (call->state == UPSTREAM_CALL_SENT && call->connection) {
        http2_stream_reset(call->connection->client, &call->stream, HTTP2_CANCEL);
        upstream_connection_flush(call->connection);
    }
    if (call->state == UPSTREAM_CALL_SENT && pool->first)
        upstream_pool_changed(pool); /* there is room now */
    loop_timer_clear(pool->loop, &call->deadline);
    loop_timer_clear(pool->loop, &call->delay);
    call->connection = NULL;
    call->state = UPSTREAM_CALL_ENDED;
    pool->call_count--;
    grpc_message_reader_free(&call->reader);
    buf_free(&call->held);
    if (call->ret_has_ended)
        *call->ret_has_ended = true;
}

static void finish(struct upstream_call *call)
{
    detach(call);
    call->request.events->on_ended(call);
}

/* message: a constant. */
static void fail(struct upstream_call *call, enum upstream_failure failure, enum status_code code, const char *message)
{
    call->failure = failure;
    call->local_code = code;
    call->local_message = message;
    finish(call);
}

static void fail_unreachable(struct upstream_call *call)
{
    fail(call, UPSTREAM_UNREACHABLE, STATUS_UNAVAILABLE, "the service cannot be reached");
}

void upstream_call_fail_waiting(struct upstream_call *call)
{
    fail_unreachable(call);
}

void upstream_call_cancel(struct upstream_call *call)
{
    if (call->state != UPSTREAM_CALL_ENDED)
        detach(call);
}

static void on_deadline(struct timer *timer)
{
    struct upstream_call *call = CONTAINER_OF(timer, struct upstream_call, deadline);
    /* Without a replica it is not the service that is slow. */
    if (call->state == UPSTREAM_CALL_QUEUED && call->pool->is_out)
        fail_unreachable(call);
    else
        fail(call, UPSTREAM_TOO_LATE, STATUS_DEADLINE_EXCEEDED, "the service did not answer in time");
}

bool upstream_call_status(const struct upstream_call *call, struct status *st)
{
    if (call->local_status) {
        *st = *call->local_status;
        return false;
    }
    if (call->local_code != STATUS_OK)
        return status_fail(st, call->local_code, "%s", call->local_message);
    return grpc_response_status(&call->response, st);
}

const char *upstream_call_cause(const struct upstream_call *call)
{
    return call->failure == UPSTREAM_UNREACHABLE ? call->pool->detail : NULL;
}

/* ---- Sending ---- */

void upstream_call_send_on(struct upstream_call *call, struct upstream_connection *connection)
{
    struct upstream_pool *pool = call->pool;
    struct http2_field fields[UPSTREAM_FIELDS_MAX];
    char timeout_text[GRPC_TIMEOUT_BYTES];
    uint64_t now_ms = loop_now_ms(pool->loop);
    uint64_t left_ms = call->deadline_ms > now_ms ? call->deadline_ms - now_ms : 1;
    size_t count =
        upstream_fields_write(&call->request, pool->authority, left_ms, timeout_text, fields, UPSTREAM_FIELDS_MAX);
    if (call->state == UPSTREAM_CALL_QUEUED)
        dequeue(call);
    grpc_response_init(&call->response, call->request.arena);
    grpc_message_reader_free(&call->reader);
    grpc_message_reader_init(&call->reader, UPSTREAM_MESSAGE_BYTES_MAX);
    buf_clear(call->request.reply);
    call->stream.events = &stream_events;
    call->attempts++;
    call->state = UPSTREAM_CALL_SENT;
    call->connection = NULL;
    if (count == 0 || !http2_client_request(connection->client, &call->stream, fields, count,
                                            buf_view(call->request.message), !call->request.has_more)) {
        call->has_no_memory = true; /* told from the loop, as every end is */
        call->state = UPSTREAM_CALL_DELAYED;
        loop_timer_set(pool->loop, &call->delay, now_ms);
        return;
    }
    call->connection = connection;
    upstream_connection_flush(connection);
}

/* To a connection, or to the end of the queue. */
static void dispatch(struct upstream_call *call)
{
    struct upstream_pool *pool = call->pool;
    struct upstream_connection *connection = pool->first ? NULL : upstream_pool_pick(pool);
    if (connection)
        upstream_call_send_on(call, connection);
    else
        enqueue(call);
}

/* Whether an outage has lasted so long that nobody waits any more. */
static bool is_long_out(const struct upstream_pool *pool)
{
    return pool->is_out && loop_now_ms(pool->loop) >= pool->out_ms + pool->options.wait_ms;
}

static void on_delay(struct timer *timer)
{
    struct upstream_call *call = CONTAINER_OF(timer, struct upstream_call, delay);
    if (call->has_no_memory)
        fail(call, UPSTREAM_NO_MEMORY, STATUS_UNAVAILABLE, "no memory for the call");
    else if (is_long_out(call->pool))
        fail_unreachable(call);
    else
        dispatch(call);
}

/* Another attempt, after a wait that grows with each. False: there have been enough. */
static bool send_again(struct upstream_call *call, bool at_once)
{
    struct upstream_pool *pool = call->pool;
    if (call->attempts >= UPSTREAM_ATTEMPTS_MAX || is_long_out(pool))
        return false;
    uint64_t wait_ms = UPSTREAM_RETRY_MS_MIN;
    for (unsigned i = 1; i < call->attempts && wait_ms < UPSTREAM_RETRY_MS_MAX; i++)
        wait_ms *= UPSTREAM_RETRY_GROWTH;
    wait_ms = upstream_jitter(pool, wait_ms < UPSTREAM_RETRY_MS_MAX ? wait_ms : UPSTREAM_RETRY_MS_MAX);
    if (call->attempts == 1 && at_once)
        wait_ms = 0;
    call->connection = NULL;
    call->state = UPSTREAM_CALL_DELAYED;
    loop_timer_set(pool->loop, &call->delay, loop_now_ms(pool->loop) + wait_ms);
    if (pool->first)
        upstream_pool_changed(pool);
    return true;
}

/* Whether a call that may have had an effect may be sent a second time. */
static bool may_repeat(const struct upstream_call *call)
{
    return call->request.is_idempotent && !call->has_headers && !call->has_sent_more;
}

/* ---- What the stream says ---- */

static struct upstream_call *call_of(struct http2_stream *stream)
{
    return CONTAINER_OF(stream, struct upstream_call, stream);
}

static bool on_field(struct http2_stream *stream, struct view name, struct view value)
{
    return grpc_response_add(&call_of(stream)->response, name, value);
}

static void on_block(struct http2_stream *stream, bool is_end)
{
    struct upstream_call *call = call_of(stream);
    if (grpc_response_end_block(&call->response, is_end) != GRPC_BLOCK_HEADERS)
        return;
    call->has_headers = true;
    grpc_message_reader_set_encoding(&call->reader, call->response.encoding);
}

/* What a reader of the reply found wrong. */
static void fail_reading(struct upstream_call *call, const struct status *st)
{
    bool is_ours = call->request.reply->account && call->request.reply->account->refused;
    if (is_ours) {
        fail(call, UPSTREAM_NO_MEMORY, STATUS_UNAVAILABLE, "too much memory is in use for replies");
        return;
    }
    call->local_status = arena_alloc(call->request.arena, sizeof(*call->local_status));
    if (call->local_status)
        *call->local_status = *st;
    fail(call, UPSTREAM_MALFORMED, st->code, "the service sent a malformed reply");
}

/* Reads messages out of bytes. False: the call has ended, or may have. */
static bool read_messages(struct upstream_call *call, struct view bytes)
{
    struct buf *reply = call->request.reply;
    struct status st;
    bool is_unary = !call->request.events->on_message;
    for (;;) {
        if (is_unary && call->message_count == 1 && bytes.len) {
            fail(call, UPSTREAM_MALFORMED, STATUS_INTERNAL, "the service sent more than one message to a unary call");
            return false;
        }
        switch (grpc_message_read(&call->reader, &bytes, reply, &st)) {
        case GRPC_MESSAGE_MORE: return true;
        case GRPC_MESSAGE_DONE: break;
        default: fail_reading(call, &st); return false;
        }
        call->message_count++;
        if (is_unary)
            continue;
        bool has_ended = false; /* and with it the call's memory, perhaps */
        call->ret_has_ended = &has_ended;
        call->request.events->on_message(call, buf_view(reply));
        if (has_ended)
            return false;
        call->ret_has_ended = NULL;
        buf_clear(reply);
        if (call->is_paused && bytes.len) {
            if (buf_append(&call->held, bytes))
                return true;
            fail(call, UPSTREAM_NO_MEMORY, STATUS_UNAVAILABLE, "no memory for the reply");
            return false;
        }
    }
}

static void on_data(struct http2_stream *stream, struct view piece)
{
    struct upstream_call *call = call_of(stream);
    if (!grpc_response_has_messages(&call->response)) { /* a page of a proxy */
        http2_stream_consume(call->connection->client, stream, piece.len);
        return;
    }
    if (call->is_paused) {
        if (!buf_append(&call->held, piece))
            fail(call, UPSTREAM_NO_MEMORY, STATUS_UNAVAILABLE, "no memory for the reply");
        return;
    }
    struct http2_client *client = call->connection->client;
    size_t before = call->held.len;
    if (read_messages(call, piece)) /* what is held is consumed when it is read */
        http2_stream_consume(client, stream, piece.len - (call->held.len - before));
}

static void on_sent(struct http2_stream *stream)
{
    struct upstream_call *call = call_of(stream);
    if (call->request.events->on_sent)
        call->request.events->on_sent(call);
}

/* The service has said how it ended, and all that it sent has been read. */
static void end_whole(struct upstream_call *call)
{
    struct status st;
    bool is_ok = grpc_response_status(&call->response, &st);
    if (grpc_response_is_malformed(&call->response)) {
        fail(call, UPSTREAM_MALFORMED, STATUS_OK, NULL);
    } else if (is_ok && !grpc_message_reader_is_between(&call->reader)) {
        fail(call, UPSTREAM_MALFORMED, STATUS_INTERNAL, "the service ended its reply in the middle of a message");
    } else if (is_ok && !call->request.events->on_message && call->message_count == 0) {
        fail(call, UPSTREAM_MALFORMED, STATUS_INTERNAL, "the service ended the call with OK but without a reply");
    } else if (!is_ok && (st.code == STATUS_UNAVAILABLE || st.code == STATUS_CANCELLED) && may_repeat(call) &&
               send_again(call, false)) {
        return;
    } else {
        finish(call);
    }
}

/* A stream that was reset: by the service, or here because of what it sent. Codes as PROTOCOL-HTTP2.md has them. */
static void end_reset(struct upstream_call *call, uint32_t error_code, bool was_processed)
{
    bool may_be_repeated = !was_processed || (error_code == HTTP2_CANCEL && may_repeat(call));
    if (may_be_repeated && send_again(call, !was_processed))
        return;
    if (call->response.is_malformed) {
        fail(call, UPSTREAM_MALFORMED, STATUS_OK, NULL);
        return;
    }
    switch (error_code) {
    case HTTP2_REFUSED_STREAM:
    case HTTP2_CANCEL: fail(call, UPSTREAM_RESET, STATUS_UNAVAILABLE, "the service has broken the call off"); break;
    case HTTP2_ENHANCE_YOUR_CALM:
        fail(call, UPSTREAM_RESET, STATUS_RESOURCE_EXHAUSTED, "the service has too many calls");
        break;
    case HTTP2_INADEQUATE_SECURITY:
        fail(call, UPSTREAM_RESET, STATUS_PERMISSION_DENIED, "the service wants a connection that is more secure");
        break;
    default: fail(call, UPSTREAM_MALFORMED, STATUS_INTERNAL, "the service has broken the call off");
    }
}

static void on_ended(struct http2_stream *stream, enum http2_end end, uint32_t error_code, bool was_processed)
{
    struct upstream_call *call = call_of(stream);
    struct upstream_connection *connection = call->connection;
    call->connection = NULL; /* the stream is no more */
    if (connection->state == UPSTREAM_LEAVING)
        upstream_connection_flush(connection); /* closes it when this was the last one */
    if (end == HTTP2_END_WHOLE && call->held.len) {
        call->has_ended_whole = true; /* the rest is read when it goes on */
    } else if (end == HTTP2_END_WHOLE) {
        end_whole(call);
    } else if (end == HTTP2_END_RESET) {
        end_reset(call, error_code, was_processed);
    } else if ((!was_processed || may_repeat(call)) && send_again(call, true)) {
        return;
    } else {
        fail(call, UPSTREAM_UNREACHABLE, STATUS_UNAVAILABLE, "the connection to the service broke");
    }
}

static const struct http2_stream_events stream_events = {on_field, on_block, on_data, on_sent, on_ended};

/* ---- The start, and streams ---- */

bool upstream_call_start(struct upstream_pool *pool, struct upstream_call *call, const struct upstream_request *request,
                         struct status *st)
{
    uint64_t now_ms = loop_now_ms(pool->loop);
    if (pool->call_count >= pool->options.calls_max)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "too many calls in flight");
    if (is_long_out(pool))
        return status_fail(st, STATUS_UNAVAILABLE, "the service cannot be reached");
    memset(call, 0, sizeof(*call));
    call->request = *request;
    call->pool = pool;
    call->deadline.on_due = on_deadline;
    call->delay.on_due = on_delay;
    call->deadline_ms = now_ms + request->deadline_ms;
    buf_init(&call->held, UPSTREAM_HELD_BYTES_MAX);
    buf_set_account(&call->held, request->reply->account);
    grpc_message_prefix(request->message->data, request->message->len - GRPC_PREFIX_BYTES);
    pool->call_count++;
    loop_timer_set(pool->loop, &call->deadline, call->deadline_ms);
    dispatch(call);
    return true;
}

void upstream_call_send(struct upstream_call *call, struct buf *message, bool has_more)
{
    grpc_message_prefix(message->data, message->len - GRPC_PREFIX_BYTES);
    call->has_sent_more = true;
    if (!call->connection)
        return; /* it ends soon */
    http2_stream_send(call->connection->client, &call->stream, buf_view(message), !has_more);
    upstream_connection_flush(call->connection);
}

void upstream_call_pause(struct upstream_call *call)
{
    call->is_paused = true;
}

void upstream_call_resume(struct upstream_call *call)
{
    if (!call->is_paused || call->state == UPSTREAM_CALL_ENDED)
        return;
    call->is_paused = false;
    struct buf held = call->held;
    size_t bytes = held.len;
    buf_init(&call->held, UPSTREAM_HELD_BYTES_MAX);
    buf_set_account(&call->held, held.account);
    bool goes_on = !bytes || read_messages(call, buf_view(&held));
    buf_free(&held);
    if (!goes_on)
        return;
    if (call->connection) {
        http2_stream_consume(call->connection->client, &call->stream, bytes - call->held.len);
        upstream_connection_flush(call->connection);
    } else if (call->has_ended_whole && !call->held.len) {
        end_whole(call);
    }
}
