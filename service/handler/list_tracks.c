/*
 * Filters and pages are decided row by row, in the store's callback, on encoded tracks: what does not fit is never
 * copied. A page ends when one more track was found than it takes, so that a token is only given when there is
 * something behind it.
 */
#include <stdlib.h>

#include "service/handler/handler.h"
#include "service/handler/methods.h"
#include "service/handler/page_token.h"
#include "service/handler/refusals.h"
#include "service/handler/track_bytes.h"
#include "service/handler/track_filter.h"
#include "service/limits.h"
#include "service/server/server.h"
#include "service/validate/violations.h"

#define FIELDS_MIN 64

struct list_call {
    struct store_read read;
    const Soundcheck__V1__ListTracksRequest *request;
    struct server_call *call;
    Soundcheck__V1__ListTracksResponse_Closure closure;
    ProtobufCMessageUnknownField *fields; /* of the reply */
    size_t count;
    size_t cap;
    size_t page_size;    /* tracks; SIZE_MAX: all */
    uint64_t query_hash; /* page_token_hash() */
    struct view last_id; /* of a page that is full; from the arena */
    bool has_more;       /* behind it */
};

/* ---- Reading ---- */

static bool reserve(struct list_call *list)
{
    if (list->count < list->cap)
        return true;
    size_t cap = list->cap ? list->cap * 2 : FIELDS_MIN;
    ProtobufCMessageUnknownField *grown = arena_calloc(server_call_arena(list->call), cap, sizeof(*grown));
    if (!grown)
        return false;
    if (list->count)
        memcpy(grown, list->fields, list->count * sizeof(*grown));
    list->fields = grown;
    list->cap = cap;
    return true;
}

static bool add_field(struct list_call *list, struct view content, uint32_t number, struct status *st)
{
    struct track_bytes bytes;
    if (!reserve(list) || !track_bytes_copy(content, server_call_arena(list->call), &bytes, st))
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED,
                           "the tracks are too many for one reply, ask for them by id or in pages");
    list->fields[list->count++] = track_bytes_field(&bytes, number);
    return true;
}

static bool keep_row(struct store_read *read, const struct store_row *row, struct status *st)
{
    struct list_call *list = read->ctx;
    if (!track_filter_fits(list->request, row->bytes))
        return true;
    if (list->count == list->page_size) {
        list->has_more = true;
        return false; /* with success */
    }
    if (!add_field(list, row->bytes, 1, st))
        return false;
    if (list->count == list->page_size) {
        char *last_id = arena_copy(server_call_arena(list->call), row->id);
        if (!last_id)
            return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for a page token");
        list->last_id = view_make(last_id, row->id.len);
    }
    return true;
}

static bool add_token(struct list_call *list, struct status *st)
{
    if (!list->has_more)
        return true;
    const char *token = page_token_write(list->query_hash, list->last_id, server_call_arena(list->call));
    if (!token)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for a page token");
    return add_field(list, view_of(token), 2, st);
}

static void answer(struct store_read *read)
{
    struct list_call *list = read->ctx;
    if (read->st.code != STATUS_OK || !add_token(list, &read->st)) {
        server_call_fail(list->call, &read->st);
        return;
    }
    Soundcheck__V1__ListTracksResponse reply = SOUNDCHECK__V1__LIST_TRACKS_RESPONSE__INIT;
    reply.base.n_unknown_fields = (unsigned)list->count;
    reply.base.unknown_fields = list->fields;
    list->closure(&reply, list->call);
}

/* ---- The request ---- */

static int compare_ids(const void *a, const void *b)
{
    return store_compare_ids(*(const struct view *)a, *(const struct view *)b);
}

/* Puts the ids into the store's order, each once, without those of the pages before. */
static bool set_ids(struct store_read *read, const Soundcheck__V1__ListTracksRequest *input, struct arena *arena)
{
    struct view *ids = arena_calloc(arena, input->n_tracks, sizeof(*ids));
    if (!ids)
        return false;
    for (size_t i = 0; i < input->n_tracks; i++)
        ids[i] = view_of(input->tracks[i]);
    qsort(ids, input->n_tracks, sizeof(*ids), compare_ids);
    read->ids = ids;
    for (size_t i = 0; i < input->n_tracks; i++) {
        bool again = read->id_count && view_equal(ids[read->id_count - 1], ids[i]);
        if (!again && (!read->after.len || store_compare_ids(read->after, ids[i]) < 0))
            ids[read->id_count++] = ids[i];
    }
    return true;
}

static void check_token(char *token, uint64_t query_hash, struct violations *violations, struct view *ret_after)
{
    struct field_path path = field_path_name(NULL, "pageToken");
    switch (page_token_read(token, query_hash, ret_after)) {
    case PAGE_TOKEN_OK: return;
    case PAGE_TOKEN_MALFORMED: violations_add(violations, &path, "expected a nextPageToken of this service"); return;
    case PAGE_TOKEN_OF_ANOTHER_REQUEST:
        violations_add(violations, &path, "belongs to a request for other tracks or with other filters");
        return;
    }
}

static bool check(const Soundcheck__V1__ListTracksRequest *input, struct list_call *list, struct status *st)
{
    struct violations violations;
    violations_init(&violations, server_call_arena(list->call));
    struct field_path tracks_path = field_path_name(NULL, "tracks");
    struct field_path type_path = field_path_name(NULL, "type");
    struct field_path size_path = field_path_name(NULL, "pageSize");
    if (input->n_tracks > REQUEST_TRACKS_MAX)
        violations_add(&violations, &tracks_path, "expected at most %d, got %zu", REQUEST_TRACKS_MAX, input->n_tracks);
    if (input->_type_case &&
        !protobuf_c_enum_descriptor_get_value(&soundcheck__v1__track__type__descriptor, (int)input->type))
        violations_add(&violations, &type_path, "%d is not one of its values", (int)input->type);
    if (input->page_size < 0)
        violations_add(&violations, &size_path, "expected 0 or more, got %d", (int)input->page_size);
    list->query_hash = page_token_hash(input);
    if (*input->page_token)
        check_token(input->page_token, list->query_hash, &violations, &list->read.after);
    if (input->page_size)
        list->page_size = input->page_size < PAGE_TRACKS_MAX ? (size_t)input->page_size : PAGE_TRACKS_MAX;
    return violations_status(&violations, st);
}

void handler_list_tracks(Soundcheck__V1__TrackService_Service *service, const Soundcheck__V1__ListTracksRequest *input,
                         Soundcheck__V1__ListTracksResponse_Closure closure, void *closure_data)
{
    struct handler *handler = (struct handler *)service;
    struct server_call *call = closure_data;
    struct arena *arena = server_call_arena(call);
    struct status st;
    struct list_call *list = arena_alloc(arena, sizeof(*list));
    if (!list) {
        refuse_for_memory(call);
        return;
    }
    *list = (struct list_call){
        .read = {.row = keep_row, .done = answer, .ctx = list},
        .request = input,
        .call = call,
        .closure = closure,
        .page_size = SIZE_MAX,
    };
    if (!check(input, list, &st)) {
        server_call_fail(call, &st);
        return;
    }
    if (input->n_tracks && !set_ids(&list->read, input, arena)) {
        refuse_for_memory(call);
        return;
    }
    if (input->n_tracks && !list->read.id_count) { /* which would mean all rows */
        status_clear(&list->read.st);
        answer(&list->read);
        return;
    }
    store_read(handler->store, &list->read);
}
