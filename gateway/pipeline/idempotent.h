/*
 * Which calls may be sent twice when nobody knows whether the first time has counted.
 *
 * HTTP says so of GET, HEAD, OPTIONS, TRACE, PUT and DELETE (RFC 9110 9.2.2). A method whose rules have other verbs,
 * too, such as a PATCH beside its PUT, is idempotent when it is called by one of these.
 */
#ifndef GATEWAY_PIPELINE_IDEMPOTENT_H
#define GATEWAY_PIPELINE_IDEMPOTENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "gateway/pipeline/endpoint.h"

bool idempotent_http_method(struct view http_method);

/*
 * The paths of the methods that have a rule of such a verb, "/package.Service/Method", in the order of the schema; in
 * the arena. False: it is exhausted.
 */
MUST_USE bool idempotent_paths(const struct endpoint_set *endpoints, struct arena *arena, const char *const **ret_paths,
                               size_t *ret_count);

#endif
