/*
 * One unary call of gRPC core, from being asked for to being sent.
 *
 * A call object goes round through these states; the events that move it happen on its queue's thread, save the answer,
 * which may come on any:
 *
 *     IDLE ──call_request()──► REQUESTED ──core has a call──► RUNNING ──the method returned──► WAITING
 *       ▲                          │                             │                               │
 *       │                    server is down                   answer                          answer
 *       │                          │                             ▼                               ▼
 *       ├──────────────────────────┘                          ANSWERED ◄─────────────────────────┘
 *       └───────────────────all operations ended─────────────────┘
 *
 * RUNNING     The method is on the queue's thread. An answer is only noted; when the method has returned, one batch sends
 *             it and waits for the call's end: two events per call, no wake-up.
 * WAITING     The method will answer later. A batch of its own waits for the call's end, which tells of a cancellation, and
 *             the answer's batch is started by the thread that answers.
 * ANSWERED    Core has the reply. The call object may be gone as soon as the batch was started.
 *
 * Memory   The object is the queue's, the arena's first block too; both return to it. `rpc`, slices and buffers are core's
 *          and released when all operations have ended.
 */
#ifndef SERVICE_SERVER_CALL_H
#define SERVICE_SERVER_CALL_H

#include <grpc/grpc.h>
#include <protobuf-c/protobuf-c.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/arena.h"
#include "service/server/method.h"
#include "service/server/queue.h"
#include "service/server/server.h"

enum call_state { CALL_IDLE, CALL_REQUESTED, CALL_RUNNING, CALL_WAITING, CALL_ANSWERED };

struct server_call {
    struct idle idle; /* first */
    struct queue *queue;
    const struct method *method;
    grpc_server *core;
    _Atomic(enum call_state) state;
    bool ask_again;  /* at its end, because there was no memory for another when this one arrived */
    bool is_counted; /* in the server's load */
    bool compresses; /* the reply, as the client has done with the request */

    /* The operations that core has, and what they write. */
    struct queue_event arrived;
    struct queue_event closed;
    struct queue_event sent;
    unsigned operations; /* of closed and sent, not ended yet */
    grpc_call *rpc;
    gpr_timespec deadline;
    grpc_metadata_array request_metadata;
    grpc_byte_buffer *request;
    grpc_call_details details; /* of an unregistered path */
    int was_cancelled;
    atomic_bool cancelled;

    /* The request's memory. */
    struct arena arena;
    struct call_block *block;
    size_t arena_bytes; /* counted in the queue's load */

    /* The answer, complete when the state says so, and the batch that sends it. */
    grpc_byte_buffer *reply; /* NULL when it is an error */
    grpc_status_code code;
    grpc_slice message;
    grpc_metadata headers[SERVER_CALL_HEADERS_MAX];
    size_t header_count;
    grpc_metadata trailer; /* grpc-status-details-bin */
    size_t trailer_count;
    grpc_op ops[4]; /* the last place is for waiting for the call's end */
    size_t op_count;
};

/* See method.h. */
bool call_request(struct queue *queue, grpc_server *core, const struct method *method);

/* Adds what the arena took from the heap to the server's load. On the queue's thread. */
void call_count_arena(struct server_call *call);

/* Ends the call with a reply, which is packed before this returns; with an error when it is too large. Any thread. */
void call_reply_message(struct server_call *call, const ProtobufCMessage *message);

#endif
