/*
 * libmicrohttpd calls the access handler of a request
 *  1. when the header is complete. An answer queued now ends the connection (the library does not read on), so only faults
 *     are answered here; for everything else the call just lets the body come ("100 Continue" is sent if asked for).
 *  2. for each piece of the body: at most half of HTTP_CONNECTION_BYTES, copied once into `body`. A body over its limit is
 *     read on and dropped, since no answer can be queued in this state; the connection stays usable.
 *  3. when the body has ended: begin(). Without an answer the connection is suspended: its thread serves others.
 *  4. after a resume: finish().
 * Cost of the way through a wake: epoll_ctl out and in again and one eventfd write, all by the library; ours are one
 * compare-and-swap to suspend, one exchange to wake, one uncontended lock before finish().
 */
#include "gateway/http/exchange.h"

#include <assert.h>

#include "gateway/http/exchange_table.h"
#include "gateway/http/http_target.h"
#include "gateway/limits.h"

static struct exchange *exchange_of(const struct http_request *request)
{
    return (struct exchange *)request;
}

void exchange_set_target(struct exchange *exchange, const char *raw_target)
{
    struct http_request *request = &exchange->request;
    struct view raw = view_of(raw_target);
    exchange->target_end = raw.data + raw.len;
    struct http_target target;
    if (http_target_parse(raw, &request->arena, &target, &request->fault_status)) {
        request->target = target.whole;
        request->path = target.path;
        request->query = target.query;
    } else {
        request->fault = HTTP_FAULT_MALFORMED;
    }
}

/* Queues the answer that begin() or finish() gave. */
static enum MHD_Result queue(struct exchange *exchange)
{
    struct MHD_Response *response = exchange->response;
    exchange->response = NULL;
    atomic_store(&exchange->state, EXCHANGE_ANSWERED);
    if (!response)
        return MHD_NO; /* no memory for it */
    enum MHD_Result result = MHD_queue_response(exchange->connection, exchange->http_status, response);
    MHD_destroy_response(response);
    return result;
}

static void run_finish(struct exchange *exchange)
{
    exchange_table_reclaim(exchange->table, exchange);
    exchange->settings->handler.finish(&exchange->request, exchange->settings->handler.ctx);
    assert(exchange->http_status);
}

static enum MHD_Result finish(struct exchange *exchange)
{
    run_finish(exchange);
    return queue(exchange);
}

static enum MHD_Result suspend(struct exchange *exchange)
{
    enum exchange_state handling = EXCHANGE_HANDLING;
    if (atomic_load(&exchange->state) == EXCHANGE_WOKEN)
        return finish(exchange);
    MHD_suspend_connection(exchange->connection);
    if (!atomic_compare_exchange_strong(&exchange->state, &handling, EXCHANGE_SUSPENDED))
        MHD_resume_connection(exchange->connection);
    return MHD_YES;
}

static enum MHD_Result begin(struct exchange *exchange)
{
    struct http_request *request = &exchange->request;
    if (atomic_load(&exchange->settings->stopping))
        return MHD_NO;
    request->body = request->fault ? (struct view){0} : buf_view(&exchange->body);
    atomic_store(&exchange->state, EXCHANGE_HANDLING);
    exchange->settings->handler.begin(request, exchange->settings->handler.ctx);
    return exchange->http_status ? queue(exchange) : suspend(exchange);
}

static void fault_body(struct exchange *exchange)
{
    exchange->request.fault = HTTP_FAULT_BODY_TOO_LARGE;
    status_fail(&exchange->request.fault_status, STATUS_RESOURCE_EXHAUSTED,
                "the request body is over the limit of %zu bytes", exchange->settings->body_bytes_max);
}

static void check_header(struct exchange *exchange, const char *version)
{
    struct http_request *request = &exchange->request;
    size_t header_bytes =
        MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)->header_size;
    struct status *st = &request->fault_status;
    if (exchange->peer->refused) {
        request->fault = HTTP_FAULT_OVERLOADED;
        status_fail(st, STATUS_UNAVAILABLE, "too many connections");
    } else if (header_bytes > HTTP_HEADER_BYTES_MAX) {
        request->fault = HTTP_FAULT_HEADER_TOO_LARGE;
        status_fail(st, STATUS_RESOURCE_EXHAUSTED, "the request header is over the limit of %d bytes",
                    HTTP_HEADER_BYTES_MAX);
    } else if (request->fault) {
        return;
    } else if (version != exchange->target_end + 1) {
        /* The library cuts the request line in place: where the version does not follow, a NUL hid the rest. */
        request->fault = HTTP_FAULT_MALFORMED;
        status_fail(st, STATUS_INVALID_ARGUMENT, "request target: expected no NUL");
    } else if (!http_framing_read(exchange->connection, version, &exchange->framing, st)) {
        request->fault = HTTP_FAULT_MALFORMED;
    } else if (exchange->framing.content_bytes > exchange->settings->body_bytes_max) {
        fault_body(exchange);
    }
}

