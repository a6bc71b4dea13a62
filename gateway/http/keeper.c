/* One epoll set: the listening socket, an eventfd for orders from other threads, and the lingering connections. */
#include "gateway/http/keeper.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/monotonic.h"

/* What epoll's data.u32 says. */
enum tag {
    TAG_LISTEN,
    TAG_ORDER,
    TAG_LINGER, /* and what follows: linger's slots */
};

/* Connections accepted in a row before other events get their turn. */
#define ACCEPT_SERIES 64
#define EVENTS_MAX    64

/* Such series at the end: more than a backlog holds, and an end even when clients come faster than they are accepted. */
#define LAST_SERIES_MAX 128

static void order(struct keeper *keeper)
{
    uint64_t one = 1;
    ssize_t written = write(keeper->event_fd, &one, sizeof(one));
    (void)written; /* it cannot fail: the counter is read long before it is full */
}

/* False: nobody waits any more, or nobody can be accepted. */
static bool accept_series(struct keeper *keeper)
{
    for (int i = 0; i < ACCEPT_SERIES; i++) {
        struct sockaddr_storage address;
        socklen_t len = sizeof(address);
        int fd = accept4(keeper->listen_fd, (struct sockaddr *)&address, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            keeper->callbacks.accepted(fd, (struct sockaddr *)&address, len, keeper->callbacks.ctx);
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            /*
             * The client waits in the backlog; without the pause the readable socket would keep this thread spinning.
             */
            keeper->accept_paused = epoll_ctl(keeper->epoll_fd, EPOLL_CTL_DEL, keeper->listen_fd, NULL) == 0;
            return false;
        }
        if (errno != EINTR && errno != ECONNABORTED)
            return false;
    }
    return true;
}

static bool watch(struct keeper *keeper, int fd, uint32_t tag)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = tag};
    return epoll_ctl(keeper->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

static void tick(struct keeper *keeper)
{
    linger_set_expire(&keeper->linger_set);
    if (keeper->accept_paused && keeper->listen_fd >= 0)
        keeper->accept_paused = !watch(keeper, keeper->listen_fd, TAG_LISTEN);
    keeper->callbacks.tick(keeper->callbacks.ctx);
}

/* Clients that wait in the backlog are connected as they see it, and may have sent requests: the close would reset them. */
static void end_accepting(struct keeper *keeper)
{
    for (int i = 0; i < LAST_SERIES_MAX && accept_series(keeper); i++)
        ;
    close(keeper->listen_fd);
    keeper->listen_fd = -1;
    sem_post(&keeper->accepting_ended);
}

static void obey(struct keeper *keeper)
{
    uint64_t count;
    ssize_t len = read(keeper->event_fd, &count, sizeof(count));
    (void)len; /* only the flags count */
    if (!atomic_load(&keeper->accepting) && keeper->listen_fd >= 0)
        end_accepting(keeper);
}

static void *run(void *ctx)
{
    struct keeper *keeper = ctx;
    struct epoll_event events[EVENTS_MAX];
    uint64_t last_tick_ms = monotonic_ms();
    while (atomic_load(&keeper->running)) {
        int count = epoll_wait(keeper->epoll_fd, events, EVENTS_MAX, HTTP_TICK_MS);
        for (int i = 0; i < count; i++) {
            if (events[i].data.u32 == TAG_ORDER)
                obey(keeper);
            else if (events[i].data.u32 >= TAG_LINGER)
                linger_set_read(&keeper->linger_set, events[i].data.u32);
            else if (keeper->listen_fd >= 0)
                accept_series(keeper);
        }
        uint64_t now = monotonic_ms();
        if (now - last_tick_ms >= HTTP_TICK_MS) {
            last_tick_ms = now;
            tick(keeper);
        }
    }
    return NULL;
}

static void close_all(struct keeper *keeper)
{
    int *const fds[] = {&keeper->listen_fd, &keeper->event_fd, &keeper->epoll_fd};
    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
        if (*fds[i] >= 0)
            close(*fds[i]);
        *fds[i] = -1;
    }
}

bool keeper_start(struct keeper *keeper, int listen_fd, const struct keeper_callbacks *callbacks, struct status *st)
{
    *keeper = (struct keeper){.callbacks = *callbacks, .listen_fd = listen_fd};
    keeper->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    keeper->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    sem_init(&keeper->accepting_ended, 0, 0);
    atomic_init(&keeper->accepting, true);
    atomic_init(&keeper->running, true);
    linger_set_init(&keeper->linger_set, keeper->epoll_fd, TAG_LINGER);
    int error = 0;
    if (keeper->epoll_fd < 0 || keeper->event_fd < 0 || !watch(keeper, listen_fd, TAG_LISTEN) ||
        !watch(keeper, keeper->event_fd, TAG_ORDER))
        error = errno;
    if (error == 0)
        error = pthread_create(&keeper->thread, NULL, run, keeper);
    if (error == 0)
        return true;
    linger_set_free(&keeper->linger_set);
    sem_destroy(&keeper->accepting_ended);
    close_all(keeper);
    return status_fail(st, STATUS_UNAVAILABLE, "cannot start the HTTP server: %s", strerror(error));
}

void keeper_stop_accepting(struct keeper *keeper)
{
    atomic_store(&keeper->accepting, false);
    order(keeper);
    while (sem_wait(&keeper->accepting_ended) != 0)
        ; /* interrupted by a signal */
}

void keeper_stop(struct keeper *keeper)
{
    atomic_store(&keeper->running, false);
    order(keeper);
    pthread_join(keeper->thread, NULL);
    linger_set_free(&keeper->linger_set);
    sem_destroy(&keeper->accepting_ended);
    close_all(keeper);
}
