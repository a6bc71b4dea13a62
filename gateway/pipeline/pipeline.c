#include "gateway/pipeline/pipeline.h"

#include <stdlib.h>

#include "base/container_of.h"
#include "base/log.h"
#include "gateway/pipeline/answers.h"
#include "gateway/pipeline/json_text.h"
#include "gateway/pipeline/probes.h"
#include "gateway/pipeline/request_headers.h"
#include "gateway/pipeline/rest_json.h"
#include "gateway/pipeline/routing.h"

struct pipeline {
    struct pipeline_options options;
    struct view probe_prefix;
    struct api_current current;
    struct readiness readiness;
};

/* A request's way: its handler_data. */
struct passage {
    struct pipeline *pipeline;
    struct http_exchange *exchange;
    struct api_use *use; /* NULL: of no snapshot, as it is at fault or a probe's */
    struct error_body_options error_body;
    struct router_match match;
    const struct endpoint *endpoint; /* NULL: not found yet */
    struct request_headers headers;
    enum probe probe;
    struct probe_request probe_request;
    struct refusal *refused; /* before its body has come; NULL: it was not */
    struct upstream_call call;

    /* For the log. */
    enum status_code code;
    const char *detail; /* NULL: nothing was refused */
};

/* ---- Answers ---- */

/* Says no. The sentence is kept for the log. */
static void refuse(struct passage *passage, const struct refusal *refusal, const struct reply_headers *said)
{
    struct http_exchange *exchange = passage->exchange;
    const char *detail = refusal->cause ? refusal->cause : refusal->status.message;
    passage->code = refusal->status.code;
    passage->detail = json_text_clean(view_of(detail), &exchange->arena);
    answer_refusal(exchange, &passage->error_body, refusal, said);
}

static bool is_not_modified(const struct passage *passage, const struct reply_headers *headers)
{
    const char *etag = reply_headers_find(headers, "ETag");
    return etag && passage->endpoint->method->success_code == HTTP_STATUS_OK &&
           request_headers_have_current(passage->exchange, view_of(etag));
}

static void answer_reply(struct passage *passage)
{
    struct http_exchange *exchange = passage->exchange;
    const struct endpoint *endpoint = passage->endpoint;
    struct reply_headers headers = {.count = 0};
    struct refusal refusal = {.http_status = 0};
    reply_headers_add_metadata(&headers, &passage->call, &exchange->arena);
    if (!rest_json_encode(passage->use->api, endpoint, upstream_call_reply(&passage->call), &exchange->reply,
                          &refusal)) {
        refuse(passage, &refusal, NULL);
    } else if (is_not_modified(passage, &headers)) {
        /* The body is not sent, but its length is told: that of the answer with 200 (RFC 9110, 8.6). */
        http_exchange_answer(exchange, HTTP_STATUS_NOT_MODIFIED, headers.items, headers.count);
    } else {
        if (exchange->reply.len > 0)
            reply_headers_add(&headers, "Content-Type", "application/json");
        http_exchange_answer(exchange, endpoint->method->success_code, headers.items, headers.count);
    }
}

/* What a failed call means to the client. */
static void answer_failure(struct passage *passage, struct refusal *refusal)
{
    const struct upstream_call *call = &passage->call;
    struct reply_headers headers = {.count = 0};
    reply_headers_add_metadata(&headers, call, &passage->exchange->arena);
    refusal->cause = upstream_call_cause(call);
    if (call->failure == UPSTREAM_MALFORMED)
        refusal->http_status = HTTP_STATUS_BAD_GATEWAY;
    else if (call->failure == UPSTREAM_SAID && refusal->status.code == STATUS_ABORTED &&
             passage->headers.is_conditional)
        refusal->http_status = HTTP_STATUS_PRECONDITION_FAILED;
    refuse(passage, refusal, call->failure == UPSTREAM_SAID ? &headers : NULL);
}

/* ---- The call ---- */

static void on_call_ended(struct upstream_call *call)
{
    struct passage *passage = CONTAINER_OF(call, struct passage, call);
    struct refusal refusal = {.http_status = 0};
    if (upstream_call_status(call, &refusal.status))
        answer_reply(passage);
    else
        answer_failure(passage, &refusal);
}

