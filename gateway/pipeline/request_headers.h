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

#include "gateway/http/http_request.h"
#include "gateway/pipeline/refusal.h"
#include "grpc/client/grpc_client.h"

struct request_headers {
    struct grpc_client_metadata *metadata;
    size_t metadata_count;
    uint32_t deadline_ms; /* at most the one that was given */
    bool is_conditional;  /* If-Match or If-None-Match */
};

MUST_USE bool request_headers_read(struct http_request *request, uint32_t deadline_ms_max,
                                   struct request_headers *ret_headers, struct refusal *refusal);

/*
 * Whether the client has this version already: If-None-Match of a GET or HEAD lists the etag, by the weak comparison
 * (RFC 9110, 13.1.2). Such a request is answered with 304.
 */
bool request_headers_have_current(const struct http_request *request, struct view etag);

#endif
