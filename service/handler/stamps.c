#include "service/handler/stamps.h"

#include "service/handler/wire_field.h"

#define STAMP_LEN (sizeof(STAMP_BLANK) - 1)

/* Fields of soundcheck.v1.Track. */
#define CREATED_AT WIRE_FIELD_BYTES(15)
#define UPDATED_AT WIRE_FIELD_BYTES(16)

bool stamps_find(struct view track, struct stamp_places *ret_places)
{
    struct view created_at = {0};
    struct view updated_at = {0};
    for (struct view rest = track; rest.len;) {
        struct wire_field field;
        if (!wire_field_take(&rest, &field))
            return false;
        if (field.tag == CREATED_AT)
            created_at = field.content;
        else if (field.tag == UPDATED_AT)
            updated_at = field.content;
    }
    if (created_at.len != STAMP_LEN || updated_at.len != STAMP_LEN)
        return false;
    *ret_places = (struct stamp_places){
        .created_at = (size_t)(created_at.data - track.data),
        .updated_at = (size_t)(updated_at.data - track.data),
    };
    return true;
}

struct stamps stamps_of_creation(int64_t now_ms)
{
    struct stamps stamps;
    iso8601_write_stamp(now_ms, stamps.created_at);
    memcpy(stamps.updated_at, stamps.created_at, sizeof(stamps.updated_at));
    return stamps;
}

struct stamps stamps_of_change(const struct stamps *last, int64_t now_ms)
{
    struct stamps stamps = *last;
    struct iso8601_time updated;
    if (iso8601_parse(view_of(last->updated_at), &updated) && now_ms <= updated.first_ms)
        now_ms = updated.first_ms + 1;
    iso8601_write_stamp(now_ms, stamps.updated_at);
    return stamps;
}

struct stamps stamps_read(const char *track, const struct stamp_places *places)
{
    struct stamps stamps = {{0}, {0}};
    memcpy(stamps.created_at, track + places->created_at, STAMP_LEN);
    memcpy(stamps.updated_at, track + places->updated_at, STAMP_LEN);
    return stamps;
}

void stamps_write(char *track, const struct stamp_places *places, const struct stamps *stamps)
{
    memcpy(track + places->created_at, stamps->created_at, STAMP_LEN);
    memcpy(track + places->updated_at, stamps->updated_at, STAMP_LEN);
}
