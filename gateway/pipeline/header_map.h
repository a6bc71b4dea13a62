/*
 * Which header fields of HTTP become metadata of gRPC, and which metadata become header fields.
 *
 *     request                           metadata
 *     If-Match, If-None-Match           if-match, if-none-match
 *     Authorization                     authorization
 *     traceparent, tracestate           the same
 *     X-Request-Id                      x-request-id
 *     Grpc-Metadata-NAME                name
 *
 *     reply                             metadata
 *     ETag, Retry-After                 etag, retry-after
 *     Grpc-Metadata-name                every other
 *
 * Values of keys that end in "-bin" are any bytes, and base64 in HTTP. What belongs to gRPC or HTTP/2 themselves
 * ("grpc-…", "content-type", "te" and the like) is never mapped, in neither direction, so nobody can set a deadline or
 * an encoding by the back door. Neither are what gRPC's load balancers write ("lb-token" and the like), nor, by the prefix, the
 * names that a field of their own is for (Grpc-Metadata-Authorization).
 *
 * Nothing can be smuggled: names are letters, digits, "_", "-" and ".", values printable ASCII, or else it is refused
 * or left out. Left out is what a service can do without (tracing); a condition or credentials that got lost would
 * change what the request means. Left out of replies are empty values, too.
 *
 * Memory   Views borrow the field or are from the arena. Headers are from the arena, or constants.
 * Threads  Stateless.
 * Source   gRPC over HTTP/2, https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md, "Custom-Metadata".
 */
#ifndef GATEWAY_PIPELINE_HEADER_MAP_H
#define GATEWAY_PIPELINE_HEADER_MAP_H

#include "base/arena.h"
#include "base/status.h"
#include "gateway/upstream/upstream_call.h"
#include "web/http/http_exchange.h"

enum header_map_outcome {
    HEADER_MAP_MAPPED,
    HEADER_MAP_LEFT_OUT,
    HEADER_MAP_REFUSED, /* st says why: INVALID_ARGUMENT, or RESOURCE_EXHAUSTED when the arena is */
};

/* A field of the request as metadata. */
MUST_USE enum header_map_outcome header_map_request(struct view name, struct view value, struct arena *arena,
                                                    struct upstream_metadata *ret_metadata, struct status *st);

/* Metadata of a reply as a field. False: it is left out. */
MUST_USE bool header_map_reply(const struct upstream_metadata *metadata, struct arena *arena,
                               struct http_header *ret_header);

/* Whether a field of header_map_reply() may stand in a header several times: those of the service's own names. */
bool header_map_may_repeat(const char *name);

#endif
