/*
 * The least that a unary call costs a server on gRPC C core: the request message is the reply. Every call is one event for its
 * arrival and one for its end.
 *
 *     grpc_echo THREADS       a completion queue each; prints "grpc_echo: listening on 127.0.0.1:PORT" and serves until it is killed
 */
#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define THREADS_MAX     64
#define CALLS_REQUESTED 128 /* per completion queue: so many may arrive at once */

static grpc_server *server;
static void *method;

struct call {
    grpc_completion_queue *queue;
    grpc_call *rpc; /* NULL: has not arrived */
    gpr_timespec deadline;
    grpc_metadata_array metadata;
    grpc_byte_buffer *message;
    int cancelled;
    bool answered;
};

static void request(struct call *call)
{
    call->answered = false;
    grpc_metadata_array_init(&call->metadata);
    grpc_server_request_registered_call(server, method, &call->rpc, &call->deadline, &call->metadata, &call->message,
                                        call->queue, call->queue, call);
}

static void answer(struct call *call)
{
    const grpc_op ops[] = {
        {.op = GRPC_OP_SEND_INITIAL_METADATA},
        {.op = GRPC_OP_SEND_MESSAGE, .data.send_message.send_message = call->message},
        {.op = GRPC_OP_SEND_STATUS_FROM_SERVER, .data.send_status_from_server.status = GRPC_STATUS_OK},
        {.op = GRPC_OP_RECV_CLOSE_ON_SERVER, .data.recv_close_on_server.cancelled = &call->cancelled},
    };
    call->answered = true;
    grpc_call_start_batch(call->rpc, ops, sizeof(ops) / sizeof(ops[0]), call, NULL);
}

static void finish(struct call *call)
{
    grpc_byte_buffer_destroy(call->message);
    grpc_metadata_array_destroy(&call->metadata);
    grpc_call_unref(call->rpc);
}

static _Noreturn void serve(grpc_completion_queue *queue)
{
    struct call *calls = calloc(CALLS_REQUESTED, sizeof(*calls));
    for (int i = 0; calls && i < CALLS_REQUESTED; i++) {
        calls[i].queue = queue;
        request(&calls[i]);
    }
    for (;;) {
        struct call *call = grpc_completion_queue_next(queue, gpr_inf_future(GPR_CLOCK_REALTIME), NULL).tag;
        if (!call->answered) {
            answer(call);
        } else {
            finish(call);
            request(call);
        }
    }
}

static void *run(void *queue)
{
    serve(queue);
}

int main(int argc, char **argv)
{
    unsigned threads = argc == 2 ? (unsigned)strtoul(argv[1], NULL, 10) : 0;
    grpc_completion_queue *queues[THREADS_MAX];
    if (threads == 0 || threads > THREADS_MAX) {
        fprintf(stderr, "usage: grpc_echo THREADS\n");
        return 2;
    }
    grpc_init();
    server = grpc_server_create(NULL, NULL);
    for (unsigned i = 0; i < threads; i++) {
        queues[i] = grpc_completion_queue_create_for_next(NULL);
        grpc_server_register_completion_queue(server, queues[i], NULL);
    }
    method =
        grpc_server_register_method(server, "/bench.Echo/Echo", NULL, GRPC_SRM_PAYLOAD_READ_INITIAL_BYTE_BUFFER, 0);
    grpc_server_credentials *insecure = grpc_insecure_server_credentials_create();
    int port = grpc_server_add_http2_port(server, "127.0.0.1:0", insecure);
    grpc_server_credentials_release(insecure);
    grpc_server_start(server);
    pthread_t thread;
    for (unsigned i = 1; port && i < threads; i++)
        pthread_create(&thread, NULL, run, queues[i]);
    if (!port) {
        fprintf(stderr, "grpc_echo: cannot listen\n");
        return 1;
    }
    printf("grpc_echo: listening on 127.0.0.1:%d\n", port);
    fflush(stdout);
    serve(queues[0]);
}
