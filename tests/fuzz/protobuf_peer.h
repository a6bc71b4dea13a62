/*
 * protobuf C++ as the other opinion on the messages of specimen.proto: C functions around libprotobuf.
 *
 * Memory   Results are appended to the caller's buffers.
 * Errors   False: protobuf refused, and its reason was put into *ret_reason, which is valid until the next call.
 * Threads  One.
 */
#ifndef TESTS_FUZZ_PROTOBUF_PEER_H
#define TESTS_FUZZ_PROTOBUF_PEER_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/view.h"

/* JSON text as a message of this type, in the form of protobuf_peer_normalise(). */
bool protobuf_peer_read_json(const char *type, struct view json, struct buf *out, const char **ret_reason);

/*
 * An encoded message as protobuf understands it, in a form that is equal for equal messages: fields in order, maps sorted, unknown
 * fields dropped, the messages in Anys treated the same, zeros without sign, one NaN.
 */
bool protobuf_peer_normalise(const char *type, struct view binary, struct buf *out, const char **ret_reason);

/* An encoded message as JSON text. */
bool protobuf_peer_print_json(const char *type, struct view binary, struct buf *out, const char **ret_reason);

#endif
