/*
 * Streams as the server sees them: asked for like unary calls (call.h), and ended when it drains. What a stream does is told in
 * server_stream.h.
 */
#ifndef SERVICE_SERVER_STREAM_H
#define SERVICE_SERVER_STREAM_H

#include <grpc/grpc.h>
#include <stdbool.h>

#include "service/server/method.h"
#include "service/server/queue.h"
#include "service/server/server_stream.h"
#include "service/server/stream_set.h"

/* See method.h. */
bool stream_request(struct queue *queue, grpc_server *core, const struct method *method);

/* Ends all streams of the set, and those that still begin, with UNAVAILABLE. */
void stream_drain(struct stream_set *set);

#endif
