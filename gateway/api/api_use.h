/*
 * One loop's use of snapshots: the one that new requests get, and those that requests in flight began with.
 *
 * A request costs one increment and one decrement of a number that only its loop knows. The count of holders, which loops share, is
 * touched when a snapshot comes into use and when the last request of an old one has ended.
 *
 * Threads  The loop's.
 *
 *     struct api_use *use = api_current_enter(&current);     …a request begins: use->api
 *     api_use_leave(use);                                    …and has ended
 */
#ifndef GATEWAY_API_API_USE_H
#define GATEWAY_API_API_USE_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/api/api.h"

struct api_use {
    struct api *api;
    size_t requests;
    bool is_current;
};

struct api_current {
    struct api_use *use;
};

/* Makes a snapshot the current one, and holds it. False: no memory, and the one before stays. */
MUST_USE bool api_current_set(struct api_current *current, struct api *api);

/* No new request comes any more. */
void api_current_clear(struct api_current *current);

static inline struct api_use *api_current_enter(struct api_current *current)
{
    current->use->requests++;
    return current->use;
}

void api_use_leave(struct api_use *use);

#endif
