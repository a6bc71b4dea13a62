/*
 * An encoded Track, ready to be stored and to be sent.
 *
 * A reply holds the bytes that the store holds. The generated struct of the reply would want a Track to pack; instead the
 * bytes go into the reply's list of unknown fields, under the field's own number: protobuf-c writes such a field as it is,
 * and on the wire there is no difference. That saves unpacking and packing, and keeps whatever the bytes have that this
 * version does not know.
 *
 * Memory   In an arena, with room before the bytes for their length, so that the field needs no copy of them.
 * Limits   TRACK_BYTES_MAX for what is encoded here.
 */
#ifndef SERVICE_HANDLER_TRACK_BYTES_H
#define SERVICE_HANDLER_TRACK_BYTES_H

#include "base/arena.h"
#include "base/status.h"
#include "service/handler/stamps.h"
#include "soundcheck/v1/tracks.pb-c.h"

struct track_bytes {
    char *data;
    size_t len;
};

/* A copy of stored bytes. RESOURCE_EXHAUSTED: the arena. */
MUST_USE bool track_bytes_copy(struct view stored, struct arena *arena, struct track_bytes *ret_bytes,
                               struct status *st);

/*
 * Encodes a track, with blanks in place of its stamps, which are to be written at the places. INVALID_ARGUMENT: it is too
 * large. RESOURCE_EXHAUSTED: the arena.
 */
MUST_USE bool track_bytes_encode(const Soundcheck__V1__Track *track, struct arena *arena, struct track_bytes *ret_bytes,
                                 struct stamp_places *ret_places, struct status *st);

static inline struct view track_bytes_view(const struct track_bytes *bytes)
{
    return (struct view){bytes->data, bytes->len};
}

/* The bytes as field `number` of a reply; borrows them. */
ProtobufCMessageUnknownField track_bytes_field(const struct track_bytes *bytes, uint32_t number);

#endif
