/*
 * The methods, the queues, and the order in which they start and stop.
 *
 * Start: core's server first, as only then it takes requests for calls; these are made for all queues by this thread; the
 * queues' threads last, so that a queue has one thread at any time. Stop: core stops listening and gives its tag to each
 * queue, whereupon the queues end when their calls have (queue.c). All of it is undone by the same path when a start fails
 * halfway: a queue that got no thread is run by the caller's.
 */
#include "service/server/server.h"

#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/processors.h"
#include "service/limits.h"
#include "service/server/call.h"
#include "service/server/core_server.h"
#include "service/server/hang_up.h"
#include "service/server/method.h"
#include "service/server/queue.h"
#include "service/server/stream.h"

/* Calls asked for in advance where nobody waits for speed: streams, and paths that do not exist. */
#define RARE_CALLS_REQUESTED 4

/* How often a drain looks how far it has come. */
#define DRAIN_STEP_MS 5

struct server {
    grpc_server *core;
    struct method unknown;  /* stands for the paths that nobody added */
    struct method *methods; /* newest first */
    struct server_load load;
    struct stream_set streams;
    struct queue *queues;
    unsigned queue_count;
    int port;
    bool is_running; /* core's server was started and not drained */
    void (*drain_listener)(void *ctx);
    void *drain_listener_ctx;
};

/* ---- Create ---- */

/* One thread for two processors. More of them wake each other up for every call (core's threads take turns at polling),
 * which costs a quarter of the calls when the other half of the machine is busy with clients, commits and core itself. */
static unsigned default_thread_count(void)
{
    return (processors_count() + 1) / 2;
}

bool server_create(const struct server_options *options, struct server **ret_server, struct status *st)
{
    size_t request_bytes_max = options->request_bytes_max ? options->request_bytes_max : SERVER_REQUEST_BYTES_MAX;
    unsigned queue_count = options->threads ? options->threads : default_thread_count();
    if (queue_count > SERVER_THREADS_MAX)
        queue_count = SERVER_THREADS_MAX;
    struct server *server = calloc(1, sizeof(*server));
    struct queue *queues = calloc(queue_count, sizeof(*queues));
    if (!server || !queues) {
        free(server);
        free(queues);
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "out of memory");
    }
    server->load.calls_max = processors_scale(SERVER_CALLS_PER_PROCESSOR, SERVER_CALLS_MIN, SERVER_CALLS_MAX);
    grpc_init();
    server->core = core_server_create(options, request_bytes_max);
    server->unknown =
        (struct method){.request = call_request, .requested = RARE_CALLS_REQUESTED, .run = method_run_unknown};
    stream_set_init(&server->streams);
    server->queues = queues;
    server->queue_count = queue_count;
    for (unsigned i = 0; i < queue_count; i++) {
        queue_init(&queues[i], &server->load, request_bytes_max);
        grpc_server_register_completion_queue(server->core, queues[i].core, NULL);
    }
    *ret_server = server;
    return true;
}

/* ---- Methods ---- */

static void free_method(struct method *method)
{
    free(method->path);
    free(method);
}

/* Adds a unary method of this path, for the caller to complete; NULL with st set. */
static struct method *add_method(struct server *server, const char *service, const char *name, struct status *st)
{
    struct method *method = calloc(1, sizeof(*method));
    if (!method || asprintf(&method->path, "/%s/%s", service, name) < 0) {
        free(method);
        status_fail(st, STATUS_RESOURCE_EXHAUSTED, "out of memory");
        return NULL;
    }
    for (const struct method *other = server->methods; other; other = other->next) {
        if (strcmp(other->path, method->path) == 0) {
            status_fail(st, STATUS_ALREADY_EXISTS, "%s was added before", method->path);
            free_method(method);
            return NULL;
        }
    }
    method->core =
        grpc_server_register_method(server->core, method->path, NULL, GRPC_SRM_PAYLOAD_READ_INITIAL_BYTE_BUFFER, 0);
    method->request = call_request;
    method->requested = SERVER_CALLS_REQUESTED;
    method->next = server->methods;
    server->methods = method;
    return method;
}

bool server_add_service(struct server *server, ProtobufCService *service, struct status *st)
{
    const ProtobufCServiceDescriptor *descriptor = service->descriptor;
    for (unsigned i = 0; i < descriptor->n_methods; i++) {
        struct method *method = add_method(server, descriptor->name, descriptor->methods[i].name, st);
        if (!method)
            return false;
        method->run = method_run_service;
        method->service = service;
        method->index = i;
    }
    return true;
}

bool server_add_bytes_method(struct server *server, const char *service, const char *name,
                             server_bytes_method *bytes_method, void *ctx, struct status *st)
{
    struct method *method = add_method(server, service, name, st);
    if (!method)
        return false;
    method->run = method_run_bytes;
    method->bytes_method = bytes_method;
    method->ctx = ctx;
    return true;
}

bool server_add_stream_method(struct server *server, const char *service, const char *name,
                              const struct server_stream_handler *handler, void *ctx, struct status *st)
{
    struct method *method = add_method(server, service, name, st);
    if (!method)
        return false;
    method->request = stream_request;
    method->requested = RARE_CALLS_REQUESTED;
    method->handler = handler;
    method->streams = &server->streams;
    method->ctx = ctx;
    return true;
}

