/*
 * The head of an HTTP/1.1 or 1.0 request: request line, header fields, blank line; strictly RFC 9112, with nothing
 * repaired.
 *
 * Flow     While bytes arrive, http1_head_find() looks for the end of the head, and for what can be no head. Once it
 *          is found, its bytes are copied to where they can stay, and http1_head_parse() takes them apart.
 * Memory   None. All views point into the head that was given.
 * Limits   HTTP1_HEAD_BYTES_MAX, HTTP1_EMPTY_LINES_BYTES_MAX; fields as many as the caller has room for
 *          (HTTP1_FIELDS_MAX is meant).
 * Threads  Any.
 * Speed    Both are linear in the head, and finding is so however the bytes come in.
 * Errors   See http1_fault.h. However the input is cut into pieces, the results are the same.
 *
 *     struct http1_finder finder = {0};
 *     switch (http1_head_find(&finder, input, &start, &bytes, &fault)) {
 *     case HTTP1_MORE: …                   read more, and call again with all of it
 *     case HTTP1_DONE: …                   the head is input.data + start, so many bytes; behind it comes the body
 *         http1_head_parse(copy, fields, HTTP1_FIELDS_MAX, &head, &fault)
 */
#ifndef WEB_HTTP1_HTTP1_HEAD_H
#define WEB_HTTP1_HTTP1_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/view.h"
#include "web/http/http_field.h"
#include "web/http1/http1_fault.h"

enum http1_result {
    HTTP1_MORE,          /* more bytes are needed */
    HTTP1_DONE,          /* the head is complete */
    HTTP1_BAD,           /* the fault says why; no later byte can mend it */
    HTTP1_HTTP2_PREFACE, /* instead, the 24 bytes that begin HTTP/2 (RFC 9113 3.4); the fault is set, too */
};

/* How far one request was looked at. All zero at first, and again for the next request. */
struct http1_finder {
    size_t start;   /* bytes of empty lines before the request line */
    size_t line;    /* where the last line begins */
    size_t looked;  /* all before it needs no second look */
    bool has_begun; /* the first byte of the request line was seen */
};

/*
 * Looks for the blank line behind the head. `input` is all that has come since the last request ended; in later calls
 * it is longer and begins with the same bytes, wherever they have moved to. On HTTP1_DONE, the head begins at
 * *ret_start and has *ret_bytes, its blank line included.
 *
 * HTTP1_BAD is told at the first byte that shows it: a control character other than TAB, a CR or LF that is not part
 * of CR LF, a first byte that begins no method (TLS, for one), too many empty lines, or 431 for a head over the
 * limit. HTTP1_HTTP2_PREFACE is also told of a later request; that HTTP/2 may only begin with a connection's first
 * bytes is for the caller to see.
 */
enum http1_result http1_head_find(struct http1_finder *finder, struct view input, size_t *ret_start, size_t *ret_bytes,
                                  struct http1_fault *fault);

struct http1_head {
    struct view method; /* a token, in its case */
    /* As it was sent, one or more bytes of visible ASCII: a path, an http URI, "*" of OPTIONS, host:port of CONNECT. */
    struct view target;
    /* Whom the request is for (RFC 9112 3.3): the authority in the target, otherwise Host's value; may be empty. */
    struct view host;
    unsigned minor_version;          /* 1 of HTTP/1.1, 0 of HTTP/1.0 */
    const struct http_field *fields; /* all of them in order, those that are understood below included */
    size_t field_count;
    bool chunked;            /* the body is chunked */
    bool has_length;         /* the body has a Content-Length; without either there is none */
    uint64_t content_length; /* at most 2^63 - 1; 0 unless has_length */
    bool keep_alive;         /* the connection may be kept for another request; never behind CONNECT */
    bool expect_continue;    /* the client waits for 100 (Continue) before it sends its body */
};

/*
 * Takes a whole head apart, as http1_head_find() found it: its bytes must end with its blank line. `fields` has room
 * for fields_max, and is kept by ret_head. False with the fault set: 400, 417 (an expectation other than
 * 100-continue), 431 (more fields than fields_max), 501 (a transfer coding), 505 (another version of HTTP). ret_head
 * is set then too, as far as it can tell who is answered: method and target when they were read, else empty; nothing
 * else.
 */
MUST_USE bool http1_head_parse(struct view head, struct http_field *fields, size_t fields_max,
                               struct http1_head *ret_head, struct http1_fault *fault);

#endif
