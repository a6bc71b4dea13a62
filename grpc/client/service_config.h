/*
 * How the channel treats the service, in the form that gRPC reads: which replica gets a call, which calls are tried again.
 *
 *  - Calls go round the replicas that are connected and that say they serve (grpc.health.v1 Watch of the whole server; one
 *    that does not have this service counts as serving). So a replica that drains gets no more calls before it refuses any.
 *  - An idempotent method is tried GRPC_CLIENT_ATTEMPTS_MAX times while the outcome is UNAVAILABLE, or CANCELLED by the service
 *    (what C core's servers say to calls that meet their shutdown), after waits that grow from GRPC_CLIENT_RETRY_MS_MIN to
 *    GRPC_CLIENT_RETRY_MS_MAX, each a fifth more or less by chance. Other methods only when gRPC knows that the service has not
 *    seen the call.
 *  - Retries are not throttled: after some restarts in a row gRPC's tokens would be gone, and requests fail that need not. What
 *    they are to prevent does not arise: attempts without a connection do not leave the process, a replica that is not well is not
 *    called, and one with too much to do says RESOURCE_EXHAUSTED, which is not tried again.
 *
 * Source   https://github.com/grpc/grpc-proto/blob/master/grpc/service_config/service_config.proto, gRFC A6
 */
#ifndef GRPC_CLIENT_SERVICE_CONFIG_H
#define GRPC_CLIENT_SERVICE_CONFIG_H

#include <stddef.h>

/*
 * JSON for paths "/package.Service/Method" of the idempotent methods. From malloc; NULL when the heap is exhausted.
 */
char *service_config_create(const char *const *idempotent, size_t count);

#endif
