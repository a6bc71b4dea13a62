/*
 * An RPC that the server answers: its path, and how a call of it runs.
 *
 * A method is unary, one request and one answer (call.h), or streaming (stream.h): that is who asks core for its calls. A kind
 * of unary method is a `run` function and the fields that it uses.
 */
#ifndef SERVICE_SERVER_METHOD_H
#define SERVICE_SERVER_METHOD_H

#include <grpc/grpc.h>
#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "base/view.h"
#include "service/server/queue.h"
#include "service/server/server.h"

struct method {
    struct method *next;
    char *path; /* "/package.Service/Method", from malloc */
    void *core; /* core's registration; NULL: stands for every path that was not registered */

    /* Asks core for a call. False when there is no memory for it. On the queue's thread, or before it runs. */
    bool (*request)(struct queue *queue, grpc_server *core, const struct method *method);
    unsigned requested; /* calls asked for in advance, on each queue */

    void (*run)(const struct method *method, struct server_call *call, struct view request); /* of a unary method */

    ProtobufCService *service; /* of a protobuf-c service's method */
    unsigned index;            /* in the service */

    server_bytes_method *bytes_method;           /* of a method on bytes */
    const struct server_stream_handler *handler; /* of a streaming method */
    struct stream_set *streams;                  /* all that are open */
    void *ctx;                                   /* of either */
};

/* Unpacks the request and invokes the service. */
void method_run_service(const struct method *method, struct server_call *call, struct view request);

/* Hands the request on as it is. */
void method_run_bytes(const struct method *method, struct server_call *call, struct view request);

/* Refuses the call. There is no request to read: it is given the path that was called. */
void method_run_unknown(const struct method *method, struct server_call *call, struct view path);

#endif
