/*
 * grpc.health.v1.Health: whether the server, or a service of it, can be called.
 *
 * Check answers SERVING while server_is_ready() and NOT_SERVING while the server drains, for the empty name (the server as
 * a whole) and for every service that was added; NOT_FOUND for other names; INVALID_ARGUMENT for names over 256 bytes.
 *
 * Source   https://github.com/grpc/grpc/blob/master/doc/health-checking.md
 */
#ifndef SERVICE_SERVER_HEALTH_H
#define SERVICE_SERVER_HEALTH_H

#include <stdbool.h>

#include "base/status.h"
#include "service/server/server.h"

/* Adds the service to the server. Before server_start(). */
MUST_USE bool health_add(struct server *server, struct status *st);

#endif
