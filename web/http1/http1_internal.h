/*
 * What the files of a connection share: its struct, and the functions that one has for the others. The design stands in
 * http1_connection.c.
 */
#ifndef WEB_HTTP1_HTTP1_INTERNAL_H
#define WEB_HTTP1_HTTP1_INTERNAL_H

#include "base/buf.h"
#include "web/http/http_context.h"
#include "web/http1/http1_body.h"
#include "web/http1/http1_head.h"
#include "web/net/net_stream.h"

enum http1_state { HTTP1_HEAD, HTTP1_BODY, HTTP1_DISCARD, HTTP1_BUSY, HTTP1_LINGER, HTTP1_CLOSED };

struct http1_connection {
    struct http_connection link;
    struct http_context *context;
    struct net_stream stream;
    struct budget_account account;
    struct http_peer *peer;
    enum http1_state state;

    struct buf pending;
    struct http1_finder finder;
    struct http1_head head;
    struct http1_body body;
    struct buf collected;           /* a body that is wanted as a whole and came in pieces */
    struct http_exchange *exchange; /* NULL between requests */
    uint64_t discarded_bytes;
    size_t available_bytes; /* of the input that is being processed, behind what was taken */

    bool is_refused; /* over the limit of connections */
    bool is_collecting;
    bool is_paused;     /* by the handler of a streamed body */
    bool has_started;   /* http_exchange_start() */
    bool is_chunked;    /* the answer that was started */
    bool ends_after;    /* the answer that is being given is the last one */
    bool is_processing; /* process() is running and will go on by itself */
    bool is_failing;    /* no memory for what the handler has begun: to be closed at the end of the turn */
    bool has_ended;     /* the client sends no more */

    struct timer timer;
    struct loop_task proceed;
    struct loop_task reap;
    uint64_t since_ms; /* the state's beginning; of HEAD: its first byte's, or the last answer's */
    uint64_t rate_in;  /* stream.bytes_in and bytes_out at the last look */
    uint64_t rate_out;
    uint64_t rate_ms;    /* when that was */
    unsigned slow_count; /* looks in a row that found too little */
};

static inline bool http1_is_open(const struct http1_connection *connection)
{
    return connection->state != HTTP1_CLOSED;
}

static inline struct http1_connection *http1_connection_of(const struct http_exchange *exchange)
{
    return exchange->connection;
}

static inline struct http_handler *http1_handler(struct http1_connection *connection)
{
    return &connection->context->handler;
}

/* ---- http1_connection.c ---- */

void http1_enter(struct http1_connection *connection, enum http1_state state);

/* Makes the exchange; false when the client has no share left for it, and then the connection is closed. */
MUST_USE bool http1_take_exchange(struct http1_connection *connection);

void http1_end_exchange(struct http1_connection *connection);

/* The client gets nothing more. The struct lives until the end of the turn. */
void http1_close(struct http1_connection *connection, bool is_reset);

/* There will be no further answer: the client gets what is queued, and is given time to read it. */
void http1_linger(struct http1_connection *connection);

/* Takes what has come meanwhile, unless http1_process() is about to. */
void http1_go_on_later(struct http1_connection *connection);

/* ---- http1_answer.c ---- */

extern const struct http_exchange_ops http1_exchange_ops;

/* ---- http1_request.c ---- */

/* Takes off the input what can be taken now. False: there may be more to take, but it is others' turn. */
bool http1_process(struct http1_connection *connection, struct view *input);

/* The request is at fault: the handler answers, and the connection ends where it is not known how to go on. */
void http1_report(struct http1_connection *connection, unsigned http_status, enum status_code code, const char *message,
                  bool ends);

void http1_report_too_large(struct http1_connection *connection);

/* ---- http1_timing.c ---- */

/* Has the timer look at the connection in `ms` at the latest. */
void http1_look_within(struct http1_connection *connection, uint64_t ms);

/* From now on bytes must come, or be taken, at the least rate. */
void http1_watch_rate(struct http1_connection *connection);

/* What is queued leaves at the end of the turn, and is watched when that may be slow. */
void http1_flush(struct http1_connection *connection);

void http1_on_due(struct timer *timer);

#endif