static bool start_call(struct passage *passage, struct refusal *refusal)
{
    static const struct upstream_call_events events = {.on_ended = on_call_ended};
    struct http_exchange *exchange = passage->exchange;
    const struct endpoint *endpoint = passage->endpoint;
    const struct upstream_request request = {
        .path = endpoint->method->path,
        .message = &exchange->scratch,
        .deadline_ms = passage->headers.deadline_ms,
        /* The second time a condition would meet what the first time has written. */
        .is_idempotent = endpoint->is_idempotent && !passage->headers.is_conditional,
        .metadata = passage->headers.metadata,
        .metadata_count = passage->headers.metadata_count,
        .arena = &exchange->arena,
        .reply = &exchange->incoming,
        .events = &events,
    };
    return upstream_call_start(passage->pipeline->options.upstreams[endpoint->upstream], &passage->call, &request,
                               &refusal->status);
}

static bool decode(struct passage *passage, struct view body, struct refusal *refusal)
{
    static const char prefix[GRPC_PREFIX_BYTES];
    struct http_exchange *exchange = passage->exchange;
    const struct rest_json_request request = {
        .query = exchange->query,
        .body = body,
        .content_type = http_exchange_field(exchange, "Content-Type"),
        .content_encoding = http_exchange_field(exchange, "Content-Encoding"),
    };
    if (!buf_append(&exchange->scratch, view_make(prefix, sizeof(prefix)))) {
        *refusal = (struct refusal){.http_status = 0};
        return status_fail(&refusal->status, STATUS_UNAVAILABLE, "no memory for the request");
    }
    return rest_json_decode(passage->use->api, &passage->match, &request, &exchange->arena, &exchange->scratch,
                            refusal);
}

/* ---- Before the body ---- */

/* A filter decides on a request by its header and its endpoint, before its body is read. False: it is refused. */
typedef bool (*filter)(struct passage *passage, struct refusal *refusal);

/* Metadata for the service, a shorter deadline, conditions. */
static bool read_headers(struct passage *passage, struct refusal *refusal)
{
    return request_headers_read(passage->exchange, passage->pipeline->options.deadline_ms, &passage->headers, refusal);
}

static const filter filters[] = {read_headers};

static bool run_filters(struct passage *passage, struct refusal *refusal)
{
    for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++)
        if (!filters[i](passage, refusal))
            return false;
    return true;
}

/* OPTIONS of a path that has no rule of its own for it: which methods there are (RFC 9110 9.3.7). */
static void answer_options(struct passage *passage, const char *allow)
{
    const struct http_header header = {"Allow", allow};
    http_exchange_answer(passage->exchange, HTTP_STATUS_NO_CONTENT, &header, allow ? 1 : 0);
}

static bool is_options(const struct http_exchange *exchange)
{
    return view_equal_text(exchange->method, "OPTIONS");
}

/*
 * A refusal that does not need the body still waits for it, because an answer before its end costs the connection. Not when the client
 * waits to be asked for it. False: it has been answered.
 */
static bool refuse_later(struct passage *passage, const struct refusal *refusal)
{
    struct http_exchange *exchange = passage->exchange;
    passage->refused =
        http_exchange_field(exchange, "Expect").data ? NULL : arena_alloc(&exchange->arena, sizeof(*refusal));
    if (!passage->refused) {
        refuse(passage, refusal, NULL);
        return false;
    }
    *passage->refused = *refusal;
    return true;
}

/* Routes and filters. False: it has been answered. */
static bool admit(struct passage *passage)
{
    struct http_exchange *exchange = passage->exchange;
    const struct api *api = passage->use->api;
    struct refusal refusal;
    if (is_options(exchange) && view_equal_text(exchange->target, "*")) {
        answer_options(passage, NULL);
        return false;
    }
    bool is_found = routing_find(api, exchange->method, exchange->path, &exchange->arena, &passage->match, &refusal);
    if (!is_found && refusal.allow && is_options(exchange)) {
        answer_options(passage, refusal.allow);
        return false;
    }
    if (is_found)
        passage->endpoint = passage->match.target;
    if (is_found && run_filters(passage, &refusal))
        return true;
    return refuse_later(passage, &refusal);
}

/* ---- What the HTTP server calls ---- */

/* NULL: there is no memory for it, and the exchange has been answered. */
static struct passage *begin(struct pipeline *pipeline, struct http_exchange *exchange)
{
    struct passage *passage = arena_alloc(&exchange->arena, sizeof(*passage));
    if (!passage) {
        http_exchange_answer(exchange, HTTP_STATUS_UNAVAILABLE, NULL, 0);
        return NULL;
    }
    passage->pipeline = pipeline;
    passage->exchange = exchange;
    passage->use = api_current_enter(&pipeline->current);
    passage->error_body = (struct error_body_options){pipeline->options.error_body, &passage->use->api->json};
    passage->endpoint = NULL;
    passage->refused = NULL;
    passage->probe = PROBE_NONE;
    passage->probe_request.exchange = NULL;
    passage->call.state = UPSTREAM_CALL_ENDED;
    passage->code = STATUS_OK;
    passage->detail = NULL;
    exchange->handler_data = passage;
    return passage;
}

