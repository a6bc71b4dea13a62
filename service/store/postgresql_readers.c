/* The queue is the committer's with other work behind it: a mutex held for a few instructions, threads woken when they sleep. */
#include "service/store/postgresql_readers.h"

#include <stdlib.h>

#include "service/limits.h"
#include "service/store/postgresql_reading.h"
#include "service/store/store_thread.h"

struct reader {
    struct postgresql_readers *readers;
    struct postgresql_session session;
    struct arena arena;
    pthread_t thread;
};

struct postgresql_readers {
    struct reader reader[POSTGRESQL_READERS_MAX];
    size_t reader_count;

    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t wake;
    struct store_read *first; /* oldest */
    struct store_read *last;  /* unspecified when the queue is empty */
    size_t queue_len;
    size_t sleeping;
    bool stopping;
};

static bool is_list(const struct store_read *read)
{
    return read->id_count == 0;
}

/* Takes the oldest reads off the queue, waiting for one: a list, or reads of ids. NULL: the reader is to end. */
static struct store_read *take(struct postgresql_readers *readers)
{
    pthread_mutex_lock(&readers->lock);
    while (!readers->first && !readers->stopping) {
        readers->sleeping++;
        pthread_cond_wait(&readers->wake, &readers->lock);
        readers->sleeping--;
    }
    struct store_read *taken = readers->first;
    struct store_read *last = taken;
    size_t count = taken ? 1 : 0;
    while (last && last->next_ && !is_list(last) && !is_list(last->next_) && count < POSTGRESQL_READS_MAX) {
        last = last->next_;
        count++;
    }
    if (last) {
        readers->first = last->next_;
        readers->queue_len -= count;
        last->next_ = NULL;
    }
    pthread_mutex_unlock(&readers->lock);
    return taken;
}

static void *run(void *ctx)
{
    struct reader *reader = ctx;
    struct store_read *reads;
    while ((reads = take(reader->readers))) {
        if (is_list(reads))
            reading_run_list(&reader->session, reads, &reader->arena);
        else
            reading_run_gets(&reader->session, reads, &reader->arena);
    }
    return NULL;
}

static bool start_reader(struct postgresql_readers *readers, struct postgresql_link *link, struct status *st)
{
    struct reader *reader = &readers->reader[readers->reader_count];
    reader->readers = readers;
    if (!session_init(&reader->session, link))
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for a database connection");
    arena_init(&reader->arena, STORE_BATCH_BYTES_MAX);
    int error = store_thread_start(&reader->thread, "store-reader", run, reader);
    if (error) {
        session_free(&reader->session);
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "cannot start a thread of the store: %s", strerror(error));
    }
    readers->reader_count++;
    return true;
}

bool readers_create(struct postgresql_link *link, size_t count, struct postgresql_readers **ret_readers,
                    struct status *st)
{
    struct postgresql_readers *readers = calloc(1, sizeof(*readers));
    if (!readers)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for the store's queue");
    pthread_mutex_init(&readers->lock, NULL);
    pthread_cond_init(&readers->wake, NULL);
    while (readers->reader_count < count) {
        if (!start_reader(readers, link, st)) {
            readers_destroy(readers);
            return false;
        }
    }
    *ret_readers = readers;
    return true;
}

void readers_submit(struct postgresql_readers *readers, struct store_read *read)
{
    read->next_ = NULL;
    pthread_mutex_lock(&readers->lock);
    bool full = readers->queue_len >= STORE_READ_QUEUE_MAX;
    if (!full) {
        if (readers->first)
            readers->last->next_ = read;
        else
            readers->first = read;
        readers->last = read;
        readers->queue_len++;
        if (readers->sleeping)
            pthread_cond_signal(&readers->wake);
    }
    pthread_mutex_unlock(&readers->lock);
    if (full) {
        status_fail(&read->st, STATUS_RESOURCE_EXHAUSTED, "%d reads are waiting already, try again later",
                    STORE_READ_QUEUE_MAX);
        read->done(read);
    }
}

void readers_destroy(struct postgresql_readers *readers)
{
    if (!readers)
        return;
    pthread_mutex_lock(&readers->lock);
    readers->stopping = true;
    pthread_cond_broadcast(&readers->wake);
    pthread_mutex_unlock(&readers->lock);
    for (size_t i = 0; i < readers->reader_count; i++) {
        pthread_join(readers->reader[i].thread, NULL);
        session_free(&readers->reader[i].session);
        arena_free(&readers->reader[i].arena);
    }
    pthread_cond_destroy(&readers->wake);
    pthread_mutex_destroy(&readers->lock);
    free(readers);
}
