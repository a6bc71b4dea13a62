/*
 * The HTTP methods that routes use, numbered, so that a set of them is one word.
 *
 * Flow     A zeroed struct, http_methods_add() for each rule at start; from then on const.
 * Memory   Names are borrowed.
 * Limits   ROUTE_METHODS_MAX different methods.
 * Threads  Const after the last add.
 *
 * The bits follow the order of the names, but only once all are added.
 */
#ifndef GATEWAY_ROUTE_HTTP_METHODS_H
#define GATEWAY_ROUTE_HTTP_METHODS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"
#include "gateway/route/limits.h"

struct http_methods {
    struct view names[ROUTE_METHODS_MAX]; /* ordered by their bytes, each once */
    size_t count;
};

/* Keeps the name unless it is there already. INVALID_ARGUMENT when it is no token (RFC 9110 5.6.2) or one too many. */
MUST_USE bool http_methods_add(struct http_methods *methods, struct view name, struct status *st);

/* The set of this one method; 0 when no rule uses it. */
uint64_t http_methods_bit(const struct http_methods *methods, struct view name);

/*
 * "DELETE, GET, HEAD, PUT": the value of an Allow header. HEAD is in it where GET is, and "*" stands for the methods of RFC 9110 9.3
 * that are for resources, and PATCH. False when the arena is exhausted.
 */
MUST_USE bool http_methods_list(const struct http_methods *methods, uint64_t set, struct arena *arena,
                                struct view *ret_list);

#endif
