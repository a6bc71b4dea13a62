/*
 * The paths that an orchestrator asks whether the gateway lives and whether it is of use.
 *
 *     GET PREFIX/live    200 while the process serves HTTP: when it does not, it is to be started anew
 *     GET PREFIX/ready   200 when the service behind answers its health check (readiness.h), else 503 in the form of all errors:
 *                        requests are better sent elsewhere
 *
 * The body of a 200 is {"status":"ok"}. HEAD is answered alike, other methods with 405.
 *
 * Threads  The loop's, whose readiness it asks.
 */
#ifndef GATEWAY_PIPELINE_PROBES_H
#define GATEWAY_PIPELINE_PROBES_H

#include "base/status.h"
#include "gateway/api/api.h"
#include "gateway/pipeline/error_body.h"
#include "gateway/pipeline/readiness.h"
#include "web/http/http_exchange.h"

enum probe { PROBE_NONE, PROBE_LIVE, PROBE_READY };

/* The prefix is "/healthz" or the like; empty: there are no probes. */
enum probe probes_find(struct view prefix, struct view path);

/* A request for a probe, which waits when the service has to be asked. The exchange's memory. */
struct probe_request {
    struct http_exchange *exchange;
    struct readiness *readiness;
    const struct error_body_options *error_body;
    struct readiness_waiter waiter;
};

/* Answers, now or later. Everything but the waiter is set. */
void probes_answer(struct probe_request *request, enum probe probe);

/* Nobody waits for its answer any more. */
void probes_forget(struct probe_request *request);

/*
 * For the start: INVALID_ARGUMENT when it is not a prefix, or a rule of the schema would take one of the paths, which must not be hidden
 * from its clients.
 */
MUST_USE bool probes_check_prefix(const char *prefix, const struct endpoint_set *endpoints, struct status *st);

#endif
