/*
 * What the connections of one client address hold together, so that one client cannot have all of the budget by many connections. Of
 * IPv6 a client has a /64; all of a unix socket count as one.
 *
 * Flow     A connection takes its peer's share at its start, and gives it back at its end.
 * Threads  Any: a lock is held when connections come and go, and at no other time.
 */
#ifndef WEB_HTTP_HTTP_PEERS_H
#define WEB_HTTP_HTTP_PEERS_H

#include <pthread.h>

#include "base/budget.h"

#define HTTP_PEERS_BUCKETS 4096

struct http_peer;

struct http_peers {
    size_t bytes_max; /* one peer's share */
    pthread_mutex_t lock;
    struct http_peer *buckets[HTTP_PEERS_BUCKETS];
};

void http_peers_init(struct http_peers *peers, size_t bytes_max);

/* Nobody has a share any more. */
void http_peers_free(struct http_peers *peers);

/* The share of whom this connected socket leads to; NULL: there is no memory for it. */
struct http_peer *http_peers_take(struct http_peers *peers, int fd);

/* For accounts to be charged to. */
struct budget *http_peer_budget(struct http_peer *peer);

/* Nothing of it is charged any more. NULL is fine. */
void http_peers_give(struct http_peers *peers, struct http_peer *peer);

#endif
