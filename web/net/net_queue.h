/*
 * Bytes on their way to a socket: what was written, in blocks, until the socket takes it.
 *
 * Flow     append or take over; pieces() shows the front to writev(2), consume() drops what was written.
 * Memory   Blocks of NET_BLOCK_BYTES from a pool of the thread, which keeps some for reuse; a buf's own memory when it is taken over.
 *          Charged to the account of the queue until it is written.
 * Threads  One; so the pool.
 */
#ifndef WEB_NET_NET_QUEUE_H
#define WEB_NET_NET_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

#include "base/budget.h"
#include "base/buf.h"
#include "base/status.h"
#include "base/view.h"

struct net_block;

/* Blocks of a thread that are not in use. All zero is an empty one. */
struct net_pool {
    struct net_block *free;
    size_t count;
};

void net_pool_free(struct net_pool *pool);

struct net_queue {
    struct net_block *first;
    struct net_block *last;
    size_t bytes;
    struct net_pool *pool;
    struct budget_account *account; /* NULL: not charged */
};

void net_queue_init(struct net_queue *queue, struct net_pool *pool, struct budget_account *account);

/* Drops what is queued. */
void net_queue_clear(struct net_queue *queue);

/* Copies the bytes. False, with nothing or a part of them queued: no memory, or over the budget. */
MUST_USE bool net_queue_append(struct net_queue *queue, struct view bytes);

/* The same for the content of buf, which is empty afterwards; a large one gives its memory instead of being copied. */
MUST_USE bool net_queue_append_buf(struct net_queue *queue, struct buf *buf);

/* Room of at least `bytes` (up to NET_BLOCK_BYTES) behind what is queued, to be written to at once; NULL as for append. */
char *net_queue_reserve(struct net_queue *queue, size_t bytes);

/* Queues the first `bytes` of what was reserved last. */
void net_queue_commit(struct net_queue *queue, size_t bytes);

/* The first pieces, for writev(2). Returns how many. */
int net_queue_pieces(const struct net_queue *queue, struct iovec *ret_pieces, int pieces_max);

/* The first `bytes` have been written. */
void net_queue_consume(struct net_queue *queue, size_t bytes);

#endif
