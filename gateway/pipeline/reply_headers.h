/*
 * The header fields of an answer: the pipeline's own, and what the metadata of the reply becomes (header_map.h).
 *
 * Memory   Names and values are constants, or from the request's arena.
 * Limits   REPLY_HEADERS_MAX fields, REPLY_METADATA_BYTES_MAX bytes of metadata; what goes over is left out.
 */
#ifndef GATEWAY_PIPELINE_REPLY_HEADERS_H
#define GATEWAY_PIPELINE_REPLY_HEADERS_H

#include "gateway/pipeline/limits.h"
#include "gateway/upstream/upstream_call.h"
#include "web/http/http_exchange.h"

struct reply_headers {
    struct http_header items[REPLY_HEADERS_MAX];
    size_t count;
    size_t metadata_bytes;
};

/* Unless there is one of this name already. */
void reply_headers_add(struct reply_headers *headers, const char *name, const char *value);

/* What header and trailer of the call say, ETag and Retry-After once at most. After the call has ended. */
void reply_headers_add_metadata(struct reply_headers *headers, const struct upstream_call *call, struct arena *arena);

/* NULL when there is none. The name is compared as it is. */
const char *reply_headers_find(const struct reply_headers *headers, const char *name);

#endif
