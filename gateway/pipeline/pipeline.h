/*
 * What happens to a request between the HTTP server and the service: route, transcode, call, transcode back, answer.
 *
 * Flow     pipeline_create(), its handler given to http_server_start(); pipeline_destroy() when the server has stopped.
 *          On the HTTP thread   begin: resolve the request to a method and message (resolver.h), start the call.
 *          On a gRPC thread     done: wake the request.
 *          On the HTTP thread   finish: the reply's JSON, or the error's (error_body.h), is the answer.
 *          So the gRPC thread does nothing but hand over, and the JSON is written where the request was read.
 * Memory   The request's arena and buffers; the reply is read where gRPC received it.
 * Limits   Every call has the deadline of the options. A reply over its limit is an error, never cut.
 * Threads  Const after create.
 * Errors   Every refusal is one line in the log: 5xx as errors, others as information.
 */
#ifndef GATEWAY_PIPELINE_PIPELINE_H
#define GATEWAY_PIPELINE_PIPELINE_H

#include <stdint.h>

#include "base/status.h"
#include "gateway/http/http_request.h"
#include "gateway/pipeline/error_body.h"
#include "gateway/pipeline/resolver.h"
#include "grpc/client/grpc_client.h"

struct pipeline;

struct pipeline_options {
    const struct resolver *resolver;
    struct grpc_client *upstream;
    enum error_body_form error_body;
    uint32_t deadline_ms;
};

/* Registers the methods with the upstream. Resolver and upstream must outlive the pipeline. */
MUST_USE bool pipeline_create(const struct pipeline_options *options, struct pipeline **ret_pipeline,
                              struct status *st);

/* NULL is fine. */
void pipeline_destroy(struct pipeline *pipeline);

/* For the HTTP server; valid as long as the pipeline. */
struct http_handler pipeline_handler(struct pipeline *pipeline);

#endif
