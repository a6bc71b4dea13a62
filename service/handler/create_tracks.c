#include <stdlib.h>

#include "service/handler/existing_tracks.h"
#include "service/handler/handler.h"
#include "service/handler/methods.h"
#include "service/handler/preconditions.h"
#include "service/handler/refusals.h"
#include "service/handler/stamps.h"
#include "service/handler/track_bytes.h"
#include "service/limits.h"
#include "service/server/server.h"
#include "service/validate/track_rules.h"

/* A track of the request, in its order; the entry of the same index is its row. */
struct new_track {
    struct track_bytes bytes;
    struct stamp_places places;
};

struct create_call {
    struct store_write write;
    const struct handler *handler;
    struct server_call *call;
    Soundcheck__V1__CreateTracksResponse_Closure closure;
    bool validate_only;
    struct new_track *tracks;
    ProtobufCMessageUnknownField *fields; /* of the reply */
};

static bool decide(struct store_write *write, struct status *st)
{
    struct create_call *create = write->ctx;
    struct store_entry *entries = write->entries;
    if (refuse_when_cancelled(st, create->call) ||
        !refuse_existing_tracks(entries, write->entry_count, server_call_arena(create->call), st))
        return false;
    struct stamps stamps = stamps_of_creation(create->handler->clock());
    for (size_t i = 0; i < write->entry_count; i++) {
        struct new_track *track = &create->tracks[i];
        stamps_write(track->bytes.data, &track->places, &stamps);
        if (create->validate_only)
            continue;
        entries[i].action = STORE_PUT;
        entries[i].next = track_bytes_view(&track->bytes);
    }
    return true;
}

static void answer(struct store_write *write)
{
    struct create_call *create = write->ctx;
    if (write->st.code != STATUS_OK) {
        server_call_fail(create->call, &write->st);
        return;
    }
    for (size_t i = 0; i < write->entry_count; i++)
        create->fields[i] = track_bytes_field(&create->tracks[i].bytes, 1);
    Soundcheck__V1__CreateTracksResponse reply = SOUNDCHECK__V1__CREATE_TRACKS_RESPONSE__INIT;
    reply.base.n_unknown_fields = (unsigned)write->entry_count;
    reply.base.unknown_fields = create->fields;
    if (write->entry_count == 1 && !create->validate_only)
        preconditions_send_etag(create->call, write->entries[0].version);
    create->closure(&reply, create->call);
}

/* ---- Checking ---- */

struct place {
    const char *id;
    size_t index;
};

static int compare_places(const void *a, const void *b)
{
    const struct place *left = a;
    const struct place *right = b;
    int order = strcmp(left->id, right->id);
    return order ? order : (left->index > right->index) - (left->index < right->index);
}

/* Adds each id that an earlier track of the request has, too. */
static bool check_unique(const Soundcheck__V1__CreateTracksRequest *input, const struct field_path *tracks_path,
                         struct arena *arena, struct violations *violations)
{
    struct place *places = arena_calloc(arena, input->n_tracks, sizeof(*places));
    if (!places)
        return false;
    for (size_t i = 0; i < input->n_tracks; i++)
        places[i] = (struct place){input->tracks[i]->id, i};
    qsort(places, input->n_tracks, sizeof(*places), compare_places);
    for (size_t i = 1; i < input->n_tracks; i++) {
        if (!*places[i].id || strcmp(places[i - 1].id, places[i].id) != 0)
            continue;
        struct field_path track_path = field_path_index(tracks_path, places[i].index);
        struct field_path id_path = field_path_name(&track_path, "id");
        violations_add(violations, &id_path, "must be unique, tracks[%zu] has \"%s\" too", places[i - 1].index,
                       places[i].id);
    }
    return true;
}

static bool check(const Soundcheck__V1__CreateTracksRequest *input, struct arena *arena, struct status *st)
{
    struct violations violations;
    violations_init(&violations, arena);
    struct field_path tracks_path = field_path_name(NULL, "tracks");
    size_t count = input->n_tracks;
    if (count == 0)
        violations_add(&violations, &tracks_path, "required, at least one");
    if (count > REQUEST_TRACKS_MAX)
        violations_add(&violations, &tracks_path, "expected at most %d, got %zu", REQUEST_TRACKS_MAX, count);
    for (size_t i = 0; i < count && i < REQUEST_TRACKS_MAX; i++) {
        struct field_path track_path = field_path_index(&tracks_path, i);
        track_rules_check(input->tracks[i], &track_path, &violations);
    }
    if (count && !check_unique(input, &tracks_path, arena, &violations))
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory to check %zu tracks", count);
    return violations_status(&violations, st);
}

/* ---- The call ---- */

static bool encode(struct create_call *create, const Soundcheck__V1__CreateTracksRequest *input, struct arena *arena,
                   struct status *st)
{
    for (size_t i = 0; i < input->n_tracks; i++) {
        struct new_track *track = &create->tracks[i];
        if (!track_bytes_encode(input->tracks[i], arena, &track->bytes, &track->places, st))
            return false;
        create->write.entries[i].id = view_of(input->tracks[i]->id);
    }
    return true;
}

static struct create_call *make_call(size_t count, struct arena *arena)
{
    struct create_call *create = arena_calloc(arena, 1, sizeof(*create));
    if (!create)
        return NULL;
    create->tracks = arena_calloc(arena, count, sizeof(*create->tracks));
    create->fields = arena_calloc(arena, count, sizeof(*create->fields));
    create->write.entries = arena_calloc(arena, count, sizeof(*create->write.entries));
    return create->tracks && create->fields && create->write.entries ? create : NULL;
}

void handler_create_tracks(Soundcheck__V1__TrackService_Service *service,
                           const Soundcheck__V1__CreateTracksRequest *input,
                           Soundcheck__V1__CreateTracksResponse_Closure closure, void *closure_data)
{
    struct handler *handler = (struct handler *)service;
    struct server_call *call = closure_data;
    struct arena *arena = server_call_arena(call);
    struct status st;
    if (!check(input, arena, &st)) {
        server_call_fail(call, &st);
        return;
    }
    struct create_call *create = make_call(input->n_tracks, arena);
    if (!create) {
        refuse_for_memory(call);
        return;
    }
    create->handler = handler;
    create->call = call;
    create->closure = closure;
    create->validate_only = input->validate_only;
    create->write.entry_count = input->n_tracks;
    create->write.decide = decide;
    create->write.done = answer;
    create->write.ctx = create;
    if (encode(create, input, arena, &st))
        store_write(handler->store, &create->write);
    else
        server_call_fail(call, &st);
}
