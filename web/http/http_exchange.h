/*
 * One HTTP request and its answer, as a handler sees them, whatever the version of HTTP.
 *
 * Flow     on_head(): the header has come. The handler answers, or asks for the body: as a whole (http_exchange_collect()) or in
 *          pieces (http_exchange_stream()); on_body() follows. The answer may be given at any time until on_ended(), from any callback
 *          of the loop: in one piece (http_exchange_answer()), or as a stream (start, write, end).
 *          on_fault(): the request cannot be served (too large, malformed, too slow, no memory, the server ends): give up what was
 *          begun, and answer before returning. It comes in place of on_head(), or behind it while nothing has been answered.
 *          on_gone(): the client has gone, or its connection failed. Nothing can be answered any more; give up what was begun.
 *          on_ended(): the last callback of every request, with what became of it; also for what was no HTTP.
 * Pressure A body that is streamed can be paused; a response whose http_exchange_is_full() should wait for on_room().
 * Memory   Everything here lives until on_ended() returns. Views point into the arena, but for bodies: those are only good until
 *          the callback returns. arena and buffers are kept from request to request, so that the steady state allocates
 *          nothing. All of it is charged to the client's account.
 * Limits   web/http/limits.h and the server's options. The arena and the buffers refuse what goes over.
 * Threads  The loop's, from the first byte to the last.
 *
 *     static void on_head(struct http_exchange *exchange, void *ctx)
 *     {
 *         http_exchange_collect(exchange);
 *     }
 *     static void on_body(struct http_exchange *exchange, struct view body, bool is_last, void *ctx)
 *     {
 *         if (buf_append(&exchange->reply, body))
 *             http_exchange_answer(exchange, 200, &(struct http_header){"Content-Type", "application/json"}, 1);
 *         …
 *     }
 */
#ifndef WEB_HTTP_HTTP_EXCHANGE_H
#define WEB_HTTP_HTTP_EXCHANGE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"
#include "base/view.h"
#include "web/http/http_field.h"

struct http_exchange;

/* A field of an answer: C strings. */
struct http_header {
    const char *name;
    const char *value;
};

/* What became of a request. */
struct http_ended {
    unsigned http_status;    /* of the answer; 0: there was none */
    uint64_t request_bytes;  /* of the body, as far as it came */
    uint64_t response_bytes; /* of the body, without framing */
    uint64_t us;             /* from its first byte to the end of the answer's making */
    bool client_has_gone;    /* before the answer was complete */
};

struct http_handler {
    void (*on_head)(struct http_exchange *exchange, void *ctx);
    void (*on_body)(struct http_exchange *exchange, struct view piece, bool is_last, void *ctx);
    void (*on_fault)(struct http_exchange *exchange, void *ctx);
    void (*on_room)(struct http_exchange *exchange, void *ctx); /* NULL: no answer is streamed */
    void (*on_gone)(struct http_exchange *exchange, void *ctx);
    void (*on_ended)(struct http_exchange *exchange, const struct http_ended *ended, void *ctx);
    void *ctx;
};

/* What a version of HTTP does for its exchanges; see the functions of the same names. */
struct http_exchange_ops {
    void (*collect)(struct http_exchange *exchange);
    void (*stream)(struct http_exchange *exchange);
    void (*pause)(struct http_exchange *exchange, bool paused);
    void (*answer)(struct http_exchange *exchange, unsigned http_status, const struct http_header *headers,
                   size_t count);
    void (*start)(struct http_exchange *exchange, unsigned http_status, const struct http_header *headers,
                  size_t count);
    bool (*write)(struct http_exchange *exchange, struct view piece);
    bool (*is_full)(const struct http_exchange *exchange);
    void (*end)(struct http_exchange *exchange, const struct http_header *trailers, size_t count);
    void (*abort)(struct http_exchange *exchange);
};

struct http_exchange {
    struct view method; /* "PUT"; empty when what came was no request line */
    struct view target; /* origin form, as sent: path, '?', query; visible ASCII only (see http_target.h) */
    struct view path;   /* percent-encoded; the part of target before the first '?' */
    struct view query;  /* percent-encoded; the part behind it */
    const struct http_field *fields; /* in the order they came */
    size_t field_count;
    uint64_t started_us; /* monotonic clock, when its first byte was seen */

    unsigned fault_http_status; /* in on_fault(): what the answer should say, and why */
    struct status fault;

    struct arena arena;
    struct buf reply;    /* the body of http_exchange_answer() */
    struct buf scratch;  /* the handler's own, for what it sends on */
    struct buf incoming; /* and for what it gets back */
    void *handler_data;  /* the handler's own; NULL at first */

    const struct http_exchange_ops *ops; /* the rest is the server's */
    void *connection;
    struct http_ended ended;
    struct http_exchange *next; /* in the list of those that are kept for reuse */
};

/* The first field of this name (any case); data is NULL when there is none. */
struct view http_exchange_field(const struct http_exchange *exchange, const char *name);

/*
 * In on_head(): the body is wanted as a whole. on_body() follows once, or on_fault() when it is over the server's limit; the latter
 * perhaps before this returns.
 */
static inline void http_exchange_collect(struct http_exchange *exchange)
{
    exchange->ops->collect(exchange);
}

/* In on_head(): the body is wanted as it comes, whatever its length. on_body() follows for each piece, the last one perhaps empty. */
static inline void http_exchange_stream(struct http_exchange *exchange)
{
    exchange->ops->stream(exchange);
}

/* No on_body() until it is resumed; the client is held up. */
static inline void http_exchange_pause(struct http_exchange *exchange)
{
    exchange->ops->pause(exchange, true);
}

static inline void http_exchange_resume(struct http_exchange *exchange)
{
    exchange->ops->pause(exchange, false);
}

/*
 * Answers with this status, these fields (copied) and the content of exchange->reply. Content-Length and Date are added. The
 * exchange has ended when it returns: on_ended() has been called.
 */
static inline void http_exchange_answer(struct http_exchange *exchange, unsigned http_status,
                                        const struct http_header *headers, size_t count)
{
    exchange->ops->answer(exchange, http_status, headers, count);
}

/* Begins an answer of unknown length. */
static inline void http_exchange_start(struct http_exchange *exchange, unsigned http_status,
                                       const struct http_header *headers, size_t count)
{
    exchange->ops->start(exchange, http_status, headers, count);
}

/* Goes on with it. False: no memory is left for this client; the answer is best aborted. */
MUST_USE static inline bool http_exchange_write(struct http_exchange *exchange, struct view piece)
{
    return exchange->ops->write(exchange, piece);
}

/* Whether so much waits for the client that the handler should wait for on_room(). */
static inline bool http_exchange_is_full(const struct http_exchange *exchange)
{
    return exchange->ops->is_full(exchange);
}

/* Completes it. The exchange has ended when it returns. */
static inline void http_exchange_end(struct http_exchange *exchange, const struct http_header *trailers, size_t count)
{
    exchange->ops->end(exchange, trailers, count);
}

/* Breaks it off, so that the client does not take it for whole. The exchange has ended when it returns. */
static inline void http_exchange_abort(struct http_exchange *exchange)
{
    exchange->ops->abort(exchange);
}

#endif
