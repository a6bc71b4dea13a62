/*
 * A listening socket on an address that a user wrote:
 *
 *     127.0.0.1:8080, [::1]:0, localhost:8080, :8080    TCP; port 0 takes a free one, no host means any address
 *     unix:/run/gateway.sock                            a socket in the file system, for whoever may open it (mode 0660)
 *
 * A socket file that nobody listens on any more is replaced; one that somebody does is an error. It is removed at close.
 *
 * Errors   INVALID_ARGUMENT for what is no address, UNAVAILABLE when it cannot be had.
 */
#ifndef WEB_NET_LISTEN_SOCKET_H
#define WEB_NET_LISTEN_SOCKET_H

#include "base/status.h"

/* Bytes of a name with its terminator: "[v6 address]:65535", or "unix:" and a path. */
#define LISTEN_SOCKET_NAME_BYTES 128

struct listen_socket {
    int fd;                              /* -1: there is none */
    char name[LISTEN_SOCKET_NAME_BYTES]; /* the address it is bound to, as listen_socket_open() would take it */
    bool is_file;                        /* to be removed */
};

/* Opens, binds and listens: non-blocking, not inherited by children. */
MUST_USE bool listen_socket_open(const char *address, struct listen_socket *ret_socket, struct status *st);

/* One that was not opened (fd -1) is fine. */
void listen_socket_close(struct listen_socket *socket);

#endif
