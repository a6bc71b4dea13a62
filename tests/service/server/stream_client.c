#include "tests/service/server/stream_client.h"

#include <grpc/byte_buffer.h>
#include <grpc/byte_buffer_reader.h>
#include <grpc/support/alloc.h>
#include <grpc/support/time.h>
#include <stdlib.h>
#include <string.h>

static void start(struct stream *stream, const grpc_op *ops, size_t count, void *tag)
{
    if (grpc_call_start_batch(stream->rpc, ops, count, tag, NULL) != GRPC_CALL_OK)
        abort();
}

static bool await(struct stream *stream, void *tag)
{
    return grpc_completion_queue_pluck(stream->queue, tag, gpr_inf_future(GPR_CLOCK_REALTIME), NULL).success != 0;
}

static bool do_at_once(struct stream *stream, grpc_op op)
{
    start(stream, &op, 1, &op);
    return await(stream, &op);
}

void stream_open(struct stream *stream, struct client *client, const char *path, int deadline_ms)
{
    gpr_timespec deadline = gpr_inf_future(GPR_CLOCK_MONOTONIC);
    if (deadline_ms != CLIENT_NO_DEADLINE)
        deadline = gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(deadline_ms, GPR_TIMESPAN));
    *stream = (struct stream){.queue = grpc_completion_queue_create_for_pluck(NULL)};
    grpc_slice method = grpc_slice_from_copied_string(path);
    stream->rpc = grpc_channel_create_call(client->channel, NULL, GRPC_PROPAGATE_DEFAULTS, stream->queue, method, NULL,
                                           deadline, NULL);
    grpc_slice_unref(method);
    grpc_op status = {.op = GRPC_OP_RECV_STATUS_ON_CLIENT};
    status.data.recv_status_on_client.trailing_metadata = &stream->trailers;
    status.data.recv_status_on_client.status = &stream->code;
    status.data.recv_status_on_client.status_details = &stream->text;
    grpc_op headers = {.op = GRPC_OP_RECV_INITIAL_METADATA};
    headers.data.recv_initial_metadata.recv_initial_metadata = &stream->headers;
    start(stream, &status, 1, stream);
    start(stream, &headers, 1, &stream->headers);
    (void)do_at_once(stream, (grpc_op){.op = GRPC_OP_SEND_INITIAL_METADATA});
}

bool stream_send(struct stream *stream, struct view message)
{
    grpc_op op = {.op = GRPC_OP_SEND_MESSAGE};
    grpc_slice slice = grpc_slice_from_copied_buffer(message.data ? message.data : "", message.len);
    grpc_byte_buffer *bytes = grpc_raw_byte_buffer_create(&slice, 1);
    grpc_slice_unref(slice);
    op.data.send_message.send_message = bytes;
    bool sent = do_at_once(stream, op);
    grpc_byte_buffer_destroy(bytes);
    return sent;
}

void stream_half_close(struct stream *stream)
{
    (void)do_at_once(stream, (grpc_op){.op = GRPC_OP_SEND_CLOSE_FROM_CLIENT});
}

bool stream_receive(struct stream *stream, struct view *ret_message)
{
    grpc_byte_buffer *bytes = NULL;
    grpc_byte_buffer_reader reader;
    grpc_op op = {.op = GRPC_OP_RECV_MESSAGE};
    op.data.recv_message.recv_message = &bytes;
    if (!do_at_once(stream, op) || !bytes || !grpc_byte_buffer_reader_init(&reader, bytes))
        return false;
    grpc_slice all = grpc_byte_buffer_reader_readall(&reader);
    size_t len = GRPC_SLICE_LENGTH(all);
    stream->received = realloc(stream->received, len + 1);
    memcpy(stream->received, GRPC_SLICE_START_PTR(all), len);
    *ret_message = view_make(stream->received, len);
    grpc_slice_unref(all);
    grpc_byte_buffer_reader_destroy(&reader);
    grpc_byte_buffer_destroy(bytes);
    return true;
}

void stream_cancel(struct stream *stream)
{
    grpc_call_cancel(stream->rpc, NULL);
}

struct client_result stream_end(struct stream *stream)
{
    (void)await(stream, &stream->headers);
    (void)await(stream, stream);
    struct client_result result = {.code = (enum status_code)stream->code};
    result.message = strndup((const char *)GRPC_SLICE_START_PTR(stream->text), GRPC_SLICE_LENGTH(stream->text));
    grpc_metadata_array_destroy(&stream->headers);
    grpc_metadata_array_destroy(&stream->trailers);
    grpc_slice_unref(stream->text);
    grpc_call_unref(stream->rpc);
    grpc_completion_queue_shutdown(stream->queue);
    grpc_completion_queue_destroy(stream->queue);
    free(stream->received);
    return result;
}
