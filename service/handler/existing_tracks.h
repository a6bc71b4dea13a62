/*
 * ALREADY_EXISTS for a request of several tracks: names each that is in the way.
 *
 * The message lists the ids, the details have a google.rpc.ResourceInfo for each; both as far as they may be long, and the
 * message says how many there are.
 */
#ifndef SERVICE_HANDLER_EXISTING_TRACKS_H
#define SERVICE_HANDLER_EXISTING_TRACKS_H

#include "base/arena.h"
#include "base/status.h"
#include "service/store/store.h"

/* True when no entry has a row. Otherwise sets st; its details are in the arena. */
MUST_USE bool refuse_existing_tracks(const struct store_entry *entries, size_t count, struct arena *arena,
                                     struct status *st);

#endif
