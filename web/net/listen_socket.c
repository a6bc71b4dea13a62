/*
 * getaddrinfo() does the parsing, save that of the port, which it would take modulo 65,536. The first address that can be bound
 * is taken.
 */
#include "web/net/listen_socket.h"

#include <errno.h>
#include <netdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
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
        return status_fail(st, STATUS_INVALID_ARGUMENT,
                           "address \"%s\": expected HOST:PORT, a port up to %d, or unix:PATH", address, UINT16_MAX);
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

/* ---- TCP ---- */

/* What the socket is bound to, with the port that was chosen. */
static bool name(int fd, char ret_name[static LISTEN_SOCKET_NAME_BYTES], struct status *st)
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

static bool open_tcp(const char *address, struct listen_socket *ret_socket, struct status *st)
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
    if (!name(fd, ret_socket->name, st)) {
        close(fd);
        return false;
    }
    ret_socket->fd = fd;
    ret_socket->is_file = false;
    return true;
}

/* ---- Socket files ---- */

/* Whether a file is a socket that nobody listens on: its owner did not end well. */
static bool is_stale(const struct sockaddr_un *address)
{
    struct stat info;
    if (lstat(address->sun_path, &info) != 0 || !S_ISSOCK(info.st_mode))
        return false;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool is_refused =
        fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0 && errno == ECONNREFUSED;
    if (fd >= 0)
        close(fd);
    return is_refused;
}

static int bind_file(int fd, const struct sockaddr_un *address)
{
    mode_t mask = umask(0117);
    int result = bind(fd, (const struct sockaddr *)address, sizeof(*address));
    int error = errno;
    umask(mask);
    errno = error;
    return result;
}

static bool open_file(const char *address, struct listen_socket *ret_socket, struct status *st)
{
    const char *path = address + strlen("unix:");
    struct sockaddr_un file = {.sun_family = AF_UNIX};
    if (!*path || strlen(path) >= sizeof(file.sun_path))
        return status_fail(st, STATUS_INVALID_ARGUMENT, "address \"%s\": expected a path of 1 to %zu bytes", address,
                           sizeof(file.sun_path) - 1);
    strcpy(file.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool is_bound = fd >= 0 && bind_file(fd, &file) == 0;
    if (fd >= 0 && !is_bound && errno == EADDRINUSE && is_stale(&file))
        is_bound = unlink(path) == 0 && bind_file(fd, &file) == 0;
    if (!is_bound || listen(fd, BACKLOG) != 0) {
        status_fail(st, STATUS_UNAVAILABLE, "cannot listen on %s: %s", address, strerror(errno));
        if (fd >= 0)
            close(fd);
        return false;
    }
    ret_socket->fd = fd;
    ret_socket->is_file = true;
    snprintf(ret_socket->name, sizeof(ret_socket->name), "%s", address);
    return true;
}

bool listen_socket_open(const char *address, struct listen_socket *ret_socket, struct status *st)
{
    return strncmp(address, "unix:", strlen("unix:")) == 0 ? open_file(address, ret_socket, st)
                                                           : open_tcp(address, ret_socket, st);
}

void listen_socket_close(struct listen_socket *socket)
{
    if (socket->fd < 0)
        return;
    if (socket->is_file)
        unlink(socket->name + strlen("unix:"));
    close(socket->fd);
    socket->fd = -1;
}
