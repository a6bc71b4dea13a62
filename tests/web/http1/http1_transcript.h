/*
 * What the reader makes of the bytes of a connection, as text that can be compared: with what another reader makes of
 * them, or with what comes of other pieces of the same bytes.
 *
 * Flow     init, feed() piece after piece as a socket would give them, finish(); then text is whole.
 * Memory   All of text and of the bytes that a request is not done with, from the heap; abort() when there is none.
 *
 * Each request is lines, and its body:
 *
 *     request GET /books HTTP/1.1 host example.org keep-alive continue
 *     field Host: example.org
 *     body 5 hello
 *     trailer Sum: 1
 *     end
 *
 * At last, unless the connection is at the start of a request: "more" (with the body so far, if there is one), "bad
 * 400 the message" with "of METHOD TARGET" when they were read, "closed" after a request that wanted no other, or
 * "preface".
 */
#ifndef TESTS_WEB_HTTP1_HTTP1_TRANSCRIPT_H
#define TESTS_WEB_HTTP1_HTTP1_TRANSCRIPT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/view.h"
#include "web/http1/http1_body.h"
#include "web/http1/http1_head.h"
#include "web/http1/limits.h"

struct http1_transcript {
    struct buf text;
    struct buf input; /* since the start of the request; without what its body has taken */
    struct http1_finder finder;
    struct http1_head head; /* of the request whose body is read */
    struct http1_body body;
    struct buf content;
    bool in_body;
    bool has_ended; /* nothing more is read */
    bool bad;
    unsigned requests; /* complete ones */
};

void http1_transcript_init(struct http1_transcript *transcript);

void http1_transcript_free(struct http1_transcript *transcript);

void http1_transcript_feed(struct http1_transcript *transcript, struct view bytes);

void http1_transcript_finish(struct http1_transcript *transcript);

/* Of the whole input in one piece, in two at each offset, and byte by byte; abort() unless all are the same. */
void http1_transcript_of(struct view input, struct http1_transcript *transcript);

/* In pieces of so many bytes. */
void http1_transcript_in_pieces(struct view input, size_t piece_bytes, struct http1_transcript *transcript);

#endif
