/*
 * The paths that an orchestrator asks whether the gateway lives and whether it is of use: in front of another handler, which
 * gets all other requests.
 *
 *     GET PREFIX/live    200 while the process serves HTTP: when it does not, it is to be started anew
 *     GET PREFIX/ready   200 when the service behind answers its health check (upstream_health.h), else 503 in the form of
 *                        all errors: requests are better sent elsewhere
 *
 * The body of a 200 is {"status":"ok"}. HEAD is answered alike, other methods with 405.
 *
 * Flow     probes_create(), its handler given to http_server_start(); probes_destroy() when the server has stopped.
 * Threads  Const after create, but for the health check.
 * Errors   INVALID_ARGUMENT at create: not a prefix, or a rule of the schema would take one of the paths, which must not be
 *          hidden from its clients.
 */
#ifndef GATEWAY_PIPELINE_PROBES_H
#define GATEWAY_PIPELINE_PROBES_H

#include "base/status.h"
#include "gateway/http/http_request.h"
#include "gateway/pipeline/error_body.h"
#include "gateway/pipeline/resolver.h"
#include "grpc/client/grpc_client.h"

struct probes;

struct probes_options {
    const char *prefix; /* "/healthz"; empty: there are no such paths */
    const struct resolver *resolver;
    struct grpc_client *upstream;
    enum error_body_form error_body;
    struct http_handler next; /* of all other requests */
};

/* Resolver, upstream and the next handler must outlive the probes; so must the prefix. */
MUST_USE bool probes_create(const struct probes_options *options, struct probes **ret_probes, struct status *st);

/* NULL is fine. */
void probes_destroy(struct probes *probes);

/* For the HTTP server; valid as long as the probes. */
struct http_handler probes_handler(struct probes *probes);

#endif
