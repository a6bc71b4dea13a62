/*
 * A unary call is one batch of six operations and so one completion. The reply is used where gRPC put it when it came
 * in one slice, as replies below the 8 KiB of gRPC's reads mostly do; otherwise its slices are joined by one copy.
 *
 * The request cannot be lent to gRPC instead of copied: a cancelled call ends before the transport has let go of its
 * bytes.
 */
#include <grpc/byte_buffer.h>
#include <grpc/byte_buffer_reader.h>
#include <grpc/slice.h>
#include <grpc/support/alloc.h>
#include <stdlib.h>

#include "grpc/client/channel.h"
#include "grpc/client/limits.h"

struct grpc_client_call {
    grpc_call *call;
    grpc_client_done done;
    void *ctx;
    grpc_metadata_array headers;
    grpc_metadata_array trailers;
    grpc_byte_buffer *reply; /* NULL when there is none */
    grpc_slice joined;       /* the reply, when it came in several slices */
    grpc_status_code code;
    grpc_slice message;
    const char *error; /* for debugging; NULL when the call ended with OK */
};

static struct view view_of_slice(const grpc_slice *slice)
{
    return view_make((const char *)GRPC_SLICE_START_PTR(*slice), GRPC_SLICE_LENGTH(*slice));
}

static grpc_byte_buffer *create_message(struct buf *message)
{
    grpc_slice slice;
    if (message->len <= GRPC_CLIENT_COPIED_BYTES_MAX) {
        slice = grpc_slice_from_copied_buffer(message->data, message->len);
    } else {
        size_t len = message->len;
        char *data = buf_take(message);
        slice = grpc_slice_new_with_user_data(data, len, free, data);
    }
    grpc_byte_buffer *buffer = grpc_raw_byte_buffer_create(&slice, 1);
    grpc_slice_unref(slice);
    return buffer;
}

static void copy_metadata(const struct grpc_client_request *request, grpc_metadata *copy)
{
    for (size_t i = 0; i < request->metadata_count; i++) {
        const struct grpc_client_metadata *metadata = &request->metadata[i];
        copy[i] = (grpc_metadata){0};
        copy[i].key = grpc_slice_from_copied_buffer(metadata->key.data, metadata->key.len);
        copy[i].value = grpc_slice_from_copied_buffer(metadata->value.data, metadata->value.len);
    }
}

static void release_metadata(grpc_metadata *metadata, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        grpc_slice_unref(metadata[i].key);
        grpc_slice_unref(metadata[i].value);
    }
}

static grpc_call_error start_batch(struct grpc_client_call *call, const struct grpc_client_request *request,
                                   grpc_metadata *metadata)
{
    grpc_byte_buffer *message = create_message(request->message);
    const grpc_op ops[] = {
        {.op = GRPC_OP_SEND_INITIAL_METADATA,
         .data.send_initial_metadata = {.count = request->metadata_count, .metadata = metadata}},
        {.op = GRPC_OP_SEND_MESSAGE, .data.send_message.send_message = message},
        {.op = GRPC_OP_SEND_CLOSE_FROM_CLIENT},
        {.op = GRPC_OP_RECV_INITIAL_METADATA, .data.recv_initial_metadata.recv_initial_metadata = &call->headers},
        {.op = GRPC_OP_RECV_MESSAGE, .data.recv_message.recv_message = &call->reply},
        {.op = GRPC_OP_RECV_STATUS_ON_CLIENT,
         .data.recv_status_on_client = {.trailing_metadata = &call->trailers,
                                        .status = &call->code,
                                        .status_details = &call->message,
                                        .error_string = &call->error}},
    };
    grpc_call_error error = grpc_call_start_batch(call->call, ops, sizeof(ops) / sizeof(ops[0]), call, NULL);
    grpc_byte_buffer_destroy(message);
    return error;
}

/* Counts the call, if there may be one more. */
static bool enter(struct grpc_client *client)
{
    if (atomic_fetch_add(&client->calls_in_flight, 1) < client->calls_max)
        return true;
    atomic_fetch_sub(&client->calls_in_flight, 1);
    return false;
}

