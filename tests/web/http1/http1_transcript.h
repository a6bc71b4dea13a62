/*
 * What the reader makes of the bytes of a connection, as text that can be compared: with what another reader makes of
 * them, or with what comes of other pieces of the same bytes.
 *
 * Flow     init, feed() piece after piece as a socket would give them, finish(); then text is whole.
 * Memory   All of text and of the bytes that a request is not done with, from the heap; abort() when there is none.
 *
 * Each request is lines, and its body:
 *
 *     request GET /books HTTP/1.1
 *     host example.org
 *     continue                       when the client waits for it
 *     field Host: example.org
 *     body 5 hello                   when there is one
 *     trailer Sum: 1
 *     end keep-alive                 or: end close, and nothing more is read
 *
 * At last, unless the connection is at the start of a request: "more", in a body with what came of it; "bad 400 the
 * message", with "of METHOD TARGET" when they were read; or "preface 400 the message".
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
    bool only_common; /* what any reader tells: neither "host" nor "continue", but all trailers; to be set after init */
    struct buf text;
    struct buf input; /* since the start of the request; without what its body has taken */
    struct http1_finder finder;
    struct http1_head head; /* of the request whose body is read */
    struct http1_body body;
    struct buf content;
    bool in_body;
    bool has_ended; /* nothing more is read */
    bool bad;
    bool wants_more;      /* finish() came in the middle of a request */
    unsigned requests;    /* complete ones */
    size_t certain_bytes; /* of text that no later byte can change: without the last line, and the part of a body */
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
