/*
 * A mutex guards the queue and is held for a few instructions. Submitters wake a thread only when one sleeps: under load
 * none does, and a submit is a lock and four stores.
 */
#include "service/store/committer.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "service/limits.h"

struct worker {
    struct committer *committer;
    struct batch_table *table;
    struct arena arena; /* of the batch */
    pthread_t thread;
};

struct committer {
    struct worker workers[COMMITTER_TABLES_MAX];
    size_t worker_count;

    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t wake;
    struct store_write *first; /* oldest */
    struct store_write *last;  /* unspecified when the queue is empty */
    size_t queue_len;
    size_t queue_max;
    size_t sleeping;
    bool stopping;
};

/* Waits for a write or for the end; false: neither has come, and the table is to be looked after. */
static bool wait_for_work(struct committer *committer, const struct batch_table *table)
{
    struct timespec idle_time;
    clock_gettime(CLOCK_MONOTONIC, &idle_time);
    idle_time.tv_sec += STORE_IDLE_S;
    int error = 0;
    while (!committer->first && !committer->stopping && error != ETIMEDOUT) {
        committer->sleeping++;
        if (table->idle)
            error = pthread_cond_timedwait(&committer->wake, &committer->lock, &idle_time);
        else
            pthread_cond_wait(&committer->wake, &committer->lock);
        committer->sleeping--;
    }
    return committer->first || committer->stopping;
}

/* Takes the oldest writes off the queue, waiting for one. NULL: the queue is empty and the committer is to end. */
static struct store_write *take_batch(struct worker *worker)
{
    struct committer *committer = worker->committer;
    pthread_mutex_lock(&committer->lock);
    while (!wait_for_work(committer, worker->table)) {
        pthread_mutex_unlock(&committer->lock);
        worker->table->idle(worker->table);
        pthread_mutex_lock(&committer->lock);
    }
    struct store_write *batch = committer->first;
    struct store_write *last = batch;
    size_t count = batch ? 1 : 0;
    while (last && last->next_ && count < STORE_BATCH_WRITES_MAX) {
        last = last->next_;
        count++;
    }
    if (last) {
        committer->first = last->next_;
        committer->queue_len -= count;
        last->next_ = NULL;
    }
    pthread_mutex_unlock(&committer->lock);
    return batch;
}

static void *run(void *ctx)
{
    struct worker *worker = ctx;
    struct store_write *batch;
    while ((batch = take_batch(worker))) {
        batch_run(worker->table, batch, &worker->arena);
        arena_reset(&worker->arena);
        while (batch) {
            struct store_write *next = batch->next_; /* done() may free the write */
            batch->done(batch);
            batch = next;
        }
    }
    return NULL;
}

static void init_wake(pthread_cond_t *wake)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(wake, &attributes);
    pthread_condattr_destroy(&attributes);
}

static int start_thread(struct worker *worker)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&worker->thread, NULL, run, worker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!error)
        pthread_setname_np(worker->thread, "store-committer");
    return error;
}

bool committer_create(struct batch_table *const *tables, size_t table_count, size_t queue_max,
                      struct committer **ret_committer, struct status *st)
{
    struct committer *committer = malloc(sizeof(*committer));
    if (!committer)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for the store's queue");
    *committer = (struct committer){.queue_max = queue_max};
    pthread_mutex_init(&committer->lock, NULL);
    init_wake(&committer->wake);
    for (size_t i = 0; i < table_count; i++) {
        struct worker *worker = &committer->workers[i];
        *worker = (struct worker){.committer = committer, .table = tables[i]};
        arena_init(&worker->arena, STORE_BATCH_BYTES_MAX);
        int error = start_thread(worker);
        if (error) {
            committer_destroy(committer);
            return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "cannot start a thread of the store: %s",
                               strerror(error));
        }
        committer->worker_count++;
    }
    *ret_committer = committer;
    return true;
}

void committer_submit(struct committer *committer, struct store_write *write)
{
    write->next_ = NULL;
    pthread_mutex_lock(&committer->lock);
    bool full = committer->queue_len >= committer->queue_max;
    if (!full) {
        if (committer->first)
            committer->last->next_ = write;
        else
            committer->first = write;
        committer->last = write;
        committer->queue_len++;
        if (committer->sleeping)
            pthread_cond_signal(&committer->wake);
    }
    pthread_mutex_unlock(&committer->lock);
    if (full) {
        status_fail(&write->st, STATUS_RESOURCE_EXHAUSTED, "%zu writes are waiting already, try again later",
                    committer->queue_max);
        write->done(write);
    }
}

void committer_destroy(struct committer *committer)
{
    if (!committer)
        return;
    pthread_mutex_lock(&committer->lock);
    committer->stopping = true;
    pthread_cond_broadcast(&committer->wake);
    pthread_mutex_unlock(&committer->lock);
    for (size_t i = 0; i < committer->worker_count; i++) {
        pthread_join(committer->workers[i].thread, NULL);
        arena_free(&committer->workers[i].arena);
    }
    pthread_cond_destroy(&committer->wake);
    pthread_mutex_destroy(&committer->lock);
    free(committer);
}