static grpc_call *create_call(struct grpc_client *client, const struct grpc_client_request *request)
{
    unsigned thread = atomic_fetch_add(&client->next_thread, 1) % client->thread_count;
    gpr_timespec deadline =
        gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(request->deadline_ms, GPR_TIMESPAN));
    int channel = request->sent_once ? CHANNEL_ONCE : CHANNEL_RETRYING;
    return grpc_channel_create_registered_call(client->channels[channel], NULL, GRPC_PROPAGATE_DEFAULTS,
                                               client->threads[thread].queue, request->method->handles[channel],
                                               deadline, NULL);
}

bool grpc_client_call_start(struct grpc_client *client, const struct grpc_client_request *request, struct arena *arena,
                            grpc_client_done done, void *ctx, struct grpc_client_call **ret_call, struct status *st)
{
    grpc_metadata metadata
        [GRPC_CLIENT_SENT_METADATA_MAX]; /* not in the arena: done() may have freed it when start_batch() returns */
    if (!grpc_client_metadata_check(request->metadata, request->metadata_count, st))
        return false;
    size_t metadata_count = request->metadata_count; /* the request may be in the arena, too */
    struct grpc_client_call *call = arena_calloc(arena, 1, sizeof(*call));
    if (!call)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for the call");
    *call = (struct grpc_client_call){.done = done, .ctx = ctx};
    call->joined = grpc_empty_slice();
    call->message = grpc_empty_slice();
    grpc_metadata_array_init(&call->headers);
    grpc_metadata_array_init(&call->trailers);
    *ret_call = call;
    if (!enter(client)) /* last: the counter also hands the call to the thread that counts it down */
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "too many calls in flight");

    call->call = create_call(client, request);
    copy_metadata(request, metadata);
    grpc_call_error error = start_batch(call, request, metadata);
    release_metadata(metadata, metadata_count);
    if (error == GRPC_CALL_OK)
        return true;
    atomic_fetch_sub(&client->calls_in_flight, 1);
    grpc_client_call_destroy(call);
    return status_fail(st, STATUS_INTERNAL, "gRPC does not start the call: error %d", (int)error);
}

void grpc_client_call_ended(struct grpc_client *client, void *tag)
{
    atomic_fetch_sub(&client->calls_in_flight, 1);
    struct grpc_client_call *call = tag;
    call->done(call->ctx);
}

void grpc_client_call_cancel(struct grpc_client_call *call)
{
    grpc_call_cancel(call->call, NULL);
}

static struct view find(const grpc_metadata_array *metadata, const char *key)
{
    for (size_t i = 0; i < metadata->count; i++)
        if (grpc_slice_str_cmp(metadata->metadata[i].key, key) == 0)
            return view_of_slice(&metadata->metadata[i].value);
    return (struct view){0};
}

struct view grpc_client_call_metadata(const struct grpc_client_call *call, const char *key)
{
    struct view value = find(&call->headers, key);
    return value.data ? value : find(&call->trailers, key);
}

bool grpc_client_call_metadata_at(const struct grpc_client_call *call, size_t index,
                                  struct grpc_client_metadata *ret_metadata)
{
    const grpc_metadata *metadata;
    if (index < call->headers.count)
        metadata = &call->headers.metadata[index];
    else if (index - call->headers.count < call->trailers.count)
        metadata = &call->trailers.metadata[index - call->headers.count];
    else
        return false;
    *ret_metadata = (struct grpc_client_metadata){view_of_slice(&metadata->key), view_of_slice(&metadata->value)};
    return true;
}

/* The reply in one piece; false when it cannot be read. */
static bool join(struct grpc_client_call *call, struct view *ret_message)
{
    const grpc_slice_buffer *slices = &call->reply->data.raw.slice_buffer;
    if (call->reply->data.raw.compression == GRPC_COMPRESS_NONE && slices->count == 1) {
        *ret_message = view_of_slice(&slices->slices[0]);
        return true;
    }
    grpc_byte_buffer_reader reader;
    if (!grpc_byte_buffer_reader_init(&reader, call->reply))
        return false;
    grpc_slice_unref(call->joined);
    call->joined = grpc_byte_buffer_reader_readall(&reader);
    grpc_byte_buffer_reader_destroy(&reader);
    *ret_message = view_of_slice(&call->joined);
    return true;
}

