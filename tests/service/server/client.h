/*
 * A gRPC client for tests: real calls of unary methods over a real connection, on bytes.
 *
 * Flow     client_open(), client_begin() any number of calls, client_await() each in any order, client_close().
 * Memory   A call's result belongs to the call until client_await() handed it to the caller, who frees it.
 * Threads  One thread a client.
 */
#ifndef TESTS_SERVICE_SERVER_CLIENT_H
#define TESTS_SERVICE_SERVER_CLIENT_H

#include <grpc/grpc.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "base/view.h"

struct client {
    grpc_channel *channel;
    grpc_completion_queue *queue;
};

/* How a call ended. Freed with client_result_free(). */
struct client_result {
    enum status_code code;
    char *message;
    char *reply; /* NULL when there was none */
    size_t reply_len;
    char *details; /* grpc-status-details-bin, NULL when there was none */
    size_t details_len;
};

struct client_call;

#define CLIENT_NO_DEADLINE (-1)

/* A client of 127.0.0.1:port with a connection of its own. */
void client_open(struct client *client, int port);
void client_close(struct client *client);

/* Starts a call; the request is copied. */
struct client_call *client_begin(struct client *client, const char *path, struct view request, int deadline_ms);

void client_cancel(struct client_call *call);

/* Waits for the call's end and frees the call. */
struct client_result client_await(struct client *client, struct client_call *call);

/* Both at once, without a deadline. */
struct client_result client_call(struct client *client, const char *path, struct view request);

void client_result_free(struct client_result *result);

#endif
