#include <stdlib.h>

#include "service/handler/handler.h"
#include "service/handler/methods.h"
#include "service/handler/refusals.h"
#include "service/handler/track_bytes.h"
#include "service/limits.h"
#include "service/server/server.h"
#include "service/validate/violations.h"

#define FIELDS_MIN 64

struct list_call {
    struct store_read read;
    struct server_call *call;
    Soundcheck__V1__ListTracksResponse_Closure closure;
    ProtobufCMessageUnknownField *tracks;
    size_t count;
    size_t cap;
};

static bool reserve(struct list_call *list)
{
    if (list->count < list->cap)
        return true;
    size_t cap = list->cap ? list->cap * 2 : FIELDS_MIN;
    ProtobufCMessageUnknownField *grown = arena_calloc(server_call_arena(list->call), cap, sizeof(*grown));
    if (!grown)
        return false;
    if (list->count)
        memcpy(grown, list->tracks, list->count * sizeof(*grown));
    list->tracks = grown;
    list->cap = cap;
    return true;
}

static bool keep_row(struct store_read *read, const struct store_row *row, struct status *st)
{
    struct list_call *list = read->ctx;
    struct track_bytes bytes;
    if (!reserve(list) || !track_bytes_copy(row->bytes, server_call_arena(list->call), &bytes, st))
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "the tracks are too many for one reply, ask for them by id");
    list->tracks[list->count++] = track_bytes_field(&bytes, 1);
    return true;
}

static void answer(struct store_read *read)
{
    struct list_call *list = read->ctx;
    if (read->st.code != STATUS_OK) {
        server_call_fail(list->call, &read->st);
        return;
    }
    Soundcheck__V1__ListTracksResponse reply = SOUNDCHECK__V1__LIST_TRACKS_RESPONSE__INIT;
    reply.base.n_unknown_fields = (unsigned)list->count;
    reply.base.unknown_fields = list->tracks;
    list->closure(&reply, list->call);
}

static int compare_ids(const void *a, const void *b)
{
    return store_compare_ids(*(const struct view *)a, *(const struct view *)b);
}

/* Puts the ids into the store's order, each once. */
static bool set_ids(struct store_read *read, const Soundcheck__V1__ListTracksRequest *input, struct arena *arena)
{
    struct view *ids = arena_calloc(arena, input->n_tracks, sizeof(*ids));
    if (!ids)
        return false;
    for (size_t i = 0; i < input->n_tracks; i++)
        ids[i] = view_of(input->tracks[i]);
    qsort(ids, input->n_tracks, sizeof(*ids), compare_ids);
    read->ids = ids;
    for (size_t i = 0; i < input->n_tracks; i++)
        if (i == 0 || !view_equal(ids[read->id_count - 1], ids[i]))
            ids[read->id_count++] = ids[i];
    return true;
}

static bool check_count(size_t count, struct server_call *call)
{
    struct status st;
    struct violations violations;
    violations_init(&violations, server_call_arena(call));
    struct field_path path = field_path_name(NULL, "tracks");
    if (count > REQUEST_TRACKS_MAX)
        violations_add(&violations, &path, "expected at most %d, got %zu", REQUEST_TRACKS_MAX, count);
    if (violations_status(&violations, &st))
        return true;
    server_call_fail(call, &st);
    return false;
}

void handler_list_tracks(Soundcheck__V1__TrackService_Service *service, const Soundcheck__V1__ListTracksRequest *input,
                         Soundcheck__V1__ListTracksResponse_Closure closure, void *closure_data)
{
    struct handler *handler = (struct handler *)service;
    struct server_call *call = closure_data;
    struct arena *arena = server_call_arena(call);
    if (!check_count(input->n_tracks, call))
        return;
    struct list_call *list = arena_alloc(arena, sizeof(*list));
    if (!list) {
        refuse_for_memory(call);
        return;
    }
    *list = (struct list_call){
        .read = {.row = keep_row, .done = answer, .ctx = list},
        .call = call,
        .closure = closure,
    };
    if (input->n_tracks && !set_ids(&list->read, input, arena)) {
        refuse_for_memory(call);
        return;
    }
    store_read(handler->store, &list->read);
}
