#include "service/handler/handler.h"
#include "service/handler/methods.h"
#include "service/handler/preconditions.h"
#include "service/handler/refusals.h"
#include "service/handler/track_bytes.h"
#include "service/server/server.h"

struct get_call {
    struct store_read read;
    struct view id;
    struct preconditions preconditions;
    struct server_call *call;
    Soundcheck__V1__GetTrackResponse_Closure closure;
    int64_t version; /* 0: there is none */
    struct track_bytes track;
};

static bool keep_row(struct store_read *read, const struct store_row *row, struct status *st)
{
    struct get_call *get = read->ctx;
    get->version = row->version;
    return track_bytes_copy(row->bytes, server_call_arena(get->call), &get->track, st);
}

/* Whether what was read, or not found, is what the client wants. */
static bool check(const struct get_call *get, struct status *st)
{
    if (!get->version)
        return refuse_missing_track(st, get->id);
    return preconditions_check_match(&get->preconditions, get->id, get->version, st);
}

static void answer(struct store_read *read)
{
    struct get_call *get = read->ctx;
    if (read->st.code != STATUS_OK || !check(get, &read->st)) {
        server_call_fail(get->call, &read->st);
        return;
    }
    ProtobufCMessageUnknownField track = track_bytes_field(&get->track, 1);
    Soundcheck__V1__GetTrackResponse reply = SOUNDCHECK__V1__GET_TRACK_RESPONSE__INIT;
    reply.base.n_unknown_fields = 1;
    reply.base.unknown_fields = &track;
    preconditions_send_etag(get->call, get->version);
    get->closure(&reply, get->call);
}

void handler_get_track(Soundcheck__V1__TrackService_Service *service, const Soundcheck__V1__GetTrackRequest *input,
                       Soundcheck__V1__GetTrackResponse_Closure closure, void *closure_data)
{
    struct handler *handler = (struct handler *)service;
    struct server_call *call = closure_data;
    if (!*input->track_id) {
        refuse_empty_track_id(call);
        return;
    }
    struct get_call *get = arena_alloc(server_call_arena(call), sizeof(*get));
    if (!get) {
        refuse_for_memory(call);
        return;
    }
    *get = (struct get_call){
        .read = {.ids = &get->id, .id_count = 1, .row = keep_row, .done = answer, .ctx = get},
        .id = view_of(input->track_id),
        .call = call,
        .closure = closure,
    };
    struct status st;
    if (preconditions_read(call, &get->preconditions, &st))
        store_read(handler->store, &get->read);
    else
        server_call_fail(call, &st);
}
