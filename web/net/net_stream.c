/*
 * A socket is registered with epoll once, edge-triggered, for both directions: no epoll_ctl() between requests. A read that fills
 * less than it was given has emptied the socket, so no further one is made to be told EAGAIN.
 */
#include "web/net/net_stream.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/container_of.h"

static void break_off(struct net_stream *stream, int error)
{
    net_stream_close(stream);
    stream->events->on_closed(stream, error);
}

/* ---- Writing ---- */

static void shut(struct net_stream *stream)
{
    if (stream->shut_after && !stream->has_shut && stream->out.bytes == 0) {
        stream->has_shut = true;
        shutdown(stream->watch.fd, SHUT_WR);
        if (stream->events->on_shut)
            stream->events->on_shut(stream);
    }
}

void net_stream_flush(struct net_stream *stream)
{
    stream->was_full |= net_stream_is_full(stream);
    while (stream->may_write && stream->out.bytes) {
        struct iovec pieces[NET_WRITE_PIECES_MAX];
        int count = net_queue_pieces(&stream->out, pieces, NET_WRITE_PIECES_MAX);
        struct msghdr message = {.msg_iov = pieces, .msg_iovlen = (size_t)count};
        ssize_t sent = count == 1 ? send(stream->watch.fd, pieces[0].iov_base, pieces[0].iov_len, MSG_NOSIGNAL)
                                  : sendmsg(stream->watch.fd, &message, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && errno != EAGAIN) {
            break_off(stream, errno);
            return;
        }
        if (sent < 0) {
            stream->may_write = false;
            break;
        }
        stream->bytes_out += (uint64_t)sent;
        net_queue_consume(&stream->out, (size_t)sent);
    }
    if (stream->was_full && stream->out.bytes <= NET_QUEUED_BYTES_LOW) {
        stream->was_full = false;
        if (stream->events->on_room)
            stream->events->on_room(stream);
    }
    if (stream->is_open)
        shut(stream);
}

static void flush(struct loop_task *task)
{
    net_stream_flush(CONTAINER_OF(task, struct net_stream, flush));
}

void net_stream_shut_later(struct net_stream *stream)
{
    stream->shut_after = true;
    net_stream_flush_later(stream);
}

/* ---- Reading ---- */

enum net_read net_stream_read(struct net_stream *stream, void *memory, size_t bytes, size_t *ret_bytes)
{
    if (!stream->may_read)
        return NET_READ_LATER;
    ssize_t got;
    do
        got = recv(stream->watch.fd, memory, bytes, 0);
    while (got < 0 && errno == EINTR);
    if (got > 0) {
        *ret_bytes = (size_t)got;
        stream->bytes_in += (uint64_t)got;
        if ((size_t)got < bytes && !stream->has_ended)
            stream->may_read = false;
        return NET_READ_BYTES;
    }
    stream->may_read = false;
    if (got == 0)
        return NET_READ_END;
    return errno == EAGAIN ? NET_READ_LATER : NET_READ_BROKEN;
}

static void read_again(struct loop_task *task)
{
    struct net_stream *stream = CONTAINER_OF(task, struct net_stream, read_again);
    stream->events->on_readable(stream);
}

void net_stream_read_later(struct net_stream *stream)
{
    if (stream->may_read)
        loop_task_add(stream->loop, &stream->read_again);
}

/* ---- What epoll says ---- */

static int socket_error(const struct net_stream *stream)
{
    int error = 0;
    socklen_t len = sizeof(error);
    getsockopt(stream->watch.fd, SOL_SOCKET, SO_ERROR, &error, &len);
    return error;
}

static void finish_connecting(struct net_stream *stream, uint32_t events)
{
    int error = socket_error(stream);
    if (error || !(events & EPOLLOUT)) {
        break_off(stream, error);
        return;
    }
    stream->is_connecting = false;
    stream->events->on_connected(stream);
}

/* Whether the owner would find nothing but the end, if it read. */
static bool has_nothing_to_read(const struct net_stream *stream)
{
    char byte;
    return !stream->may_read || recv(stream->watch.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

static void on_event(struct loop_watch *watch, uint32_t events)
{
    struct net_stream *stream = CONTAINER_OF(watch, struct net_stream, watch);
    if (events & EPOLLOUT) {
        stream->may_write = true;
        if (stream->out.bytes || stream->shut_after)
            net_stream_flush_later(stream);
    }
    if (stream->is_connecting) {
        if (events & (EPOLLOUT | EPOLLERR | EPOLLHUP))
            finish_connecting(stream, events);
        if (!stream->is_open || stream->is_connecting)
            return;
    }
    if (events & EPOLLRDHUP)
        stream->has_ended = true; /* the end is there to be read behind the bytes, and no event will tell again */
    if (events & (EPOLLIN | EPOLLRDHUP)) {
        stream->may_read = true;
        stream->events->on_readable(stream);
        if (!stream->is_open)
            return;
    }
    if (events & EPOLLERR || (events & EPOLLHUP && has_nothing_to_read(stream)))
        break_off(stream, socket_error(stream));
}

/* ---- Start and end ---- */

static bool start(struct net_stream *stream, struct loop *loop, int fd, struct net_pool *pool,
                  struct budget_account *account, const struct net_stream_events *events, struct status *st)
{
    *stream = (struct net_stream){
        .loop = loop,
        .events = events,
        .watch = {fd, on_event},
        .flush.run = flush,
        .read_again.run = read_again,
        .is_open = true,
    };
    net_queue_init(&stream->out, pool, account);
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)); /* of no use to a unix socket, and no harm */
    if (loop_watch_add(loop, &stream->watch, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, st))
        return true;
    close(fd);
    stream->is_open = false;
    return false;
}

bool net_stream_start(struct net_stream *stream, struct loop *loop, int fd, struct net_pool *pool,
                      struct budget_account *account, const struct net_stream_events *events, struct status *st)
{
    return start(stream, loop, fd, pool, account, events, st);
}

bool net_stream_connect(struct net_stream *stream, struct loop *loop, const struct sockaddr *address,
                        unsigned address_bytes, struct net_pool *pool, const struct net_stream_events *events,
                        struct status *st)
{
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return status_fail(st, STATUS_UNAVAILABLE, "cannot make a socket: %s", strerror(errno));
    if (connect(fd, address, address_bytes) != 0 && errno != EINPROGRESS) {
        status_fail(st, STATUS_UNAVAILABLE, "cannot connect: %s", strerror(errno));
        close(fd);
        return false;
    }
    if (!start(stream, loop, fd, pool, NULL, events, st))
        return false;
    stream->is_connecting = true;
    return true;
}

void net_stream_close(struct net_stream *stream)
{
    if (!stream->is_open)
        return;
    stream->is_open = false;
    loop_watch_remove(stream->loop, &stream->watch);
    loop_task_remove(stream->loop, &stream->flush);
    loop_task_remove(stream->loop, &stream->read_again);
    close(stream->watch.fd);
    net_queue_clear(&stream->out);
}

void net_stream_abort(struct net_stream *stream)
{
    struct linger now = {.l_onoff = 1};
    if (stream->is_open)
        setsockopt(stream->watch.fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    net_stream_close(stream);
}
