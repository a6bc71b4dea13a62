/*
 * The gateway as one object: loops with their threads, the upstream, and the HTTP server in front.
 *
 * Flow     create, start; it serves until stop, which drains it; destroy.
 * Threads  One a loop, and one that looks names up. These functions: the main thread's.
 */
#ifndef GATEWAY_GATEWAY_H
#define GATEWAY_GATEWAY_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "gateway/api/api.h"
#include "gateway/pipeline/error_body.h"

struct gateway;

struct gateway_options {
    const char *listen;   /* see web/net/listen_socket.h */
    const char *upstream; /* see gateway/upstream/upstream_target.h */
    unsigned loops;
    unsigned connections_max;
    uint32_t idle_timeout_ms;
    size_t body_bytes_max;
    size_t memory_bytes_max; /* held for clients */
    size_t client_bytes_max; /* of it, for one connection */
    size_t peer_bytes_max;   /* of it, for all of one client address */
    unsigned calls_max;
    uint32_t deadline_ms;
    uint32_t upstream_wait_ms;
    uint32_t upstream_keepalive_ms;
    enum error_body_form error_body;
    const char *health_path_prefix; /* empty: none */
    /* A loop has found a replica of the service, or has lost the last one; called on a loop's thread. NULL: nobody wants to know. */
    void (*on_upstream)(bool has_replica, const char *detail);
};

/* Listens, but serves nothing yet. Texts of the options must stay. */
MUST_USE bool gateway_create(const struct gateway_options *options, struct api *api, struct gateway **ret_gateway,
                             struct status *st);

MUST_USE bool gateway_start(struct gateway *gateway, struct status *st);

/* Where it listens: "127.0.0.1:8080", with the port that was chosen for port 0. */
const char *gateway_address(const struct gateway *gateway);

/* Accepts no more, and returns when all that is in flight has been answered; what is left after timeout_ms is told 503. */
void gateway_stop(struct gateway *gateway, uint32_t timeout_ms);

/* One that does not run. NULL is fine. */
void gateway_destroy(struct gateway *gateway);

#endif
