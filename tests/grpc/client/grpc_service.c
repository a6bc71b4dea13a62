#include "tests/grpc/client/grpc_service.h"

#include <grpc/byte_buffer_reader.h>
#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpc/support/time.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

struct grpc_service {
    grpc_service_method method;
    void *ctx;
    grpc_server *server;
    grpc_completion_queue *queue;
    pthread_t thread;
    char address[32];
    size_t served_count; /* calls, with the one that is waited for; the thread's */
    bool is_down;        /* the server has shut down; the queue follows when no call is left to use it */
    sem_t arrived;       /* calls that are never answered */
    sem_t cancelled;
};

/* One call; first it waits for a client, then for the request, then for its end. */
struct served {
    enum { WAITING, READING, ENDING } state;
    grpc_call *call;
    grpc_call_details details;
    grpc_metadata_array metadata;
    grpc_byte_buffer *request;
    int was_cancelled;
    bool never;
};

static void wait_for_call(struct grpc_service *service)
{
    struct served *served = calloc(1, sizeof(*served));
    service->served_count++;
    grpc_call_details_init(&served->details);
    grpc_metadata_array_init(&served->metadata);
    grpc_server_request_call(service->server, &served->call, &served->details, &served->metadata, service->queue,
                             service->queue, served);
}

static void destroy(struct grpc_service *service, struct served *served)
{
    service->served_count--;
    grpc_call_details_destroy(&served->details);
    grpc_metadata_array_destroy(&served->metadata);
    grpc_byte_buffer_destroy(served->request);
    if (served->call)
        grpc_call_unref(served->call);
    free(served);
}

static void read_request(struct served *served)
{
    const grpc_op op = {.op = GRPC_OP_RECV_MESSAGE, .data.recv_message.recv_message = &served->request};
    served->state = READING;
    grpc_call_start_batch(served->call, &op, 1, served, NULL);
}

static void end(struct served *served, const struct grpc_service_call *answer)
{
    grpc_op ops[4] = {
        {.op = GRPC_OP_RECV_CLOSE_ON_SERVER, .data.recv_close_on_server.cancelled = &served->was_cancelled}};
    size_t count = 1;
    grpc_metadata header = {0};
    grpc_metadata trailer = {grpc_slice_from_static_string("grpc-status-details-bin"),
                             grpc_slice_from_copied_buffer(answer->details.data, answer->details.len),
                             {{NULL, NULL, NULL, NULL}}};
    bool has_trailer = answer->details.data || answer->trailer_key;
    grpc_slice message = grpc_slice_from_copied_string(answer->message ? answer->message : "");
    grpc_slice reply_slice = grpc_slice_from_copied_buffer(answer->reply.data, answer->reply.len);
    grpc_byte_buffer *reply = grpc_raw_byte_buffer_create(&reply_slice, 1);
    served->state = ENDING;
    served->never = answer->never;
    if (answer->header_key) {
        header.key = grpc_slice_from_copied_string(answer->header_key);
        header.value = grpc_slice_from_copied_string(answer->header_value);
    }
    if (!answer->details.data && answer->trailer_key) {
        trailer.key = grpc_slice_from_copied_string(answer->trailer_key);
        trailer.value = grpc_slice_from_copied_string(answer->trailer_value);
    }
    if (!answer->never) {
        ops[count].op = GRPC_OP_SEND_INITIAL_METADATA;
        ops[count].data.send_initial_metadata.count = answer->header_key ? 1 : 0;
        ops[count++].data.send_initial_metadata.metadata = &header;
        ops[count].op = GRPC_OP_SEND_STATUS_FROM_SERVER;
        ops[count].data.send_status_from_server.status = (grpc_status_code)answer->code;
        ops[count].data.send_status_from_server.status_details = &message;
        ops[count].data.send_status_from_server.trailing_metadata_count = has_trailer ? 1 : 0;
        ops[count++].data.send_status_from_server.trailing_metadata = &trailer;
        if (answer->code == 0 && !answer->without_reply) {
            ops[count].op = GRPC_OP_SEND_MESSAGE;
            ops[count++].data.send_message.send_message = reply;
        }
    }
    grpc_call_start_batch(served->call, ops, count, served, NULL);
    if (answer->header_key) {
        grpc_slice_unref(header.key);
        grpc_slice_unref(header.value);
    }
    grpc_slice_unref(trailer.key);
    grpc_slice_unref(trailer.value);
    grpc_slice_unref(message);
    grpc_slice_unref(reply_slice);
    grpc_byte_buffer_destroy(reply);
}

