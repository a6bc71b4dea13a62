/*
 * The details of a failed call as JSON: an array with one object for each google.protobuf.Any of a google.rpc.Status.
 *
 * A type of the schema is shown with its fields, {"@type": "type.googleapis.com/google.rpc.BadRequest",
 * "fieldViolations": […]}, and a well-known type with a JSON form of its own under "value", both as the ProtoJSON
 * mapping of Any has it. What the schema does not know, or cannot be decoded, is kept as {"@type": …, "value": base64}:
 * never lost.
 *
 * Memory   Appended to the caller's buf; what is decoded comes from the arena.
 * Threads  Stateless.
 */
#ifndef GATEWAY_PIPELINE_ERROR_DETAILS_H
#define GATEWAY_PIPELINE_ERROR_DETAILS_H

#include "base/arena.h"
#include "base/buf.h"
#include "codec/transcode/transcode.h"

/*
 * Appends the array. False, with nothing appended, when the bytes are no google.rpc.Status, when it has no details, or
 * when memory runs out: the error is shown without them.
 */
MUST_USE bool error_details_write(struct view status_bytes, const struct transcode_options *json, struct arena *arena,
                                  struct buf *out);

#endif
