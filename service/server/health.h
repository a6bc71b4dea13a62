/*
 * grpc.health.v1.Health: whether the server, or a service of it, can be called.
 *
 * The answer is SERVING or NOT_SERVING for the empty name (the server as a whole) and for every service that was added; they
 * do not differ. Check says NOT_FOUND of other names, Watch SERVICE_UNKNOWN; either INVALID_ARGUMENT of names over 256 bytes.
 * Watch tells of each change, but when one follows the other faster than the client reads, only of the last.
 *
 * Flow     health_create(), which adds the service; health_set_serving() at any time; the server's drain turns it to
 *          NOT_SERVING for good. health_destroy() after the server.
 * Threads  Safe from any.
 * Source   https://github.com/grpc/grpc/blob/master/doc/health-checking.md
 */
#ifndef SERVICE_SERVER_HEALTH_H
#define SERVICE_SERVER_HEALTH_H

#include <stdbool.h>

#include "base/status.h"
#include "service/server/server.h"

struct health;

/* Adds the service to the server, whose drain it listens to. Before server_start(). It is serving. */
MUST_USE bool health_create(struct server *server, struct health **ret_health, struct status *st);

/* Whether clients are well served here, as far as the caller can tell. */
void health_set_serving(struct health *health, bool is_serving);

/* NULL is fine. */
void health_destroy(struct health *health);

#endif