static void on_head(struct http_exchange *exchange, void *ctx)
{
    struct pipeline *pipeline = ctx;
    struct passage *passage = begin(pipeline, exchange);
    if (!passage)
        return;
    passage->probe = probes_find(pipeline->probe_prefix, exchange->path);
    if (passage->probe != PROBE_NONE || admit(passage))
        http_exchange_collect(exchange);
}

static void on_body(struct http_exchange *exchange, struct view body, bool is_last, void *ctx)
{
    struct pipeline *pipeline = ctx;
    struct passage *passage = exchange->handler_data;
    struct refusal refusal;
    (void)is_last;
    if (passage->refused) {
        refuse(passage, passage->refused, NULL);
    } else if (passage->probe != PROBE_NONE) {
        passage->probe_request = (struct probe_request){exchange, &pipeline->readiness, &passage->error_body, {0}};
        probes_answer(&passage->probe_request, passage->probe);
    } else if (!decode(passage, body, &refusal) || !start_call(passage, &refusal)) {
        refuse(passage, &refusal, NULL);
    }
}

/* Gives up what was begun for it. */
static void give_up(struct passage *passage)
{
    upstream_call_cancel(&passage->call);
    if (passage->probe != PROBE_NONE && passage->probe_request.exchange)
        probes_forget(&passage->probe_request);
}

static void on_fault(struct http_exchange *exchange, void *ctx)
{
    struct passage *passage = exchange->handler_data;
    if (passage)
        give_up(passage);
    else
        passage = begin(ctx, exchange);
    if (!passage)
        return;
    struct refusal refusal = {.status = exchange->fault, .http_status = exchange->fault_http_status};
    refuse(passage, &refusal, NULL);
}

static void on_gone(struct http_exchange *exchange, void *ctx)
{
    struct passage *passage = exchange->handler_data;
    (void)ctx;
    if (passage)
        give_up(passage);
}

/* The text of a log field: clean, and never NULL. */
static const char *field_text(struct view text, struct arena *arena)
{
    const char *clean = json_text_clean(text, arena);
    return clean ? clean : "";
}

/* Whose fault it is: a deadline that the client has made short is its own. */
static enum log_level level_of(const struct passage *passage, unsigned http_status)
{
    bool is_clients =
        http_status == HTTP_STATUS_GATEWAY_TIMEOUT && passage->endpoint && passage->headers.is_deadline_clients;
    return http_status >= HTTP_STATUS_INTERNAL_SERVER_ERROR && !is_clients ? LOG_ERROR : LOG_INFO;
}

static void on_ended(struct http_exchange *exchange, const struct http_ended *ended, void *ctx)
{
    struct passage *passage = exchange->handler_data;
    struct arena *arena = &exchange->arena;
    (void)ctx;
    if (!passage)
        return;
    if (passage->detail)
        log_write(level_of(passage, ended->http_status), "request failed",
                  LOG_TEXT("method", field_text(exchange->method, arena)),
                  LOG_TEXT("url", field_text(exchange->target, arena)),
                  LOG_TEXT("call", passage->endpoint ? passage->endpoint->method->path.data : ""),
                  LOG_INT("status", ended->http_status), LOG_TEXT("code", status_code_name(passage->code)),
                  LOG_TEXT("detail", passage->detail), LOG_INT("ms", (int64_t)(ended->us / 1000)));
    api_use_leave(passage->use);
}

/* ---- Start and end ---- */

bool pipeline_create(const struct pipeline_options *options, struct pipeline **ret_pipeline, struct status *st)
{
    struct pipeline *pipeline = calloc(1, sizeof(*pipeline));
    if (!pipeline)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for the pipeline");
    pipeline->options = *options;
    pipeline->probe_prefix = view_of(options->health_path_prefix);
    readiness_init(&pipeline->readiness, options->loop, options->upstreams[0]);
    *ret_pipeline = pipeline;
    return true;
}

bool pipeline_set_api(struct pipeline *pipeline, struct api *api)
{
    return api_current_set(&pipeline->current, api);
}

void pipeline_destroy(struct pipeline *pipeline)
{
    if (!pipeline)
        return;
    readiness_free(&pipeline->readiness);
    api_current_clear(&pipeline->current);
    free(pipeline);
}

struct http_handler pipeline_handler(struct pipeline *pipeline)
{
    return (struct http_handler){
        .on_head = on_head,
        .on_body = on_body,
        .on_fault = on_fault,
        .on_gone = on_gone,
        .on_ended = on_ended,
        .ctx = pipeline,
    };
}
