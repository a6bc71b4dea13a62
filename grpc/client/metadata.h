/*
 * Which metadata a caller may send, checked before gRPC sees it. gRPC C core 1.51 ends the process when it is given the key
 * "grpclb_client_stats", and takes others for its own. So what belongs to gRPC or HTTP/2 is refused here, and what the protocol
 * does not allow as metadata is refused with words instead of core's error number.
 *
 * Limits   GRPC_CLIENT_SENT_METADATA_MAX fields.
 * Threads  Stateless.
 * Source   https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md, "Custom-Metadata"; RFC 9113, 8.2.2; the keys that
 *          core has types of its own for: src/core/lib/transport/metadata_batch.h
 */
#ifndef GRPC_CLIENT_METADATA_H
#define GRPC_CLIENT_METADATA_H

#include <stddef.h>

#include "base/status.h"
#include "base/view.h"

/* Keys are lower case; values of keys that end in "-bin" are any bytes, others printable ASCII. */
struct grpc_client_metadata {
    struct view key;
    struct view value;
};

/*
 * INVALID_ARGUMENT: a key that is empty, is reserved or has characters other than lower case letters, digits, "_", "-" and
 * "."; a value that the key does not allow. RESOURCE_EXHAUSTED: too many.
 */
MUST_USE bool grpc_client_metadata_check(const struct grpc_client_metadata *metadata, size_t count, struct status *st);

#endif
