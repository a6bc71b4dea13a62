/*
 * The body of a request, out of the bytes behind its head: as long as Content-Length says, or chunked (RFC 9112
 * sections 6 and 7).
 *
 * Flow     init with the parsed head. http1_body_read() takes from the input and gives one piece of content after the
 *          other, each a view into that input, until it wants MORE or is at the END; what is left of the input then
 *          is the next request's.
 * Memory   A trailer section is kept in `trailers` until http1_body_free(); a body without one takes none.
 * Limits   HTTP1_CHUNK_SIZE_DIGITS_MAX, HTTP1_CHUNK_EXTENSION_BYTES_MAX, HTTP1_TRAILER_BYTES_MAX, HTTP1_FIELDS_MAX of
 *          trailers. How much content there may be is for the caller to say, who sees it pass. A chunk has at least a
 *          byte and at most 20 of overhead, so what the limits leave open is at most 21 times the content.
 * Threads  One at a time.
 * Errors   400; 431 for trailers over their limits; 503 when there is no memory for them. However the input is cut,
 *          content, end and fault are the same; only where one piece ends and the next begins may differ. After BAD
 *          and END the reader stays where it is.
 *
 *     while ((result = http1_body_read(&body, &input, &piece, &fault)) == HTTP1_BODY_PIECE)
 *         …
 */
#ifndef WEB_HTTP1_HTTP1_BODY_H
#define WEB_HTTP1_HTTP1_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/status.h"
#include "base/view.h"
#include "web/http/http_field.h"
#include "web/http1/http1_fault.h"
#include "web/http1/http1_head.h"

enum http1_body_result {
    HTTP1_BODY_MORE,  /* the input is used up, and the body goes on */
    HTTP1_BODY_PIECE, /* *ret_piece is content, at least one byte */
    HTTP1_BODY_END,   /* the body has ended; nothing behind it was taken */
    HTTP1_BODY_BAD,   /* the fault says why */
};

/* For http1_body.c: what the next byte is part of. */
enum http1_body_state {
    HTTP1_BODY_LENGTH,    /* content of a known length */
    HTTP1_BODY_SIZE,      /* the digits of a chunk's size */
    HTTP1_BODY_EXTENSION, /* extensions, up to the CR */
    HTTP1_BODY_SIZE_LF,   /* the LF behind the size and its extensions */
    HTTP1_BODY_DATA,      /* content of a chunk */
    HTTP1_BODY_DATA_CR,   /* the CR LF behind it */
    HTTP1_BODY_DATA_LF,
    HTTP1_BODY_TRAILERS,       /* the trailer section, up to a CR */
    HTTP1_BODY_TRAILERS_LF,    /* an LF in it */
    HTTP1_BODY_NO_TRAILERS_LF, /* the LF that ends a body without trailers */
    HTTP1_BODY_ENDED,
    HTTP1_BODY_FAILED,
};

struct http1_body {
    enum http1_body_state state;
    uint64_t left;             /* content bytes until the end of the body, or of the chunk */
    unsigned digits;           /* of the size that is being read */
    size_t extension_bytes;    /* of all chunks so far */
    size_t trailer_line;       /* where the last line of the trailer section begins in `trailers` */
    struct buf trailers;       /* the trailer section as it was sent, its blank line included */
    struct http1_fault failed; /* the fault, once there was one */
};

/* The head is not kept. */
void http1_body_init(struct http1_body *body, const struct http1_head *head);

/* Frees the trailers. NULL is fine. */
void http1_body_free(struct http1_body *body);

/* Goes on reading: takes what it understands off `*input`. */
enum http1_body_result http1_body_read(struct http1_body *body, struct view *input, struct view *ret_piece,
                                       struct http1_fault *fault);

/*
 * The fields of the trailer section, once the body has ended; none before, and of a body that is not chunked. Those
 * that RFC 9110 6.5.1 forbids there, because they would change how the message is framed, routed, authenticated or
 * understood, are left out. Their views point into the body's memory. HTTP1_FIELDS_MAX is always room enough; false
 * when fields_max is not.
 */
MUST_USE bool http1_body_trailers(const struct http1_body *body, struct http_field *fields, size_t fields_max,
                                  size_t *ret_count);

#endif
