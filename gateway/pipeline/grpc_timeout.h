/*
 * The Grpc-Timeout header field: how long the client waits.
 *
 *     timeout = 1*8DIGIT unit       unit = "H" / "M" / "S" / "m" / "u" / "n"      100m is a tenth of a second
 *
 * Source   https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md, "Timeout".
 */
#ifndef GATEWAY_PIPELINE_GRPC_TIMEOUT_H
#define GATEWAY_PIPELINE_GRPC_TIMEOUT_H

#include <stdint.h>

#include "base/status.h"
#include "base/view.h"

/* Milliseconds, rounded up. INVALID_ARGUMENT: it is no timeout. */
MUST_USE bool grpc_timeout_parse(struct view text, uint64_t *ret_ms, struct status *st);

#endif
