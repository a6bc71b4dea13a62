/*
 * gRPC core's byte buffers as views, and messages as byte buffers.
 *
 * Memory   Reading copies only what core keeps in several slices, or what is compressed; writing packs straight into the slice
 *          that is sent.
 * Threads  Stateless.
 */
#ifndef SERVICE_SERVER_PAYLOAD_H
#define SERVICE_SERVER_PAYLOAD_H

#include <grpc/byte_buffer.h>
#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"

/*
 * The message in the buffer as one run: borrowed from the buffer, or in the arena. RESOURCE_EXHAUSTED when the arena is, or a
 * compressed message is larger than bytes_max; more in inflate.h.
 */
MUST_USE bool payload_read(grpc_byte_buffer *payload, size_t bytes_max, struct arena *arena, struct view *ret_message,
                           struct status *st);

/* Whether the message was compressed. */
bool payload_is_compressed(const grpc_byte_buffer *payload);

/*
 * A new buffer with the packed message, which is not kept. RESOURCE_EXHAUSTED when it is over SERVER_REPLY_BYTES_MAX.
 */
MUST_USE bool payload_write_message(const ProtobufCMessage *message, grpc_byte_buffer **ret_payload, struct status *st);

/* The same with a copy of bytes that are packed already. */
MUST_USE bool payload_write_bytes(struct view bytes, grpc_byte_buffer **ret_payload, struct status *st);

#endif
