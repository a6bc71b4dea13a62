/*
 * How the body of a request is delimited (RFC 9112, section 6), read from its header fields before anything is routed.
 *
 * libmicrohttpd is tolerant here, and two parties that delimit the same bytes differently are request smuggling; so
 * what is ambiguous is refused: Content-Length beside Transfer-Encoding, more than one of either, another coding than
 * chunked, no Host or two of them in HTTP/1.1.
 *
 * Errors   INVALID_ARGUMENT: the request is malformed.
 */
#ifndef GATEWAY_HTTP_HTTP_FRAMING_H
#define GATEWAY_HTTP_HTTP_FRAMING_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

struct http_framing {
    bool chunked;           /* the length is not known in advance */
    uint64_t content_bytes; /* else: of the body, 0 when there is none */
};

/* `version` as libmicrohttpd gives it: "HTTP/1.1". */
MUST_USE bool http_framing_read(struct MHD_Connection *connection, const char *version,
                                struct http_framing *ret_framing, struct status *st);

#endif
