#include "service/store/availability.h"

void availability_init(struct availability *availability)
{
    *availability = (struct availability){0};
    pthread_mutex_init(&availability->lock, NULL);
}

void availability_free(struct availability *availability)
{
    pthread_mutex_destroy(&availability->lock);
}

/* Under the lock. */
static void tell(const struct availability *availability, enum store_event event, const char *detail)
{
    if (availability->watcher)
        availability->watcher(availability->ctx, event, detail);
}

void availability_set(struct availability *availability, bool is_available, const char *detail)
{
    if (availability_get(availability) == is_available)
        return;
    pthread_mutex_lock(&availability->lock);
    if (atomic_exchange(&availability->is_down, !is_available) == is_available)
        tell(availability, is_available ? STORE_CAME_BACK : STORE_WENT_DOWN, detail);
    pthread_mutex_unlock(&availability->lock);
}

void availability_tell_failure(struct availability *availability, const char *detail)
{
    pthread_mutex_lock(&availability->lock);
    tell(availability, STORE_FAILED, detail);
    pthread_mutex_unlock(&availability->lock);
}

bool availability_get(const struct availability *availability)
{
    return !atomic_load_explicit(&availability->is_down, memory_order_relaxed);
}

void availability_watch(struct availability *availability, store_watcher *watcher, void *ctx)
{
    pthread_mutex_lock(&availability->lock);
    availability->watcher = watcher;
    availability->ctx = ctx;
    if (!availability_get(availability))
        tell(availability, STORE_WENT_DOWN, "since before the watch");
    pthread_mutex_unlock(&availability->lock);
}
