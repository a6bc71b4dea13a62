/*
 * See call.h for the states. What costs in a call, besides core itself: one batch of four operations when the method
 * answers at once (two batches otherwise), two events, two atomic additions to the server's load, one exchange of the
 * state, and of the heap core's own structs only.
 *
 * The state decides who starts the answer's batch. Both sides write it with one atomic exchange: the method's thread when
 * the method has returned (RUNNING to WAITING, unless there is an answer), the answering thread when the answer is
 * complete. Who finds the other there before him does the work.
 *
 * Core allows an operation that sends and one that receives to be started at the same time from two threads, which is
 * what happens to a call that is answered while its queue's thread starts waiting for the call's end.
 */
#include "service/server/call.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "service/limits.h"
#include "service/server/payload.h"

#define CALL_OF(event, member) ((struct server_call *)((char *)(event)-offsetof(struct server_call, member)))

static void arrived(struct queue_event *event, bool ok);
static void closed(struct queue_event *event, bool ok);
static void sent(struct queue_event *event, bool ok);

/* ---- Asking for calls ---- */

/* Hands an idle call object to core. */
static void request(struct server_call *call)
{
    grpc_call_error error;
    grpc_completion_queue *queue = call->queue->core;
    atomic_store_explicit(&call->state, CALL_REQUESTED, memory_order_relaxed);
    grpc_metadata_array_init(&call->request_metadata);
    if (call->method->core) {
        error =
            grpc_server_request_registered_call(call->core, call->method->core, &call->rpc, &call->deadline,
                                                &call->request_metadata, &call->request, queue, queue, &call->arrived);
    } else {
        grpc_call_details_init(&call->details);
        error = grpc_server_request_call(call->core, &call->rpc, &call->details, &call->request_metadata, queue, queue,
                                         &call->arrived);
    }
    assert(error == GRPC_CALL_OK);
    (void)error;
}

bool call_request(struct queue *queue, grpc_server *core, const struct method *method)
{
    struct server_call *call = (struct server_call *)idle_take(&queue->idle_calls);
    if (!call)
        call = malloc(sizeof(*call));
    if (!call)
        return false;
    *call = (struct server_call){
        .queue = queue,
        .method = method,
        .core = core,
        .arrived = {arrived},
        .closed = {closed},
        .sent = {sent},
    };
    queue_enter(queue);
    request(call);
    return true;
}

/* ---- The end ---- */

/* Releases what the request took; the block goes to the next call while it is in the cache. */
static void release_arena(struct server_call *call)
{
    arena_free(&call->arena);
    queue_give_block(call->queue, call->block);
    call->block = NULL;
    if (call->arena_bytes > 0)
        atomic_fetch_sub_explicit(&call->queue->load->arena_bytes, call->arena_bytes, memory_order_relaxed);
    call->arena_bytes = 0;
}

static void retire(struct server_call *call)
{
    struct queue *queue = call->queue;
    grpc_metadata_array_destroy(&call->request_metadata);
    if (!call->method->core)
        grpc_call_details_destroy(&call->details);
    atomic_store_explicit(&call->state, CALL_IDLE, memory_order_relaxed);
    idle_give(&queue->idle_calls, &call->idle);
    if (call->ask_again)
        call_request(queue, call->core, call->method); /* takes the object that was given */
    queue_leave(queue);
}

/* One of the operations has ended; with the last of them, so has the call. */
static void operation_ended(struct server_call *call)
{
    if (--call->operations > 0)
        return;
    enum call_state state = atomic_load_explicit(&call->state, memory_order_acquire);
    assert(state == CALL_ANSWERED);
    (void)state;
    release_arena(call);
    grpc_byte_buffer_destroy(call->reply);
    grpc_slice_unref(call->message);
    for (size_t i = 0; i < call->header_count; i++)
        grpc_slice_unref(call->headers[i].value);
    if (call->trailer_count > 0)
        grpc_slice_unref(call->trailer.value);
    grpc_call_unref(call->rpc);
    if (call->is_counted)
        atomic_fetch_add_explicit(&call->queue->load->finished, 1, memory_order_relaxed);
    retire(call);
}

static void closed(struct queue_event *event, bool ok)
{
    (void)ok;
    struct server_call *call = CALL_OF(event, closed);
    if (call->was_cancelled)
        atomic_store_explicit(&call->cancelled, true, memory_order_relaxed);
    operation_ended(call);
}

