/*
 * The request's track is checked and encoded before the store is asked, on the call's thread. Inside the transaction there
 * is the current version to compare with, and stamps to be set.
 */
#include "service/handler/handler.h"
#include "service/handler/methods.h"
#include "service/handler/refusals.h"
#include "service/handler/stamps.h"
#include "service/handler/track_bytes.h"
#include "service/handler/track_equal.h"
#include "service/server/server.h"
#include "service/validate/track_rules.h"

struct update_call {
    struct store_write write;
    struct store_entry entry;
    const struct handler *handler;
    struct server_call *call;
    Soundcheck__V1__UpdateTrackResponse_Closure closure;
    bool allow_missing;
    struct track_bytes track;
    struct stamp_places places; /* in track */
};

static bool put(struct update_call *update, struct stamps stamps)
{
    stamps_write(update->track.data, &update->places, &stamps);
    update->entry.action = STORE_PUT;
    update->entry.next = track_bytes_view(&update->track);
    return true;
}

static bool decide(struct store_write *write, struct status *st)
{
    struct update_call *update = write->ctx;
    const struct store_entry *entry = &update->entry;
    struct view track = track_bytes_view(&update->track);
    struct stamp_places current_places;
    if (refuse_when_cancelled(st, update->call))
        return false;
    if (!entry->version && !update->allow_missing)
        return refuse_missing_track(st, entry->id);
    int64_t now_ms = update->handler->clock();
    if (!entry->version || !stamps_find(entry->bytes, &current_places))
        return put(update, stamps_of_creation(now_ms));
    struct stamps current = stamps_read(entry->bytes.data, &current_places);
    if (!track_equal(entry->bytes, &current_places, track, &update->places, server_call_arena(update->call)))
        return put(update, stamps_of_change(&current, now_ms));
    stamps_write(update->track.data, &update->places, &current);
    return true;
}

static void answer(struct store_write *write)
{
    struct update_call *update = write->ctx;
    if (write->st.code != STATUS_OK) {
        server_call_fail(update->call, &write->st);
        return;
    }
    ProtobufCMessageUnknownField track = track_bytes_field(&update->track, 1);
    Soundcheck__V1__UpdateTrackResponse reply = SOUNDCHECK__V1__UPDATE_TRACK_RESPONSE__INIT;
    reply.base.n_unknown_fields = 1;
    reply.base.unknown_fields = &track;
    update->closure(&reply, update->call);
}

static bool check(const Soundcheck__V1__UpdateTrackRequest *input, const Soundcheck__V1__Track *track,
                  struct arena *arena, struct status *st)
{
    struct violations violations;
    violations_init(&violations, arena);
    struct field_path track_id_path = field_path_name(NULL, "trackId");
    struct field_path id_path = field_path_name(NULL, "id");
    if (!*input->track_id)
        violations_add(&violations, &track_id_path, "required, must not be empty");
    else if (*track->id && strcmp(track->id, input->track_id) != 0)
        violations_add(&violations, &id_path, "expected \"%s\", the id of the track to update, got \"%s\"",
                       input->track_id, track->id);
    track_rules_check(track, NULL, &violations);
    return violations_status(&violations, st);
}

void handler_update_track(Soundcheck__V1__TrackService_Service *service,
                          const Soundcheck__V1__UpdateTrackRequest *input,
                          Soundcheck__V1__UpdateTrackResponse_Closure closure, void *closure_data)
{
    static const Soundcheck__V1__Track empty = SOUNDCHECK__V1__TRACK__INIT;
    struct handler *handler = (struct handler *)service;
    struct server_call *call = closure_data;
    struct arena *arena = server_call_arena(call);
    const Soundcheck__V1__Track *track = input->track ? input->track : &empty;
    struct status st;
    struct update_call *update = arena_alloc(arena, sizeof(*update));
    if (!update) {
        refuse_for_memory(call);
        return;
    }
    *update = (struct update_call){
        .write = {.entries = &update->entry, .entry_count = 1, .decide = decide, .done = answer, .ctx = update},
        .entry = {.id = view_of(track->id)},
        .handler = handler,
        .call = call,
        .closure = closure,
        .allow_missing = input->allow_missing,
    };
    if (check(input, track, arena, &st) && track_bytes_encode(track, arena, &update->track, &update->places, &st))
        store_write(handler->store, &update->write);
    else
        server_call_fail(call, &st);
}
