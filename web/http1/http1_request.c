/* What the bytes of a connection mean, by its state: heads and bodies of requests for the handler, or nothing to anybody. */
#include <string.h>

#include "web/http/http_target.h"
#include "web/http/limits.h"
#include "web/http1/http1_internal.h"
#include "web/http1/limits.h"

/* Steps of one turn: a head and a body for each request. */
#define STEPS_PER_TURN (2 * HTTP_REQUESTS_PER_TURN)

/* ---- Faults ---- */

/* The request is at fault: the handler answers, and the connection ends where it is not known how to go on. */
void http1_report(struct http1_connection *connection, unsigned http_status, enum status_code code, const char *message,
                  bool ends)
{
    struct http_exchange *exchange = connection->exchange;
    connection->ends_after |= ends;
    if (connection->has_started) { /* half an answer cannot be taken back */
        http1_close(connection, true);
        return;
    }
    exchange->fault_http_status = http_status;
    status_fail(&exchange->fault, code, "%s", message);
    http1_handler(connection)->on_fault(exchange, http1_handler(connection)->ctx);
}

static enum status_code code_of(unsigned http_status)
{
    switch (http_status) {
    case 413:
    case 431: return STATUS_RESOURCE_EXHAUSTED;
    case 501:
    case 505: return STATUS_UNIMPLEMENTED;
    case 503: return STATUS_UNAVAILABLE;
    default: return STATUS_INVALID_ARGUMENT;
    }
}

static void report_fault(struct http1_connection *connection, const struct http1_fault *fault)
{
    http1_report(connection, fault->http_status, code_of(fault->http_status), fault->message, true);
}

void http1_report_too_large(struct http1_connection *connection)
{
    struct http_exchange *exchange = connection->exchange;
    exchange->fault_http_status = 413;
    status_fail(&exchange->fault, STATUS_RESOURCE_EXHAUSTED, "the request body is over the limit of %zu bytes",
                connection->context->body_bytes_max);
    http1_handler(connection)->on_fault(exchange, http1_handler(connection)->ctx);
}

/* ---- Heads ---- */

/* Reads the head, of which `text` is the whole, into the exchange. */
static bool read_head(struct http1_connection *connection, struct view text, struct http1_fault *fault)
{
    struct http_exchange *exchange = connection->exchange;
    struct http_field fields[HTTP1_FIELDS_MAX];
    static const struct http1_fault no_memory = {503, "no memory for the request header"};
    *fault = no_memory;
    char *copy = arena_copy(&exchange->arena, text);
    if (!copy)
        return false;
    bool is_read = http1_head_parse(view_make(copy, text.len), fields, HTTP1_FIELDS_MAX, &connection->head, fault);
    exchange->method = connection->head.method;
    if (connection->head.target.len) {
        struct http_target target;
        if (http_target_parse(connection->head.target, &exchange->arena, &target, &exchange->fault)) {
            exchange->target = target.whole;
            exchange->path = target.path;
            exchange->query = target.query;
        } else if (is_read) {
            *fault = (struct http1_fault){400, "request target: expected percent-encoding instead of other bytes"};
            return false;
        }
    }
    if (!is_read)
        return false;
    struct http_field *kept = arena_alloc(&exchange->arena, (connection->head.field_count + 1) * sizeof(*kept));
    if (!kept) {
        *fault = no_memory;
        return false;
    }
    memcpy(kept, fields, connection->head.field_count * sizeof(*kept));
    connection->head.fields = kept;
    exchange->fields = kept;
    exchange->field_count = connection->head.field_count;
    return true;
}

/* After on_head(): whether the body is still wanted. */
static bool wants_body(const struct http1_connection *connection)
{
    return http1_is_open(connection) && connection->exchange && connection->state == HTTP1_BODY;
}

/* Asks for the body of a client that waits to be asked (RFC 9110 10.1.1). */
static void send_continue(struct http1_connection *connection, struct view input)
{
    static const struct view text = VIEW("HTTP/1.1 100 Continue\r\n\r\n");
    if (!connection->head.expect_continue || input.len || !wants_body(connection))
        return;
    if (net_queue_append(&connection->stream.out, text))
        http1_flush(connection);
    else
        http1_close(connection, true);
}

static void begin(struct http1_connection *connection)
{
    struct http_exchange *exchange = connection->exchange;
    http1_enter(connection, HTTP1_BODY);
    if (connection->is_refused)
        http1_report(connection, 503, STATUS_UNAVAILABLE, "too many connections", true);
    else
        http1_handler(connection)->on_head(exchange, http1_handler(connection)->ctx);
}

