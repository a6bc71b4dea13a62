/* A small array of slots; epoll says by number which of them is readable. Only clients at fault get here. */
#include "gateway/http/linger_set.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/monotonic.h"

#define SCRATCH_BYTES (64 * 1024)

void linger_set_init(struct linger_set *set, int epoll_fd, uint32_t first_tag)
{
    pthread_mutex_init(&set->lock, NULL);
    set->epoll_fd = epoll_fd;
    set->first_tag = first_tag;
    for (size_t i = 0; i < HTTP_LINGER_CONNECTIONS_MAX; i++)
        set->slots[i].fd = -1;
}

static void close_slot(struct linger_slot *slot)
{
    close(slot->fd); /* which also takes it out of the epoll set */
    slot->fd = -1;
}

void linger_set_free(struct linger_set *set)
{
    for (size_t i = 0; i < HTTP_LINGER_CONNECTIONS_MAX; i++)
        if (set->slots[i].fd >= 0)
            close_slot(&set->slots[i]);
    pthread_mutex_destroy(&set->lock);
}

void linger_set_add(struct linger_set *set, int fd)
{
    pthread_mutex_lock(&set->lock);
    size_t i = 0;
    while (i < HTTP_LINGER_CONNECTIONS_MAX && set->slots[i].fd >= 0)
        i++;
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.u32 = set->first_tag + (uint32_t)i};
    if (i < HTTP_LINGER_CONNECTIONS_MAX && epoll_ctl(set->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0)
        set->slots[i] = (struct linger_slot){fd, monotonic_ms() + HTTP_LINGER_MS};
    else
        close(fd);
    pthread_mutex_unlock(&set->lock);
}

void linger_set_read(struct linger_set *set, uint32_t tag)
{
    char scratch[SCRATCH_BYTES];
    struct linger_slot *slot = &set->slots[tag - set->first_tag];
    pthread_mutex_lock(&set->lock);
    if (slot->fd >= 0) {
        ssize_t len = recv(slot->fd, scratch, sizeof(scratch), MSG_DONTWAIT);
        if (len == 0 || (len < 0 && errno != EAGAIN && errno != EINTR))
            close_slot(slot);
    }
    pthread_mutex_unlock(&set->lock);
}

void linger_set_expire(struct linger_set *set)
{
    uint64_t now = monotonic_ms();
    pthread_mutex_lock(&set->lock);
    for (size_t i = 0; i < HTTP_LINGER_CONNECTIONS_MAX; i++)
        if (set->slots[i].fd >= 0 && set->slots[i].deadline_ms <= now)
            close_slot(&set->slots[i]);
    pthread_mutex_unlock(&set->lock);
}
