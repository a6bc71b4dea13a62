/*
 * The streams of a server that are open: bounded, and ended together when the server drains.
 *
 * Flow     init; streams enter and leave; drain; free when it is empty.
 * Limits   SERVER_STREAMS_OPEN_MAX.
 * Threads  Safe from any.
 */
#ifndef SERVICE_SERVER_STREAM_SET_H
#define SERVICE_SERVER_STREAM_SET_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

/* A stream's place in the set: a member of the stream. */
struct stream_link {
    struct stream_link *next, *previous;
};

struct stream_set {
    pthread_mutex_t lock; /* of all; taken before a stream's own */
    struct stream_link *first;
    size_t count;
    bool is_draining;
};

void stream_set_init(struct stream_set *set);
void stream_set_free(struct stream_set *set);

/*
 * Adds a stream. False, and it is to end at once, but is in the set until it leaves: RESOURCE_EXHAUSTED when there are too
 * many, UNAVAILABLE when the server drains.
 */
MUST_USE bool stream_set_enter(struct stream_set *set, struct stream_link *link, struct status *st);

void stream_set_leave(struct stream_set *set, struct stream_link *link);

/* Calls finish() with UNAVAILABLE for every stream; it must not leave the set there and then. */
void stream_set_drain(struct stream_set *set, void (*finish)(struct stream_link *link, const struct status *st));

/* Whether no stream is open. */
bool stream_set_is_empty(struct stream_set *set);

#endif
