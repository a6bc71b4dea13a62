/*
 * A mutex guards the queue and is held for a few instructions. Submitters wake a thread only when one sleeps: under load
 * none does, and a submit is a lock and four stores.
 *
 * Answering a batch takes about as long as running it, the disk apart, so a table has two threads that take turns: who has
 * answers to give while writes wait leaves the turn to the other, whose commit is on its way to the disk meanwhile. When
 * nothing waits there is nothing to gain, and the turn stays where it is: a lone writer costs no switch between the two.
 */
#include "service/store/committer.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "service/limits.h"
#include "service/store/store_thread.h"

#define LANE_THREADS 2

/* A table and its threads. */
struct lane {
    struct committer *committer;
    struct batch_table *table;
    pthread_mutex_t turn; /* held while a batch is awaited, taken and run */
    struct arena arena;   /* of that batch */
    pthread_t threads[LANE_THREADS];
    size_t thread_count;
};

struct committer {
    struct lane lanes[COMMITTER_TABLES_MAX];
    size_t lane_count;

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
static struct store_write *take_batch(struct lane *lane)
{
    struct committer *committer = lane->committer;
    pthread_mutex_lock(&committer->lock);
    while (!wait_for_work(committer, lane->table)) {
        pthread_mutex_unlock(&committer->lock);
        lane->table->idle(lane->table);
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

static bool writes_wait(struct committer *committer)
{
    pthread_mutex_lock(&committer->lock);
    bool wait = committer->first;
    pthread_mutex_unlock(&committer->lock);
    return wait;
}

static void answer(struct store_write *batch)
{
    while (batch) {
        struct store_write *next = batch->next_; /* done() may free the write */
        batch->done(batch);
        batch = next;
    }
}

static void *run(void *ctx)
{
    struct lane *lane = ctx;
    struct store_write *batch;
    pthread_mutex_lock(&lane->turn);
    while ((batch = take_batch(lane))) {
        batch_run(lane->table, batch, &lane->arena);
        arena_reset(&lane->arena);
        if (writes_wait(lane->committer)) {
            pthread_mutex_unlock(&lane->turn);
            answer(batch);
            pthread_mutex_lock(&lane->turn);
        } else {
            answer(batch);
        }
    }
    pthread_mutex_unlock(&lane->turn);
    return NULL;
}

static int open_lane(struct committer *committer, struct batch_table *table)
{
    struct lane *lane = &committer->lanes[committer->lane_count++];
    *lane = (struct lane){.committer = committer, .table = table};
    pthread_mutex_init(&lane->turn, NULL);
    arena_init(&lane->arena, STORE_BATCH_BYTES_MAX);
    int error = 0;
    while (lane->thread_count < LANE_THREADS &&
           !(error = store_thread_start(&lane->threads[lane->thread_count], "store-committer", run, lane)))
        lane->thread_count++;
    return error;
}

static void close_lane(struct lane *lane)
{
    for (size_t i = 0; i < lane->thread_count; i++)
        pthread_join(lane->threads[i], NULL);
    arena_free(&lane->arena);
    pthread_mutex_destroy(&lane->turn);
}

bool committer_create(struct batch_table *const *tables, size_t table_count, size_t queue_max,
                      struct committer **ret_committer, struct status *st)
{
    struct committer *committer = malloc(sizeof(*committer));
    if (!committer)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for the store's queue");
    *committer = (struct committer){.queue_max = queue_max};
    pthread_mutex_init(&committer->lock, NULL);
    store_thread_init_wake(&committer->wake);
    for (size_t i = 0; i < table_count; i++) {
        int error = open_lane(committer, tables[i]);
        if (error) {
            committer_destroy(committer);
            return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "cannot start a thread of the store: %s",
                               strerror(error));
        }
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
    for (size_t i = 0; i < committer->lane_count; i++)
        close_lane(&committer->lanes[i]);
    pthread_cond_destroy(&committer->wake);
    pthread_mutex_destroy(&committer->lock);
    free(committer);
}