/* Takes a whole head off the input and begins its exchange; false when it is not whole yet. */
static bool take_head(struct http1_connection *connection, struct view *input)
{
    struct http1_fault fault;
    size_t start = 0, bytes = 0;
    switch (http1_head_find(&connection->finder, *input, &start, &bytes, &fault)) {
    case HTTP1_MORE: return false;
    case HTTP1_DONE: break;
    default:
        connection->head = (struct http1_head){0};
        if (http1_take_exchange(connection)) {
            http1_enter(connection, HTTP1_BODY);
            report_fault(connection, &fault);
        }
        input->len = 0;
        return true;
    }
    connection->finder = (struct http1_finder){0};
    struct view text = view_make(input->data + start, bytes);
    *input = view_make(text.data + text.len, input->len - start - bytes);
    connection->head = (struct http1_head){0};
    if (!http1_take_exchange(connection))
        return true;
    if (!read_head(connection, text, &fault)) {
        http1_enter(connection, HTTP1_BODY);
        report_fault(connection, &fault);
        return true;
    }
    http1_body_free(&connection->body); /* the trailers of the request before */
    http1_body_init(&connection->body, &connection->head);
    connection->available_bytes = input->len;
    begin(connection);
    send_continue(connection, *input);
    return true;
}

/* ---- Bodies ---- */

/* The whole body has come. */
static void deliver(struct http1_connection *connection, struct view body)
{
    struct http_exchange *exchange = connection->exchange;
    http1_enter(connection, HTTP1_BUSY);
    http1_handler(connection)->on_body(exchange, body, true, http1_handler(connection)->ctx);
}

static void collect_piece(struct http1_connection *connection, struct view piece)
{
    struct buf *collected = &connection->collected;
    if (piece.len > connection->context->body_bytes_max - collected->len) {
        buf_free(collected);
        http1_report_too_large(connection);
    } else if (!buf_append(collected, piece)) {
        buf_free(collected);
        http1_report(connection, 503, STATUS_UNAVAILABLE, "too much memory is in use for request bodies", true);
    }
}

/* Whether the chunk that is on its way is more than may be collected. */
static bool is_announced_too_large(const struct http1_connection *connection)
{
    return connection->is_collecting && connection->body.state == HTTP1_BODY_DATA && connection->head.chunked &&
           connection->body.left > connection->context->body_bytes_max - connection->collected.len;
}

/* Takes what it can of a body off the input; false when it has to wait. */
static bool take_body(struct http1_connection *connection, struct view *input)
{
    struct http1_fault fault;
    struct view piece;
    struct http_exchange *exchange = connection->exchange;
    if (connection->is_paused)
        return false;
    /* The common case, without a copy: the body has come as a whole. */
    if (connection->is_collecting && connection->head.has_length && !connection->collected.len &&
        input->len >= connection->head.content_length && exchange->ended.request_bytes == 0) {
        piece = view_make(input->data, (size_t)connection->head.content_length);
        *input = view_make(input->data + piece.len, input->len - piece.len);
        exchange->ended.request_bytes = piece.len;
        deliver(connection, piece);
        return true;
    }
    enum http1_body_result result = http1_body_read(&connection->body, input, &piece, &fault);
    connection->available_bytes = input->len;
    switch (result) {
    case HTTP1_BODY_PIECE:
        exchange->ended.request_bytes += piece.len;
        if (connection->is_collecting)
            collect_piece(connection, piece);
        else
            http1_handler(connection)->on_body(exchange, piece, false, http1_handler(connection)->ctx);
        return true;
    case HTTP1_BODY_END: deliver(connection, buf_view(&connection->collected)); return true;
    case HTTP1_BODY_MORE:
        if (!is_announced_too_large(connection))
            return false;
        http1_report_too_large(connection);
        return true;
    default: report_fault(connection, &fault); return true;
    }
}

static bool take_discarded(struct http1_connection *connection, struct view *input)
{
    struct http1_fault fault;
    struct view piece;
    switch (http1_body_read(&connection->body, input, &piece, &fault)) {
    case HTTP1_BODY_PIECE:
        connection->discarded_bytes += piece.len;
        if (connection->discarded_bytes > HTTP_DISCARD_BYTES_MAX)
            http1_close(connection, false);
        return true;
    case HTTP1_BODY_END: http1_enter(connection, HTTP1_HEAD); return true;
    case HTTP1_BODY_MORE: return false;
    default: http1_close(connection, false); return true;
    }
}

/* ---- All ---- */

/* One step; false when nothing more can be done with this input now. */
static bool take(struct http1_connection *connection, struct view *input)
{
    switch (connection->state) {
    case HTTP1_HEAD: return !net_stream_is_full(&connection->stream) && take_head(connection, input);
    case HTTP1_BODY: return take_body(connection, input);
    case HTTP1_DISCARD: return take_discarded(connection, input);
    case HTTP1_LINGER:
        connection->discarded_bytes += input->len;
        if (connection->discarded_bytes > HTTP_DISCARD_BYTES_MAX)
            http1_close(connection, false);
        input->len = 0;
        return false;
    default: return false;
    }
}

/* Takes off the input what can be taken now. False: there may be more to take, but it is others' turn. */
bool http1_process(struct http1_connection *connection, struct view *input)
{
    unsigned steps = 0;
    bool has_more = true;
    connection->is_processing = true;
    while (http1_is_open(connection) && steps < STEPS_PER_TURN &&
           (input->len || connection->state == HTTP1_BODY || connection->state == HTTP1_DISCARD)) {
        connection->available_bytes = input->len;
        has_more = take(connection, input);
        if (!has_more)
            break;
        steps++;
    }
    connection->is_processing = false;
    connection->available_bytes = 0;
    return !has_more || steps < STEPS_PER_TURN;
}
