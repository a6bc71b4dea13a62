/*
 * A gRPC server for tests, whose methods are one function: it sees path and request bytes and says what to answer. It
 * listens on a free port of 127.0.0.1, has one thread, and answers calls in the order they come. Health's Watch is not
 * among its methods: it answers that itself, as a server does that does not have it.
 */
#ifndef TESTS_GRPC_CLIENT_GRPC_SERVICE_H
#define TESTS_GRPC_CLIENT_GRPC_SERVICE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/view.h"

struct grpc_service;

struct grpc_service_call {
    struct view path;
    struct view request;
    const void *metadata; /* of the request: for grpc_service_metadata() */
    int64_t remaining_ms; /* until the client's deadline */
    /* The answer: */
    bool never; /* do not answer; wait until the client gives up */
    int code;   /* of the status */
    const char *message;
    struct view details; /* grpc-status-details-bin, when it has data */
    struct buf reply;    /* when code is 0 */
    bool without_reply;
    const char *header_key; /* initial metadata, when not NULL */
    const char *header_value;
    const char *trailer_key; /* trailing metadata, when not NULL and there are no details */
    const char *trailer_value;
};

typedef void (*grpc_service_method)(struct grpc_service_call *call, void *ctx);

/* The first value of a metadata key of the request; data is NULL when there is none. */
struct view grpc_service_metadata(const struct grpc_service_call *call, const char *key);

struct grpc_service *grpc_service_start(grpc_service_method method, void *ctx);

/* "127.0.0.1:PORT" */
const char *grpc_service_address(const struct grpc_service *service);

/* Blocks until `count` calls that are never answered have arrived, or were cancelled by their clients. */
void grpc_service_wait_arrived(struct grpc_service *service, unsigned count);
void grpc_service_wait_cancelled(struct grpc_service *service, unsigned count);

void grpc_service_stop(struct grpc_service *service);

#endif
