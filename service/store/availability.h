/*
 * Whether a store works, and who is told when that changes: what every kind of store keeps of it.
 *
 * Flow     init; the kind says what it finds, watchers come and go; free.
 * Threads  Safe from any. Saying what is known already costs an atomic read.
 */
#ifndef SERVICE_STORE_AVAILABILITY_H
#define SERVICE_STORE_AVAILABILITY_H

#include <pthread.h>
#include <stdatomic.h>

#include "service/store/store.h"

struct availability {
    atomic_bool is_down;  /* changes under the lock */
    pthread_mutex_t lock; /* guards what follows, and is held while a watcher runs, so that events have an order */
    store_watcher *watcher;
    void *ctx;
};

void availability_init(struct availability *availability);
void availability_free(struct availability *availability);

/* Says whether the store works; the watcher is told when it was otherwise before. `detail` is for logs. */
void availability_set(struct availability *availability, bool is_available, const char *detail);

/* Tells the watcher of a failure of a store that may work all the same. */
void availability_tell_failure(struct availability *availability, const char *detail);

/* See store.h. */
bool availability_get(const struct availability *availability);
void availability_watch(struct availability *availability, store_watcher *watcher, void *ctx);

#endif
