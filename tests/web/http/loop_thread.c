#include "tests/web/http/loop_thread.h"

#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
/* after the above */
#include <cmocka.h>

struct errand {
    struct loop_message message;
    void (*work)(void *ctx);
    void *ctx;
    sem_t done;
};

void loop_thread_init(struct loop_thread *thread, struct budget *budget)
{
    struct status st;
    memset(thread, 0, sizeof(*thread));
    budget_purse_init(&thread->purse, budget);
    assert_true(loop_create(&thread->loop, &st));
}

static void *run(void *ctx)
{
    loop_run(ctx);
    return NULL;
}

void loop_thread_start(struct loop_thread *thread)
{
    assert_int_equal(pthread_create(&thread->thread, NULL, run, thread->loop), 0);
    thread->is_running = true;
}

static void run_errand(struct loop_message *message)
{
    struct errand *errand = (struct errand *)message;
    errand->work(errand->ctx);
    sem_post(&errand->done);
}

void loop_thread_do(struct loop_thread *thread, void (*work)(void *ctx), void *ctx)
{
    if (!thread->is_running) {
        work(ctx);
        return;
    }
    struct errand errand = {.message = {.run = run_errand}, .work = work, .ctx = ctx};
    sem_init(&errand.done, 0, 0);
    loop_post(thread->loop, &errand.message);
    sem_wait(&errand.done);
    sem_destroy(&errand.done);
}

static void stop(void *ctx)
{
    loop_stop(ctx);
}

void loop_thread_stop(struct loop_thread *thread)
{
    if (thread->is_running)
        loop_thread_do(thread, stop, thread->loop);
}

void loop_thread_join(struct loop_thread *thread)
{
    if (thread->is_running)
        pthread_join(thread->thread, NULL);
    thread->is_running = false;
}

void loop_thread_free(struct loop_thread *thread)
{
    loop_destroy(thread->loop);
    budget_purse_free(&thread->purse);
}
