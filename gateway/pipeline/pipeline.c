/*
 * A request's way costs two hand-overs between threads, HTTP to gRPC's socket and back by http_request_wake(), and no
 * allocation of our own in the steady state: the pending call lives in the request's arena, the wire bytes in its
 * scratch, the JSON in reply.
 */
#include "gateway/pipeline/pipeline.h"

#include <stdlib.h>

#include "base/log.h"
#include "gateway/http/monotonic.h"
#include "gateway/pipeline/idempotent.h"
#include "gateway/pipeline/json_text.h"

struct pipeline {
    const struct resolver *resolver;
    struct upstream *upstream;
    struct error_body_options error_body;
    uint32_t deadline_ms;
    const struct upstream_method *methods[]; /* [i] is that of resolver->endpoints->endpoints[i] */
};

/* A request between begin() and finish(): its handler_data. */
struct pending {
    const struct endpoint *endpoint;
    struct upstream_call *call;
};

static const struct http_header content_type = {"Content-Type", "application/json"};

/* The text of a log field: clean, and never NULL. */
static const char *field_text(struct view text, struct arena *arena)
{
    const char *clean = json_text_clean(text, arena);
    return clean ? clean : "";
}

static void log_refusal(struct http_request *request, const struct endpoint *endpoint, const struct refusal *refusal)
{
    unsigned http_status = refusal_http_status(refusal);
    const char *detail = refusal->cause ? refusal->cause : refusal->status.message;
    log_write(http_status >= HTTP_STATUS_INTERNAL_SERVER_ERROR ? LOG_ERROR : LOG_INFO, "request failed",
              LOG_TEXT("method", field_text(request->method, &request->arena)),
              LOG_TEXT("url", field_text(request->target, &request->arena)),
              LOG_TEXT("call", endpoint ? endpoint->method->path.data : ""), LOG_INT("status", http_status),
              LOG_TEXT("code", status_code_name(refusal->status.code)),
              LOG_TEXT("detail", field_text(view_of(detail), &request->arena)),
              LOG_INT("ms", (int64_t)(monotonic_ms() - request->started_ms)));
}

static void answer_refusal(struct pipeline *pipeline, struct http_request *request, const struct endpoint *endpoint,
                           const struct refusal *refusal)
{
    unsigned http_status = refusal_http_status(refusal);
    struct http_header headers[2] = {content_type};
    size_t count = 1;
    if (refusal->allow)
        headers[count++] = (struct http_header){"Allow", refusal->allow};
    else if (http_status == HTTP_STATUS_UNAVAILABLE)
        headers[count++] = (struct http_header){"Retry-After", "1"};
    else if (http_status == HTTP_STATUS_UNAUTHORIZED)
        headers[count++] = (struct http_header){"WWW-Authenticate", "Bearer"};
    error_body_write(&pipeline->error_body, refusal, request->method, request->target, &request->arena,
                     &request->reply);
    log_refusal(request, endpoint, refusal);
    http_request_answer(request, http_status, headers, count);
}

static void answer_fault(struct pipeline *pipeline, struct http_request *request)
{
    static const unsigned short statuses[] = {[HTTP_FAULT_MALFORMED] = HTTP_STATUS_BAD_REQUEST,
                                              [HTTP_FAULT_BODY_TOO_LARGE] = HTTP_STATUS_CONTENT_TOO_LARGE,
                                              [HTTP_FAULT_HEADER_TOO_LARGE] = HTTP_STATUS_HEADER_TOO_LARGE,
                                              [HTTP_FAULT_OVERLOADED] = HTTP_STATUS_UNAVAILABLE};
    struct refusal refusal = {.status = request->fault_status, .http_status = statuses[request->fault]};
    answer_refusal(pipeline, request, NULL, &refusal);
}

static void wake(void *ctx)
{
    http_request_wake(ctx);
}

static bool start_call(struct pipeline *pipeline, struct http_request *request, const struct endpoint *endpoint,
                       struct status *st)
{
    struct pending *pending = arena_alloc(&request->arena, sizeof(*pending));
    if (!pending)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for the call");
    *pending = (struct pending){.endpoint = endpoint};
    request->handler_data = pending;
    struct upstream_request call = {
        .method = pipeline->methods[endpoint - pipeline->resolver->endpoints->endpoints],
        .message = &request->scratch,
        .deadline_ms = pipeline->deadline_ms,
        .sent_once = !idempotent_http_method(endpoint->rule->http_method),
    };
    return upstream_call_start(pipeline->upstream, &call, &request->arena, wake, request, &pending->call, st);
}

