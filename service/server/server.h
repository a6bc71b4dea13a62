/*
 * A gRPC server on gRPC C core for protobuf-c services.
 *
 * Flow     create, add services, start, wait, drain, destroy. A call: bytes arrive on a completion queue's thread, are
 * checked (wire_check.h), unpacked into the call's arena and given to the service's method; the method answers with its
 * closure, or with server_call_fail(), now or later and from any thread, exactly once. Memory   The request message and
 * all else in server_call_arena() live until the answer. The reply given to the closure is packed before the closure
 * returns, straight into the outgoing slice, and stays the caller's. Limits   service/limits.h. A message that is too
 * large is RESOURCE_EXHAUSTED, one that does not parse INVALID_ARGUMENT. Threads  One per completion queue. Methods run
 * on them, so they must not block for long.
 *
 *     static void get_track(Soundcheck__V1__TrackService_Service *service, const Soundcheck__V1__GetTrackRequest
 * *input, Soundcheck__V1__GetTrackResponse_Closure closure, void *closure_data)
 *     {
 *         struct server_call *call = closure_data;
 *         …
 *         closure(&reply, call);
 *     }
 */
#ifndef SERVICE_SERVER_SERVER_H
#define SERVICE_SERVER_SERVER_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"

struct server;

/* One call in flight; what a method gets as closure_data. */
struct server_call;

/* The call's memory, freed after the answer was given. */
struct arena *server_call_arena(struct server_call *call);

/* Ends the call with an error instead of a reply. The status is copied; its details are sent as
 * grpc-status-details-bin. */
void server_call_fail(struct server_call *call, const struct status *st);

/* Whether the client has gone or the deadline has passed: nobody will see the answer, which must be given all the same.
 */
bool server_call_cancelled(const struct server_call *call);

/* Milliseconds until the caller's deadline, never negative; INT64_MAX when it set none. */
int64_t server_call_remaining_ms(const struct server_call *call);

#endif
