/*
 * What the header of a request says to the call that it becomes: metadata (header_map.h), a shorter deadline
 * (grpc_timeout.h), conditions.
 *
 * Memory   From the request's arena; borrows the request's fields.
 * Limits   UPSTREAM_SENT_METADATA_MAX fields and UPSTREAM_SENT_METADATA_BYTES_MAX bytes of metadata, over it 431.
 * Errors   INVALID_ARGUMENT: a field that is needed, or was meant for metadata, cannot be metadata; Grpc-Timeout is
 * none.
 */
#ifndef GATEWAY_PIPELINE_REQUEST_HEADERS_H
#define GATEWAY_PIPELINE_REQUEST_HEADERS_H

#include <stdint.h>

#include "gateway/pipeline/refusal.h"
#include "gateway/upstream/upstream_call.h"
#include "web/http/http_exchange.h"

struct request_headers {
    struct upstream_metadata *metadata;
    size_t metadata_count;
    uint32_t deadline_ms;     /* at most the one that was given */
    bool is_deadline_clients; /* it is what Grpc-Timeout says */
    bool is_conditional;      /* If-Match or If-None-Match */
};

MUST_USE bool request_headers_read(struct http_exchange *request, uint32_t deadline_ms_max,
                                   struct request_headers *ret_headers, struct refusal *refusal);

/*
 * Whether the client has this version already: If-None-Match of a GET or HEAD lists the etag, by the weak comparison
 * (RFC 9110, 13.1.2). Such a request is answered with 304.
 */
bool request_headers_have_current(const struct http_exchange *request, struct view etag);

#endif
