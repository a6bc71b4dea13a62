/*
 * The methods of soundcheck.v1.TrackService: rules checked, stamps set, rows read and written.
 *
 * Flow     handler_init(), then the server dispatches calls through handler->service. A method checks the request
 *          (service/validate), starts one store operation and returns; the operation's end answers the call, on
 *          whatever thread it comes.
 * Memory   What a call needs is in its arena (server_call_arena()). The handler itself allocates nothing and needs no
 *          end; it must outlive the server's calls.
 * Limits   service/limits.h.
 * Threads  Methods run on any number of threads at once.
 * Errors   As protos/soundcheck/v1/tracks.proto says for each method. INVALID_ARGUMENT carries a google.rpc.BadRequest
 *          with every field that is wrong, ALREADY_EXISTS a google.rpc.ResourceInfo for each id, as many as fit; the
 *          message says how many there are. A call's conditions (preconditions.h) come behind INVALID_ARGUMENT and
 *          NOT_FOUND.
 *
 *     struct handler handler;
 *     handler_init(&handler, store, handler_system_clock);
 *     … give &handler.service.base to the server …
 */
#ifndef SERVICE_HANDLER_HANDLER_H
#define SERVICE_HANDLER_HANDLER_H

#include <stdint.h>

#include "service/store/store.h"
#include "soundcheck/v1/tracks.pb-c.h"

/* Milliseconds since 1970-01-01T00:00:00Z. Called from any thread. */
typedef int64_t handler_clock(void);

struct handler {
    Soundcheck__V1__TrackService_Service service; /* first: what a method gets as `service` is the handler */
    struct store *store;                          /* borrowed */
    handler_clock *clock;
};

/* A handler on a store; keeps both pointers. */
void handler_init(struct handler *handler, struct store *store, handler_clock *clock);

/* The machine's clock. */
int64_t handler_system_clock(void);

#endif
