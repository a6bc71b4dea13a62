#include "gateway/upstream/upstream_address.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool upstream_address_equal(const struct upstream_address *a, const struct upstream_address *b)
{
    return a->socket_bytes == b->socket_bytes && memcmp(&a->socket, &b->socket, a->socket_bytes) == 0;
}

void upstream_address_write_text(struct upstream_address *address)
{
    char host[UPSTREAM_ADDRESS_TEXT_BYTES - 16] = "?";
    char port[8] = "?";
    getnameinfo((const struct sockaddr *)&address->socket, address->socket_bytes, host, sizeof(host), port,
                sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV);
    snprintf(address->text, sizeof(address->text), address->socket.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host,
             port);
}

static int compare(const void *left, const void *right)
{
    const struct upstream_address *a = left, *b = right;
    if (a->socket_bytes != b->socket_bytes)
        return a->socket_bytes < b->socket_bytes ? -1 : 1;
    return memcmp(&a->socket, &b->socket, a->socket_bytes);
}

size_t upstream_address_sort(struct upstream_address *addresses, size_t count)
{
    size_t kept = 0;
    if (count)
        qsort(addresses, count, sizeof(*addresses), compare);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || !upstream_address_equal(&addresses[kept - 1], &addresses[i]))
            addresses[kept++] = addresses[i];
    return kept;
}
