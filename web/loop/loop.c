/*
 * Two lists of tasks change places at the end of a turn, so that a task may add tasks without end and the descriptors are still
 * served in between. Messages are a stack that any thread pushes onto with one compare-and-swap, and that the loop takes off as a
 * whole; only who finds it empty writes to the eventfd.
 */
#include "web/loop/loop.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/container_of.h"
#include "base/monotonic.h"
#include "web/loop/limits.h"

struct loop {
    int epoll_fd;
    bool stopping;
    uint64_t now_ms; /* of this turn */
    struct timers timers;
    struct loop_task tasks; /* the head of a ring */
    struct epoll_event events[LOOP_EVENTS_MAX];
    int event_count; /* of this turn */
    int event_at;    /* the one that is being served */
    struct loop_watch wake;
    _Alignas(64) _Atomic(struct loop_message *) messages; /* newest first; the one word that other threads write */
};

static void make_empty(struct loop_task *ring)
{
    ring->next = ring->previous = ring;
}

/* ---- Messages ---- */

void loop_post(struct loop *loop, struct loop_message *message)
{
    struct loop_message *newest = atomic_load_explicit(&loop->messages, memory_order_relaxed);
    do
        message->next = newest;
    while (!atomic_compare_exchange_weak_explicit(&loop->messages, &newest, message, memory_order_release,
                                                  memory_order_relaxed));
    if (!newest) {
        uint64_t one = 1;
        ssize_t written = write(loop->wake.fd, &one, sizeof(one));
        (void)written; /* it fails only when the counter is full, and then the loop is being woken already */
    }
}

static void on_wake(struct loop_watch *watch, uint32_t events)
{
    struct loop *loop = CONTAINER_OF(watch, struct loop, wake);
    uint64_t count;
    ssize_t got = read(watch->fd, &count, sizeof(count));
    (void)got;
    (void)events;
    struct loop_message *message = atomic_exchange_explicit(&loop->messages, NULL, memory_order_acquire);
    struct loop_message *oldest = NULL;
    while (message) {
        struct loop_message *next = message->next;
        message->next = oldest;
        oldest = message;
        message = next;
    }
    while (oldest) {
        struct loop_message *next = oldest->next;
        oldest->run(oldest);
        oldest = next;
    }
}

/* ---- Start and end ---- */

bool loop_create(struct loop **ret_loop, struct status *st)
{
    struct loop *loop = aligned_alloc(_Alignof(struct loop), sizeof(*loop));
    if (!loop)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for an event loop");
    memset(loop, 0, sizeof(*loop));
    make_empty(&loop->tasks);
    loop->now_ms = monotonic_ms();
    timers_init(&loop->timers, loop->now_ms);
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    loop->wake = (struct loop_watch){eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), on_wake};
    if (loop->epoll_fd < 0 || loop->wake.fd < 0) {
        status_fail(st, STATUS_UNAVAILABLE, "cannot make an event loop: %s", strerror(errno));
        loop_destroy(loop);
        return false;
    }
    if (!loop_watch_add(loop, &loop->wake, EPOLLIN | EPOLLET, st)) {
        loop_destroy(loop);
        return false;
    }
    *ret_loop = loop;
    return true;
}

void loop_destroy(struct loop *loop)
{
    if (!loop)
        return;
    if (loop->wake.fd >= 0)
        close(loop->wake.fd);
    if (loop->epoll_fd >= 0)
        close(loop->epoll_fd);
    free(loop);
}

uint64_t loop_now_ms(const struct loop *loop)
{
    return loop->now_ms;
}

void loop_stop(struct loop *loop)
{
    loop->stopping = true;
}

/* ---- Descriptors ---- */

bool loop_watch_add(struct loop *loop, struct loop_watch *watch, uint32_t events, struct status *st)
{
    struct epoll_event event = {.events = events, .data.ptr = watch};
    return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, watch->fd, &event) == 0 ||
           status_fail(st, STATUS_UNAVAILABLE, "cannot watch a descriptor: %s", strerror(errno));
}

void loop_watch_remove(struct loop *loop, struct loop_watch *watch)
{
    epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
    for (int i = loop->event_at + 1; i < loop->event_count; i++)
        if (loop->events[i].data.ptr == watch)
            loop->events[i].data.ptr = NULL;
}

static void serve_descriptors(struct loop *loop)
{
    for (loop->event_at = 0; loop->event_at < loop->event_count; loop->event_at++) {
        const struct epoll_event *event = &loop->events[loop->event_at];
        struct loop_watch *watch = event->data.ptr;
        if (watch)
            watch->on_event(watch, event->events);
    }
    loop->event_count = 0;
}

/* ---- Timers ---- */

void loop_timer_set(struct loop *loop, struct timer *timer, uint64_t due_ms)
{
    timers_set(&loop->timers, timer, due_ms);
}

void loop_timer_clear(struct loop *loop, struct timer *timer)
{
    timers_clear(&loop->timers, timer);
}

/* How long epoll may wait. */
static int wait_ms(const struct loop *loop)
{
    if (loop->tasks.next != &loop->tasks)
        return 0;
    uint64_t next = timers_next_ms(&loop->timers), now = loop->now_ms;
    if (next == UINT64_MAX)
        return -1;
    uint64_t wait = next > now ? next - now : 0;
    return wait < 60000 ? (int)wait : 60000;
}

/* ---- Tasks ---- */

void loop_task_add(struct loop *loop, struct loop_task *task)
{
    if (task->previous)
        return;
    task->next = &loop->tasks;
    task->previous = loop->tasks.previous;
    task->previous->next = task;
    loop->tasks.previous = task;
}

void loop_task_remove(struct loop *loop, struct loop_task *task)
{
    (void)loop;
    if (!task->previous)
        return;
    task->previous->next = task->next;
    task->next->previous = task->previous;
    task->previous = NULL;
}

static void run_tasks(struct loop *loop)
{
    struct loop_task *head = &loop->tasks, now;
    if (head->next == head)
        return;
    now = *head; /* the ring, moved to a head of its own: what is added meanwhile is for the next turn */
    now.next->previous = now.previous->next = &now;
    make_empty(head);
    while (now.next != &now) {
        struct loop_task *task = now.next;
        loop_task_remove(loop, task);
        task->run(task);
    }
}

/* ---- The turn ---- */

void loop_run(struct loop *loop)
{
    while (!loop->stopping) {
        int count = epoll_wait(loop->epoll_fd, loop->events, LOOP_EVENTS_MAX, wait_ms(loop));
        loop->event_count = count > 0 ? count : 0; /* a signal is no event */
        loop->now_ms = monotonic_ms();
        serve_descriptors(loop); /* first: an answer that has come is not late */
        timers_advance(&loop->timers, loop->now_ms);
        run_tasks(loop);
    }
    loop->stopping = false;
}

void loop_finish(struct loop *loop)
{
    while (loop->tasks.next != &loop->tasks)
        run_tasks(loop);
}
