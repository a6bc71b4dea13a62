/*
 * Load for grpc_echo: unary calls on a number of connections, a number of streams of each always busy.
 *
 *     grpc_load ADDRESS CONNECTIONS STREAMS BYTES SECONDS     prints calls per second; fails when a call does
 *
 * One thread and one completion queue, as the gateway has: what is measured is a client of that kind and the server together.
 */
#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpc/slice.h>
#include <grpc/support/alloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct stream {
    grpc_channel *channel;
    void *method;
    grpc_call *rpc;
    grpc_metadata_array headers;
    grpc_metadata_array trailers;
    grpc_byte_buffer *reply;
    grpc_status_code code;
    grpc_slice message;
};

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* A connection of its own. */
static grpc_channel *connect(const char *address)
{
    grpc_arg own = {.type = GRPC_ARG_INTEGER, .key = (char *)GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, .value.integer = 1};
    grpc_channel_credentials *insecure = grpc_insecure_credentials_create();
    grpc_channel *channel = grpc_channel_create(address, insecure, &(grpc_channel_args){1, &own});
    grpc_channel_credentials_release(insecure);
    return channel;
}

static void start(struct stream *stream, grpc_completion_queue *queue, grpc_slice *payload)
{
    grpc_byte_buffer *message =
        grpc_raw_byte_buffer_create(payload, 1); /* core empties it, so every call has its own */
    stream->rpc = grpc_channel_create_registered_call(stream->channel, NULL, GRPC_PROPAGATE_DEFAULTS, queue,
                                                      stream->method, gpr_inf_future(GPR_CLOCK_REALTIME), NULL);
    stream->reply = NULL;
    grpc_metadata_array_init(&stream->headers);
    grpc_metadata_array_init(&stream->trailers);
    const grpc_op ops[] = {
        {.op = GRPC_OP_SEND_INITIAL_METADATA},
        {.op = GRPC_OP_SEND_MESSAGE, .data.send_message.send_message = message},
        {.op = GRPC_OP_SEND_CLOSE_FROM_CLIENT},
        {.op = GRPC_OP_RECV_INITIAL_METADATA, .data.recv_initial_metadata.recv_initial_metadata = &stream->headers},
        {.op = GRPC_OP_RECV_MESSAGE, .data.recv_message.recv_message = &stream->reply},
        {.op = GRPC_OP_RECV_STATUS_ON_CLIENT,
         .data.recv_status_on_client = {.trailing_metadata = &stream->trailers,
                                        .status = &stream->code,
                                        .status_details = &stream->message}},
    };
    grpc_call_start_batch(stream->rpc, ops, sizeof(ops) / sizeof(ops[0]), stream, NULL);
    grpc_byte_buffer_destroy(message);
}

/* Whether the call ended well. */
static bool finish(struct stream *stream, size_t bytes)
{
    bool well = stream->code == GRPC_STATUS_OK && stream->reply && grpc_byte_buffer_length(stream->reply) == bytes;
    grpc_byte_buffer_destroy(stream->reply);
    grpc_metadata_array_destroy(&stream->headers);
    grpc_metadata_array_destroy(&stream->trailers);
    grpc_slice_unref(stream->message);
    grpc_call_unref(stream->rpc);
    return well;
}

/* Calls per second, or 0 when one failed. What happens before the first reply, connecting, does not count. */
static double measure(struct stream *streams, size_t stream_count, grpc_slice *payload, double seconds)
{
    grpc_completion_queue *queue = grpc_completion_queue_create_for_next(NULL);
    for (size_t i = 0; i < stream_count; i++)
        start(&streams[i], queue, payload);
    size_t in_flight = stream_count;
    size_t count = 0;
    bool well = true;
    double begin = 0;
    double end = 0;
    while (in_flight) {
        struct stream *stream = grpc_completion_queue_next(queue, gpr_inf_future(GPR_CLOCK_REALTIME), NULL).tag;
        well = finish(stream, GRPC_SLICE_LENGTH(*payload)) && well;
        if (count++ == stream_count)
            begin = now();
        end = now();
        if (well && (begin == 0 || end - begin < seconds))
            start(stream, queue, payload);
        else
            in_flight--;
    }
    grpc_completion_queue_shutdown(queue);
    grpc_completion_queue_next(queue, gpr_inf_future(GPR_CLOCK_REALTIME), NULL);
    grpc_completion_queue_destroy(queue);
    return well ? (double)(count - stream_count) / (end - begin) : 0;
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        fprintf(stderr, "usage: grpc_load ADDRESS CONNECTIONS STREAMS BYTES SECONDS\n");
        return 2;
    }
    size_t connection_count = strtoul(argv[2], NULL, 10);
    size_t streams_each = strtoul(argv[3], NULL, 10);
    size_t bytes = strtoul(argv[4], NULL, 10);
    size_t stream_count = connection_count * streams_each;
    struct stream *streams = calloc(stream_count, sizeof(*streams));
    if (!streams)
        return 1;
    grpc_init();
    for (size_t i = 0; i < stream_count; i++) {
        streams[i].channel = i < connection_count ? connect(argv[1]) : streams[i - connection_count].channel;
        streams[i].method = grpc_channel_register_call(streams[i].channel, "/bench.Echo/Echo", NULL, NULL);
    }
    grpc_slice payload = grpc_slice_malloc(bytes);
    memset(GRPC_SLICE_START_PTR(payload), 'x', bytes);
    double rate = measure(streams, stream_count, &payload, strtod(argv[5], NULL));
    grpc_slice_unref(payload);
    for (size_t i = 0; i < connection_count; i++)
        grpc_channel_destroy(streams[i].channel);
    free(streams);
    grpc_shutdown();
    if (rate == 0) {
        fprintf(stderr, "grpc_load: a call failed\n");
        return 1;
    }
    printf("%.1f\n", rate);
    return 0;
}
