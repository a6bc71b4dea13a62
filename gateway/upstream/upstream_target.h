/*
 * What --upstream says: addresses, or a name whose addresses are looked up.
 *
 *     tracks:50051, 127.0.0.1:50051            a name, or one address
 *     10.0.0.1:50051,[fd00::2]:50051           a list of addresses
 *     ipv4:10.0.0.1:50051,10.0.0.2             the same; without a port it is 443
 *     ipv6:[fd00::1]:50051,[fd00::2]
 *     dns:tracks:50051, dns:///tracks:50051    a name; without a port it is 443
 *     dns://10.0.0.53/tracks:50051             a name, asked of this server ([:53])
 *     unix:run/tracks.sock, unix:///run/x.sock a socket in the file system
 *     unix-abstract:tracks                     one of Linux's abstract names
 *
 * A list holds addresses only: a name in it would be looked up once, at start, and be wrong when replicas move.
 *
 * Memory   The struct's own, and the arena's.
 * Errors   INVALID_ARGUMENT says what was expected. Other schemes, such as xds:, are refused.
 * Source   https://github.com/grpc/grpc/blob/master/doc/naming.md
 */
#ifndef GATEWAY_UPSTREAM_UPSTREAM_TARGET_H
#define GATEWAY_UPSTREAM_UPSTREAM_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/status.h"
#include "gateway/upstream/upstream_address.h"

struct upstream_target {
    const char *authority; /* of calls: the name and its port, the first address, or "localhost" for a socket file */

    struct upstream_address *addresses; /* NULL: it is a name */
    size_t address_count;

    const char *name; /* NULL: it is a list */
    unsigned port;
    const char *server; /* HOST or HOST:PORT of who is asked; NULL: whom the system asks */
};

MUST_USE bool upstream_target_parse(const char *text, struct arena *arena, struct upstream_target *ret_target,
                                    struct status *st);

#endif
