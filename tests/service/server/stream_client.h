/*
 * Streaming calls of a client for tests: on bytes, each step waiting until it is done.
 *
 * Flow     stream_open(), then send, half_close and receive in any order; stream_end() waits for the status.
 * Memory   What is received belongs to the stream until the next receive or the end.
 * Threads  One thread a stream.
 */
#ifndef TESTS_SERVICE_SERVER_STREAM_CLIENT_H
#define TESTS_SERVICE_SERVER_STREAM_CLIENT_H

#include "tests/service/server/client.h"

struct stream {
    grpc_completion_queue *queue;
    grpc_call *rpc;
    grpc_metadata_array headers;
    grpc_metadata_array trailers;
    grpc_status_code code;
    grpc_slice text;
    char *received;
};

/* Opens a stream on the client's connection, which is told of it with the first message. */
void stream_open(struct stream *stream, struct client *client, const char *path, int deadline_ms);

/* False when the stream is over. */
bool stream_send(struct stream *stream, struct view message);

void stream_half_close(struct stream *stream);

/* The next message; false when there will be none. */
bool stream_receive(struct stream *stream, struct view *ret_message);

void stream_cancel(struct stream *stream);

/* Waits for the status, which core hands out when all messages were received, and frees all; the result has no reply. */
struct client_result stream_end(struct stream *stream);

#endif
