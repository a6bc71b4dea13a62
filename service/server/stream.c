/*
 * A stream holds up to five operations of core at a time: one that waits for its end, from begin to end; receiving; sending;
 * and the status. Each ends as an event on the queue's thread. They are counted, and the last of them is the end of the
 * stream. The first message comes with the stream itself.
 *
 * The lock is for those who send or finish from other threads. No function of the handler runs under it.
 */
#include "service/server/stream.h"

#include <assert.h>
#include <stdlib.h>

#include "base/arena.h"
#include "service/limits.h"
#include "service/server/payload.h"

#define STREAM_OF(event, member) ((struct server_stream *)((char *)(event)-offsetof(struct server_stream, member)))

struct server_stream {
    struct queue *queue;
    const struct method *method;
    grpc_server *core;
    bool ask_again;          /* at its end, because there was no memory for another when this one arrived */
    struct stream_link link; /* in the set of all */
    void *data;

    struct queue_event arrived, closed, received, sent, finished;
    grpc_call *rpc;
    gpr_timespec deadline;
    grpc_metadata_array metadata; /* of the request */
    grpc_byte_buffer *message;    /* received */
    int was_cancelled;

    pthread_mutex_t lock; /* of what follows */
    unsigned operations;
    bool has_sent_metadata;
    bool is_sending;
    bool is_ending; /* the status is known, and sent when nothing else is being sent */
    grpc_status_code code;
    grpc_slice text;
};

/* ---- Operations: under the lock ---- */

static void start(struct server_stream *stream, const grpc_op *ops, size_t count, struct queue_event *event)
{
    stream->operations++;
    grpc_call_error error = grpc_call_start_batch(stream->rpc, ops, count, event, NULL);
    assert(error == GRPC_CALL_OK);
    (void)error;
}

/* Starts what sends, with the initial metadata before it when that has not been sent. */
static void start_sending(struct server_stream *stream, grpc_op op, struct queue_event *event)
{
    grpc_op ops[] = {{.op = GRPC_OP_SEND_INITIAL_METADATA}, op};
    size_t skipped = stream->has_sent_metadata ? 1 : 0;
    stream->has_sent_metadata = true;
    start(stream, ops + skipped, 2 - skipped, event);
}

static void start_status(struct server_stream *stream)
{
    grpc_op op = {.op = GRPC_OP_SEND_STATUS_FROM_SERVER};
    op.data.send_status_from_server.status = stream->code;
    op.data.send_status_from_server.status_details = &stream->text;
    start_sending(stream, op, &stream->finished);
}

void server_stream_receive(struct server_stream *stream)
{
    grpc_op op = {.op = GRPC_OP_RECV_MESSAGE};
    op.data.recv_message.recv_message = &stream->message;
    pthread_mutex_lock(&stream->lock);
    if (!stream->is_ending)
        start(stream, &op, 1, &stream->received);
    pthread_mutex_unlock(&stream->lock);
}

void server_stream_send(struct server_stream *stream, struct view message)
{
    struct status st;
    grpc_byte_buffer *payload = NULL;
    if (!payload_write_bytes(message, &payload, &st)) {
        server_stream_finish(stream, &st);
        return;
    }
    grpc_op op = {.op = GRPC_OP_SEND_MESSAGE};
    op.data.send_message.send_message = payload;
    pthread_mutex_lock(&stream->lock);
    assert(!stream->is_sending || stream->is_ending);
    if (!stream->is_ending) {
        stream->is_sending = true;
        start_sending(stream, op, &stream->sent);
    }
    pthread_mutex_unlock(&stream->lock);
    grpc_byte_buffer_destroy(payload); /* core has a reference of its own */
}

void server_stream_finish(struct server_stream *stream, const struct status *st)
{
    pthread_mutex_lock(&stream->lock);
    if (!stream->is_ending) {
        stream->is_ending = true;
        stream->code = (grpc_status_code)st->code;
        stream->text = grpc_slice_from_copied_string(st->code == STATUS_OK ? "" : st->message);
        if (!stream->is_sending)
            start_status(stream);
    }
    pthread_mutex_unlock(&stream->lock);
}

static void finish_linked(struct stream_link *link, const struct status *st)
{
    server_stream_finish((struct server_stream *)((char *)link - offsetof(struct server_stream, link)), st);
}

void stream_drain(struct stream_set *set)
{
    stream_set_drain(set, finish_linked);
}

/* ---- Events, on the queue's thread ---- */

/* Frees a stream that core does not have. */
static void retire(struct server_stream *stream)
{
    struct queue *queue = stream->queue;
    if (stream->ask_again)
        stream_request(queue, stream->core,
                       stream->method); /* there is memory only just: without it, one stream less */
    grpc_metadata_array_destroy(&stream->metadata);
    pthread_mutex_destroy(&stream->lock);
    free(stream);
    queue_leave(queue);
}

