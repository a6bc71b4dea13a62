/*
 * One HTTP request and its answer, as a handler sees them: bytes only, nothing of the HTTP library.
 *
 * Flow     The server reads a request whole and calls the handler's begin(). begin() either answers, or sees to it that
 *          http_request_wake() is called later; then finish() answers. The HTTP thread serves others in between.
 *          A request that is at fault (too large, malformed) goes the same way with `fault` set, so that one place
 *          makes all error bodies; begin() must answer it at once.
 * Memory   Everything here lives from begin() until the answer is sent. Views point into the connection or the arena.
 *          arena, reply and scratch are kept from request to request, so that the steady state allocates nothing.
 * Limits   gateway/limits.h, http. The arena and both buffers refuse what goes over.
 * Threads  begin() and finish() run on the request's HTTP thread, one after the other, so what they touch needs no
 *          lock. http_request_wake() may be called from any thread. cancel() runs on another thread, but never while
 *          begin() or finish() of its request do.
 *
 *     static void begin(struct http_request *request, void *ctx)
 *     {
 *         if (!start_the_call(request, http_request_wake))
 *             http_request_answer(request, 503, NULL, 0);
 *     }
 *     static void finish(struct http_request *request, void *ctx)
 *     {
 *         if (buf_append(&request->reply, the_result(request)))
 *             http_request_answer(request, 200, &(struct http_header){"Content-Type", "application/json"}, 1);
 *         …
 *     }
 */
#ifndef GATEWAY_HTTP_HTTP_REQUEST_H
#define GATEWAY_HTTP_HTTP_REQUEST_H

#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"
#include "base/view.h"

/* Why a request cannot be served, found before a handler has seen it. */
enum http_fault {
    HTTP_FAULT_NONE,
    HTTP_FAULT_MALFORMED,        /* RFC 9112 is violated: 400 */
    HTTP_FAULT_BODY_TOO_LARGE,   /* 413 */
    HTTP_FAULT_HEADER_TOO_LARGE, /* 431 */
    HTTP_FAULT_OVERLOADED,       /* too many connections, no memory: 503 */
};

struct http_request {
    struct view method;   /* "PUT" */
    struct view target;   /* origin form, as sent: path, '?', query; visible ASCII only (see http_target.h) */
    struct view path;     /* percent-encoded; the part of target before the first '?' */
    struct view query;    /* percent-encoded; the part behind it */
    struct view body;     /* whole, without any chunking */
    uint64_t started_ms;  /* monotonic clock, when its first line was read */
    bool client_has_gone; /* and so was cancelled; read it in finish() */

    enum http_fault fault;
    struct status fault_status; /* a sentence about the fault */

    struct arena arena;
    struct buf reply;   /* the body of the answer, appended to by the handler */
    struct buf scratch; /* the handler's own */
    void *handler_data; /* the handler's own; NULL at begin() */
};

struct http_header {
    const char *name;
    const char *value;
};

struct http_handler {
    /* A request has arrived. Answers it, or arranges for one http_request_wake(). */
    void (*begin)(struct http_request *request, void *ctx);
    /* The request was woken. Answers it, although the client may be gone; follows every wake. */
    void (*finish)(struct http_request *request, void *ctx);
    /*
     * Nobody waits for the answer any more (the client has gone, or the server stops): make the wake come soon. May be
     * called more than once, between begin() and finish(). It must not wait.
     */
    void (*cancel)(struct http_request *request, void *ctx);
    void *ctx;
};

/* The first field of this name (any case), until the answer; data is NULL when there is none. */
struct view http_request_header(const struct http_request *request, const char *name);

/*
 * Calls visit for every field, in the order they came, until it returns false. Whether it never did. The views are valid
 * until the answer.
 */
typedef bool (*http_header_visit)(void *ctx, struct view name, struct view value);
bool http_request_each_header(const struct http_request *request, http_header_visit visit, void *ctx);

/*
 * Answers with this status, these fields (copied) and the content of request->reply, which must not change afterwards.
 * Content-Length and Date are added. Call it once, from begin() or finish().
 */
void http_request_answer(struct http_request *request, unsigned http_status, const struct http_header *headers,
                         size_t header_count);

/* Lets finish() run, soon. Call it once after begin() left a request unanswered; even before begin() has returned. */
void http_request_wake(struct http_request *request);

#endif