/* ---- The result ---- */

/* What a client is told of a call that failed here; what gRPC says of it has addresses in it. */
static const char *local_message(enum status_code code)
{
    switch (code) {
    case STATUS_CANCELLED: return "the call was cancelled";
    case STATUS_DEADLINE_EXCEEDED: return "the service has not answered in time";
    case STATUS_RESOURCE_EXHAUSTED: return "the request, or the reply of the service, is over the limit";
    case STATUS_UNAVAILABLE: return "the service cannot be reached";
    case STATUS_UNIMPLEMENTED: return "the service does not have this method";
    case STATUS_UNAUTHENTICATED: return "the service has not accepted the credentials";
    case STATUS_PERMISSION_DENIED: return "the service has refused the call";
    default: return "the service has not answered as gRPC prescribes";
    }
}

static bool fail(const struct grpc_client_call *call, struct status *st)
{
    bool is_known = (unsigned)call->code <= GRPC_STATUS_UNAUTHENTICATED; /* a peer may say any number, also below 0 */
    enum status_code code = is_known ? (enum status_code)call->code : STATUS_UNKNOWN;
    if (grpc_client_call_local_error(call))
        return status_fail(st, code, "%s", local_message(code));
    struct view message = view_of_slice(&call->message);
    status_fail(st, code, "%.*s", VIEW_ARG(message));
    st->details = grpc_client_call_metadata(call, "grpc-status-details-bin");
    return false;
}

bool grpc_client_call_result(struct grpc_client_call *call, struct view *ret_message, struct status *st)
{
    if (call->code != GRPC_STATUS_OK)
        return fail(call, st);
    if (!call->reply)
        return status_fail(st, STATUS_INTERNAL, "the service ended the call with OK but without a reply");
    if (!join(call, ret_message))
        return status_fail(st, STATUS_INTERNAL, "the reply is compressed in a way that cannot be read");
    return true;
}

/*
 * gRPC does not tell whose a status is, but by the marks that C core 1.51 leaves in its texts. One begins the error of every
 * status that a stream ended with. The others begin the messages of those that core itself has made of what came instead, as
 * far as they are known; a service that says the same loses nothing. Where the first changes, every status counts as local,
 * which the tests see.
 */
static const char received_mark[] = "Error received from peer";
static const struct view made_marks[] = {
    VIEW("Received RST_STREAM with error code "),
    VIEW("Received http2 header with status: "),
    VIEW("Stream removed"),
    VIEW("Deadline Exceeded"),
    VIEW("Unexpected error decompressing data"),
    VIEW("GOAWAY received"),
    VIEW("Socket closed"),
    VIEW("recvmsg:"),
    VIEW("sendmsg:"),
    VIEW("keepalive watchdog timeout"),
    VIEW("received initial metadata size exceeds limit"),
    VIEW("received trailing metadata size exceeds limit"),
    VIEW("unsupported data flags: "),
};

const char *grpc_client_call_local_error(const struct grpc_client_call *call)
{
    if (!call->error)
        return NULL;
    bool received = strstr(call->error, received_mark);
    for (size_t i = 0; i < sizeof(made_marks) / sizeof(made_marks[0]); i++)
        received = received && !view_starts_with(view_of_slice(&call->message), made_marks[i]);
    return received ? NULL : call->error;
}

void grpc_client_call_destroy(struct grpc_client_call *call)
{
    if (!call)
        return;
    grpc_metadata_array_destroy(&call->headers);
    grpc_metadata_array_destroy(&call->trailers);
    grpc_byte_buffer_destroy(call->reply);
    grpc_slice_unref(call->joined);
    grpc_slice_unref(call->message);
    gpr_free((void *)call->error);
    grpc_call_unref(call->call);
}