static void begin(struct http_request *request, void *ctx)
{
    struct pipeline *pipeline = ctx;
    const struct endpoint *endpoint = NULL;
    struct refusal refusal;
    if (request->fault) {
        answer_fault(pipeline, request);
        return;
    }
    const struct resolver_request input = {
        .method = request->method,
        .path = request->path,
        .query = request->query,
        .body = request->body,
        .content_type = http_request_header(request, "Content-Type"),
        .content_encoding = http_request_header(request, "Content-Encoding"),
    };
    if (!resolver_resolve(pipeline->resolver, &input, &request->arena, &request->scratch, &endpoint, &refusal) ||
        !start_call(pipeline, request, endpoint, &refusal.status))
        answer_refusal(pipeline, request, endpoint, &refusal);
}

/*
 * The reply's JSON into request->reply. A reply that cannot be shown is the service's fault or ours, not the client's.
 */
static bool write_reply(const struct pipeline *pipeline, const struct endpoint *endpoint, struct view message,
                        struct buf *reply, struct status *st)
{
    unsigned http_status = endpoint->method->success_code;
    if (http_status == HTTP_STATUS_NO_CONTENT || http_status == HTTP_STATUS_RESET_CONTENT)
        return true;
    if (transcode_binary_to_json(endpoint->method->output, endpoint->rule->response_field, message,
                                 &pipeline->resolver->json, reply, st))
        return true;
    st->code = STATUS_INTERNAL;
    return status_prefix(st, "the reply of the service cannot be shown as JSON: ");
}

/* What gRPC says of a service that cannot be reached names hosts and ports: that is for the log. */
static void hide_cause(const struct upstream_call *call, struct refusal *refusal)
{
    refusal->cause = upstream_call_local_error(call);
    if (refusal->cause && refusal->status.code == STATUS_UNAVAILABLE)
        status_fail(&refusal->status, STATUS_UNAVAILABLE, "the service cannot be reached");
}

static void finish(struct http_request *request, void *ctx)
{
    struct pipeline *pipeline = ctx;
    struct pending *pending = request->handler_data;
    const struct endpoint *endpoint = pending->endpoint;
    struct refusal refusal = {0};
    struct view message;
    if (!upstream_call_result(pending->call, &message, &refusal.status)) {
        hide_cause(pending->call, &refusal);
        answer_refusal(pipeline, request, endpoint, &refusal);
    } else if (!write_reply(pipeline, endpoint, message, &request->reply, &refusal.status)) {
        answer_refusal(pipeline, request, endpoint, &refusal);
    } else {
        http_request_answer(request, endpoint->method->success_code, &content_type, request->reply.len > 0);
    }
    upstream_call_destroy(pending->call);
}

static void cancel(struct http_request *request, void *ctx)
{
    (void)ctx;
    struct pending *pending = request->handler_data;
    upstream_call_cancel(pending->call);
}

static bool register_methods(struct pipeline *pipeline, struct status *st)
{
    const struct endpoint_set *set = pipeline->resolver->endpoints;
    for (size_t i = 0; i < set->count; i++) {
        const char *path = set->endpoints[i].method->path.data;
        bool again = i > 0 && set->endpoints[i].method == set->endpoints[i - 1].method;
        if (again)
            pipeline->methods[i] = pipeline->methods[i - 1];
        else if (!upstream_register(pipeline->upstream, path, &pipeline->methods[i], st))
            return false;
    }
    return true;
}

bool pipeline_create(const struct pipeline_options *options, struct pipeline **ret_pipeline, struct status *st)
{
    size_t count = options->resolver->endpoints->count;
    struct pipeline *pipeline = calloc(1, sizeof(*pipeline) + count * sizeof(pipeline->methods[0]));
    if (!pipeline)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for the pipeline");
    pipeline->resolver = options->resolver;
    pipeline->upstream = options->upstream;
    pipeline->error_body = (struct error_body_options){options->error_body, &options->resolver->json};
    pipeline->deadline_ms = options->deadline_ms;
    if (!register_methods(pipeline, st)) {
        pipeline_destroy(pipeline);
        return false;
    }
    *ret_pipeline = pipeline;
    return true;
}

void pipeline_destroy(struct pipeline *pipeline)
{
    free(pipeline);
}

struct http_handler pipeline_handler(struct pipeline *pipeline)
{
    return (struct http_handler){begin, finish, cancel, pipeline};
}
