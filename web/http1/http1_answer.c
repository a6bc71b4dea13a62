/*
 * What a handler does to its exchange, in HTTP/1.1: answers whole and in pieces, and asks for the body. An answer decides first whether
 * it is the connection's last one, because its header has to say so.
 */
#include "base/buf.h"
#include "web/http/limits.h"
#include "web/http1/http1_internal.h"
#include "web/http1/http1_writer.h"

static bool is_method(const struct http_exchange *exchange, const char *method)
{
    return view_equal_text(exchange->method, method);
}

static enum http1_framing framing_of(unsigned http_status)
{
    return http_status < 200 || http_status == 204 ? HTTP1_NO_BODY : HTTP1_LENGTH;
}

/*
 * Whether the connection can be kept although nobody reads the rest of the body: only when the rest has come already. A client that still
 * sends may wait for the end of its request, or not (RFC 9110 10.1.1), and a proxy may give the connection to somebody else meanwhile.
 */
static bool may_discard_rest(const struct http1_connection *connection)
{
    const struct http1_head *head = &connection->head;
    uint64_t rest = head->content_length - connection->exchange->ended.request_bytes;
    return !connection->ends_after && !head->chunked && rest <= connection->available_bytes;
}

/* Decides whether this answer is the connection's last one. Before its header is written. */
static void decide_end(struct http1_connection *connection)
{
    connection->ends_after |= !connection->head.keep_alive || connection->context->draining;
    if (connection->state == HTTP1_BODY && !may_discard_rest(connection))
        connection->ends_after = true;
}

/* The answer has been queued: what comes next? */
static void answered(struct http1_connection *connection)
{
    bool body_is_left = connection->state == HTTP1_BODY;
    http1_flush(connection);
    http1_end_exchange(connection);
    if (connection->ends_after) {
        http1_linger(connection);
    } else {
        http1_enter(connection, body_is_left ? HTTP1_DISCARD : HTTP1_HEAD);
        connection->discarded_bytes = 0;
    }
    http1_go_on_later(connection);
}

/* The reset, or the missing last chunk, tells the client that it has not got the whole. */
void http1_abort(struct http_exchange *exchange)
{
    struct http1_connection *connection = http1_connection_of(exchange);
    exchange->ended.client_has_gone = true;
    http1_end_exchange(connection);
    http1_close(connection, true);
}

static void answer(struct http_exchange *exchange, unsigned http_status, const struct http_header *headers,
                   size_t count)
{
    struct http1_connection *connection = http1_connection_of(exchange);
    decide_end(connection);
    struct http1_answer head = {
        .http_status = http_status,
        .headers = headers,
        .header_count = count,
        .framing = framing_of(http_status),
        .length = exchange->reply.len,
        .close = connection->ends_after,
        .keep_alive = connection->head.minor_version == 0,
        .date = http_context_date(connection->context),
    };
    bool has_body =
        exchange->reply.len && head.framing == HTTP1_LENGTH && http_status != 304 && !is_method(exchange, "HEAD");
    exchange->ended.http_status = http_status;
    exchange->ended.response_bytes = has_body ? exchange->reply.len : 0;
    if (!http1_write_head(&connection->stream.out, &head) ||
        (has_body && !net_queue_append_buf(&connection->stream.out, &exchange->reply))) {
        http1_abort(exchange); /* there is no memory to say so */
        return;
    }
    answered(connection);
}

static void start(struct http_exchange *exchange, unsigned http_status, const struct http_header *headers, size_t count)
{
    struct http1_connection *connection = http1_connection_of(exchange);
    connection->has_started = true;
    connection->is_chunked = connection->head.minor_version == 1;
    connection->ends_after |= !connection->is_chunked;
    decide_end(connection);
    struct http1_answer head = {
        .http_status = http_status,
        .headers = headers,
        .header_count = count,
        .framing = connection->is_chunked ? HTTP1_CHUNKED : HTTP1_UNTIL_END,
        .close = connection->ends_after,
        .date = http_context_date(connection->context),
    };
    exchange->ended.http_status = http_status;
    connection->is_failing = !http1_write_head(&connection->stream.out, &head);
    if (connection->is_failing) /* not at once: the handler is about to go on */
        loop_task_add(connection->context->loop, &connection->proceed);
    http1_flush(connection);
}

static bool write_piece(struct http_exchange *exchange, struct view piece)
{
    struct http1_connection *connection = http1_connection_of(exchange);
    if (piece.len == 0 || is_method(exchange, "HEAD"))
        return true;
    exchange->ended.response_bytes += piece.len;
    http1_flush(connection);
    return connection->is_chunked ? http1_write_chunk(&connection->stream.out, piece)
                                  : net_queue_append(&connection->stream.out, piece);
}

static bool is_full(const struct http_exchange *exchange)
{
    return net_stream_is_full(&http1_connection_of(exchange)->stream);
}

static void end(struct http_exchange *exchange, const struct http_header *trailers, size_t count)
{
    struct http1_connection *connection = http1_connection_of(exchange);
    bool ended = !connection->is_chunked || is_method(exchange, "HEAD") ||
                 http1_write_end(&connection->stream.out, trailers, count);
    if (ended)
        answered(connection);
    else
        http1_abort(exchange);
}

static void collect(struct http_exchange *exchange)
{
    struct http1_connection *connection = http1_connection_of(exchange);
    connection->is_collecting = true;
    buf_init(&connection->collected, connection->context->body_bytes_max);
    buf_set_account(&connection->collected, &connection->account);
    if (connection->head.has_length && connection->head.content_length > connection->context->body_bytes_max) {
        http1_report_too_large(connection);
    }
}

static void stream(struct http_exchange *exchange)
{
    http1_connection_of(exchange)->is_collecting = false;
}

static void set_paused(struct http_exchange *exchange, bool paused)
{
    struct http1_connection *connection = http1_connection_of(exchange);
    if (connection->is_paused && !paused)
        http1_go_on_later(connection);
    connection->is_paused = paused;
}

const struct http_exchange_ops http1_exchange_ops = {
    collect, stream, set_paused, answer, start, write_piece, is_full, end, http1_abort,
};
