/*
 * What can be called over HTTP: one endpoint for each google.api.http rule of the schema, and the router that finds
 * them.
 *
 * Flow     endpoint_set_create() at start, router_find(set->router) for each request: its target is a struct endpoint.
 * Memory   The set owns its endpoints; they point into the schema, which must outlive it.
 * Threads  Const after create.
 * Errors   INVALID_ARGUMENT names the method and what is wrong with its rule. A streaming method with a rule is refused
 *          too, unless streaming methods are to be skipped.
 */
#ifndef GATEWAY_API_ENDPOINT_H
#define GATEWAY_API_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/status.h"
#include "codec/schema/schema.h"
#include "codec/transcode/transcode.h"
#include "gateway/route/router.h"

struct endpoint {
    const struct schema_method *method;
    const struct schema_http_rule *rule;
    const struct transcode_field_path *variables; /* [i] is where the router's captures[i] goes */
    size_t variable_count;
    bool is_idempotent;                    /* by its HTTP method: RFC 9110 9.2.2, idempotent.h */
    unsigned upstream;                     /* which of the gateway's services it belongs to: 0, the only one */
    const struct schema_field *mask_field; /* of a PATCH: the FieldMask to be made from the body (AIP-134), else NULL */
};

struct endpoint_set {
    struct arena arena;
    struct endpoint *endpoints; /* in the order of the schema */
    size_t count;
    struct router *router;
};

MUST_USE bool endpoint_set_create(const struct schema *schema, bool skip_streaming, struct endpoint_set **ret_set,
                                  struct status *st);

/* NULL is fine. */
void endpoint_set_destroy(struct endpoint_set *set);

#endif
