/*
 * Whether the service answers its health check: grpc.health.v1 Check of the whole server, as one loop asks it.
 *
 * Flow     init, ask any number of times, free. An answer is kept for READY_KEPT_MS, and who asks while a check is in flight waits for
 *          that one: however many ask, the service sees few checks.
 * Answers  Ready: SERVING. So is a service that does not have health checks (UNIMPLEMENTED), for it has answered.
 *          Not ready: NOT_SERVING and whatever else; UNAVAILABLE, with a sentence for clients.
 * Threads  The loop's.
 */
#ifndef GATEWAY_PIPELINE_READINESS_H
#define GATEWAY_PIPELINE_READINESS_H

#include <stdbool.h>

#include "base/status.h"
#include "gateway/upstream/upstream_call.h"

/* Somebody who has asked. The caller's memory, borrowed until answered() or readiness_forget(). */
struct readiness_waiter {
    void (*answered)(struct readiness_waiter *waiter);
    struct readiness_waiter *previous; /* NULL: does not wait */
    struct readiness_waiter *next;
};

struct readiness {
    struct loop *loop;
    struct upstream_pool *pool;
    struct status st; /* OK: ready */
    bool is_known;
    bool is_checking;
    uint64_t known_ms;
    struct readiness_waiter waiters; /* the head of a ring */
    struct upstream_call call;
    struct arena arena;
    struct buf message;
    struct buf reply;
};

void readiness_init(struct readiness *readiness, struct loop *loop, struct upstream_pool *pool);

/* Nobody may be waiting. */
void readiness_free(struct readiness *readiness);

/* True: readiness->st is the answer. False: answered() follows, and then it is. */
bool readiness_ask(struct readiness *readiness, struct readiness_waiter *waiter);

/* It waits no longer. One that does not wait is fine. */
void readiness_forget(struct readiness_waiter *waiter);

#endif
