/*
 * Whether a PUT changes anything: two encoded tracks compared but for their stamps, and for the order of the keys in free
 * JSON (google.protobuf.Struct), which has no meaning and differs from one encoding of a document to the next.
 *
 * Cost     A memcmp for a document that is sent again as it was, a walk over the bytes for most changes. Only tracks of the
 *          same bytes in another order are unpacked.
 */
#ifndef SERVICE_HANDLER_TRACK_EQUAL_H
#define SERVICE_HANDLER_TRACK_EQUAL_H

#include "base/arena.h"
#include "base/view.h"
#include "service/handler/stamps.h"

/* The places are those of stamps_find(). Not equal also when the arena is exhausted or bytes are not a track's. */
bool track_equal(struct view a, const struct stamp_places *places_a, struct view b, const struct stamp_places *places_b,
                 struct arena *arena);

#endif
