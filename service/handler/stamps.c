#include "service/handler/stamps.h"

#define STAMP_LEN (sizeof(STAMP_BLANK) - 1)

/* Tags of the fields 15 and 16 of soundcheck.v1.Track, both length-delimited. */
#define CREATED_AT_TAG (15 << 3 | 2)
#define UPDATED_AT_TAG (16 << 3 | 2)

/* Takes a varint off the bytes; of one beyond 64 bits the low ones. */
static bool take_varint(struct view *bytes, uint64_t *ret_number)
{
    uint64_t number = 0;
    for (unsigned shift = 0; shift < 70 && bytes->len; shift += 7) {
        uint64_t byte = (unsigned char)*bytes->data;
        *bytes = view_make(bytes->data + 1, bytes->len - 1);
        number |= shift < 64 ? (byte & 0x7f) << shift : 0;
        if (byte < 0x80) {
            *ret_number = number;
            return true;
        }
    }
    return false;
}

/* Takes a field's value off the bytes; ret_content is what a length-delimited one holds. */
static bool take_value(struct view *bytes, uint64_t tag, struct view *ret_content)
{
    uint64_t number;
    uint64_t len;
    switch (tag & 7) {
    case 0: return take_varint(bytes, &number);
    case 1: len = 8; break;
    case 5: len = 4; break;
    case 2:
        if (!take_varint(bytes, &len))
            return false;
        break;
    default: return false;
    }
    if (len > bytes->len)
        return false;
    *ret_content = view_make(bytes->data, (size_t)len);
    *bytes = view_make(bytes->data + len, bytes->len - (size_t)len);
    return true;
}

bool stamps_find(struct view track, struct stamp_places *ret_places)
{
    struct view created_at = {0};
    struct view updated_at = {0};
    for (struct view rest = track; rest.len;) {
        uint64_t tag;
        struct view content = {0};
        if (!take_varint(&rest, &tag) || !take_value(&rest, tag, &content))
            return false;
        if (tag == CREATED_AT_TAG)
            created_at = content;
        else if (tag == UPDATED_AT_TAG)
            updated_at = content;
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
