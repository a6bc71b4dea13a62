/*
 * The new version is made and encoded on the call's thread; inside the transaction there is the current version to
 * compare with, and stamps to be set.
 *
 * With a mask the new version depends on the current one, so that one is read first and changed outside of the
 * transaction, too. When another writer gets in between, which the version tells, it is made again inside: the update
 * is right, and never has to be tried twice.
 */
#include "service/handler/handler.h"
#include "service/handler/methods.h"
#include "service/handler/preconditions.h"
#include "service/handler/refusals.h"
#include "service/handler/stamps.h"
#include "service/handler/track_bytes.h"
#include "service/handler/track_equal.h"
#include "service/handler/update_mask.h"
#include "service/server/server.h"
#include "service/server/unpack.h"
#include "service/validate/track_rules.h"

/* The version of a track that is not there. */
#define VERSION_ABSENT 0

struct update_call {
    struct store_write write;
    struct store_entry entry;
    struct store_read read; /* with a mask */
    const struct handler *handler;
    struct server_call *call;
    Soundcheck__V1__UpdateTrackResponse_Closure closure;
    const Soundcheck__V1__Track *sent;
    struct update_mask mask;
    struct preconditions preconditions;
    bool creates; /* when there is no such track */
    bool validate_only;
    struct track_bytes track; /* the new version */
    struct stamp_places places;
    int64_t made_from; /* with a mask: the version that it was made from */
};

/* ---- The new version ---- */

/* Checks and encodes a track, which is to stand in the request as if the client had sent it. */
static bool encode(struct update_call *update, const Soundcheck__V1__Track *track, struct status *st)
{
    struct arena *arena = server_call_arena(update->call);
    struct violations violations;
    violations_init(&violations, arena);
    track_rules_check(track, NULL, &violations);
    return violations_status(&violations, st) && track_bytes_encode(track, arena, &update->track, &update->places, st);
}

/* The current track with the fields that the mask names. */
static bool change_fields(struct update_call *update, struct view current, Soundcheck__V1__Track **ret_track,
                          struct status *st)
{
    struct arena *arena = server_call_arena(update->call);
    ProtobufCMessage *message;
    if (!unpack(&soundcheck__v1__track__descriptor, current, arena, &message, st)) {
        st->code = st->code == STATUS_INVALID_ARGUMENT ? STATUS_DATA_LOSS : st->code;
        return status_prefix(st, "the track as it is stored: ");
    }
    *ret_track = (Soundcheck__V1__Track *)message;
    return update_mask_apply(&update->mask, &update->sent->base, message, arena) ||
           status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory to change the track");
}

/* With a mask: makes the new version from one of the store, or without one when there is none. */
static bool make_from(struct update_call *update, int64_t version, struct view current, struct status *st)
{
    Soundcheck__V1__Track created = *update->sent;
    Soundcheck__V1__Track *track = &created;
    created.id = (char *)update->entry.id.data;
    if (version && !change_fields(update, current, &track, st))
        return false;
    update->made_from = version;
    return encode(update, track, st);
}

/* ---- In the transaction ---- */

/* Sets the stamps of the new version, and puts it in place of the current one if that is another. */
static void put(struct update_call *update)
{
    struct store_entry *entry = &update->entry;
    int64_t now_ms = update->handler->clock();
    struct view next = track_bytes_view(&update->track);
    struct stamps stamps = stamps_of_creation(now_ms);
    struct stamp_places places;
    bool same = false;
    if (entry->version && stamps_find(entry->bytes, &places)) {
        struct stamps current = stamps_read(entry->bytes.data, &places);
        same = track_equal(entry->bytes, &places, next, &update->places, server_call_arena(update->call));
        stamps = same ? current : stamps_of_change(&current, now_ms);
    }
    stamps_write(update->track.data, &update->places, &stamps);
    if (same || update->validate_only)
        return;
    entry->action = STORE_PUT;
    entry->next = next;
}

