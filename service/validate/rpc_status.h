/*
 * Encodes google.rpc.Status with details: what a status carries beyond its message (struct status, details).
 *
 * The messages of google/rpc are nanopb structs whose fields are all callbacks, so nothing is sized in advance: first
 * they are encoded to count, then into the arena.
 *
 * Source   https://google.aip.dev/193 (errors), google/rpc/{status,error_details}.proto.
 */
#ifndef SERVICE_VALIDATE_RPC_STATUS_H
#define SERVICE_VALIDATE_RPC_STATUS_H

#include <pb_encode.h>

#include "base/arena.h"
#include "base/status.h"

/* A message inside google.protobuf.Any. */
struct rpc_detail {
    struct view type; /* "google.rpc.BadRequest" */
    struct view value;
};

/* Encodes any nanopb message into the arena. False when the arena is exhausted. */
MUST_USE bool rpc_encode(const pb_msgdesc_t *type, const void *message, struct arena *arena, struct view *ret_bytes);

/* A callback that writes a string or bytes field. The view must outlive the encoding. */
pb_callback_t rpc_view_field(const struct view *content);

/*
 * Sets st->details to an encoded google.rpc.Status of st's code and message and of these details. When the arena is
 * exhausted they stay empty: the status is right without them.
 */
void rpc_status_attach(struct status *st, const struct rpc_detail *details, size_t count, struct arena *arena);

#endif
