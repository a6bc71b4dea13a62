/*
 * Looks up the addresses of a name on a thread of its own, and again and again: they change when replicas come and go.
 *
 * Flow     create starts the thread; found() follows whenever there is an answer with addresses. ask() when a connection was lost;
 *          stop, destroy.
 * Times    At once, every UPSTREAM_RESOLVE_MS_MAX, and when asked; but not more often than every UPSTREAM_RESOLVE_MS_MIN: an ask in between
 *          waits for that. After an answer that failed it asks again after the shorter time.
 * Errors   A failed or empty answer is told by failed(); whoever uses the last addresses goes on with them.
 * Threads  found() and failed() are called on the resolver's thread; ask() from any.
 */
#ifndef GATEWAY_UPSTREAM_UPSTREAM_RESOLVER_H
#define GATEWAY_UPSTREAM_UPSTREAM_RESOLVER_H

#include "base/status.h"
#include "gateway/upstream/upstream_address.h"
#include "gateway/upstream/upstream_target.h"

struct upstream_resolver;

struct upstream_resolver_events {
    void (*found)(const struct upstream_address *addresses, size_t count, void *ctx); /* sorted, each once */
    void (*failed)(const char *why, void *ctx);
    void *ctx;
};

/* The target is a name, and stays as long as the resolver. */
MUST_USE bool upstream_resolver_create(const struct upstream_target *target,
                                       const struct upstream_resolver_events *events,
                                       struct upstream_resolver **ret_resolver, struct status *st);

/* The addresses may have changed. After stop it does nothing. */
void upstream_resolver_ask(struct upstream_resolver *resolver);

/* Ends the thread, in the middle of a look-up too: there are no callbacks behind this. */
void upstream_resolver_stop(struct upstream_resolver *resolver);

/* NULL is fine. Stops it before, if need be. */
void upstream_resolver_destroy(struct upstream_resolver *resolver);

#endif
