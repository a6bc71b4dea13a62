/* Refusals that several methods have, in one wording. */
#ifndef SERVICE_HANDLER_REFUSALS_H
#define SERVICE_HANDLER_REFUSALS_H

#include "base/status.h"
#include "service/server/server.h"

/* Each of these ends the call. */
void refuse_empty_track_id(struct server_call *call);
void refuse_for_memory(struct server_call *call);

/* Sets st: NOT_FOUND. Returns false. */
bool refuse_missing_track(struct status *st, struct view id);

/*
 * Sets st when nobody waits for the call any more: a write that has waited in the queue for too long need not be done.
 * Returns whether it did.
 */
bool refuse_when_cancelled(struct status *st, const struct server_call *call);

#endif
