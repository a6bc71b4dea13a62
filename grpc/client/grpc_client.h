/*
 * Unary calls to a gRPC service, bytes in, bytes out, on gRPC C core.
 *
 * Flow     create, register the methods, start calls; each ends with one done(), then result and destroy. destroy the
 *          client when no call is left.
 * Memory   A call lives in the caller's arena until grpc_client_call_destroy(); what it received is gRPC's, and goes with
 *          it.
 * Limits   calls_max in flight, over it RESOURCE_EXHAUSTED at once. GRPC_CLIENT_MESSAGE_BYTES_MAX a message, both ways.
 *          Every call has a deadline.
 * Threads  Calls may be started on any thread. done() runs on one of the completion threads, so it must be short: it
 *          typically wakes the thread that will look at the result.
 * Errors   The codes of gRPC, made here or by the service. A service that cannot be reached is UNAVAILABLE soon, not
 *          after the deadline: calls do not wait for a connection that has failed. Which calls are tried again, and how
 *          they are spread over replicas, is told in service_config.h; what is handed out is the last outcome. A status
 *          that is not the service's own has a message of ours: gRPC's names addresses, and is for the log.
 *
 *     static void done(void *ctx) { wake(ctx); }
 *     …
 *     if (!grpc_client_call_start(client, &request, arena, done, ctx, &call, st))
 *         return false;
 *     …                                       (after done)
 *     if (grpc_client_call_result(call, &reply, st))
 *         use(reply);
 *     grpc_client_call_destroy(call);
 */
#ifndef GRPC_CLIENT_GRPC_CLIENT_H
#define GRPC_CLIENT_GRPC_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"
#include "base/view.h"
#include "grpc/client/metadata.h"

struct grpc_client;
struct grpc_client_method; /* a registered method: its path is encoded once, not with every call */
struct grpc_client_call;

struct grpc_client_options {
    const char *target; /* one address, a list, or a gRPC name: target.h */
    unsigned threads;   /* completion threads, at least 1 */
    unsigned calls_max;
    uint32_t keepalive_ms; /* of silence, after which a connection with calls on it is pinged; 0: never */

    /* Paths of the methods that may be sent twice: they are tried again unless a request is sent_once. Not kept. */
    const char *const *idempotent;
    size_t idempotent_count;
};

/* Starts the threads and begins to connect, but does not wait for it. INVALID_ARGUMENT: the target is none. */
MUST_USE bool grpc_client_create(const struct grpc_client_options *options, struct grpc_client **ret_client,
                                 struct status *st);

/* No call may be in flight. NULL is fine. */
void grpc_client_destroy(struct grpc_client *client);

/* Keeps the path, "/package.Service/Method", a C string. Register at start, once a method. */
MUST_USE bool grpc_client_register(struct grpc_client *client, const char *path,
                                   const struct grpc_client_method **ret_method, struct status *st);

struct grpc_client_request {
    const struct grpc_client_method *method;
    struct buf *message; /* copied when small; else taken, and empty afterwards */
    uint32_t deadline_ms;
    bool sent_once;                              /* though the method is idempotent, this request of it is not */
    const struct grpc_client_metadata *metadata; /* copied */
    size_t metadata_count;
};

typedef void (*grpc_client_done)(void *ctx);

/*
 * Starts a call. When it returns true, done(ctx) follows, once, perhaps before this returns; *ret_call is set before it, and
 * done() may destroy the call and free the arena. When it returns false, done() never comes. INVALID_ARGUMENT: metadata that
 * may not be sent (metadata.h).
 */
MUST_USE bool grpc_client_call_start(struct grpc_client *client, const struct grpc_client_request *request,
                                     struct arena *arena, grpc_client_done done, void *ctx,
                                     struct grpc_client_call **ret_call, struct status *st);

/* Makes done() come soon, with CANCELLED if the call has not ended by itself. Any thread; not after destroy. */
void grpc_client_call_cancel(struct grpc_client_call *call);

/*
 * After done(): the reply message in one piece, or the status with which the call ended. The details of the status are
 * the bytes of grpc-status-details-bin. All of it is borrowed from the call.
 */
MUST_USE bool grpc_client_call_result(struct grpc_client_call *call, struct view *ret_message, struct status *st);

/*
 * After a result that was false: what gRPC says when the call failed without an answer of the service (no connection,
 * deadline, a stream that was reset); NULL when the status is the service's own. It names addresses, so it is for the
 * log, not for clients.
 */
const char *grpc_client_call_local_error(const struct grpc_client_call *call);

/*
 * After done(): the first value of this key in the headers or trailers of the reply; data is NULL when there is none.
 */
struct view grpc_client_call_metadata(const struct grpc_client_call *call, const char *key);

/* After done(): the field at `index` of headers and trailers together. False: there are not so many. Borrowed. */
bool grpc_client_call_metadata_at(const struct grpc_client_call *call, size_t index,
                                  struct grpc_client_metadata *ret_metadata);

/* After done(), once. NULL is fine. */
void grpc_client_call_destroy(struct grpc_client_call *call);

/* Where the lines go that gRPC itself logs, instead of stderr. For the whole process; call it before anything else. */
void grpc_client_set_log(void (*log)(bool error, const char *message));

#endif