static void sent(struct queue_event *event, bool ok)
{
    (void)ok; /* not ok: the client has gone */
    operation_ended(CALL_OF(event, sent));
}

/* ---- The answer ---- */

static void start(grpc_call *rpc, const grpc_op *ops, size_t count, struct queue_event *event)
{
    grpc_call_error error = grpc_call_start_batch(rpc, ops, count, event, NULL);
    assert(error == GRPC_CALL_OK);
    (void)error;
}

static grpc_op close_op(struct server_call *call)
{
    grpc_op op = {.op = GRPC_OP_RECV_CLOSE_ON_SERVER};
    op.data.recv_close_on_server.cancelled = &call->was_cancelled;
    return op;
}

static void fill_batch(struct server_call *call)
{
    grpc_op *op = call->ops;
    op->op = GRPC_OP_SEND_INITIAL_METADATA;
    op->data.send_initial_metadata.count = call->header_count;
    op->data.send_initial_metadata.maybe_compression_level.is_set = call->compresses;
    op->data.send_initial_metadata.maybe_compression_level.level = GRPC_COMPRESS_LEVEL_LOW;
    op++->data.send_initial_metadata.metadata = call->headers;
    if (call->reply) {
        op->op = GRPC_OP_SEND_MESSAGE;
        op++->data.send_message.send_message = call->reply;
    }
    op->op = GRPC_OP_SEND_STATUS_FROM_SERVER;
    op->data.send_status_from_server.status = call->code;
    op->data.send_status_from_server.status_details = call->reply ? NULL : &call->message;
    op->data.send_status_from_server.trailing_metadata_count = call->trailer_count;
    op++->data.send_status_from_server.trailing_metadata = &call->trailer;
    call->op_count = (size_t)(op - call->ops);
}

/* The answer is there. When the method has returned, this thread sends it; the call may be gone then. */
static void answer(struct server_call *call)
{
    fill_batch(call);
    grpc_call *rpc = call->rpc;
    const grpc_op *ops = call->ops;
    size_t op_count = call->op_count;
    enum call_state before = atomic_exchange_explicit(&call->state, CALL_ANSWERED, memory_order_acq_rel);
    assert(before == CALL_RUNNING || before == CALL_WAITING); /* one answer a call */
    if (before == CALL_WAITING)
        start(rpc, ops, op_count, &call->sent);
}

/* The method has returned. */
static void await_answer(struct server_call *call)
{
    enum call_state state = CALL_RUNNING;
    grpc_byte_buffer_destroy(call->request);
    call->operations = 2;
    if (atomic_compare_exchange_strong_explicit(&call->state, &state, CALL_WAITING, memory_order_acq_rel,
                                                memory_order_acquire)) {
        grpc_op op = close_op(call);
        start(call->rpc, &op, 1, &call->closed);
    } else {
        release_arena(call);
        call->operations = 1;
        call->ops[call->op_count++] = close_op(call);
        start(call->rpc, call->ops, call->op_count, &call->sent);
    }
}

void call_reply_message(struct server_call *call, const ProtobufCMessage *message)
{
    struct status st;
    if (payload_write_message(message, &call->reply, &st))
        answer(call);
    else
        server_call_fail(call, &st);
}

void server_call_reply_bytes(struct server_call *call, struct view reply)
{
    struct status st;
    if (payload_write_bytes(reply, &call->reply, &st))
        answer(call);
    else
        server_call_fail(call, &st);
}

void server_call_fail(struct server_call *call, const struct status *st)
{
    call->code = (grpc_status_code)st->code;
    call->message = grpc_slice_from_copied_string(st->message);
    if (st->details.len > 0 && st->details.len <= SERVER_DETAILS_BYTES_MAX) {
        call->trailer.key = grpc_slice_from_static_string("grpc-status-details-bin");
        call->trailer.value = grpc_slice_from_copied_buffer(st->details.data, st->details.len);
        call->trailer_count = 1;
    }
    answer(call);
}

/* ---- The request ---- */

void call_count_arena(struct server_call *call)
{
    call->arena_bytes = call->arena.bytes_taken;
    if (call->arena_bytes > 0)
        atomic_fetch_add_explicit(&call->queue->load->arena_bytes, call->arena_bytes, memory_order_relaxed);
}

/* Counts the call, or finds that the server takes no more. Who drains sees either the call or that it is refused, because
 * each side writes first and reads then. */
