/*
 * What a caller names as its service, as the name that gRPC resolves.
 *
 *     127.0.0.1:50051, tracks:50051       one address, or a name that DNS resolves to any number of them: as it is
 *     10.0.0.1:50051,[fd00::2]:50051      a list: "ipv4:" or "ipv6:" and the list. With both kinds in it, IPv4 addresses
 *                                         stand as ::ffff:10.0.0.1 (RFC 4291 2.5.5.2), for gRPC's lists are of one kind
 *     dns:///tracks:50051, ipv4:…, unix:… any gRPC name: as it is
 *
 * A list holds IP addresses only: a name in it would be resolved once, at start, and then be wrong when replicas move.
 *
 * Source   https://github.com/grpc/grpc/blob/master/doc/naming.md
 */
#ifndef GRPC_CLIENT_TARGET_H
#define GRPC_CLIENT_TARGET_H

#include "base/arena.h"
#include "base/status.h"

/* In the arena, or the text itself. INVALID_ARGUMENT: empty, or a list with something else than IP:PORT in it. */
MUST_USE bool grpc_client_target(const char *text, struct arena *arena, const char **ret_target, struct status *st);

#endif
