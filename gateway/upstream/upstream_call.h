/*
 * A gRPC call: a stream of messages each way, of which unary calls are the common case.
 *
 * Flow     upstream_call_start() with the first message; on_ended() comes once, never before start returns. Unary: the reply is in
 *          `reply` then. With an on_message(), each message is handed to it instead, and more can be sent by upstream_call_send().
 * Retries  A call that no replica has looked at is sent again whatever its method: its stream was refused, its connection went away
 *          (GOAWAY) or could not take it. One that may have had an effect only when the caller says that it is idempotent, and only
 *          until a header has come: its connection broke, its stream was reset, or the service itself said UNAVAILABLE or CANCELLED.
 * Pressure Of a call with on_message() the service is held up while it is paused.
 * Memory   The call is its owner's, and must stay where it is until on_ended() or upstream_call_cancel(). Metadata is the arena's;
 *          the message is lent until on_ended(), or until on_sent() of a stream.
 * Limits   calls_max in flight (RESOURCE_EXHAUSTED at once); UPSTREAM_MESSAGE_BYTES_MAX a reply, and what reply->max and its account allow;
 *          UPSTREAM_METADATA_BYTES_MAX. Every call has a deadline.
 * Threads  The pool's loop.
 * Errors   What the service says, and what is said here in its stead: see enum upstream_failure. Texts of the transport or of proxies
 *          in between never get into a status.
 *
 *     static void on_ended(struct upstream_call *call) { … upstream_call_status(call, &st) … }
 *
 *     struct buf *message: GRPC_PREFIX_BYTES of room, and the encoded message behind them
 *     struct upstream_request request = {.path = VIEW("/library.v1.Library/GetBook"), .message = message, .deadline_ms = 10000, …};
 *     if (!upstream_call_start(pool, call, &request, st))
 *         return false;
 */
#ifndef GATEWAY_UPSTREAM_UPSTREAM_CALL_H
#define GATEWAY_UPSTREAM_UPSTREAM_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"
#include "base/view.h"
#include "gateway/upstream/grpc_message.h"
#include "gateway/upstream/grpc_response.h"
#include "gateway/upstream/upstream_pool.h"
#include "web/http2/http2_client.h"
#include "web/loop/loop.h"

struct upstream_call;

/* Metadata keys are lower case; values of keys that end in "-bin" are any bytes, others printable ASCII. */
struct upstream_metadata {
    struct view key;
    struct view value;
};

struct upstream_call_events {
    /* A message of the reply, good until this returns. NULL: the call is unary, and its one message stays in `reply`. */
    void (*on_message)(struct upstream_call *call, struct view message);
    /* What was lent for sending may be used again. NULL: nothing is sent but the first message. */
    void (*on_sent)(struct upstream_call *call);
    /* The last callback. */
    void (*on_ended)(struct upstream_call *call);
};

struct upstream_request {
    struct view path;    /* "/package.Service/Method"; must stay until the call has ended */
    struct buf *message; /* GRPC_PREFIX_BYTES of any content, and the encoded message */
    bool has_more;       /* upstream_call_send() will follow */
    uint32_t deadline_ms;
    bool is_idempotent;                       /* may be sent a second time although it may have had an effect */
    const struct upstream_metadata *metadata; /* must stay until the call has ended */
    size_t metadata_count;
    struct arena *arena;
    struct buf *reply; /* where replies are put together; empty */
    const struct upstream_call_events *events;
};

/* Who says how a call ended. */
enum upstream_failure {
    UPSTREAM_SAID,        /* the service itself */
    UPSTREAM_UNREACHABLE, /* no replica, or the connection broke: UNAVAILABLE */
    UPSTREAM_TOO_LATE,    /* DEADLINE_EXCEEDED */
    UPSTREAM_RESET,       /* the service or a proxy has reset the stream, by a code that says why */
    UPSTREAM_MALFORMED,   /* what came is not what gRPC says, or too large */
    UPSTREAM_NO_MEMORY,   /* here, for the reply: UNAVAILABLE */
};

struct upstream_call {
    /* For reading after on_ended(). */
    struct upstream_request request;
    struct grpc_response response;
    enum upstream_failure failure;

    /* The rest is the call's own. */
    enum { UPSTREAM_CALL_ENDED, UPSTREAM_CALL_QUEUED, UPSTREAM_CALL_DELAYED, UPSTREAM_CALL_SENT } state;
    struct upstream_pool *pool;
    struct upstream_connection *connection; /* of one that is SENT */
    struct http2_stream stream;
    struct timer deadline;
    struct timer delay;
    uint64_t deadline_ms;           /* on the loop's clock */
    struct upstream_call *previous; /* in the queue */
    struct upstream_call *next;
    struct grpc_message_reader reader;
    enum status_code local_code; /* of a failure that is not the service's */
    const char *local_message;
    struct status *local_status; /* the same when it was found by a reader; the arena's */
    unsigned attempts;
    unsigned message_count;
    bool has_headers; /* of the reply: it is not sent again any more */
    bool has_sent_more;
    bool has_no_memory;
    bool is_paused;
    bool has_ended_whole; /* and `held` is still to be read */
    struct buf held;      /* came while it was paused */
    bool *ret_has_ended;  /* of who must know it although the call may be gone */
};

/* The call is cleared first. True: on_ended() follows. */
MUST_USE bool upstream_call_start(struct upstream_pool *pool, struct upstream_call *call,
                                  const struct upstream_request *request, struct status *st);

/* Gives it up: the service is told, and on_ended() does not come. One that has ended is fine. */
void upstream_call_cancel(struct upstream_call *call);

/* The next message of a call that was started with has_more. After on_sent(), which is also owed for the first one. */
void upstream_call_send(struct upstream_call *call, struct buf *message, bool has_more);

/* On a call that has ended they do nothing. */
void upstream_call_pause(struct upstream_call *call);
void upstream_call_resume(struct upstream_call *call);

/* After on_ended(): true for OK, else the status with which it ended. Details are borrowed from the call. */
MUST_USE bool upstream_call_status(const struct upstream_call *call, struct status *st);

/* After on_ended() with UPSTREAM_UNREACHABLE: what is known of the connections, for the log alone, as it names addresses; else NULL. */
const char *upstream_call_cause(const struct upstream_call *call);

/* After on_ended() of a unary call with OK: the reply. */
static inline struct view upstream_call_reply(const struct upstream_call *call)
{
    return buf_view(call->request.reply);
}

#endif
