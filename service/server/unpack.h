/*
 * An encoded message, checked and unpacked into an arena.
 *
 * Memory   The message and all it points to are in the arena: protobuf_c_message_free_unpacked() is not called. The bytes
 *          are copied and need not outlive the call.
 * Errors   INVALID_ARGUMENT: wire_check.h says why, or a proto2 `required` field is missing. RESOURCE_EXHAUSTED: the
 *          arena's limit.
 * Threads  Stateless.
 */
#ifndef SERVICE_SERVER_UNPACK_H
#define SERVICE_SERVER_UNPACK_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"

MUST_USE bool unpack(const ProtobufCMessageDescriptor *type, struct view bytes, struct arena *arena,
                     ProtobufCMessage **ret_message, struct status *st);

#endif
