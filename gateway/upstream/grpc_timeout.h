/*
 * The grpc-timeout header field: how long the client waits. Clients of the gateway send it, and the gateway to the service.
 *
 *     timeout = 1*8DIGIT unit       unit = "H" / "M" / "S" / "m" / "u" / "n"      100m is a tenth of a second
 *
 * Source   https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md, "Timeout".
 */
#ifndef GATEWAY_UPSTREAM_GRPC_TIMEOUT_H
#define GATEWAY_UPSTREAM_GRPC_TIMEOUT_H

#include <stdint.h>

#include "base/status.h"
#include "base/view.h"

/* Milliseconds, rounded up. INVALID_ARGUMENT: it is no timeout. */
MUST_USE bool grpc_timeout_parse(struct view text, uint64_t *ret_ms, struct status *st);

/* Bytes of a timeout's text. */
#define GRPC_TIMEOUT_BYTES 9

/* Writes one without a terminator, and returns its length. What does not fit into eight digits of a unit is rounded up to the next one. */
size_t grpc_timeout_write(uint64_t ms, char ret_text[static GRPC_TIMEOUT_BYTES]);

#endif
