/*
 * Tracks of the same keys in another order have the same bytes in another order, so most that differ are told by the sum of
 * their bytes. The others are unpacked, their keys sorted, and packed again: bytes in an order that only depends on the
 * content. The walk over the message goes by protobuf-c's descriptors, so it finds each Struct wherever tracks have one.
 */
#include "service/handler/track_equal.h"

#include <stdlib.h>

#include "service/server/unpack.h"
#include "soundcheck/v1/tracks.pb-c.h"

/* ---- Byte by byte ---- */

/* What lies before, between and behind the stamps. */
struct pieces {
    struct view views[3];
};

static struct pieces without_stamps(struct view track, const struct stamp_places *places)
{
    size_t stamp_len = sizeof(STAMP_BLANK) - 1;
    bool created_first = places->created_at < places->updated_at;
    size_t first = created_first ? places->created_at : places->updated_at;
    size_t second = created_first ? places->updated_at : places->created_at;
    return (struct pieces){{
        view_make(track.data, first),
        view_make(track.data + first + stamp_len, second - first - stamp_len),
        view_make(track.data + second + stamp_len, track.len - second - stamp_len),
    }};
}

static bool same_pieces(const struct pieces *a, const struct pieces *b)
{
    return view_equal(a->views[0], b->views[0]) && view_equal(a->views[1], b->views[1]) &&
           view_equal(a->views[2], b->views[2]);
}

/* A number that does not depend on the order of the bytes. */
static uint64_t sum_bytes(const struct pieces *pieces)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < pieces->views[i].len; j++) {
            unsigned byte = (unsigned char)pieces->views[i].data[j];
            sum += byte * byte;
        }
    return sum;
}

/* ---- With sorted keys ---- */

static int compare_keys(const void *a, const void *b)
{
    const Google__Protobuf__Struct__FieldsEntry *left = *(Google__Protobuf__Struct__FieldsEntry *const *)a;
    const Google__Protobuf__Struct__FieldsEntry *right = *(Google__Protobuf__Struct__FieldsEntry *const *)b;
    return strcmp(left->key, right->key);
}

static void sort_keys(ProtobufCMessage *message);

static void sort_keys_of_field(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    char *start = (char *)message;
    ProtobufCMessage *const *single = (ProtobufCMessage *const *)(start + field->offset);
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        size_t count = *(size_t *)(start + field->quantifier_offset);
        for (size_t i = 0; i < count; i++)
            sort_keys((*(ProtobufCMessage *const **)single)[i]);
        return;
    }
    bool in_oneof = field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF;
    bool present = !in_oneof || *(uint32_t *)(start + field->quantifier_offset) == field->id;
    if (present && *single)
        sort_keys(*single);
}

/* As deep as the server lets messages be nested (SERVER_MESSAGE_DEPTH_MAX). */
static void sort_keys(ProtobufCMessage *message)
{
    const ProtobufCMessageDescriptor *type = message->descriptor;
    for (unsigned i = 0; i < type->n_fields; i++)
        if (type->fields[i].type == PROTOBUF_C_TYPE_MESSAGE)
            sort_keys_of_field(message, &type->fields[i]);
    if (type != &google__protobuf__struct__descriptor)
        return;
    Google__Protobuf__Struct *object = (Google__Protobuf__Struct *)message;
    if (object->n_fields > 1)
        qsort(object->fields, object->n_fields, sizeof(object->fields[0]), compare_keys);
}

/* The bytes of the track with sorted keys and no stamps; false when there is no memory, or no track in the bytes. */
static bool normalize(struct view bytes, struct arena *arena, struct view *ret_bytes)
{
    struct status ignored;
    ProtobufCMessage *message;
    if (!unpack(&soundcheck__v1__track__descriptor, bytes, arena, &message, &ignored))
        return false;
    Soundcheck__V1__Track *track = (Soundcheck__V1__Track *)message;
    track->created_at = track->updated_at = NULL;
    sort_keys(message);
    char *packed = arena_alloc(arena, soundcheck__v1__track__get_packed_size(track));
    if (!packed)
        return false;
    *ret_bytes = view_make(packed, soundcheck__v1__track__pack(track, (uint8_t *)packed));
    return true;
}

bool track_equal(struct view a, const struct stamp_places *places_a, struct view b, const struct stamp_places *places_b,
                 struct arena *arena)
{
    if (a.len != b.len)
        return false;
    struct pieces pieces_a = without_stamps(a, places_a);
    struct pieces pieces_b = without_stamps(b, places_b);
    if (same_pieces(&pieces_a, &pieces_b))
        return true;
    struct view normal_a;
    struct view normal_b;
    return sum_bytes(&pieces_a) == sum_bytes(&pieces_b) && normalize(a, arena, &normal_a) &&
           normalize(b, arena, &normal_b) && view_equal(normal_a, normal_b);
}
