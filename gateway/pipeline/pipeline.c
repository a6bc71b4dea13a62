/*
 * A request's way costs two hand-overs between threads, HTTP to gRPC's socket and back by http_request_wake(), and no
 * allocation of our own in the steady state: the pending call lives in the request's arena, the wire bytes in its
 * scratch, the JSON in reply.
 */
#include "gateway/pipeline/pipeline.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/monotonic.h"
#include "gateway/pipeline/idempotent.h"
#include "gateway/pipeline/json_text.h"
#include "gateway/pipeline/reply_headers.h"
#include "gateway/pipeline/request_headers.h"

struct pipeline {
    const struct resolver *resolver;
    struct grpc_client *upstream;
    struct error_body_options error_body;
    uint32_t deadline_ms;
    const struct grpc_client_method *methods[]; /* [i] is that of resolver->endpoints->endpoints[i] */
};

/* A request between begin() and finish(): its handler_data. */
struct pending {
    const struct endpoint *endpoint;
    struct grpc_client_call *call;
    bool is_conditional;
    bool was_cancelled; /* by cancel(), before finish(): under the lock that keeps the two apart */
};

static void add_content_type(struct reply_headers *headers)
{
    reply_headers_add(headers, "Content-Type", "application/json");
}

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

/* `headers` has what the service said; NULL when it was not asked. */
static void answer_refusal(struct pipeline *pipeline, struct http_request *request, const struct endpoint *endpoint,
                           const struct refusal *refusal, const struct reply_headers *said)
{
    unsigned http_status = refusal_http_status(refusal);
    struct reply_headers headers = {.count = 0};
    if (said)
        headers = *said;
    add_content_type(&headers);
    if (refusal->allow)
        reply_headers_add(&headers, "Allow", refusal->allow);
    else if (http_status == HTTP_STATUS_UNAVAILABLE)
        reply_headers_add(&headers, "Retry-After", "1");
    else if (http_status == HTTP_STATUS_UNAUTHORIZED)
        reply_headers_add(&headers, "WWW-Authenticate", "Bearer");
    error_body_write(&pipeline->error_body, refusal, request->method, request->target, &request->arena,
                     &request->reply);
    log_refusal(request, endpoint, refusal);
    http_request_answer(request, http_status, headers.items, headers.count);
}

static void answer_fault(struct pipeline *pipeline, struct http_request *request)
{
    static const unsigned short statuses[] = {[HTTP_FAULT_MALFORMED] = HTTP_STATUS_BAD_REQUEST,
                                              [HTTP_FAULT_BODY_TOO_LARGE] = HTTP_STATUS_CONTENT_TOO_LARGE,
                                              [HTTP_FAULT_HEADER_TOO_LARGE] = HTTP_STATUS_HEADER_TOO_LARGE,
                                              [HTTP_FAULT_OVERLOADED] = HTTP_STATUS_UNAVAILABLE};
    struct refusal refusal = {.status = request->fault_status, .http_status = statuses[request->fault]};
    answer_refusal(pipeline, request, NULL, &refusal, NULL);
}

static void wake(void *ctx)
{
    http_request_wake(ctx);
}

static bool start_call(struct pipeline *pipeline, struct http_request *request, const struct endpoint *endpoint,
                       struct refusal *refusal)
{
    struct request_headers headers;
    if (!request_headers_read(request, pipeline->deadline_ms, &headers, refusal))
        return false;
    struct pending *pending = arena_alloc(&request->arena, sizeof(*pending));
    if (!pending)
        return status_fail(&refusal->status, STATUS_RESOURCE_EXHAUSTED, "no memory for the call");
    *pending = (struct pending){.endpoint = endpoint, .is_conditional = headers.is_conditional};
    request->handler_data = pending;
    struct grpc_client_request call = {
        .method = pipeline->methods[endpoint - pipeline->resolver->endpoints->endpoints],
        .message = &request->scratch,
        .deadline_ms = headers.deadline_ms,
        /* The second time a condition would meet what the first time has written. */
        .sent_once = headers.is_conditional || !idempotent_http_method(endpoint->rule->http_method),
        .metadata = headers.metadata,
        .metadata_count = headers.metadata_count,
    };
    return grpc_client_call_start(pipeline->upstream, &call, &request->arena, wake, request, &pending->call,
                                  &refusal->status);
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
        !start_call(pipeline, request, endpoint, &refusal))
        answer_refusal(pipeline, request, endpoint, &refusal, NULL);
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

/*
 * What a failed call means to the client. What gRPC itself says names hosts and ports: that is for the log.
 */
static void judge(const struct http_request *request, const struct pending *pending, struct refusal *refusal)
{
    enum status_code code = refusal->status.code;
    refusal->cause = grpc_client_call_local_error(pending->call);
    if (refusal->cause && code == STATUS_CANCELLED && !request->client_has_gone)
        status_fail(&refusal->status, STATUS_UNAVAILABLE,
                    pending->was_cancelled ? "the gateway is shutting down" : "the service has broken the call off");
    else if (code == STATUS_ABORTED && pending->is_conditional)
        refusal->http_status = HTTP_STATUS_PRECONDITION_FAILED;
}

static bool is_not_modified(const struct http_request *request, const struct endpoint *endpoint,
                            const struct reply_headers *headers)
{
    const char *etag = reply_headers_find(headers, "ETag");
    return etag && endpoint->method->success_code == HTTP_STATUS_OK &&
           request_headers_have_current(request, view_of(etag));
}

static void finish(struct http_request *request, void *ctx)
{
    struct pipeline *pipeline = ctx;
    struct pending *pending = request->handler_data;
    const struct endpoint *endpoint = pending->endpoint;
    struct reply_headers headers = {.count = 0};
    struct refusal refusal = {0};
    struct view message;
    bool replied = grpc_client_call_result(pending->call, &message, &refusal.status);
    reply_headers_add_metadata(&headers, pending->call, &request->arena);
    if (!replied) {
        judge(request, pending, &refusal);
        answer_refusal(pipeline, request, endpoint, &refusal, &headers);
    } else if (!write_reply(pipeline, endpoint, message, &request->reply, &refusal.status)) {
        answer_refusal(pipeline, request, endpoint, &refusal, NULL);
    } else if (is_not_modified(request, endpoint, &headers)) {
        /* The body is not sent, but its length is told: that of the answer with 200 (RFC 9110, 8.6). */
        http_request_answer(request, HTTP_STATUS_NOT_MODIFIED, headers.items, headers.count);
    } else {
        if (request->reply.len > 0)
            add_content_type(&headers);
        http_request_answer(request, endpoint->method->success_code, headers.items, headers.count);
    }
    grpc_client_call_destroy(pending->call);
}

static void cancel(struct http_request *request, void *ctx)
{
    (void)ctx;
    struct pending *pending = request->handler_data;
    pending->was_cancelled = true;
    grpc_client_call_cancel(pending->call);
}

static bool register_methods(struct pipeline *pipeline, struct status *st)
{
    const struct endpoint_set *set = pipeline->resolver->endpoints;
    for (size_t i = 0; i < set->count; i++) {
        const char *path = set->endpoints[i].method->path.data;
        bool again = i > 0 && set->endpoints[i].method == set->endpoints[i - 1].method;
        if (again)
            pipeline->methods[i] = pipeline->methods[i - 1];
        else if (!grpc_client_register(pipeline->upstream, path, &pipeline->methods[i], st))
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
