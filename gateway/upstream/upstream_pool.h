/*
 * The replicas of the service as one loop sees them: its own connections to each, and which call goes where.
 *
 * Flow     create one a loop; set its addresses; start calls (upstream_call.h); close, and destroy when
 *          its loop has stopped. Addresses may change at any time: connections to those that vanish finish their calls.
 * Choice   Calls go round the replicas that are connected and whose health (grpc.health.v1 Watch of the whole server) is SERVING; a
 *          server without that service counts as serving. Of a replica's connections the first one with room takes the call, and
 *          when all are full another is made, up to UPSTREAM_CONNECTIONS_MAX.
 * Waiting  A call that finds no room waits, in order, until its deadline. One that finds no replica at all waits until wait_ms
 *          after the last one was lost, and is UNAVAILABLE then, or at once when that is over already.
 * Memory   A few kB a connection, and pools for reuse. Replies are charged to their calls' clients.
 * Limits   gateway/upstream/limits.h and the options.
 * Threads  The loop's.
 */
#ifndef GATEWAY_UPSTREAM_UPSTREAM_POOL_H
#define GATEWAY_UPSTREAM_UPSTREAM_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "gateway/upstream/upstream_address.h"
#include "web/loop/loop.h"

struct upstream_pool;

struct upstream_pool_options {
    unsigned calls_max;    /* in flight and waiting */
    uint32_t wait_ms;      /* how long a call waits for a replica, from the loss of the last one on */
    uint32_t keepalive_ms; /* of silence on a connection, after which it is pinged; 0: never */
    /* The pool has a replica, or has lost the last one (then with the reason). NULL: nobody wants to know. */
    void (*on_change)(bool has_replica, const char *detail);
    /* A connection was lost or said GOAWAY: the addresses may have changed. */
    void (*on_loss)(void *ctx);
    void *on_loss_ctx;
};

/* The authority of all calls is copied. No address is known yet. */
MUST_USE bool upstream_pool_create(struct loop *loop, const struct upstream_pool_options *options,
                                   const char *authority, struct upstream_pool **ret_pool, struct status *st);

/* From now on these; copied. Those that are connected stay so. False: no memory, and the old ones stay. */
MUST_USE bool upstream_pool_set_addresses(struct upstream_pool *pool, const struct upstream_address *addresses,
                                          size_t count);

/* Why it has no addresses, for the log. */
void upstream_pool_set_detail(struct upstream_pool *pool, const char *detail);

/* Closes all connections. No call may be in flight. */
void upstream_pool_close(struct upstream_pool *pool);

/* After close, when the loop runs no more. NULL is fine. */
void upstream_pool_destroy(struct upstream_pool *pool);

#endif
