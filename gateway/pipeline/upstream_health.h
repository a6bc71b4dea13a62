/*
 * Whether the service answers its health check: grpc.health.v1 Check of the whole server.
 *
 * Flow     create, ask any number of times, destroy. An answer is kept for READY_KEPT_MS, and who asks while a check is in
 *          flight waits for that one: however many ask, the service sees few checks.
 * Answers  Ready: SERVING. So is a service that does not have health checks (UNIMPLEMENTED), for it has answered.
 *          Not ready: NOT_SERVING and whatever else; UNAVAILABLE, with a sentence for clients.
 * Threads  Safe from any. Waiters are woken on a gRPC thread.
 * Errors   Each change between ready and not ready is one line in the log, with what gRPC says of it.
 */
#ifndef GATEWAY_PIPELINE_UPSTREAM_HEALTH_H
#define GATEWAY_PIPELINE_UPSTREAM_HEALTH_H

#include <stdbool.h>

#include "base/status.h"
#include "grpc/client/grpc_client.h"

struct upstream_health;

/* Somebody who has asked. The caller's memory, borrowed until it is woken. */
struct upstream_health_waiter {
    void (*wake)(void *ctx);
    void *ctx;
    struct upstream_health_waiter *next_; /* for its own use */
};

/* The upstream must outlive it. */
MUST_USE bool upstream_health_create(struct grpc_client *upstream, struct upstream_health **ret_health,
                                     struct status *st);

/* Nobody may be waiting. NULL is fine. */
void upstream_health_destroy(struct upstream_health *health);

/* True: the answer is known. False: wake() follows, once, perhaps before this returns; then it is. */
bool upstream_health_ask(struct upstream_health *health, struct upstream_health_waiter *waiter);

/* The last answer: true when the service is ready, else why it is not. */
MUST_USE bool upstream_health_is_ready(struct upstream_health *health, struct status *st);

#endif
