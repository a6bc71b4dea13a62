#include "gateway/pipeline/upstream_health.h"

#include <pb_decode.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/monotonic.h"
#include "gateway/limits.h"
#include "grpc/health/v1/health.pb.h"

/* More than a call takes. */
#define ARENA_BYTES 4096

struct upstream_health {
    struct grpc_client *upstream;
    const struct grpc_client_method *check;

    /* Of the check in flight: whoever starts it, then whoever ends it. */
    struct arena arena;
    struct grpc_client_call *call;

    pthread_mutex_t lock; /* of what follows */
    struct upstream_health_waiter *waiters;
    bool is_checking;
    bool is_known;
    uint64_t known_ms; /* monotonic clock */
    struct status st;  /* OK: ready */
};

static bool is_serving(struct view message)
{
    grpc_health_v1_HealthCheckResponse response = grpc_health_v1_HealthCheckResponse_init_zero;
    pb_istream_t in = pb_istream_from_buffer((const pb_byte_t *)message.data, message.len);
    return pb_decode(&in, grpc_health_v1_HealthCheckResponse_fields, &response) &&
           response.status == grpc_health_v1_HealthCheckResponse_ServingStatus_SERVING;
}

/* What the ended call says, as a status for clients. *ret_cause is for the log. */
static bool judge(const struct grpc_client_call *call, struct status *st, const char **ret_cause)
{
    struct view message;
    status_clear(st);
    *ret_cause = NULL;
    if (grpc_client_call_result((struct grpc_client_call *)call, &message, st))
        return is_serving(message) || status_fail(st, STATUS_UNAVAILABLE, "the service says that it is not serving");
    *ret_cause = grpc_client_call_local_error(call);
    if (st->code == STATUS_UNIMPLEMENTED) {
        status_clear(st);
        return true;
    }
    if (*ret_cause)
        return status_fail(st, STATUS_UNAVAILABLE, "the service cannot be reached");
    st->code = STATUS_UNAVAILABLE;
    return status_prefix(st, "the service fails its health check: ");
}

static void log_change(bool ready, const struct status *st, const char *cause)
{
    if (ready)
        log_write(LOG_INFO, "the service is ready");
    else
        log_write(LOG_WARNING, "the service is not ready", LOG_TEXT("detail", cause ? cause : st->message));
}

/* Ends the checking. The waiters may end with it, and so may `health` then. */
static void wake_all(struct upstream_health *health)
{
    struct upstream_health_waiter *waiter, *next;
    health->is_checking = false;
    waiter = health->waiters;
    health->waiters = NULL;
    pthread_mutex_unlock(&health->lock);
    for (; waiter; waiter = next) {
        next = waiter->next_;
        waiter->wake(waiter->ctx);
    }
}

static void checked(void *ctx)
{
    struct upstream_health *health = ctx;
    struct status st;
    const char *cause;
    bool ready = judge(health->call, &st, &cause);
    pthread_mutex_lock(&health->lock);
    if (!health->is_known || ready != (health->st.code == STATUS_OK))
        log_change(ready, &st, cause);
    health->st = st;
    health->st.details = (struct view){0};
    health->is_known = true;
    health->known_ms = monotonic_ms();
    grpc_client_call_destroy(health->call);
    arena_reset(&health->arena);
    wake_all(health);
}

static void start_check(struct upstream_health *health)
{
    struct buf empty;
    struct status st;
    buf_init(&empty, 0);
    struct grpc_client_request request = {.method = health->check, .message = &empty, .deadline_ms = READY_DEADLINE_MS};
    if (grpc_client_call_start(health->upstream, &request, &health->arena, checked, health, &health->call, &st))
        return;
    /* There are too many calls. That says nothing new of the service: the last answer stands. */
    pthread_mutex_lock(&health->lock);
    arena_reset(&health->arena);
    wake_all(health);
}

bool upstream_health_ask(struct upstream_health *health, struct upstream_health_waiter *waiter)
{
    pthread_mutex_lock(&health->lock);
    bool known = health->is_known && monotonic_ms() - health->known_ms < READY_KEPT_MS;
    bool start = !known && !health->is_checking;
    if (!known) {
        waiter->next_ = health->waiters;
        health->waiters = waiter;
        health->is_checking = true;
    }
    pthread_mutex_unlock(&health->lock);
    if (start)
        start_check(health);
    return known;
}

bool upstream_health_is_ready(struct upstream_health *health, struct status *st)
{
    pthread_mutex_lock(&health->lock);
    *st = health->st;
    pthread_mutex_unlock(&health->lock);
    return st->code == STATUS_OK;
}

bool upstream_health_create(struct grpc_client *upstream, struct upstream_health **ret_health, struct status *st)
{
    struct upstream_health *health = calloc(1, sizeof(*health));
    if (!health)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for health checks");
    health->upstream = upstream;
    arena_init(&health->arena, ARENA_BYTES);
    pthread_mutex_init(&health->lock, NULL);
    status_fail(&health->st, STATUS_UNAVAILABLE, "the service has not been asked yet");
    if (!grpc_client_register(upstream, "/grpc.health.v1.Health/Check", &health->check, st)) {
        upstream_health_destroy(health);
        return false;
    }
    *ret_health = health;
    return true;
}

void upstream_health_destroy(struct upstream_health *health)
{
    if (!health)
        return;
    pthread_mutex_destroy(&health->lock);
    arena_free(&health->arena);
    free(health);
}
