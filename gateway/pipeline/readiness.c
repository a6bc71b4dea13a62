#include "gateway/pipeline/readiness.h"

#include <pb_decode.h>

#include "base/container_of.h"
#include "gateway/pipeline/limits.h"
#include "grpc/health/v1/health.pb.h"

/* Memory of one check: metadata and the text of an error. */
#define ARENA_BYTES (256 * 1024)

/* A health message has a few bytes. */
#define MESSAGE_BYTES_MAX 1024

static bool is_serving(struct view message)
{
    grpc_health_v1_HealthCheckResponse response = grpc_health_v1_HealthCheckResponse_init_zero;
    pb_istream_t in = pb_istream_from_buffer((const pb_byte_t *)message.data, message.len);
    return pb_decode(&in, grpc_health_v1_HealthCheckResponse_fields, &response) &&
           response.status == grpc_health_v1_HealthCheckResponse_ServingStatus_SERVING;
}

/* What the ended call says, as a status for clients. */
static void judge(const struct upstream_call *call, struct status *st)
{
    status_clear(st);
    if (upstream_call_status(call, st)) {
        if (!is_serving(upstream_call_reply(call)))
            status_fail(st, STATUS_UNAVAILABLE, "the service says that it is not serving");
    } else if (call->failure == UPSTREAM_SAID && st->code == STATUS_UNIMPLEMENTED) {
        status_clear(st);
    } else if (st->code == STATUS_DEADLINE_EXCEEDED) { /* its own clock may have been the faster one */
        st->details = (struct view){0};
        status_fail(st, STATUS_UNAVAILABLE, "the service did not answer in time");
    } else if (call->failure == UPSTREAM_SAID) {
        st->code = STATUS_UNAVAILABLE;
        st->details = (struct view){0};
        status_prefix(st, "the service fails its health check: ");
    } else {
        st->code = STATUS_UNAVAILABLE;
    }
}

/* Waiters may end with their answer, and ask again. */
static void answer_all(struct readiness *readiness)
{
    struct readiness_waiter *head = &readiness->waiters;
    readiness->is_checking = false;
    while (head->next != head) {
        struct readiness_waiter *waiter = head->next;
        readiness_forget(waiter);
        waiter->answered(waiter);
    }
}

static void on_ended(struct upstream_call *call)
{
    struct readiness *readiness = CONTAINER_OF(call, struct readiness, call);
    judge(call, &readiness->st);
    readiness->is_known = true;
    readiness->known_ms = loop_now_ms(readiness->loop);
    arena_reset(&readiness->arena);
    answer_all(readiness);
}

static bool start(struct readiness *readiness)
{
    static const struct upstream_call_events events = {.on_ended = on_ended};
    static const char prefix[GRPC_PREFIX_BYTES];
    struct upstream_request request = {
        .path = VIEW("/grpc.health.v1.Health/Check"),
        .message = &readiness->message,
        .deadline_ms = READY_DEADLINE_MS,
        .is_idempotent = true,
        .arena = &readiness->arena,
        .reply = &readiness->reply,
        .events = &events,
    };
    buf_clear(&readiness->message);
    buf_clear(&readiness->reply);
    status_clear(&readiness->st);
    return (buf_append(&readiness->message, view_make(prefix, sizeof(prefix))) ||
            status_fail(&readiness->st, STATUS_UNAVAILABLE, "no memory for the health check")) &&
           upstream_call_start(readiness->pool, &readiness->call, &request, &readiness->st);
}

bool readiness_ask(struct readiness *readiness, struct readiness_waiter *waiter)
{
    if (readiness->is_known && loop_now_ms(readiness->loop) < readiness->known_ms + READY_KEPT_MS &&
        !readiness->is_checking)
        return true;
    if (!readiness->is_checking && !start(readiness)) {
        readiness->is_known = false;
        return true;
    }
    readiness->is_checking = true;
    waiter->next = &readiness->waiters;
    waiter->previous = readiness->waiters.previous;
    waiter->previous->next = waiter;
    readiness->waiters.previous = waiter;
    return false;
}

void readiness_forget(struct readiness_waiter *waiter)
{
    if (!waiter->previous)
        return;
    waiter->previous->next = waiter->next;
    waiter->next->previous = waiter->previous;
    waiter->previous = waiter->next = NULL;
}

void readiness_init(struct readiness *readiness, struct loop *loop, struct upstream_pool *pool)
{
    *readiness = (struct readiness){.loop = loop, .pool = pool};
    readiness->waiters.next = readiness->waiters.previous = &readiness->waiters;
    arena_init(&readiness->arena, ARENA_BYTES);
    buf_init(&readiness->message, MESSAGE_BYTES_MAX);
    buf_init(&readiness->reply, MESSAGE_BYTES_MAX);
}

void readiness_free(struct readiness *readiness)
{
    if (readiness->is_checking)
        upstream_call_cancel(&readiness->call);
    arena_free(&readiness->arena);
    buf_free(&readiness->message);
    buf_free(&readiness->reply);
}
