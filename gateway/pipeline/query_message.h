/*
 * The query parameters of a request as wire bytes of its message.
 *
 * Memory   Decoded text and the list of what was given come from the arena.
 * Errors   INVALID_ARGUMENT names the parameter: unknown, ambiguous, given twice, bound elsewhere, or not of its
 *          field's type.
 */
#ifndef GATEWAY_PIPELINE_QUERY_MESSAGE_H
#define GATEWAY_PIPELINE_QUERY_MESSAGE_H

#include "base/arena.h"
#include "base/buf.h"
#include "gateway/api/endpoint.h"

MUST_USE bool query_message_add(const struct endpoint *endpoint, struct view query,
                                const struct transcode_options *json, bool ignore_unknown, struct arena *arena,
                                struct buf *message, struct status *st);

#endif
