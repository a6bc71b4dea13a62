#include "service/server/hang_up.h"

#include <dirent.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>

/* Whether the descriptor is a socket with this port at our end, and not the one that listens. */
static bool is_connection(int fd, int port)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address = {.any = {.sa_family = AF_UNSPEC}};
    socklen_t address_bytes = sizeof(address);
    int listens = 0;
    socklen_t listens_bytes = sizeof(listens);
    if (getsockname(fd, &address.any, &address_bytes) != 0 ||
        getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &listens_bytes) != 0 || listens)
        return false;
    return (address.any.sa_family == AF_INET && ntohs(address.v4.sin_port) == port) ||
           (address.any.sa_family == AF_INET6 && ntohs(address.v6.sin6_port) == port);
}

void hang_up(int port)
{
    DIR *descriptors = opendir("/proc/self/fd");
    if (!descriptors)
        return;
    for (const struct dirent *entry; (entry = readdir(descriptors));) {
        int fd = atoi(entry->d_name); /* of "." and "..": 0, which is no connection */
        if (is_connection(fd, port))
            shutdown(fd, SHUT_RDWR);
    }
    closedir(descriptors);
}
