#include "service/handler/existing_tracks.h"

#include <stdio.h>

#include "google/rpc/error_details.pb.h"
#include "service/limits.h"
#include "service/validate/rpc_status.h"

/* Bytes of a ResourceInfo in the details beside the id, and of the status beside message and details. */
#define RESOURCE_FRAME_BYTES 90
#define STATUS_FRAME_BYTES   16

static const struct view track_type = VIEW("soundcheck.v1.Track");

static size_t count_existing(const struct store_entry *entries, size_t count)
{
    size_t existing = 0;
    for (size_t i = 0; i < count; i++)
        existing += entries[i].version != 0;
    return existing;
}

/* The quoted ids, as many as fit. */
static void write_message(const struct store_entry *entries, size_t count, size_t existing, struct status *st)
{
    char ids[STATUS_MESSAGE_BYTES_MAX];
    size_t len = 0;
    ids[0] = '\0';
    for (size_t i = 0; i < count && len < sizeof(ids); i++)
        if (entries[i].version)
            len +=
                (size_t)snprintf(ids + len, sizeof(ids) - len, "%s\"%.*s\"", len ? ", " : "", VIEW_ARG(entries[i].id));
    if (existing == 1)
        status_fail(st, STATUS_ALREADY_EXISTS, "track %s exists already, none was created", ids);
    else
        status_fail(st, STATUS_ALREADY_EXISTS, "%zu tracks exist already, none was created: %s", existing, ids);
}

static bool encode_resource(struct view id, struct arena *arena, struct rpc_detail *ret_detail)
{
    google_rpc_ResourceInfo info = {
        .resource_type = rpc_view_field(&track_type),
        .resource_name = rpc_view_field(&id),
    };
    ret_detail->type = (struct view)VIEW("google.rpc.ResourceInfo");
    return rpc_encode(google_rpc_ResourceInfo_fields, &info, arena, &ret_detail->value);
}

static void attach_details(const struct store_entry *entries, size_t count, struct arena *arena, struct status *st)
{
    struct rpc_detail details[SERVER_DETAILS_BYTES_MAX / RESOURCE_FRAME_BYTES];
    size_t detail_count = 0;
    size_t bytes = STATUS_FRAME_BYTES + strlen(st->message);
    for (size_t i = 0; i < count; i++) {
        if (!entries[i].version)
            continue;
        bytes += RESOURCE_FRAME_BYTES + entries[i].id.len;
        if (bytes > SERVER_DETAILS_BYTES_MAX || !encode_resource(entries[i].id, arena, &details[detail_count]))
            break;
        detail_count++;
    }
    rpc_status_attach(st, details, detail_count, arena);
}

bool refuse_existing_tracks(const struct store_entry *entries, size_t count, struct arena *arena, struct status *st)
{
    size_t existing = count_existing(entries, count);
    if (!existing)
        return true;
    write_message(entries, count, existing, st);
    attach_details(entries, count, arena, st);
    return false;
}
