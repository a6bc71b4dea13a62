/*
 * A listening TCP socket on an address that a user wrote: "127.0.0.1:8080", "[::1]:0", "localhost:8080", ":8080" (any
 * address).
 *
 * Errors   INVALID_ARGUMENT for what is not HOST:PORT, UNAVAILABLE when the address cannot be had.
 */
#ifndef GATEWAY_HTTP_LISTEN_SOCKET_H
#define GATEWAY_HTTP_LISTEN_SOCKET_H

#include "base/status.h"

/* Bytes of "[v6 address]:65535" with its terminator. */
#define LISTEN_SOCKET_NAME_BYTES 64

/*
 * Opens, binds and listens: non-blocking, not inherited by children. The caller closes *ret_fd. Port 0 takes a free
 * port.
 */
MUST_USE bool listen_socket_open(const char *address, int *ret_fd, struct status *st);

/* The address that the socket is bound to, as listen_socket_open() would take it. */
MUST_USE bool listen_socket_name(int fd, char ret_name[static LISTEN_SOCKET_NAME_BYTES], struct status *st);

#endif
