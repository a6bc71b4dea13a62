/*
 * Streams as the server sees them: asked for like unary calls (call.h), all known to one set, which ends them when the
 * server drains. What a stream does is told in server_stream.h.
 *
 * Threads  The set is safe from any.
 */
#ifndef SERVICE_SERVER_STREAM_H
#define SERVICE_SERVER_STREAM_H

#include <grpc/grpc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "service/server/method.h"
#include "service/server/queue.h"
#include "service/server/server_stream.h"

/* The open streams of a server. */
struct stream_set {
    pthread_mutex_t lock; /* of all; taken before a stream's own */
    struct server_stream *first;
    size_t count;
    bool is_draining;
};

void stream_set_init(struct stream_set *set);
void stream_set_free(struct stream_set *set);

/* Ends all streams, and those that still begin, with UNAVAILABLE. */
void stream_set_drain(struct stream_set *set);

/* Whether no stream is open. */
bool stream_set_is_empty(struct stream_set *set);

/* Asks core for a stream of this method, as call_request() does for a call. */
bool stream_request(struct queue *queue, grpc_server *core, const struct method *method);

#endif
