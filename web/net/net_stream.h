/*
 * A connected socket on a loop: bytes in when the owner asks for them, bytes out through a queue that is written at the end of the
 * turn, so that all of a turn's answers to one peer leave in one system call.
 *
 * Flow     start; on_readable() says that net_stream_read() may give bytes; what is queued in `out` leaves after
 *          net_stream_flush_later(); close. The owner reads until it gets 0, or asks for another on_readable() by
 *          net_stream_read_later(): epoll tells of new bytes once.
 * Pressure on_readable() is not answered: bytes stay in the kernel and the peer is held up. Of the other side, is_full() tells
 *          when more than NET_QUEUED_BYTES_HIGH is queued; on_room() follows when it has sunk to NET_QUEUED_BYTES_LOW.
 * Memory   The owner's struct; the queue's blocks. The owner may close it at any time, also inside of a callback, but frees it only in
 *          on_closed() or in a task of the loop.
 * Threads  The loop's.
 * Errors   on_closed() follows, once, when the connection is broken (reset, or gone in both directions) and the stream has not been
 *          closed by the owner. The end of the peer's sending alone is what net_stream_read() says: it may still read.
 */
#ifndef WEB_NET_NET_STREAM_H
#define WEB_NET_NET_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "web/loop/loop.h"
#include "web/net/limits.h"
#include "web/net/net_queue.h"

struct net_stream;

struct net_stream_events {
    void (*on_connected)(struct net_stream *stream); /* of one that was started by net_stream_connect() */
    void (*on_readable)(struct net_stream *stream);
    void (*on_room)(struct net_stream *stream); /* NULL: nobody waits for it */
    void (*on_shut)(struct net_stream *stream); /* after net_stream_shut_later(), when it is done; NULL: nobody waits */
    void (*on_closed)(struct net_stream *stream, int error); /* errno; 0 when both sides have just ended */
};

struct net_stream {
    struct loop *loop;
    const struct net_stream_events *events;
    struct net_queue out;
    uint64_t bytes_in; /* read and written since start */
    uint64_t bytes_out;
    struct loop_watch watch;
    struct loop_task flush;
    struct loop_task read_again;
    bool is_open;
    bool is_connecting;
    bool may_read;   /* epoll has said so, and no read has found the end since */
    bool may_write;  /* the same of writing */
    bool has_ended;  /* the peer has ended its sending: reads go on until they find it */
    bool was_full;   /* on_room() is owed */
    bool shut_after; /* no more will be written: shut down when the queue is empty */
    bool has_shut;
};

/* Takes over fd, which is connected and does not block; false (with fd closed) when it cannot be watched. */
MUST_USE bool net_stream_start(struct net_stream *stream, struct loop *loop, int fd, struct net_pool *pool,
                               struct budget_account *account, const struct net_stream_events *events,
                               struct status *st);

struct sockaddr;

/*
 * Begins to connect. on_connected() follows, or on_closed(); not before this returns. False: it failed at once.
 */
MUST_USE bool net_stream_connect(struct net_stream *stream, struct loop *loop, const struct sockaddr *address,
                                 unsigned address_bytes, struct net_pool *pool, const struct net_stream_events *events,
                                 struct status *st);

/* Closes the socket and drops what is queued. One that is closed is fine. */
void net_stream_close(struct net_stream *stream);

/* Closes the socket so that the peer sees a reset: what was sent is no whole. */
void net_stream_abort(struct net_stream *stream);

enum net_read {
    NET_READ_BYTES,
    NET_READ_LATER, /* nothing has come; on_readable() will follow */
    NET_READ_END,   /* the peer sends no more */
    NET_READ_BROKEN,
};

/* Reads up to `bytes` (at least 1). *ret_bytes is how many came. */
enum net_read net_stream_read(struct net_stream *stream, void *memory, size_t bytes, size_t *ret_bytes);

/* on_readable() follows at the end of this turn, or the next, if there may be bytes to read. */
void net_stream_read_later(struct net_stream *stream);

/* What is queued leaves now, as far as the socket takes it. It may end in on_closed(). */
void net_stream_flush(struct net_stream *stream);

/* The same at the end of this turn. */
static inline void net_stream_flush_later(struct net_stream *stream)
{
    loop_task_add(stream->loop, &stream->flush);
}

static inline bool net_stream_is_full(const struct net_stream *stream)
{
    return stream->out.bytes > NET_QUEUED_BYTES_HIGH;
}

/* Ends the sending side once the queue is written. */
void net_stream_shut_later(struct net_stream *stream);

#endif
