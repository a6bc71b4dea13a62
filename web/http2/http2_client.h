/*
 * The client's side of one HTTP/2 connection (RFC 9113), on bytes: what the peer sends goes in, what it is to be sent comes out.
 *
 * Flow     create; http2_client_receive() with what was read, and after each call and each request http2_client_next() until it has
 *          no more bytes. A request is a stream, which lives in its owner's struct: http2_client_request(), events, on_ended().
 * Pressure The body of a request is lent (http2_stream_send()) and pulled as the peer's windows allow; on_sent() follows when it has
 *          gone. The body of an answer comes as it arrives; the peer sends more of a stream as it is consumed.
 * Memory   From the pool; streams are their owners'. Names and values of a request are copied into the peer's bytes.
 * Limits   web/http2/limits.h; what floods us (PING, SETTINGS, header blocks without end) ends the connection.
 * Threads  The loop's.
 * Errors   When the peer breaks the protocol, it is told so by the last bytes of http2_client_next(), behind which the client is over:
 *          close the connection, and end the streams by http2_client_lose(). http2_client_receive() is false when even that cannot be.
 *          No callback comes for a stream after its on_ended(), or after http2_stream_reset().
 */
#ifndef WEB_HTTP2_HTTP2_CLIENT_H
#define WEB_HTTP2_HTTP2_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/view.h"
#include "web/http2/http2_memory.h"

struct http2_client;
struct http2_stream;

/* Error codes of RFC 9113 7 that its users speak of. */
enum {
    HTTP2_NO_ERROR = 0x0,
    HTTP2_INTERNAL_ERROR = 0x2,
    HTTP2_REFUSED_STREAM = 0x7,
    HTTP2_CANCEL = 0x8,
    HTTP2_ENHANCE_YOUR_CALM = 0xb,
    HTTP2_INADEQUATE_SECURITY = 0xc,
};

enum http2_end {
    HTTP2_END_WHOLE, /* the answer has come to its end */
    HTTP2_END_RESET, /* one of the two sides has reset the stream; error_code says why */
    HTTP2_END_LOST,  /* the connection is gone */
};

struct http2_stream_events {
    /* A field of a header block; false: it is too much, and the stream is reset with INTERNAL_ERROR. */
    bool (*on_field)(struct http2_stream *stream, struct view name, struct view value);
    /* A header block is complete: of an informational answer, of the answer, or the trailers. is_end: nothing follows. */
    void (*on_block)(struct http2_stream *stream, bool is_end);
    /* A piece of the body; see http2_stream_consume(). */
    void (*on_data)(struct http2_stream *stream, struct view piece);
    /* What http2_stream_send() lent has been copied; not called for the last one. NULL: nobody waits for it. */
    void (*on_sent)(struct http2_stream *stream);
    /* The last callback. was_processed: false when the peer has certainly not looked at it, so that it may be sent again elsewhere. */
    void (*on_ended)(struct http2_stream *stream, enum http2_end end, uint32_t error_code, bool was_processed);
};

struct http2_stream {
    const struct http2_stream_events *events;
    int32_t id;
    struct view out; /* of the body: not yet copied */
    bool out_is_last;
    bool was_sent;   /* its header block has been handed out */
    bool is_stopped; /* no more of `out` was there when it was pulled */
    bool is_drained; /* on_sent() is owed */
    struct http2_stream *previous;
    struct http2_stream *next;
};

struct http2_client_events {
    /* The peer's settings have come, or have changed. */
    void (*on_settings)(void *ctx);
    /* The peer takes no more streams; those that it has not processed end first, or soon. */
    void (*on_goaway)(uint32_t error_code, struct view debug, void *ctx);
    void (*on_pong)(void *ctx);
    void *ctx;
};

struct http2_field {
    struct view name; /* lower case */
    struct view value;
    bool is_indexed; /* it recurs, so that the peer's table should keep it; not for what is secret */
};

MUST_USE bool http2_client_create(struct http2_memory *memory, const struct http2_client_events *events,
                                  struct http2_client **ret_client, struct status *st);

/* No stream may be left: http2_client_lose(). NULL is fine. */
void http2_client_destroy(struct http2_client *client);

MUST_USE bool http2_client_receive(struct http2_client *client, struct view bytes);

/*
 * After http2_client_next() has had nothing more: whether nothing more will come of this connection, because the peer has broken the
 * protocol, or one of the two has said GOAWAY and the last stream has ended.
 */
bool http2_client_is_over(const struct http2_client *client);

/* Whether it was the former. */
bool http2_client_is_broken(const struct http2_client *client);

/* The next bytes to be written; valid until the next call of anything. False: there are none now. */
bool http2_client_next(struct http2_client *client, struct view *ret_bytes);

/*
 * Sends a request; `piece` is the beginning of its body, lent until on_sent(). The stream's events are set. False: no memory, or no
 * stream id is left.
 */
MUST_USE bool http2_client_request(struct http2_client *client, struct http2_stream *stream,
                                   const struct http2_field *fields, size_t field_count, struct view piece,
                                   bool is_last);

/* Lends the next piece of the request's body, until on_sent(). */
void http2_stream_send(struct http2_client *client, struct http2_stream *stream, struct view piece, bool is_last);

/* The peer may send so many bytes more of this stream. */
void http2_stream_consume(struct http2_client *client, struct http2_stream *stream, size_t bytes);

/* Ends a stream without on_ended(). */
void http2_stream_reset(struct http2_client *client, struct http2_stream *stream, uint32_t error_code);

/* Ends all streams with HTTP2_END_LOST. */
void http2_client_lose(struct http2_client *client);

MUST_USE bool http2_client_ping(struct http2_client *client);

/* Says GOAWAY, as a client that leaves. */
void http2_client_goaway(struct http2_client *client);

/* How many streams the peer takes at a time. */
uint32_t http2_client_streams_max(const struct http2_client *client);

/* How many there are. */
size_t http2_client_stream_count(const struct http2_client *client);

#endif
