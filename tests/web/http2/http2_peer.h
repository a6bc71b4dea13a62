/*
 * The server's side of an HTTP/2 connection on bytes, for tests: nghttp2's own session, which does what a test says and writes down what
 * it was asked.
 *
 * Flow     init; receive() what the client sends, next() until it has no more to say; answer requests by what they are; free.
 * Memory   Requests stay until free.
 */
#ifndef TESTS_WEB_HTTP2_HTTP2_PEER_H
#define TESTS_WEB_HTTP2_HTTP2_PEER_H

#include <nghttp2/nghttp2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/view.h"

#define HTTP2_PEER_REQUESTS_MAX 4096

struct http2_peer;

struct http2_peer_request {
    struct http2_peer *peer;
    int32_t id;
    char path[64];
    struct buf fields; /* "name: value\n" each */
    struct buf body;   /* as far as it has come */
    bool has_ended;    /* and there is no more */
    bool was_answered; /* by the test's own account */
    bool was_reset;    /* by the client */
    uint32_t reset_code;
    bool is_closed;

    struct buf out;  /* of the answer's body */
    size_t out_sent; /* of it */
    char *trailers;  /* to follow it; NULL: none yet */
    bool is_last;    /* the body ends the stream */
    bool is_waiting;
};

struct http2_peer {
    nghttp2_session *session;
    struct http2_peer_request *requests[HTTP2_PEER_REQUESTS_MAX]; /* in the order in which they came */
    size_t request_count;
    unsigned pings;
    bool has_goaway;                                                /* from the client */
    void (*on_data)(struct http2_peer_request *request, void *ctx); /* a piece of a request, or its end; may be NULL */
    void *ctx;
};

/* streams_max of 0: it says nothing of it. */
void http2_peer_init(struct http2_peer *peer, uint32_t streams_max);
void http2_peer_free(struct http2_peer *peer);

/* False: the client has broken the protocol. */
bool http2_peer_receive(struct http2_peer *peer, struct view bytes);

/* The next bytes; valid until the next call. False: there are none. */
bool http2_peer_next(struct http2_peer *peer, struct view *ret_bytes);

/* The last request of this path; NULL: there is none. */
struct http2_peer_request *http2_peer_find(struct http2_peer *peer, const char *path);

/* The value of a field of the request: "" when there is none. It lives until the next call. */
const char *http2_peer_field(const struct http2_peer_request *request, const char *name);

/* A header block: "name: value\n" each. is_end: nothing follows. An informational one may come before. */
void http2_peer_head(struct http2_peer_request *request, const char *fields, bool is_end);

/* More of the body, copied. After the head. */
void http2_peer_data(struct http2_peer_request *request, struct view bytes, bool is_end);

/* Follow the body, and end the stream. */
void http2_peer_trailers(struct http2_peer_request *request, const char *fields);

void http2_peer_reset(struct http2_peer_request *request, uint32_t code);

/* Requests above last_id were not looked at. */
void http2_peer_goaway(struct http2_peer *peer, int32_t last_id, uint32_t code, const char *debug);

#endif
