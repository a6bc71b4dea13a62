/*
 * What happens to a request between the HTTP server and the service, on one loop.
 *
 * Flow     route      which endpoint it is for, or which probe (routing.h, probes.h)
 *          filters    what of its header decides on it, before its body is read (request_headers.h)
 *          decode     its JSON as the message of the call (rest_json.h)
 *          call       upstream_call.h; the loop serves others meanwhile
 *          encode     the reply's JSON, or the error's (error_body.h), is the answer
 *          ended      one line in the log for what was refused, whoever refused it
 * Memory   The exchange's arena and buffers: nothing is allocated in the steady state.
 * Limits   Every call has the deadline of the options. A reply over its limit is an error, never cut.
 * Threads  The loop's.
 */
#ifndef GATEWAY_PIPELINE_PIPELINE_H
#define GATEWAY_PIPELINE_PIPELINE_H

#include <stdint.h>

#include "base/status.h"
#include "gateway/api/api_use.h"
#include "gateway/pipeline/error_body.h"
#include "gateway/upstream/upstream_pool.h"
#include "web/http/http_exchange.h"

struct pipeline;

struct pipeline_options {
    struct loop *loop;
    struct upstream_pool *const *upstreams; /* endpoint->upstream is an index of it; not copied */
    enum error_body_form error_body;
    uint32_t deadline_ms;
    const char *health_path_prefix; /* probes.h; not copied */
};

/* Serves nothing before a snapshot is set. */
MUST_USE bool pipeline_create(const struct pipeline_options *options, struct pipeline **ret_pipeline,
                              struct status *st);

/* From now on requests get this snapshot. False: no memory, and they get the one before. */
MUST_USE bool pipeline_set_api(struct pipeline *pipeline, struct api *api);

/* No request may be in flight. NULL is fine. */
void pipeline_destroy(struct pipeline *pipeline);

/* For the HTTP server; valid as long as the pipeline. */
struct http_handler pipeline_handler(struct pipeline *pipeline);

#endif