/* One of the operations has ended; with the last of them, so has the stream. */
static void operation_ended(struct server_stream *stream)
{
    pthread_mutex_lock(&stream->lock);
    bool ended = --stream->operations == 0;
    pthread_mutex_unlock(&stream->lock);
    if (!ended)
        return;
    assert(stream->is_ending);
    stream->method->handler->ended(stream->method->ctx, stream);
    stream_set_leave(stream->method->streams, &stream->link);
    grpc_slice_unref(stream->text);
    grpc_call_unref(stream->rpc);
    retire(stream);
}

/* Hands the message in stream->message to the handler, or tells it that there is none. */
static void hand_over(struct server_stream *stream)
{
    const struct method *method = stream->method;
    struct view message;
    struct arena arena;
    struct status st;
    if (!stream->message) {
        method->handler->half_closed(method->ctx, stream);
        return;
    }
    arena_init(&arena, SERVER_ARENA_BYTES_MAX);
    if (payload_read(stream->message, stream->queue->request_bytes_max, &arena, &message, &st))
        method->handler->received(method->ctx, stream, message);
    else
        server_stream_finish(stream, &st);
    arena_free(&arena);
    grpc_byte_buffer_destroy(stream->message);
    stream->message = NULL;
}

static void received(struct queue_event *event, bool ok)
{
    (void)ok; /* not ok: there is no message */
    struct server_stream *stream = STREAM_OF(event, received);
    hand_over(stream);
    operation_ended(stream);
}

static void sent(struct queue_event *event, bool ok)
{
    struct server_stream *stream = STREAM_OF(event, sent);
    pthread_mutex_lock(&stream->lock);
    stream->is_sending = false;
    bool go_on = ok && !stream->is_ending;
    if (stream->is_ending)
        start_status(stream);
    pthread_mutex_unlock(&stream->lock);
    if (go_on) /* otherwise the stream ends */
        stream->method->handler->sent(stream->method->ctx, stream);
    operation_ended(stream);
}

static void closed(struct queue_event *event, bool ok)
{
    (void)ok;
    struct server_stream *stream = STREAM_OF(event, closed);
    struct status st;
    if (stream->was_cancelled) {
        status_fail(&st, STATUS_CANCELLED, "the client has gone, or its deadline has passed");
        server_stream_finish(stream, &st); /* nobody sees it */
    }
    operation_ended(stream);
}

static void finished(struct queue_event *event, bool ok)
{
    (void)ok;
    operation_ended(STREAM_OF(event, finished));
}

/* Core has a stream for us, or (not ok) the server is going down. */
static void arrived(struct queue_event *event, bool ok)
{
    struct server_stream *stream = STREAM_OF(event, arrived);
    struct status st;
    if (!ok) {
        retire(stream);
        return;
    }
    stream->ask_again = !stream_request(stream->queue, stream->core, stream->method);
    grpc_op op = {.op = GRPC_OP_RECV_CLOSE_ON_SERVER};
    op.data.recv_close_on_server.cancelled = &stream->was_cancelled;
    stream->text = grpc_empty_slice();
    pthread_mutex_lock(&stream->lock);
    stream->operations = 1; /* this event */
    start(stream, &op, 1, &stream->closed);
    pthread_mutex_unlock(&stream->lock);
    if (!stream_set_enter(stream->method->streams, &stream->link, &st))
        server_stream_finish(stream, &st); /* the handler sees a stream that ends */
    hand_over(stream);
    operation_ended(stream);
}

bool stream_request(struct queue *queue, grpc_server *core, const struct method *method)
{
    struct server_stream *stream = malloc(sizeof(*stream));
    if (!stream)
        return false;
    *stream = (struct server_stream){
        .queue = queue,
        .method = method,
        .core = core,
        .arrived = {arrived},
        .closed = {closed},
        .received = {received},
        .sent = {sent},
        .finished = {finished},
    };
    grpc_metadata_array_init(&stream->metadata);
    pthread_mutex_init(&stream->lock, NULL);
    queue_enter(queue);
    grpc_call_error error =
        grpc_server_request_registered_call(core, method->core, &stream->rpc, &stream->deadline, &stream->metadata,
                                            &stream->message, queue->core, queue->core, &stream->arrived);
    assert(error == GRPC_CALL_OK);
    (void)error;
    return true;
}

/* ---- What a handler sees ---- */

void server_stream_set_data(struct server_stream *stream, void *data)
{
    stream->data = data;
}

void *server_stream_data(const struct server_stream *stream)
{
    return stream->data;
}
