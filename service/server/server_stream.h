/*
 * A call with any number of messages either way, on bytes: for the few services of gRPC itself whose methods stream.
 *
 * Flow     The stream begins when the client's first message has come. The handler's functions are called one after the
 *          other on a queue's thread:
 *
 *              received() or half_closed() once, and again for each server_stream_receive();
 *              sent() for each server_stream_send(), when there is room for the next message;
 *              ended() once, as the last: after server_stream_finish(), or when the client has gone, the deadline has passed
 *              or the server has drained.
 *
 * Memory   Messages that are received are borrowed until the function returns, those that are sent are copied.
 * Limits   As for calls (server.h), and SERVER_STREAMS_OPEN_MAX at the same time, over which RESOURCE_EXHAUSTED. A message is
 *          asked for, and sent, when the one before is done with, so a slow client fills no queue.
 * Threads  server_stream_send() and _finish() on any, until ended() was called; the caller sees to that. The others on the
 *          queue's, from the handler.
 *
 *     static void received(void *ctx, struct server_stream *stream, struct view message)
 *     {
 *         server_stream_send(stream, message);
 *     }
 *     static void sent(void *ctx, struct server_stream *stream)
 *     {
 *         server_stream_receive(stream);
 *     }
 */
#ifndef SERVICE_SERVER_SERVER_STREAM_H
#define SERVICE_SERVER_SERVER_STREAM_H

#include <stdbool.h>

#include "base/status.h"
#include "base/view.h"
#include "service/server/server.h"

struct server_stream;

struct server_stream_handler {
    void (*received)(void *ctx, struct server_stream *stream, struct view message);
    void (*half_closed)(void *ctx, struct server_stream *stream); /* the client sends nothing more */
    void (*sent)(void *ctx, struct server_stream *stream);
    void (*ended)(void *ctx, struct server_stream *stream);
};

/* Serves one streaming method of "package.Service"; keeps handler and ctx. Otherwise as server_add_service(). */
MUST_USE bool server_add_stream_method(struct server *server, const char *service, const char *name,
                                       const struct server_stream_handler *handler, void *ctx, struct status *st);

/* Asks for the client's next message. Once after each received(). */
void server_stream_receive(struct server_stream *stream);

/* Sends a message. Not again before sent(). Without effect on a stream that is about to end. */
void server_stream_send(struct server_stream *stream, struct view message);

/* Ends the stream with this status, behind a message that is being sent. Only the first has an effect. */
void server_stream_finish(struct server_stream *stream, const struct status *st);

/* A pointer of the handler's own, NULL at first. */
void server_stream_set_data(struct server_stream *stream, void *data);
void *server_stream_data(const struct server_stream *stream);

#endif
