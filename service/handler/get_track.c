#include "service/handler/handler.h"
#include "service/handler/methods.h"
#include "service/handler/refusals.h"
#include "service/handler/track_bytes.h"
#include "service/server/server.h"

struct get_call {
    struct store_read read;
    struct view id;
    struct server_call *call;
    Soundcheck__V1__GetTrackResponse_Closure closure;
    bool found;
    struct track_bytes track;
};

static bool keep_row(struct store_read *read, const struct store_row *row, struct status *st)
{
    struct get_call *get = read->ctx;
    get->found = track_bytes_copy(row->bytes, server_call_arena(get->call), &get->track, st);
    return get->found;
}

static void answer(struct store_read *read)
{
    struct get_call *get = read->ctx;
    if (read->st.code == STATUS_OK && !get->found)
        refuse_missing_track(&read->st, get->id);
    if (read->st.code != STATUS_OK) {
        server_call_fail(get->call, &read->st);
        return;
    }
    ProtobufCMessageUnknownField track = track_bytes_field(&get->track, 1);
    Soundcheck__V1__GetTrackResponse reply = SOUNDCHECK__V1__GET_TRACK_RESPONSE__INIT;
    reply.base.n_unknown_fields = 1;
    reply.base.unknown_fields = &track;
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
    store_read(handler->store, &get->read);
}
