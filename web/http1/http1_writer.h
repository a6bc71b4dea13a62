/*
 * The header of an answer in HTTP/1.1's form, and the frames of a chunked body (RFC 9112).
 *
 * Fields with a CR, LF or NUL in name or value cannot be written: a handler's mistake must not become a second answer.
 */
#ifndef WEB_HTTP1_HTTP1_WRITER_H
#define WEB_HTTP1_HTTP1_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "web/http/http_exchange.h"
#include "web/net/net_queue.h"

enum http1_framing {
    HTTP1_NO_BODY,   /* 204 and the like: no word of a length */
    HTTP1_LENGTH,    /* Content-Length */
    HTTP1_CHUNKED,   /* Transfer-Encoding: chunked */
    HTTP1_UNTIL_END, /* the connection's end: for HTTP/1.0 */
};

struct http1_answer {
    unsigned http_status;
    const struct http_header *headers;
    size_t header_count;
    enum http1_framing framing;
    uint64_t length;
    bool close;       /* say that the connection ends with this answer */
    bool keep_alive;  /* say that it does not, to a client of HTTP/1.0 */
    const char *date; /* value of the Date field */
};

/* Queues status line, fields and the blank line. False: no memory, or more than a block holds (NET_BLOCK_BYTES). */
MUST_USE bool http1_write_head(struct net_queue *out, const struct http1_answer *answer);

/* Queues one chunk; not for an empty piece, which would end the body. */
MUST_USE bool http1_write_chunk(struct net_queue *out, struct view piece);

/* Queues the last chunk and the trailers. */
MUST_USE bool http1_write_end(struct net_queue *out, const struct http_header *trailers, size_t count);

#endif
