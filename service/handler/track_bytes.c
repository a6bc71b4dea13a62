#include "service/handler/track_bytes.h"

#include "service/limits.h"

/* A length below 2^28 takes up to four bytes. */
#define LENGTH_BYTES_MAX 4
_Static_assert(SERVER_REPLY_BYTES_MAX < 1 << 28, "a length may take more bytes than there is room for");

static bool make_room(size_t len, struct arena *arena, struct track_bytes *ret_bytes, struct status *st)
{
    char *room = arena_alloc(arena, LENGTH_BYTES_MAX + len);
    if (!room)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "the tracks of one call take more than %zu bytes",
                           arena->bytes_max);
    *ret_bytes = (struct track_bytes){room + LENGTH_BYTES_MAX, len};
    return true;
}

bool track_bytes_copy(struct view stored, struct arena *arena, struct track_bytes *ret_bytes, struct status *st)
{
    if (!make_room(stored.len, arena, ret_bytes, st))
        return false;
    memcpy(ret_bytes->data, stored.data, stored.len);
    return true;
}

bool track_bytes_encode(const Soundcheck__V1__Track *track, struct arena *arena, struct track_bytes *ret_bytes,
                        struct stamp_places *ret_places, struct status *st)
{
    Soundcheck__V1__Track stamped = *track;
    stamped.created_at = stamped.updated_at = (char *)STAMP_BLANK;
    size_t len = soundcheck__v1__track__get_packed_size(&stamped);
    if (len > TRACK_BYTES_MAX)
        return status_fail(st, STATUS_INVALID_ARGUMENT, "track \"%s\" takes %zu bytes, at most %d are allowed",
                           track->id, len, TRACK_BYTES_MAX);
    if (!make_room(len, arena, ret_bytes, st))
        return false;
    soundcheck__v1__track__pack(&stamped, (uint8_t *)ret_bytes->data);
    return stamps_find(track_bytes_view(ret_bytes), ret_places) ||
           status_fail(st, STATUS_INTERNAL, "track \"%s\" was encoded without stamps", track->id);
}

ProtobufCMessageUnknownField track_bytes_field(const struct track_bytes *bytes, uint32_t number)
{
    /* The varint of the length ends where the bytes begin. */
    size_t length_len = 1;
    for (size_t rest = bytes->len >> 7; rest; rest >>= 7)
        length_len++;
    uint8_t *start = (uint8_t *)bytes->data - length_len;
    size_t rest = bytes->len;
    for (size_t i = 0; i < length_len; i++, rest >>= 7)
        start[i] = (uint8_t)((rest & 0x7f) | (i + 1 < length_len ? 0x80 : 0));
    return (ProtobufCMessageUnknownField){
        .tag = number,
        .wire_type = PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED,
        .len = length_len + bytes->len,
        .data = start,
    };
}
