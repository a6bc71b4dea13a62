#include "service/handler/handler.h"
#include "service/handler/methods.h"
#include "service/handler/preconditions.h"
#include "service/handler/refusals.h"
#include "service/server/server.h"

struct delete_call {
    struct store_write write;
    struct store_entry entry;
    struct preconditions preconditions;
    struct server_call *call;
    Google__Protobuf__Empty_Closure closure;
};

static bool decide(struct store_write *write, struct status *st)
{
    struct delete_call *deletion = write->ctx;
    if (refuse_when_cancelled(st, deletion->call))
        return false;
    const struct store_entry *entry = &deletion->entry;
    if (!entry->version)
        return refuse_missing_track(st, entry->id);
    if (!preconditions_check(&deletion->preconditions, entry->id, entry->version, st))
        return false;
    deletion->entry.action = STORE_REMOVE;
    return true;
}

static void answer(struct store_write *write)
{
    struct delete_call *deletion = write->ctx;
    if (write->st.code != STATUS_OK) {
        server_call_fail(deletion->call, &write->st);
        return;
    }
    Google__Protobuf__Empty reply = GOOGLE__PROTOBUF__EMPTY__INIT;
    deletion->closure(&reply, deletion->call);
}

void handler_delete_track(Soundcheck__V1__TrackService_Service *service,
                          const Soundcheck__V1__DeleteTrackRequest *input, Google__Protobuf__Empty_Closure closure,
                          void *closure_data)
{
    struct handler *handler = (struct handler *)service;
    struct server_call *call = closure_data;
    if (!*input->track_id) {
        refuse_empty_track_id(call);
        return;
    }
    struct delete_call *deletion = arena_alloc(server_call_arena(call), sizeof(*deletion));
    if (!deletion) {
        refuse_for_memory(call);
        return;
    }
    *deletion = (struct delete_call){
        .write = {.entries = &deletion->entry, .entry_count = 1, .decide = decide, .done = answer, .ctx = deletion},
        .entry = {.id = view_of(input->track_id)},
        .call = call,
        .closure = closure,
    };
    struct status st;
    if (preconditions_read(call, &deletion->preconditions, &st))
        store_write(handler->store, &deletion->write);
    else
        server_call_fail(call, &st);
}
