/*
 * What a gateway serves, as one snapshot: schema, endpoints and router, const from its making to its end.
 *
 * Flow     api_create() takes the schema over. Whoever keeps the snapshot holds it; the last to release it frees it. A loop holds
 *          the one that is current, and each request in flight the one that it began with: api_use.h.
 * Threads  Const, but for the count of holders: any number at once.
 * Errors   INVALID_ARGUMENT names the method and what is wrong with its rule.
 */
#ifndef GATEWAY_API_API_H
#define GATEWAY_API_API_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/status.h"
#include "codec/schema/schema.h"
#include "codec/transcode/transcode.h"
#include "gateway/api/endpoint.h"

struct api {
    atomic_uint holders;
    struct schema *schema;
    struct endpoint_set *endpoints;
    struct transcode_options json; /* with this schema */
    bool ignore_unknown_query;
};

/* Takes the schema over, also when it fails. The caller holds *ret_api. */
MUST_USE bool api_create(struct schema *schema, const struct transcode_options *json, bool ignore_unknown_query,
                         bool skip_streaming, struct api **ret_api, struct status *st);

void api_hold(struct api *api);

/* NULL is fine. */
void api_release(struct api *api);

#endif