static void answer(struct grpc_service *service, struct served *served)
{
    grpc_slice request = grpc_empty_slice();
    grpc_byte_buffer_reader reader;
    if (served->request && grpc_byte_buffer_reader_init(&reader, served->request)) {
        request = grpc_byte_buffer_reader_readall(&reader);
        grpc_byte_buffer_reader_destroy(&reader);
    }
    gpr_timespec now = gpr_now(served->details.deadline.clock_type);
    struct grpc_service_call call = {
        .path = {(const char *)GRPC_SLICE_START_PTR(served->details.method), GRPC_SLICE_LENGTH(served->details.method)},
        .request = {(const char *)GRPC_SLICE_START_PTR(request), GRPC_SLICE_LENGTH(request)},
        .metadata = &served->metadata,
        .remaining_ms = gpr_time_to_millis(gpr_time_sub(served->details.deadline, now)),
    };
    buf_init(&call.reply, 32 * 1024 * 1024);
    if (view_equal_text(call.path, "/grpc.health.v1.Health/Watch"))
        call.code = GRPC_STATUS_UNIMPLEMENTED; /* the client asks this of every connection */
    else
        service->method(&call, service->ctx);
    if (call.never)
        sem_post(&service->arrived);
    end(served, &call);
    buf_free(&call.reply);
    grpc_slice_unref(request);
}

static void *run(void *ctx)
{
    struct grpc_service *service = ctx;
    gpr_timespec forever = gpr_inf_future(GPR_CLOCK_MONOTONIC);
    while (!service->is_down || service->served_count > 0) {
        grpc_event event = grpc_completion_queue_next(service->queue, forever, NULL);
        struct served *served = event.tag;
        if (!served) { /* the server has shut down */
            service->is_down = true;
        } else if (served->state == WAITING && !event.success) {
            destroy(service, served);
        } else if (served->state == WAITING) {
            wait_for_call(service);
            read_request(served);
        } else if (served->state == READING) {
            answer(service, served);
        } else {
            if (served->never)
                sem_post(&service->cancelled);
            destroy(service, served);
        }
    }
    grpc_completion_queue_shutdown(service->queue);
    grpc_completion_queue_next(service->queue, forever, NULL);
    return NULL;
}

struct view grpc_service_metadata(const struct grpc_service_call *call, const char *key)
{
    const grpc_metadata_array *metadata = call->metadata;
    for (size_t i = 0; i < metadata->count; i++) {
        const grpc_slice *value = &metadata->metadata[i].value;
        if (grpc_slice_str_cmp(metadata->metadata[i].key, key) == 0)
            return view_make((const char *)GRPC_SLICE_START_PTR(*value), GRPC_SLICE_LENGTH(*value));
    }
    return (struct view){0};
}

struct grpc_service *grpc_service_start(grpc_service_method method, void *ctx)
{
    struct grpc_service *service = calloc(1, sizeof(*service));
    grpc_init();
    service->method = method;
    service->ctx = ctx;
    sem_init(&service->arrived, 0, 0);
    sem_init(&service->cancelled, 0, 0);
    service->queue = grpc_completion_queue_create_for_next(NULL);
    service->server = grpc_server_create(NULL, NULL);
    grpc_server_register_completion_queue(service->server, service->queue, NULL);
    grpc_server_credentials *credentials = grpc_insecure_server_credentials_create();
    int port = grpc_server_add_http2_port(service->server, "127.0.0.1:0", credentials);
    grpc_server_credentials_release(credentials);
    snprintf(service->address, sizeof(service->address), "127.0.0.1:%d", port);
    grpc_server_start(service->server);
    wait_for_call(service);
    pthread_create(&service->thread, NULL, run, service);
    return service;
}

const char *grpc_service_address(const struct grpc_service *service)
{
    return service->address;
}

void grpc_service_wait_arrived(struct grpc_service *service, unsigned count)
{
    while (count--)
        sem_wait(&service->arrived);
}

void grpc_service_wait_cancelled(struct grpc_service *service, unsigned count)
{
    while (count--)
        sem_wait(&service->cancelled);
}

void grpc_service_stop(struct grpc_service *service)
{
    if (!service)
        return;
    grpc_server_shutdown_and_notify(service->server, service->queue, NULL);
    grpc_server_cancel_all_calls(service->server);
    pthread_join(service->thread, NULL);
    grpc_server_destroy(service->server);
    grpc_completion_queue_destroy(service->queue);
    sem_destroy(&service->arrived);
    sem_destroy(&service->cancelled);
    free(service);
    grpc_shutdown();
}
