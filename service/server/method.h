/*
 * An RPC that the server answers: its path, and how a call of it runs.
 *
 * A kind of method is a `run` function and the fields that it uses. All kinds so far are unary: one request, one answer
 * (call.h). A method that answers with a stream will differ in what its calls do between request and status, and be asked
 * for and dispatched the same way.
 */
#ifndef SERVICE_SERVER_METHOD_H
#define SERVICE_SERVER_METHOD_H

#include <protobuf-c/protobuf-c.h>

#include "base/view.h"
#include "service/server/server.h"

struct method {
    struct method *next;
    char *path; /* "/package.Service/Method", from malloc */
    void *core; /* core's registration; NULL: stands for every path that was not registered */
    void (*run)(const struct method *method, struct server_call *call, struct view request);

    ProtobufCService *service; /* of a protobuf-c service's method */
    unsigned index;            /* in the service */

    server_bytes_method *bytes_method; /* of a method on bytes */
    void *ctx;
};

/* Unpacks the request and invokes the service. */
void method_run_service(const struct method *method, struct server_call *call, struct view request);

/* Hands the request on as it is. */
void method_run_bytes(const struct method *method, struct server_call *call, struct view request);

/* Refuses the call. There is no request to read: it is given the path that was called. */
void method_run_unknown(const struct method *method, struct server_call *call, struct view path);

#endif