static bool decide(struct store_write *write, struct status *st)
{
    struct update_call *update = write->ctx;
    const struct store_entry *entry = &update->entry;
    if (refuse_when_cancelled(st, update->call))
        return false;
    if (!entry->version && !update->creates)
        return refuse_missing_track(st, entry->id);
    if (!preconditions_check(&update->preconditions, entry->id, entry->version, st))
        return false;
    if (!update->mask.everything && entry->version != update->made_from &&
        !make_from(update, entry->version, entry->bytes, st))
        return false;
    put(update);
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
    if (!update->validate_only)
        preconditions_send_etag(update->call, update->entry.version);
    update->closure(&reply, update->call);
}

/* ---- Before it ---- */

static bool keep_row(struct store_read *read, const struct store_row *row, struct status *st)
{
    struct update_call *update = read->ctx;
    char *copy = arena_copy(server_call_arena(update->call), row->bytes);
    if (!copy)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory to read the track");
    update->made_from = row->version;
    update->entry.bytes = view_make(copy, row->bytes.len);
    return true;
}

/* The current version was read: the new one can be made. */
static void current_is_known(struct store_read *read)
{
    struct update_call *update = read->ctx;
    bool ok = read->st.code == STATUS_OK;
    if (ok && update->made_from == VERSION_ABSENT && !update->creates)
        ok = refuse_missing_track(&read->st, update->entry.id);
    ok = ok && preconditions_check(&update->preconditions, update->entry.id, update->made_from, &read->st) &&
         make_from(update, update->made_from, update->entry.bytes, &read->st);
    if (ok)
        store_write(update->handler->store, &update->write);
    else
        server_call_fail(update->call, &read->st);
}

/* What is wrong with the request besides the new track. */
static bool check(struct update_call *update, const Soundcheck__V1__UpdateTrackRequest *input, struct status *st)
{
    struct arena *arena = server_call_arena(update->call);
    const Soundcheck__V1__Track *track = update->sent;
    struct violations violations;
    violations_init(&violations, arena);
    struct field_path track_id_path = field_path_name(NULL, "trackId");
    struct field_path id_path = field_path_name(NULL, "id");
    struct field_path mask_path = field_path_name(NULL, "updateMask");
    if (!*input->track_id)
        violations_add(&violations, &track_id_path, "required, must not be empty");
    else if (*track->id && strcmp(track->id, input->track_id) != 0)
        violations_add(&violations, &id_path, "expected \"%s\", the id of the track to update, got \"%s\"",
                       input->track_id, track->id);
    if (!update_mask_resolve(input->update_mask, track->base.descriptor, &mask_path, arena, &violations, &update->mask))
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for the update mask");
    if (update->mask.everything)
        track_rules_check(track, NULL, &violations);
    return preconditions_read(update->call, &update->preconditions, st) && violations_status(&violations, st);
}

static void start(struct update_call *update, const Soundcheck__V1__UpdateTrackRequest *input)
{
    struct status st;
    struct store *store = update->handler->store;
    if (!check(update, input, &st)) {
        server_call_fail(update->call, &st);
        return;
    }
    update->creates = input->allow_missing || update->preconditions.must_be_absent;
    if (!update->mask.everything)
        store_read(store, &update->read);
    else if (track_bytes_encode(update->sent, server_call_arena(update->call), &update->track, &update->places, &st))
        store_write(store, &update->write);
    else
        server_call_fail(update->call, &st);
}

void handler_update_track(Soundcheck__V1__TrackService_Service *service,
                          const Soundcheck__V1__UpdateTrackRequest *input,
                          Soundcheck__V1__UpdateTrackResponse_Closure closure, void *closure_data)
{
    static const Soundcheck__V1__Track empty = SOUNDCHECK__V1__TRACK__INIT;
    struct server_call *call = closure_data;
    struct update_call *update = arena_alloc(server_call_arena(call), sizeof(*update));
    if (!update) {
        refuse_for_memory(call);
        return;
    }
    *update = (struct update_call){
        .write = {.entries = &update->entry, .entry_count = 1, .decide = decide, .done = answer, .ctx = update},
        .entry = {.id = view_of(input->track_id)},
        .read = {.ids = &update->entry.id, .id_count = 1, .row = keep_row, .done = current_is_known, .ctx = update},
        .handler = (struct handler *)service,
        .call = call,
        .closure = closure,
        .sent = input->track ? input->track : &empty,
        .validate_only = input->validate_only,
        .made_from = VERSION_ABSENT,
    };
    start(update, input);
}
