#include "tests/service/server/client.h"

#include <assert.h>
#include <grpc/byte_buffer.h>
#include <grpc/byte_buffer_reader.h>
#include <grpc/grpc_security.h>
#include <grpc/support/alloc.h>
#include <grpc/support/time.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct client_call {
    grpc_call *rpc;
    bool ended;
    grpc_metadata_array headers;
    grpc_metadata_array trailers;
    grpc_byte_buffer *request;
    grpc_byte_buffer *reply;
    grpc_status_code code;
    grpc_slice message;
};

void client_open(struct client *client, int port)
{
    char target[64];
    snprintf(target, sizeof(target), "127.0.0.1:%d", port);
    grpc_arg args[] = {
        {.type = GRPC_ARG_INTEGER, .key = (char *)GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, .value = {.integer = 1}},
        {.type = GRPC_ARG_INTEGER, .key = (char *)GRPC_ARG_ENABLE_RETRIES, .value = {.integer = 0}},
        {.type = GRPC_ARG_INTEGER, .key = (char *)GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, .value = {.integer = -1}},
    };
    grpc_init();
    grpc_channel_credentials *insecure = grpc_insecure_credentials_create();
    client->channel = grpc_channel_create(
        target, insecure, &(grpc_channel_args){.num_args = sizeof(args) / sizeof(args[0]), .args = args});
    grpc_channel_credentials_release(insecure);
    client->queue = grpc_completion_queue_create_for_next(NULL);
}

void client_close(struct client *client)
{
    grpc_channel_destroy(client->channel);
    grpc_completion_queue_shutdown(client->queue);
    while (grpc_completion_queue_next(client->queue, gpr_inf_future(GPR_CLOCK_REALTIME), NULL).type !=
           GRPC_QUEUE_SHUTDOWN)
        continue;
    grpc_completion_queue_destroy(client->queue);
    grpc_shutdown();
}

struct client_call *client_begin(struct client *client, const char *path, struct view request, int deadline_ms)
{
    struct client_call *call = calloc(1, sizeof(*call));
    gpr_timespec deadline = gpr_inf_future(GPR_CLOCK_MONOTONIC);
    if (deadline_ms != CLIENT_NO_DEADLINE)
        deadline = gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(deadline_ms, GPR_TIMESPAN));
    grpc_slice method = grpc_slice_from_copied_string(path);
    call->rpc = grpc_channel_create_call(client->channel, NULL, GRPC_PROPAGATE_DEFAULTS, client->queue, method, NULL,
                                         deadline, NULL);
    grpc_slice_unref(method);
    grpc_slice slice = grpc_slice_from_copied_buffer(request.data ? request.data : "", request.len);
    call->request = grpc_raw_byte_buffer_create(&slice, 1);
    grpc_slice_unref(slice);
    grpc_op ops[6] = {
        {.op = GRPC_OP_SEND_INITIAL_METADATA}, {.op = GRPC_OP_SEND_MESSAGE}, {.op = GRPC_OP_SEND_CLOSE_FROM_CLIENT},
        {.op = GRPC_OP_RECV_INITIAL_METADATA}, {.op = GRPC_OP_RECV_MESSAGE}, {.op = GRPC_OP_RECV_STATUS_ON_CLIENT},
    };
    ops[1].data.send_message.send_message = call->request;
    ops[3].data.recv_initial_metadata.recv_initial_metadata = &call->headers;
    ops[4].data.recv_message.recv_message = &call->reply;
    ops[5].data.recv_status_on_client.trailing_metadata = &call->trailers;
    ops[5].data.recv_status_on_client.status = &call->code;
    ops[5].data.recv_status_on_client.status_details = &call->message;
    grpc_call_error error = grpc_call_start_batch(call->rpc, ops, 6, call, NULL);
    if (error != GRPC_CALL_OK)
        abort();
    return call;
}

void client_cancel(struct client_call *call)
{
    grpc_call_cancel(call->rpc, NULL);
}

static char *copy_slice(grpc_slice slice, size_t *ret_len)
{
    *ret_len = GRPC_SLICE_LENGTH(slice);
    char *copy = malloc(*ret_len + 1);
    memcpy(copy, GRPC_SLICE_START_PTR(slice), *ret_len);
    copy[*ret_len] = '\0';
    return copy;
}

static void read_reply(const struct client_call *call, struct client_result *result)
{
    grpc_byte_buffer_reader reader;
    if (!call->reply || !grpc_byte_buffer_reader_init(&reader, call->reply))
        return;
    grpc_slice all = grpc_byte_buffer_reader_readall(&reader);
    result->reply = copy_slice(all, &result->reply_len);
    grpc_slice_unref(all);
    grpc_byte_buffer_reader_destroy(&reader);
}

struct client_result client_await(struct client *client, struct client_call *call)
{
    while (!call->ended) {
        grpc_event event = grpc_completion_queue_next(client->queue, gpr_inf_future(GPR_CLOCK_REALTIME), NULL);
        ((struct client_call *)event.tag)->ended = true;
    }
    size_t message_len;
    struct client_result result = {.code = (enum status_code)call->code};
    result.message = copy_slice(call->message, &message_len);
    read_reply(call, &result);
    for (size_t i = 0; i < call->trailers.count; i++)
        if (grpc_slice_str_cmp(call->trailers.metadata[i].key, "grpc-status-details-bin") == 0)
            result.details = copy_slice(call->trailers.metadata[i].value, &result.details_len);
    grpc_metadata_array_destroy(&call->headers);
    grpc_metadata_array_destroy(&call->trailers);
    grpc_slice_unref(call->message);
    grpc_byte_buffer_destroy(call->request);
    grpc_byte_buffer_destroy(call->reply);
    grpc_call_unref(call->rpc);
    free(call);
    return result;
}

struct client_result client_call(struct client *client, const char *path, struct view request)
{
    return client_await(client, client_begin(client, path, request, CLIENT_NO_DEADLINE));
}

void client_result_free(struct client_result *result)
{
    free(result->message);
    free(result->reply);
    free(result->details);
}
