/* gRPC core's server with what the options say, and with what we do not want of its defaults. */
#ifndef SERVICE_SERVER_CORE_SERVER_H
#define SERVICE_SERVER_CORE_SERVER_H

#include <grpc/grpc.h>
#include <stddef.h>

#include "service/server/server.h"

/* A server without methods, queues and addresses. Destroyed with grpc_server_destroy(). */
grpc_server *core_server_create(const struct server_options *options, size_t request_bytes_max);

#endif
