#include "service/handler/track_filter.h"

#include "service/handler/wire_field.h"

/* Fields of soundcheck.v1.Track. */
#define OWNER_ENTITY_REF WIRE_FIELD_BYTES(5)
#define GROUP            WIRE_FIELD_BYTES(6)
#define TYPE             WIRE_FIELD_VARINT(7)
#define DRAFT            WIRE_FIELD_VARINT(13)
#define ARCHIVED         WIRE_FIELD_VARINT(17)

/* What can be asked for of a track. */
struct traits {
    struct view owner_entity_ref;
    struct view group;
    uint64_t type;
    uint64_t draft;
    uint64_t archived;
};

/* False when the bytes are no message. */
static bool read_traits(struct view track, struct traits *ret_traits)
{
    struct traits traits = {.type = 0};
    while (track.len) {
        struct wire_field field;
        if (!wire_field_take(&track, &field))
            return false;
        switch (field.tag) {
        case OWNER_ENTITY_REF: traits.owner_entity_ref = field.content; break;
        case GROUP: traits.group = field.content; break;
        case TYPE: traits.type = field.varint; break;
        case DRAFT: traits.draft = field.varint; break;
        case ARCHIVED: traits.archived = field.varint; break;
        default: break;
        }
    }
    *ret_traits = traits;
    return true;
}

bool track_filter_fits(const Soundcheck__V1__ListTracksRequest *request, struct view track)
{
    struct traits traits;
    if (!request->_type_case && !request->_owner_entity_ref_case && !request->_group_case && !request->_draft_case &&
        !request->_archived_case)
        return true;
    return read_traits(track, &traits) && (!request->_type_case || traits.type == (uint64_t)request->type) &&
           (!request->_owner_entity_ref_case || view_equal_text(traits.owner_entity_ref, request->owner_entity_ref)) &&
           (!request->_group_case || view_equal_text(traits.group, request->group)) &&
           (!request->_draft_case || !traits.draft == !request->draft) &&
           (!request->_archived_case || !traits.archived == !request->archived);
}
