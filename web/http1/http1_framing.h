/*
 * What the fields of a header section say to the server itself: the host, where the body ends, whether the connection
 * stays open.
 *
 * Flow     A zeroed struct, http1_framing_add() for each field in order, http1_framing_finish().
 * Errors   400 for what could be read in two ways, 501 for a transfer coding, 417 for an expectation; the first fault
 *          found is told.
 */
#ifndef WEB_HTTP1_HTTP1_FRAMING_H
#define WEB_HTTP1_HTTP1_FRAMING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "base/view.h"
#include "web/http/http_field.h"
#include "web/http1/http1_fault.h"

struct http1_framing {
    struct view host; /* valid when has_host */
    bool has_host;
    bool has_length;
    uint64_t content_length;
    bool has_coding;        /* there was a Transfer-Encoding field */
    bool chunked;           /* among the codings was "chunked" */
    bool chunked_is_last;   /* and no coding behind it */
    bool other_coding;      /* there were others */
    bool close;             /* Connection has "close" */
    bool keep_alive;        /* Connection has "keep-alive" */
    bool expects_continue;  /* Expect is "100-continue" */
    bool expects_otherwise; /* or something else */
};

/* Takes note of a field; those that it does not know are nothing to it. */
MUST_USE bool http1_framing_add(struct http1_framing *framing, const struct http_field *field,
                                struct http1_fault *fault);

/* Checks what only the whole section can tell, for a request of HTTP/1.minor_version. */
MUST_USE bool http1_framing_finish(const struct http1_framing *framing, unsigned minor_version,
                                   struct http1_fault *fault);

#endif
