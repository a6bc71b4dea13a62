/*
 * Which endpoint a request is for, with the refusals that HTTP has for those that are for none: the first step of the pipeline, before
 * anything else of the request is looked at.
 */
#ifndef GATEWAY_PIPELINE_ROUTING_H
#define GATEWAY_PIPELINE_ROUTING_H

#include "base/arena.h"
#include "gateway/api/api.h"
#include "gateway/pipeline/refusal.h"

/*
 * The endpoint is ret_match->target; of a HEAD that has no rule of its own it is the GET's. The path, percent-encoded, must outlive
 * the match, as must the arena.
 */
MUST_USE bool routing_find(const struct api *api, struct view http_method, struct view path, struct arena *arena,
                           struct router_match *ret_match, struct refusal *refusal);

#endif
