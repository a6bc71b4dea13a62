/*
 * A gRPC server on gRPC C core, for protobuf-c services.
 *
 * Flow     create, add services, start, …, drain, destroy. A call: its bytes arrive on a completion queue's thread, are
 *          checked (wire_check.h), unpacked into the call's arena and given to the service's method; the method answers
 *          by calling its closure, or with server_call_fail(), now or later and from any thread, exactly once.
 * Memory   The request message and all else in server_call_arena() live until the answer. The reply given to the closure
 *          is packed before the closure returns, straight into the slice that is sent, and stays the caller's.
 * Gzip     Requests may be compressed, with gzip or deflate; the reply is when the request was.
 * Limits   service/limits.h. A request or reply that is too large, or that comes when too many calls are in flight, is
 *          RESOURCE_EXHAUSTED; a request that does not parse INVALID_ARGUMENT; a path that nobody added UNIMPLEMENTED.
 * Threads  One per completion queue. Methods run on them, so they must not block for long. The functions of the server itself
 *          are called by one thread, those of a call by whoever has the call.
 * Streams  server_stream.h
 * Errors   What core itself has to say goes to its log (core_log.h); this library writes none.
 *
 *     static void get_track(Soundcheck__V1__TrackService_Service *service, const Soundcheck__V1__GetTrackRequest *input,
 *                           Soundcheck__V1__GetTrackResponse_Closure closure, void *closure_data)
 *     {
 *         struct server_call *call = closure_data;
 *         …
 *         closure(&reply, call);
 *     }
 *
 *     if (!server_create(&(struct server_options){0}, &server, &st) || !server_add_service(server, &tracks.base, &st) ||
 *         !server_start(server, "127.0.0.1:50051", &port, &st))
 *         …
 *     … wait for a signal …
 *     server_drain(server, 10000);
 *     server_destroy(server);
 */
#ifndef SERVICE_SERVER_SERVER_H
#define SERVICE_SERVER_SERVER_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"

/* ---- The server ---- */

struct server;

/* A zeroed struct is the default. */
struct server_options {
    unsigned threads;         /* completion queues; 0: half as many as processors; at most SERVER_THREADS_MAX */
    size_t request_bytes_max; /* of a request message; 0: SERVER_REQUEST_BYTES_MAX */

    /* Connections, by gRPC's own settings (grpc_types.h); 0: gRPC's default. */
    int keepalive_time_ms;
    int keepalive_timeout_ms;
    bool keepalive_permit_without_calls;
    int min_ping_interval_ms; /* without data in between; 0: SERVER_PING_INTERVAL_MS_MIN */
    int connection_idle_ms_max;
    int connection_age_ms_max;
    int connection_age_grace_ms_max;
};

/* A server that does nothing yet. The caller destroys *ret_server. */
MUST_USE bool server_create(const struct server_options *options, struct server **ret_server, struct status *st);

/*
 * Serves every method of a service; keeps the pointer. The service's methods get what stands behind `service`, and the
 * call as closure_data. Before server_start(). ALREADY_EXISTS: a service of this name was added.
 */
MUST_USE bool server_add_service(struct server *server, ProtobufCService *service, struct status *st);

/*
 * Listens on "ADDRESS:PORT" ("127.0.0.1:50051", "[::1]:50051", "0.0.0.0:0"; port 0: any that is free) and serves. Once.
 * UNAVAILABLE: the address is in use or not this machine's.
 */
MUST_USE bool server_start(struct server *server, const char *address, int *ret_port, struct status *st);

/*
 * Has this called when server_drain() begins, by its thread: clients shall go elsewhere. One listener. Before server_start().
 */
void server_on_drain(struct server *server, void (*listener)(void *ctx), void *ctx);

/* Whether a service of this full name ("package.Service") was added. From any thread once started. */
bool server_has_service(const struct server *server, struct view name);

/*
 * Ends the service in three steps that take timeout_ms together, or less:
 *
 *     1. The listener is called. Calls are served as before while clients go elsewhere, until none has come for
 *        SERVER_QUIET_MS, at most for SERVER_LAME_DUCK_MS.
 *     2. Calls that come are refused with UNAVAILABLE, streams end with it. Calls in flight go on.
 *     3. When no call is left, or the time is over, connections are closed. Calls that are still in flight are cancelled;
 *        their methods must answer all the same. For clients that is UNAVAILABLE, too.
 *
 * Afterwards no method runs and all threads of the server have ended. True when no call had to be cancelled. Without
 * effect when the server is not running.
 */
bool server_drain(struct server *server, int64_t timeout_ms);

/* Drains without waiting when that was not done, and frees all. NULL is fine. */
void server_destroy(struct server *server);

/* ---- A call ---- */

/* One call in flight; what a method gets as closure_data. */
struct server_call;

/* The call's memory, freed after the answer was given. At most SERVER_ARENA_BYTES_MAX from the heap. */
struct arena *server_call_arena(struct server_call *call);

/*
 * Ends the call with an error instead of a reply. The status is copied; its details are sent as grpc-status-details-bin,
 * or left out when they are larger than SERVER_DETAILS_BYTES_MAX.
 */
void server_call_fail(struct server_call *call, const struct status *st);

/*
 * Whether the client has gone or the deadline has passed: nobody will see the answer, which must be given all the same.
 * The client's going is noticed from when the method has returned without an answer; before that, only the deadline.
 */
bool server_call_cancelled(const struct server_call *call);

/* Milliseconds until the caller's deadline, never negative; INT64_MAX when it set none. */
int64_t server_call_remaining_ms(const struct server_call *call);

/*
 * The value at `index` among those that the client's metadata has of this key (lower case, without "-bin": text); data is
 * NULL when there are not so many. Borrowed until the answer.
 */
struct view server_call_metadata(const struct server_call *call, const char *key, size_t index);

/*
 * Sends this with the answer, as initial metadata; the key is kept, the value copied. Before the answer, at most
 * SERVER_CALL_HEADERS_MAX times a call. Key and value are what gRPC allows: lower case; visible ASCII.
 */
void server_call_set_metadata(struct server_call *call, const char *key, struct view value);

/* ---- Methods on bytes ---- */

/*
 * A method that is not a protobuf-c service's: it gets the request as it came, unchecked and borrowed until it returns,
 * and answers with server_call_reply_bytes() or server_call_fail() under the same rules.
 */
typedef void server_bytes_method(void *ctx, struct server_call *call, struct view request);

/* Serves one unary method of "package.Service"; keeps ctx. Otherwise as server_add_service(). */
MUST_USE bool server_add_bytes_method(struct server *server, const char *service, const char *name,
                                      server_bytes_method *method, void *ctx, struct status *st);

/* Ends the call with these bytes, which are copied, as the reply. */
void server_call_reply_bytes(struct server_call *call, struct view reply);

#endif
