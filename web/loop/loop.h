/*
 * An event loop: one thread that waits for descriptors, timers and messages, and calls whoever they are for.
 *
 * Flow     create, add watches and timers, run; loop_stop() ends it after the turn. A turn is: descriptors that are ready,
 *          messages, timers that are due, and last the tasks that all of these have left for its end (one write for many answers).
 * Memory   Watches, timers, tasks and messages live in their owners' structs; nothing is allocated in a turn.
 * Threads  Everything on the loop's own thread but loop_post(), and create and destroy while it does not run.
 * Limits   LOOP_EVENTS_MAX descriptors a turn, so that timers are not late.
 *
 *     static void on_readable(struct loop_watch *watch, uint32_t events) { … }
 *
 *     struct loop_watch watch = {.fd = fd, .on_event = on_readable};
 *     if (!loop_create(&loop, st) || !loop_watch_add(loop, &watch, EPOLLIN | EPOLLET, st))
 *         return false;
 *     loop_run(loop);
 */
#ifndef WEB_LOOP_LOOP_H
#define WEB_LOOP_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "base/status.h"
#include "web/loop/timers.h"

struct loop;

MUST_USE bool loop_create(struct loop **ret_loop, struct status *st);

/* Nothing may be watched any more. Messages that are still there are not run. NULL is fine. */
void loop_destroy(struct loop *loop);

/* Takes turns until loop_stop(). It may be run again. */
void loop_run(struct loop *loop);

/* After loop_run(), or in its place: runs the tasks that are left, and those that they add. */
void loop_finish(struct loop *loop);

/* Ends loop_run() after this turn. From another thread: by a message. */
void loop_stop(struct loop *loop);

/* The monotonic clock as it was when this turn began to work. */
uint64_t loop_now_ms(const struct loop *loop);

/* A descriptor and who is called when epoll reports something of it. Keep the fd until it is removed. */
struct loop_watch {
    int fd;
    void (*on_event)(struct loop_watch *watch, uint32_t events);
};

/* events as for epoll_ctl(2), EPOLLET and EPOLLEXCLUSIVE included. */
MUST_USE bool loop_watch_add(struct loop *loop, struct loop_watch *watch, uint32_t events, struct status *st);

/* After this it is not called, not even for an event that came in this turn. */
void loop_watch_remove(struct loop *loop, struct loop_watch *watch);

/* As timers_set() and timers_clear(), with the loop's clock. */
void loop_timer_set(struct loop *loop, struct timer *timer, uint64_t due_ms);
void loop_timer_clear(struct loop *loop, struct timer *timer);

/* Work for the end of this turn. While the tasks run, a task that is added waits for the next turn, which then comes at once. */
struct loop_task {
    struct loop_task *next;     /* in the queue */
    struct loop_task *previous; /* NULL: not in it */
    void (*run)(struct loop_task *task);
};

/* One that waits already is fine. */
void loop_task_add(struct loop *loop, struct loop_task *task);
void loop_task_remove(struct loop *loop, struct loop_task *task);

/* Work that another thread gives to this one. The sender's memory until it runs. */
struct loop_message {
    struct loop_message *next;
    void (*run)(struct loop_message *message);
};

/* Any thread. Messages of one sender run in the order they were posted. */
void loop_post(struct loop *loop, struct loop_message *message);

#endif
