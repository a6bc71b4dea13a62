/*
 * What the header blocks of a response say: the status of the call, and metadata.
 *
 * Flow     init; for each block its fields by add(), then end_block(). When the call has ended, status().
 * Memory   The arena's: fields are copied. An arena that is exhausted makes the response malformed.
 * Limits   UPSTREAM_METADATA_BYTES_MAX over all blocks, counted as HTTP/2 counts (RFC 9113 6.5.2).
 * Errors   A response that is not gRPC's is_malformed, unless it is an HTTP status that gRPC has a code for. No text of a proxy, nor of
 *          the transport, gets into a status.
 * Source   PROTOCOL-HTTP2.md, http-grpc-status-mapping.md
 */
#ifndef GATEWAY_UPSTREAM_GRPC_RESPONSE_H
#define GATEWAY_UPSTREAM_GRPC_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"
#include "gateway/upstream/grpc_message.h"

/* Binary values are decoded. */
struct grpc_metadata {
    struct view key;
    struct view value;
};

struct grpc_response {
    struct arena *arena;
    size_t bytes;
    unsigned http_status; /* 0: not told yet */
    bool has_headers;     /* of a final status */
    bool is_grpc;         /* by its content-type */
    bool is_malformed;
    const char *fault; /* a sentence, when it is malformed */
    enum grpc_encoding encoding;
    bool has_grpc_status;
    unsigned grpc_status;
    struct view message;            /* decoded */
    struct view details;            /* decoded */
    struct grpc_metadata *metadata; /* of headers and trailers, in their order, without what is gRPC's own */
    size_t metadata_count;
    size_t metadata_cap;
};

void grpc_response_init(struct grpc_response *response, struct arena *arena);

/* False: more than the limit or than the arena has, and it is malformed. */
MUST_USE bool grpc_response_add(struct grpc_response *response, struct view name, struct view value);

enum grpc_block {
    GRPC_BLOCK_INFORMATIONAL, /* 1xx: it is forgotten */
    GRPC_BLOCK_HEADERS,       /* messages may follow */
    GRPC_BLOCK_TRAILERS,      /* the end, perhaps without anything before it */
};

enum grpc_block grpc_response_end_block(struct grpc_response *response, bool is_end);

/* After its headers: whether the body is gRPC's, and not that of a proxy's error page. */
static inline bool grpc_response_has_messages(const struct grpc_response *response)
{
    return response->http_status == 200 && response->is_grpc;
}

/* Whether gRPC has a code for an answer that is not its own, but has this HTTP status. */
bool grpc_response_has_code(unsigned http_status);

/* Of a response that has come to its end: whether it is not what gRPC says a response is. */
static inline bool grpc_response_is_malformed(const struct grpc_response *response)
{
    return response->is_malformed || (!response->has_grpc_status && !grpc_response_has_code(response->http_status));
}

/* Of a response that has come to its end: true for OK. */
MUST_USE bool grpc_response_status(const struct grpc_response *response, struct status *st);

#endif
