/*
 * A watcher is sent what it was not told yet whenever there is room for a message: at its request, at a change, and when the
 * message before has left. All of that is decided under one lock, so that no change is missed and none is told twice.
 */
#include "service/server/health.h"

#include <assert.h>
#include <pb_decode.h>
#include <pb_encode.h>
#include <pthread.h>
#include <stdlib.h>

#include "grpc/health/v1/health.pb.h"
#include "service/server/server_stream.h"

#define SERVICE "grpc.health.v1.Health"

typedef grpc_health_v1_HealthCheckRequest check_request;
typedef grpc_health_v1_HealthCheckResponse check_response;
typedef grpc_health_v1_HealthCheckResponse_ServingStatus serving_status;

#define UNKNOWN         grpc_health_v1_HealthCheckResponse_ServingStatus_UNKNOWN
#define SERVING         grpc_health_v1_HealthCheckResponse_ServingStatus_SERVING
#define NOT_SERVING     grpc_health_v1_HealthCheckResponse_ServingStatus_NOT_SERVING
#define SERVICE_UNKNOWN grpc_health_v1_HealthCheckResponse_ServingStatus_SERVICE_UNKNOWN

/* A client that watches a service that there is. */
struct watcher {
    struct server_stream *stream;
    struct watcher *next, *previous;
    serving_status told;
    bool is_busy; /* being told */
};

struct health {
    struct server *server;
    pthread_mutex_t lock; /* of what follows; taken before a stream's own */
    bool is_serving;
    bool is_draining;
    struct watcher *watchers;
};

/* ---- Messages ---- */

struct reply {
    uint8_t bytes[grpc_health_v1_HealthCheckResponse_size];
};

static struct view encode(serving_status status, struct reply *reply)
{
    pb_ostream_t out = pb_ostream_from_buffer(reply->bytes, sizeof(reply->bytes));
    check_response response = {.status = status};
    bool encoded = pb_encode(&out, grpc_health_v1_HealthCheckResponse_fields, &response);
    assert(encoded); /* its size is the largest there is */
    (void)encoded;
    return view_make((const char *)reply->bytes, out.bytes_written);
}

/* Whether the request names something that has a health: *ret_known. */
static bool decode(const struct health *health, struct view bytes, bool *ret_known, struct status *st)
{
    check_request request = grpc_health_v1_HealthCheckRequest_init_zero;
    pb_istream_t in = pb_istream_from_buffer((const pb_byte_t *)bytes.data, bytes.len);
    if (!pb_decode(&in, grpc_health_v1_HealthCheckRequest_fields, &request))
        return status_fail(st, STATUS_INVALID_ARGUMENT, "grpc.health.v1.HealthCheckRequest: %s", PB_GET_ERROR(&in));
    struct view name = {(const char *)request.service.bytes, request.service.size};
    *ret_known = name.len == 0 || server_has_service(health->server, name);
    return true;
}

/* Under the lock. */
static serving_status current(const struct health *health)
{
    return health->is_serving && !health->is_draining ? SERVING : NOT_SERVING;
}

/* ---- Check ---- */

static void check(void *ctx, struct server_call *call, struct view bytes)
{
    struct health *health = ctx;
    struct status st;
    struct reply reply;
    bool known;
    if (decode(health, bytes, &known, &st) &&
        (known || status_fail(&st, STATUS_NOT_FOUND, "there is no such service"))) {
        pthread_mutex_lock(&health->lock);
        serving_status status = current(health);
        pthread_mutex_unlock(&health->lock);
        server_call_reply_bytes(call, encode(status, &reply));
    } else {
        server_call_fail(call, &st);
    }
}

/* ---- Watch ---- */

/* Tells the watcher what it does not know, if it can be told. Under the lock. */
static void tell(const struct health *health, struct watcher *watcher)
{
    struct reply reply;
    serving_status status = current(health);
    if (watcher->is_busy || watcher->told == status)
        return;
    watcher->is_busy = true;
    watcher->told = status;
    server_stream_send(watcher->stream, encode(status, &reply));
}

static void tell_all(struct health *health)
{
    for (struct watcher *watcher = health->watchers; watcher; watcher = watcher->next)
        tell(health, watcher);
}

static void add_watcher(struct health *health, struct server_stream *stream)
{
    struct watcher *watcher = malloc(sizeof(*watcher));
    if (!watcher) {
        struct status st;
        status_fail(&st, STATUS_RESOURCE_EXHAUSTED, "out of memory");
        server_stream_finish(stream, &st);
        return;
    }
    *watcher = (struct watcher){.stream = stream, .told = UNKNOWN};
    server_stream_set_data(stream, watcher);
    pthread_mutex_lock(&health->lock);
    watcher->next = health->watchers;
    if (watcher->next)
        watcher->next->previous = watcher;
    health->watchers = watcher;
    tell(health, watcher);
    pthread_mutex_unlock(&health->lock);
}

static void watch(void *ctx, struct server_stream *stream, struct view bytes)
{
    struct health *health = ctx;
    struct status st;
    struct reply reply;
    bool known;
    if (!decode(health, bytes, &known, &st))
        server_stream_finish(stream, &st);
    else if (known)
        add_watcher(health, stream);
    else
        server_stream_send(stream, encode(SERVICE_UNKNOWN, &reply)); /* and never anything else */
}

static void watch_nothing(void *ctx, struct server_stream *stream)
{
    (void)ctx;
    struct status st;
    status_fail(&st, STATUS_UNIMPLEMENTED, "expected one request message, got none");
    server_stream_finish(stream, &st);
}

static void watcher_was_told(void *ctx, struct server_stream *stream)
{
    struct health *health = ctx;
    struct watcher *watcher = server_stream_data(stream);
    if (!watcher)
        return;
    pthread_mutex_lock(&health->lock);
    watcher->is_busy = false;
    tell(health, watcher);
    pthread_mutex_unlock(&health->lock);
}

static void watcher_has_gone(void *ctx, struct server_stream *stream)
{
    struct health *health = ctx;
    struct watcher *watcher = server_stream_data(stream);
    if (!watcher)
        return;
    pthread_mutex_lock(&health->lock);
    if (watcher->previous)
        watcher->previous->next = watcher->next;
    else
        health->watchers = watcher->next;
    if (watcher->next)
        watcher->next->previous = watcher->previous;
    pthread_mutex_unlock(&health->lock);
    free(watcher);
}

static const struct server_stream_handler watch_handler = {watch, watch_nothing, watcher_was_told, watcher_has_gone};

/* ---- The service ---- */

void health_set_serving(struct health *health, bool is_serving)
{
    pthread_mutex_lock(&health->lock);
    health->is_serving = is_serving;
    tell_all(health);
    pthread_mutex_unlock(&health->lock);
}

static void drain(void *ctx)
{
    struct health *health = ctx;
    pthread_mutex_lock(&health->lock);
    health->is_draining = true;
    tell_all(health);
    pthread_mutex_unlock(&health->lock);
}

bool health_create(struct server *server, struct health **ret_health, struct status *st)
{
    struct health *health = calloc(1, sizeof(*health));
    if (!health)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "out of memory");
    health->server = server;
    health->is_serving = true;
    pthread_mutex_init(&health->lock, NULL);
    *ret_health = health; /* the server may know it from here on */
    server_on_drain(server, drain, health);
    return server_add_bytes_method(server, SERVICE, "Check", check, health, st) &&
           server_add_stream_method(server, SERVICE, "Watch", &watch_handler, health, st);
}

void health_destroy(struct health *health)
{
    if (!health)
        return;
    pthread_mutex_destroy(&health->lock);
    free(health);
}