static bool count(struct server_call *call, size_t *ret_in_flight)
{
    struct server_load *load = call->queue->load;
    size_t finished = atomic_load_explicit(&load->finished, memory_order_relaxed);
    *ret_in_flight = atomic_fetch_add(&load->arrived, 1) - finished;
    call->is_counted = !atomic_load(&load->is_refusing);
    if (!call->is_counted)
        atomic_fetch_add(&load->finished, 1);
    return call->is_counted;
}

static bool admit(struct server_call *call, struct status *st)
{
    struct server_load *load = call->queue->load;
    size_t in_flight;
    if (!count(call, &in_flight))
        return status_fail(st, STATUS_UNAVAILABLE, "the server is shutting down");
    unsigned calls_max = call->queue->load->calls_max;
    if (in_flight >= calls_max)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "more than %u calls are in flight", calls_max);
    if (atomic_load_explicit(&load->arena_bytes, memory_order_relaxed) > SERVER_ARENAS_BYTES_MAX)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "the calls in flight take more than %d bytes of memory",
                           SERVER_ARENAS_BYTES_MAX);
    call->block = queue_take_block(call->queue);
    if (!call->block)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "out of memory");
    arena_init_lent(&call->arena, call->block->data, sizeof(call->block->data), SERVER_ARENA_BYTES_MAX);
    return true;
}

/* The request's bytes; of an unregistered path, the path. */
static bool read_request(struct server_call *call, struct view *ret_request, struct status *st)
{
    if (!call->method->core) {
        *ret_request = (struct view){(const char *)GRPC_SLICE_START_PTR(call->details.method),
                                     GRPC_SLICE_LENGTH(call->details.method)};
        return true;
    }
    /* Core has ended the call itself when the message was too large; then nobody sees this answer. */
    if (!call->request)
        return status_fail(st, STATUS_UNIMPLEMENTED, "expected one request message, got none");
    call->compresses = payload_is_compressed(call->request);
    return payload_read(call->request, call->queue->request_bytes_max, &call->arena, ret_request, st);
}

/* Core has a call for us, or (not ok) the server is going down. */
static void arrived(struct queue_event *event, bool ok)
{
    struct server_call *call = CALL_OF(event, arrived);
    struct status st;
    struct view bytes;
    if (!ok) {
        retire(call);
        return;
    }
    call->ask_again = !call_request(call->queue, call->core, call->method);
    call->message = grpc_empty_slice();
    atomic_store_explicit(&call->state, CALL_RUNNING, memory_order_relaxed);
    if (admit(call, &st) && read_request(call, &bytes, &st))
        call->method->run(call->method, call, bytes);
    else
        server_call_fail(call, &st);
    await_answer(call);
}

/* ---- What a method sees ---- */

struct arena *server_call_arena(struct server_call *call)
{
    return &call->arena;
}

struct view server_call_metadata(const struct server_call *call, const char *key, size_t index)
{
    for (size_t i = 0; i < call->request_metadata.count; i++) {
        const grpc_metadata *metadata = &call->request_metadata.metadata[i];
        if (grpc_slice_str_cmp(metadata->key, key) == 0 && index-- == 0)
            return view_make((const char *)GRPC_SLICE_START_PTR(metadata->value), GRPC_SLICE_LENGTH(metadata->value));
    }
    return (struct view){0};
}

void server_call_set_metadata(struct server_call *call, const char *key, struct view value)
{
    assert(call->header_count < SERVER_CALL_HEADERS_MAX);
    grpc_metadata *header = &call->headers[call->header_count++];
    header->key = grpc_slice_from_static_string(key);
    header->value = grpc_slice_from_copied_buffer(value.data, value.len);
}

int64_t server_call_remaining_ms(const struct server_call *call)
{
    if (gpr_time_cmp(call->deadline, gpr_inf_future(call->deadline.clock_type)) == 0)
        return INT64_MAX;
    gpr_timespec left = gpr_time_sub(call->deadline, gpr_now(call->deadline.clock_type));
    int64_t left_ms = left.tv_sec * 1000 + left.tv_nsec / 1000000;
    return left_ms > 0 ? left_ms : 0;
}

bool server_call_cancelled(const struct server_call *call)
{
    return atomic_load_explicit(&call->cancelled, memory_order_relaxed) || server_call_remaining_ms(call) == 0;
}
