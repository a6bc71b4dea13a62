#include "service/server/stream_set.h"

#include <assert.h>

#include "service/limits.h"

void stream_set_init(struct stream_set *set)
{
    *set = (struct stream_set){.count = 0};
    pthread_mutex_init(&set->lock, NULL);
}

void stream_set_free(struct stream_set *set)
{
    assert(set->count == 0);
    pthread_mutex_destroy(&set->lock);
}

static bool fail_draining(struct status *st)
{
    return status_fail(st, STATUS_UNAVAILABLE, "the server is shutting down");
}

bool stream_set_enter(struct stream_set *set, struct stream_link *link, struct status *st)
{
    pthread_mutex_lock(&set->lock);
    bool draining = set->is_draining;
    bool full = set->count >= SERVER_STREAMS_OPEN_MAX;
    *link = (struct stream_link){.next = set->first};
    if (set->first)
        set->first->previous = link;
    set->first = link;
    set->count++;
    pthread_mutex_unlock(&set->lock);
    if (draining)
        return fail_draining(st);
    return !full ||
           status_fail(st, STATUS_RESOURCE_EXHAUSTED, "more than %d streams are open", SERVER_STREAMS_OPEN_MAX);
}

void stream_set_leave(struct stream_set *set, struct stream_link *link)
{
    pthread_mutex_lock(&set->lock);
    if (link->previous)
        link->previous->next = link->next;
    else
        set->first = link->next;
    if (link->next)
        link->next->previous = link->previous;
    set->count--;
    pthread_mutex_unlock(&set->lock);
}

void stream_set_drain(struct stream_set *set, void (*finish)(struct stream_link *link, const struct status *st))
{
    struct status st;
    (void)fail_draining(&st);
    pthread_mutex_lock(&set->lock);
    set->is_draining = true;
    for (struct stream_link *link = set->first; link; link = link->next)
        finish(link, &st);
    pthread_mutex_unlock(&set->lock);
}

bool stream_set_is_empty(struct stream_set *set)
{
    pthread_mutex_lock(&set->lock);
    bool empty = set->count == 0;
    pthread_mutex_unlock(&set->lock);
    return empty;
}
