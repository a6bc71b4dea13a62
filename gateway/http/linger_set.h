/*
 * Connections that were answered before their request was read to its end, on their way to being closed.
 *
 * Closing a socket with unread data resets the connection, and the reset overtakes the answer: the client sees an error
 * instead of its 413. So the sending side is closed first, and what still arrives is read and dropped until the client
 * closes too.
 *
 * Flow     linger_set_add() takes a descriptor over; the owner of the epoll set calls linger_set_read() when it is
 *          readable, and linger_set_expire() now and then.
 * Limits   HTTP_LINGER_CONNECTIONS_MAX, each for HTTP_LINGER_MS: what exceeds them is closed at once.
 * Threads  linger_set_add() on any, all else on one.
 */
#ifndef GATEWAY_HTTP_LINGER_SET_H
#define GATEWAY_HTTP_LINGER_SET_H

#include <pthread.h>
#include <stdint.h>

#include "gateway/limits.h"

struct linger_set {
    pthread_mutex_t lock;
    int epoll_fd;       /* borrowed */
    uint32_t first_tag; /* epoll's data.u32 of slot 0 */
    struct linger_slot {
        int fd; /* -1: free */
        uint64_t deadline_ms;
    } slots[HTTP_LINGER_CONNECTIONS_MAX];
};

/* Keeps epoll_fd. The slots are known to it by first_tag and the numbers after it. */
void linger_set_init(struct linger_set *set, int epoll_fd, uint32_t first_tag);

/* Closes all that is left. */
void linger_set_free(struct linger_set *set);

/* Takes over a socket whose sending side is closed. */
void linger_set_add(struct linger_set *set, int fd);

/* Reads and drops what arrived at the slot of this tag; closes it at its end. */
void linger_set_read(struct linger_set *set, uint32_t tag);

/* Closes what has lingered long enough. */
void linger_set_expire(struct linger_set *set);

#endif