static enum MHD_Result start(struct exchange *exchange, const char *method, const char *version)
{
    exchange->request.method = view_of(method);
    check_header(exchange, version);
    if (exchange->request.fault) {
        exchange->peer->linger = true; /* whatever the client still sends, it shall see the answer */
        return begin(exchange);
    }
    atomic_store(&exchange->state, EXCHANGE_RECEIVING);
    return MHD_YES;
}

static enum MHD_Result receive(struct exchange *exchange, struct view piece)
{
    struct buf *body = &exchange->body;
    if (exchange->request.fault) {
        exchange->discarded_bytes += piece.len;
        return exchange->discarded_bytes <= HTTP_DISCARD_BYTES_MAX ? MHD_YES : MHD_NO;
    }
    if (piece.len > body->max - body->len) {
        fault_body(exchange);
        buf_free(body);
        return MHD_YES;
    }
    /* The whole body at once when its length is known: no growing, and no more than was announced. */
    size_t announced = (size_t)exchange->framing.content_bytes;
    if (!buf_reserve(body, announced > body->len ? announced - body->len : piece.len) || !buf_append(body, piece)) {
        exchange->request.fault = HTTP_FAULT_OVERLOADED;
        status_fail(&exchange->request.fault_status, STATUS_RESOURCE_EXHAUSTED, "no memory for the request body");
        buf_free(body);
    }
    return MHD_YES;
}

enum MHD_Result exchange_access(struct exchange *exchange, const char *method, const char *version, const char *data,
                                size_t *data_bytes)
{
    switch (atomic_load(&exchange->state)) {
    case EXCHANGE_NEW: return start(exchange, method, version);
    case EXCHANGE_RECEIVING:
        if (*data_bytes == 0)
            return begin(exchange);
        struct view piece = view_make(data, *data_bytes);
        *data_bytes = 0;
        return receive(exchange, piece);
    case EXCHANGE_WOKEN: return finish(exchange);
    default: return MHD_YES;
    }
}

void exchange_close(struct exchange *exchange)
{
    /* After a wake the library may find the connection broken before it calls the access handler again. */
    if (atomic_load(&exchange->state) != EXCHANGE_WOKEN)
        return;
    run_finish(exchange);
    if (exchange->response)
        MHD_destroy_response(exchange->response);
}

struct view http_request_header(const struct http_request *request, const char *name)
{
    const char *value = NULL;
    size_t len = 0;
    MHD_lookup_connection_value_n(exchange_of(request)->connection, MHD_HEADER_KIND, name, strlen(name), &value, &len);
    return view_make(value, len);
}

struct visitor {
    http_header_visit visit;
    void *ctx;
    bool ended;
};

static enum MHD_Result visit_header(void *ctx, enum MHD_ValueKind kind, const char *name, size_t name_len,
                                    const char *value, size_t value_len)
{
    struct visitor *visitor = ctx;
    (void)kind;
    visitor->ended = !visitor->visit(visitor->ctx, view_make(name, name_len), view_make(value ? value : "", value_len));
    return visitor->ended ? MHD_NO : MHD_YES;
}

bool http_request_each_header(const struct http_request *request, http_header_visit visit, void *ctx)
{
    struct visitor visitor = {visit, ctx, false};
    MHD_get_connection_values_n(exchange_of(request)->connection, MHD_HEADER_KIND, visit_header, &visitor);
    return !visitor.ended;
}

void http_request_answer(struct http_request *request, unsigned http_status, const struct http_header *headers,
                         size_t header_count)
{
    struct exchange *exchange = exchange_of(request);
    assert(!exchange->http_status && http_status);
    exchange->http_status = http_status;
    /* The library copies nothing here: reply outlives the response, since put comes after the last byte was sent. */
    struct MHD_Response *response =
        MHD_create_response_from_buffer(request->reply.len, request->reply.data, MHD_RESPMEM_PERSISTENT);
    bool complete = response;
    for (size_t i = 0; complete && i < header_count; i++)
        complete = MHD_add_response_header(response, headers[i].name, headers[i].value) == MHD_YES;
    if (complete && atomic_load(&exchange->settings->draining))
        complete = MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close") == MHD_YES;
    if (response && !complete) {
        MHD_destroy_response(response);
        response = NULL;
    }
    exchange->response = response;
}

void http_request_wake(struct http_request *request)
{
    struct exchange *exchange = exchange_of(request);
    struct MHD_Connection *connection = exchange->connection;
    if (atomic_exchange(&exchange->state, EXCHANGE_WOKEN) == EXCHANGE_SUSPENDED)
        MHD_resume_connection(connection);
}
