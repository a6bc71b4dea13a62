/*
 * getaddrinfo() does the parsing, save that of the port, which it would take modulo 65,536. The first address that can be bound
 * is taken.
 */
#include "gateway/http/listen_socket.h"

#include <errno.h>
#include <netdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Connections that the kernel completes ahead of our accept; net.core.somaxconn bounds it further. */
#define BACKLOG 4096

/* Digits of a port, leading zeros aside. */
#define PORT_DIGITS_MAX 5

/* Splits at the last colon; the brackets of an IPv6 address are cut off. */
static bool split(const char *address, char ret_host[static NI_MAXHOST], const char **ret_port, struct status *st)
{
    const char *colon = strrchr(address, ':');
    size_t digits = colon ? strspn(colon + 1, "0123456789") : 0;
    if (digits == 0 || digits > PORT_DIGITS_MAX || colon[1 + digits] || strtoul(colon + 1, NULL, 10) > UINT16_MAX)
        return status_fail(st, STATUS_INVALID_ARGUMENT, "address \"%s\": expected HOST:PORT, a port up to %d", address,
                           UINT16_MAX);
    const char *host = address;
    size_t len = (size_t)(colon - address);
    if (len >= 2 && host[0] == '[' && host[len - 1] == ']') {
        host++;
        len -= 2;
    } else if (memchr(host, ':', len)) {
        return status_fail(st, STATUS_INVALID_ARGUMENT, "address \"%s\": expected [IPv6]:PORT", address);
    }
    if (len >= NI_MAXHOST)
        return status_fail(st, STATUS_INVALID_ARGUMENT, "address \"%s\": expected a shorter host", address);
    memcpy(ret_host, host, len);
    ret_host[len] = '\0';
    *ret_port = colon + 1;
    return true;
}

/* A listening socket, or -1 and errno. */
static int listen_on(const struct addrinfo *info)
{
    int fd = socket(info->ai_family, info->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, info->ai_protocol);
    if (fd < 0)
        return -1;
    int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, info->ai_addr, info->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

bool listen_socket_open(const char *address, int *ret_fd, struct status *st)
{
    char host[NI_MAXHOST];
    const char *port = NULL;
    if (!split(address, host, &port, st))
        return false;
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *infos;
    int result = getaddrinfo(host[0] ? host : NULL, port, &hints, &infos);
    if (result != 0)
        return status_fail(st, STATUS_INVALID_ARGUMENT, "address \"%s\": %s", address, gai_strerror(result));
    int fd = -1;
    for (const struct addrinfo *info = infos; info && fd < 0; info = info->ai_next)
        fd = listen_on(info);
    int error = errno;
    freeaddrinfo(infos);
    if (fd < 0)
        return status_fail(st, STATUS_UNAVAILABLE, "cannot listen on %s: %s", address, strerror(error));
    *ret_fd = fd;
    return true;
}

bool listen_socket_name(int fd, char ret_name[static LISTEN_SOCKET_NAME_BYTES], struct status *st)
{
    struct sockaddr_storage address;
    socklen_t len = sizeof(address);
    char host[LISTEN_SOCKET_NAME_BYTES - 16];
    char port[8];
    if (getsockname(fd, (struct sockaddr *)&address, &len) != 0)
        return status_fail(st, STATUS_INTERNAL, "getsockname: %s", strerror(errno));
    int result = getnameinfo((struct sockaddr *)&address, len, host, sizeof(host), port, sizeof(port),
                             NI_NUMERICHOST | NI_NUMERICSERV);
    if (result != 0)
        return status_fail(st, STATUS_INTERNAL, "getnameinfo: %s", gai_strerror(result));
    const char *format = address.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s";
    snprintf(ret_name, LISTEN_SOCKET_NAME_BYTES, format, host, port);
    return true;
}
