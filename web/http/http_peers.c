#include "web/http/http_peers.h"

#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct http_peer {
    struct http_peer *next; /* of its bucket */
    uint64_t address;
    size_t connections;
    struct budget budget;
};

/* The address as far as it says who somebody is: all of IPv4's, and the first half of IPv6's. 0 for what has none. */
static uint64_t read_address(int fd)
{
    struct sockaddr_storage address;
    socklen_t len = sizeof(address);
    uint64_t half = 0;
    if (getpeername(fd, (struct sockaddr *)&address, &len) != 0)
        return 0;
    if (address.ss_family == AF_INET)
        return (uint64_t)1 << 32 | ((const struct sockaddr_in *)&address)->sin_addr.s_addr;
    if (address.ss_family == AF_INET6)
        memcpy(&half, &((const struct sockaddr_in6 *)&address)->sin6_addr, sizeof(half));
    return half;
}

static struct http_peer **bucket_of(struct http_peers *peers, uint64_t address)
{
    /* Fibonacci hashing: addresses that differ in their last bits only get buckets of their own */
    return &peers->buckets[(address * UINT64_C(0x9e3779b97f4a7c15)) >> 32 & (HTTP_PEERS_BUCKETS - 1)];
}

void http_peers_init(struct http_peers *peers, size_t bytes_max)
{
    memset(peers, 0, sizeof(*peers));
    peers->bytes_max = bytes_max;
    pthread_mutex_init(&peers->lock, NULL);
}

void http_peers_free(struct http_peers *peers)
{
    pthread_mutex_destroy(&peers->lock);
}

static struct http_peer *find_or_make(struct http_peers *peers, uint64_t address)
{
    struct http_peer **bucket = bucket_of(peers, address);
    for (struct http_peer *peer = *bucket; peer; peer = peer->next)
        if (peer->address == address)
            return peer;
    struct http_peer *peer = calloc(1, sizeof(*peer));
    if (!peer)
        return NULL;
    peer->address = address;
    budget_init(&peer->budget, peers->bytes_max);
    peer->next = *bucket;
    *bucket = peer;
    return peer;
}

struct http_peer *http_peers_take(struct http_peers *peers, int fd)
{
    uint64_t address = read_address(fd);
    pthread_mutex_lock(&peers->lock);
    struct http_peer *peer = find_or_make(peers, address);
    if (peer)
        peer->connections++;
    pthread_mutex_unlock(&peers->lock);
    return peer;
}

struct budget *http_peer_budget(struct http_peer *peer)
{
    return &peer->budget;
}

void http_peers_give(struct http_peers *peers, struct http_peer *peer)
{
    if (!peer)
        return;
    pthread_mutex_lock(&peers->lock);
    if (--peer->connections == 0) {
        struct http_peer **link = bucket_of(peers, peer->address);
        while (*link != peer)
            link = &(*link)->next;
        *link = peer->next;
        free(peer);
    }
    pthread_mutex_unlock(&peers->lock);
}
