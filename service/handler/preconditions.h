/*
 * What a client's metadata demands of the version that it reads or changes: if-match and if-none-match; and the etag
 * that answers name a version by.
 *
 *     etag            "000000000000002a", the version of the store in quotes: strong, as each write gives a new one
 *     if-match        the version must be among these tags, weak ones aside; with * the track must exist
 *     if-none-match   the version must not be among these tags; with * the track must not exist
 *
 * Each may come several times: all of its values are one list.
 *
 * Flow     Read before the store is asked, so that nonsense is refused at once; checked where the version is certain,
 *          which for a change is inside its transaction.
 * Memory   The metadata is the call's, and borrowed until its answer.
 * Errors   INVALID_ARGUMENT: not a list of tags. ABORTED: the version is another one.
 * Source   RFC 9110, section 13.
 */
#ifndef SERVICE_HANDLER_PRECONDITIONS_H
#define SERVICE_HANDLER_PRECONDITIONS_H

#include <stdint.h>

#include "base/status.h"
#include "service/server/server.h"

struct preconditions {
    const struct server_call *call;
    bool must_be_absent; /* if-none-match: * */
};

MUST_USE bool preconditions_read(const struct server_call *call, struct preconditions *ret_preconditions,
                                 struct status *st);

/* Whether a track of this version (0: absent) is what if-match wants. */
MUST_USE bool preconditions_check_match(const struct preconditions *preconditions, struct view id, int64_t version,
                                        struct status *st);

/* The same of both. */
MUST_USE bool preconditions_check(const struct preconditions *preconditions, struct view id, int64_t version,
                                  struct status *st);

/* Sends the version's etag with the answer of the call. */
void preconditions_send_etag(struct server_call *call, int64_t version);

#endif