bool server_has_service(const struct server *server, struct view name)
{
    for (const struct method *method = server->methods; method; method = method->next) {
        struct view path = view_of(method->path + 1);
        if (path.len > name.len && path.data[name.len] == '/' && view_starts_with(path, name))
            return true;
    }
    return false;
}

/* ---- Start ---- */

static bool request_calls(struct queue *queue, grpc_server *core, const struct method *method)
{
    for (unsigned i = 0; i < method->requested; i++)
        if (!method->request(queue, core, method))
            return false;
    return true;
}

static bool fill_queue(struct server *server, struct queue *queue)
{
    for (const struct method *method = server->methods; method; method = method->next)
        if (!request_calls(queue, server->core, method))
            return false;
    return request_calls(queue, server->core, &server->unknown);
}

static void *run_thread(void *queue)
{
    queue_run(queue);
    return NULL;
}

static bool start_queues(struct server *server, struct status *st)
{
    for (unsigned i = 0; i < server->queue_count; i++)
        if (!fill_queue(server, &server->queues[i]))
            return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "out of memory");
    for (unsigned i = 0; i < server->queue_count; i++) {
        struct queue *queue = &server->queues[i];
        int error = pthread_create(&queue->thread, NULL, run_thread, queue);
        if (error)
            return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "cannot start a thread: %s", strerror(error));
        queue->has_thread = true;
    }
    return true;
}

bool server_start(struct server *server, const char *address, int *ret_port, struct status *st)
{
    grpc_server_credentials *insecure = grpc_insecure_server_credentials_create();
    int port = grpc_server_add_http2_port(server->core, address, insecure);
    grpc_server_credentials_release(insecure);
    if (port == 0)
        return status_fail(st, STATUS_UNAVAILABLE, "cannot listen on %s: it is in use, or not an address here",
                           address);
    grpc_server_start(server->core);
    server->port = port;
    server->is_running = true;
    if (!start_queues(server, st)) {
        server_drain(server, 0);
        return false;
    }
    *ret_port = port;
    return true;
}

/* ---- Stop ---- */

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void sleep_ms(int64_t ms)
{
    struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

/* Waits in small steps until no call is in flight, or until end_ms and returns false. */
static bool await_idle(struct server *server, int64_t end_ms)
{
    bool is_idle;
    while (!(is_idle = atomic_load(&server->load.finished) == atomic_load(&server->load.arrived) &&
                       stream_set_is_empty(&server->streams)) &&
           now_ms() < end_ms)
        sleep_ms(DRAIN_STEP_MS);
    return is_idle;
}

static int64_t earlier(int64_t a_ms, int64_t b_ms)
{
    return a_ms < b_ms ? a_ms : b_ms;
}

/* Waits until no call has come for a while. */
static void await_quiet(const struct server *server, int64_t end_ms)
{
    size_t before;
    int64_t now = now_ms();
    end_ms = earlier(end_ms, now + SERVER_LAME_DUCK_MS);
    do {
        before = atomic_load(&server->load.arrived);
        if (now < end_ms)
            sleep_ms(earlier(SERVER_QUIET_MS, end_ms - now));
        now = now_ms();
    } while (now < end_ms && atomic_load(&server->load.arrived) != before);
}

/*
 * Core answers CANCELLED to calls that come when it is shutting down, and it knows no other way to make clients go. So they
 * are hung up on first, which is UNAVAILABLE for their calls; and again for connections that were made in between.
 */
static void shut_down(struct server *server)
{
    hang_up(server->port);
    for (unsigned i = 0; i < server->queue_count; i++)
        grpc_server_shutdown_and_notify(server->core, server->queues[i].core, &server->queues[i].server_down);
    hang_up(server->port);
    grpc_server_cancel_all_calls(server->core);
}

void server_on_drain(struct server *server, void (*listener)(void *ctx), void *ctx)
{
    server->drain_listener = listener;
    server->drain_listener_ctx = ctx;
}

bool server_drain(struct server *server, int64_t timeout_ms)
{
    int64_t end_ms = now_ms() + timeout_ms;
    if (!server->is_running)
        return true;
    if (server->drain_listener)
        server->drain_listener(server->drain_listener_ctx);
    await_quiet(server, end_ms);
    atomic_store(&server->load.is_refusing, true);
    stream_drain(&server->streams);
    bool in_time = await_idle(server, end_ms);
    shut_down(server);
    for (unsigned i = 0; i < server->queue_count; i++) {
        if (server->queues[i].has_thread)
            pthread_join(server->queues[i].thread, NULL);
        else
            queue_run(&server->queues[i]);
    }
    server->is_running = false;
    return in_time;
}

void server_destroy(struct server *server)
{
    if (!server)
        return;
    server_drain(server, 0);
    grpc_server_destroy(server->core);
    for (unsigned i = 0; i < server->queue_count; i++)
        queue_free(&server->queues[i]);
    free(server->queues);
    stream_set_free(&server->streams);
    for (struct method *method = server->methods; method;) {
        struct method *next = method->next;
        free_method(method);
        method = next;
    }
    free(server);
    grpc_shutdown();
}
