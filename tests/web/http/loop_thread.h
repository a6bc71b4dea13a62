/*
 * A loop on a thread of its own, with a purse: what a server of several loops is made of. A test gives it work, and waits for it.
 *
 * Flow     init, start; ask it things; end by loop_thread_stop() or by loop_stop() on its thread; join, free.
 */
#ifndef TESTS_WEB_HTTP_LOOP_THREAD_H
#define TESTS_WEB_HTTP_LOOP_THREAD_H

#include <pthread.h>
#include <stdbool.h>

#include "base/budget.h"
#include "web/loop/loop.h"

struct loop_thread {
    struct loop *loop;
    struct budget_purse purse;
    pthread_t thread;
    bool is_running;
};

/* The test fails when there is none. */
void loop_thread_init(struct loop_thread *thread, struct budget *budget);
void loop_thread_start(struct loop_thread *thread);

/* Runs work(ctx) on the loop's thread and waits until it has returned. On the caller's own when it does not run. */
void loop_thread_do(struct loop_thread *thread, void (*work)(void *ctx), void *ctx);

/* Ends the loop. */
void loop_thread_stop(struct loop_thread *thread);

/* Waits for its end. One that was not started, or has been joined, is fine. */
void loop_thread_join(struct loop_thread *thread);

void loop_thread_free(struct loop_thread *thread);

#endif
