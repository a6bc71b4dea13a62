/*
 * The service behind the gateway: what --upstream names, resolved for all loops, each of which has a pool of connections of its own.
 *
 * Flow     create before the loops run; start when they are about to; each loop uses its pool, and closes it at its end; stop before they
 *          end, destroy when none runs any more.
 * Threads  Names are looked up on a thread of its own, and their addresses come to the loops as messages.
 * Errors   INVALID_ARGUMENT: the target is none (upstream_target.h).
 */
#ifndef GATEWAY_UPSTREAM_UPSTREAM_H
#define GATEWAY_UPSTREAM_UPSTREAM_H

#include <stdint.h>

#include "base/status.h"
#include "gateway/upstream/upstream_pool.h"
#include "web/loop/loop.h"

struct upstream;

struct upstream_options {
    unsigned calls_max; /* in flight and waiting, of all pools together */
    uint32_t wait_ms;   /* see struct upstream_pool_options */
    uint32_t keepalive_ms;
    /* One of the loops has found a replica, or has lost the last one (then with the reason); called on that loop. */
    void (*on_change)(bool has_replica, const char *detail);
};

MUST_USE bool upstream_create(const char *target, const struct upstream_options *options, struct loop *const *loops,
                              unsigned loop_count, struct upstream **ret_upstream, struct status *st);

/* Begins to look names up. */
MUST_USE bool upstream_start(struct upstream *upstream, struct status *st);

struct upstream_pool *upstream_get_pool(const struct upstream *upstream, unsigned loop);

/* No loop is told of addresses behind this. */
void upstream_stop(struct upstream *upstream);

/* All pools have been closed. NULL is fine. */
void upstream_destroy(struct upstream *upstream);

#endif
