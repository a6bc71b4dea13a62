/*
 * Which methods may be sent twice when nobody knows whether the first time has counted.
 *
 * HTTP says so of GET, HEAD, OPTIONS, TRACE, PUT and DELETE (RFC 9110 9.2.2), so a method is idempotent when all of its
 * rules are of these. One that has a POST, a PATCH, a method of its own ("*", custom) or no rule at all is not.
 */
#ifndef GATEWAY_PIPELINE_IDEMPOTENT_H
#define GATEWAY_PIPELINE_IDEMPOTENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "gateway/pipeline/endpoint.h"

/* The paths of such methods, "/package.Service/Method", in the order of the schema; in the arena. False: it is exhausted. */
MUST_USE bool idempotent_paths(const struct endpoint_set *endpoints, struct arena *arena, const char *const **ret_paths,
                               size_t *ret_count);

#endif
