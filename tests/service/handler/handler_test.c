/* The methods on every store, with a clock that the test sets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "google/rpc/error_details.pb-c.h"
#include "google/rpc/status.pb-c.h"
#include "service/handler/handler.h"
#include "service/limits.h"
#include "tests/service/handler/example_track.h"
#include "tests/service/handler/fake_call.h"

/* ---- The handler under test ---- */

static int64_t now_ms;

static int64_t read_clock(void)
{
    return now_ms;
}

struct fixture {
    char directory[512];
    struct store *store;
    struct handler handler;
    ProtobufCService *service;
    struct server_call call; /* the latest */
    struct example_track example;
};

static int setup(void **state)
{
    const char *kind = *state;
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    snprintf(fixture->directory, sizeof(fixture->directory), "%s/handler_test_XXXXXX", getenv("TEST_TMPDIR") ?: "/tmp");
    assert_non_null(mkdtemp(fixture->directory));
    char uri[640];
    snprintf(uri, sizeof(uri), strcmp(kind, "memory") ? "sqlite:%s/tracks.db" : "memory:", fixture->directory);
    struct status st;
    if (!store_open(uri, &fixture->store, &st))
        fail_msg("%s", st.message);
    handler_init(&fixture->handler, fixture->store, read_clock);
    fixture->service = &fixture->handler.service.base;
    fake_call_init(&fixture->call);
    example_track_init(&fixture->example, "a");
    now_ms = 1714557600123; /* 2024-05-01T10:00:00.123Z */
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    fake_call_free(&fixture->call);
    store_close(fixture->store);
    char path[640];
    snprintf(path, sizeof(path), "%s/tracks.db", fixture->directory);
    unlink(path);
    rmdir(fixture->directory);
    free(fixture);
    return 0;
}

/* ---- Calls: each returns the reply, in the call's arena, or NULL when the call failed ---- */

static void *arena_of_unpacked(void *ctx, size_t bytes)
{
    return arena_alloc(ctx, bytes);
}

static void keep_unpacked(void *ctx, void *memory)
{
    (void)ctx;
    (void)memory;
}

static void begin(struct fixture *fixture)
{
    fake_call_free(&fixture->call);
    fake_call_init(&fixture->call);
}

static void *finish(struct fixture *fixture, const ProtobufCMessageDescriptor *type)
{
    struct server_call *call = &fixture->call;
    fake_call_wait(call);
    assert_int_equal(call->answers, 1);
    if (call->st.code != STATUS_OK)
        return NULL;
    ProtobufCAllocator allocator = {arena_of_unpacked, keep_unpacked, &call->arena};
    ProtobufCMessage *reply =
        protobuf_c_message_unpack(type, &allocator, call->reply.len, (const uint8_t *)call->reply.data);
    assert_non_null(reply);
    assert_int_equal(reply->n_unknown_fields, 0);
    return reply;
}

static Soundcheck__V1__Track *get(struct fixture *fixture, const char *id)
{
    Soundcheck__V1__GetTrackRequest request = SOUNDCHECK__V1__GET_TRACK_REQUEST__INIT;
    request.track_id = (char *)id;
    begin(fixture);
    soundcheck__v1__track_service__get_track(fixture->service, &request,
                                             (Soundcheck__V1__GetTrackResponse_Closure)fake_call_reply, &fixture->call);
    Soundcheck__V1__GetTrackResponse *reply = finish(fixture, &soundcheck__v1__get_track_response__descriptor);
    return reply ? reply->track : NULL;
}

static Soundcheck__V1__ListTracksResponse *list(struct fixture *fixture, size_t count, const char *const *ids)
{
    Soundcheck__V1__ListTracksRequest request = SOUNDCHECK__V1__LIST_TRACKS_REQUEST__INIT;
    request.n_tracks = count;
    request.tracks = (char **)ids;
    begin(fixture);
    soundcheck__v1__track_service__list_tracks(
        fixture->service, &request, (Soundcheck__V1__ListTracksResponse_Closure)fake_call_reply, &fixture->call);
    return finish(fixture, &soundcheck__v1__list_tracks_response__descriptor);
}

static Soundcheck__V1__CreateTracksResponse *create(struct fixture *fixture, size_t count,
                                                    Soundcheck__V1__Track **tracks)
{
    Soundcheck__V1__CreateTracksRequest request = SOUNDCHECK__V1__CREATE_TRACKS_REQUEST__INIT;
    request.n_tracks = count;
    request.tracks = tracks;
    begin(fixture);
    soundcheck__v1__track_service__create_tracks(
        fixture->service, &request, (Soundcheck__V1__CreateTracksResponse_Closure)fake_call_reply, &fixture->call);
    return finish(fixture, &soundcheck__v1__create_tracks_response__descriptor);
}

static void begin_update(struct fixture *fixture, const char *id, const Soundcheck__V1__Track *track,
                         bool allow_missing)
{
    Soundcheck__V1__UpdateTrackRequest request = SOUNDCHECK__V1__UPDATE_TRACK_REQUEST__INIT;
    request.track_id = (char *)id;
    request.track = (Soundcheck__V1__Track *)track;
    request.allow_missing = allow_missing;
    soundcheck__v1__track_service__update_track(
        fixture->service, &request, (Soundcheck__V1__UpdateTrackResponse_Closure)fake_call_reply, &fixture->call);
}

static Soundcheck__V1__Track *finish_update(struct fixture *fixture)
{
    Soundcheck__V1__UpdateTrackResponse *reply = finish(fixture, &soundcheck__v1__update_track_response__descriptor);
    return reply ? reply->track : NULL;
}

static Soundcheck__V1__Track *update(struct fixture *fixture, const char *id, const Soundcheck__V1__Track *track)
{
    begin(fixture);
    begin_update(fixture, id, track, false);
    return finish_update(fixture);
}

static bool remove_track(struct fixture *fixture, const char *id)
{
    Soundcheck__V1__DeleteTrackRequest request = SOUNDCHECK__V1__DELETE_TRACK_REQUEST__INIT;
    request.track_id = (char *)id;
    begin(fixture);
    soundcheck__v1__track_service__delete_track(fixture->service, &request,
                                                (Google__Protobuf__Empty_Closure)fake_call_reply, &fixture->call);
    return finish(fixture, &google__protobuf__empty__descriptor);
}

/* ---- What is expected ---- */

static void expect_failure(const struct fixture *fixture, enum status_code code, const char *message)
{
    if (fixture->call.st.code != code || strcmp(fixture->call.st.message, message) != 0)
        fail_msg("%s: %s", status_code_name(fixture->call.st.code), fixture->call.st.message);
}

/* The same but for the stamps, which are of these times. */
static void expect_track(const Soundcheck__V1__Track *track, const Soundcheck__V1__Track *sent, const char *created_at,
                         const char *updated_at)
{
    static uint8_t expected[TRACK_BYTES_MAX];
    static uint8_t found[TRACK_BYTES_MAX];
    assert_non_null(track);
    assert_string_equal(track->created_at, created_at);
    assert_string_equal(track->updated_at, updated_at);
    Soundcheck__V1__Track stamped = *sent;
    stamped.created_at = (char *)created_at;
    stamped.updated_at = (char *)updated_at;
    size_t len = soundcheck__v1__track__pack(&stamped, expected);
    assert_int_equal(soundcheck__v1__track__pack(track, found), len);
    assert_memory_equal(found, expected, len);
}

static void expect_ids(const Soundcheck__V1__ListTracksResponse *reply, size_t count, const char *const *ids)
{
    assert_non_null(reply);
    assert_int_equal(reply->n_tracks, count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(reply->tracks[i]->id, ids[i]);
}

static void create_some(struct fixture *fixture, size_t count, const char *const *ids)
{
    Soundcheck__V1__Track tracks[16];
    Soundcheck__V1__Track *pointers[16];
    for (size_t i = 0; i < count; i++) {
        tracks[i] = fixture->example.track;
        tracks[i].id = (char *)ids[i];
        pointers[i] = &tracks[i];
    }
    assert_non_null(create(fixture, count, pointers));
}

static Google__Rpc__Status *read_details(const struct fixture *fixture)
{
    struct view details = fixture->call.st.details;
    Google__Rpc__Status *status = google__rpc__status__unpack(NULL, details.len, (const uint8_t *)details.data);
    assert_non_null(status);
    assert_int_equal(status->code, fixture->call.st.code);
    return status;
}

/* "field: description" of every violation, one a line. */
static void expect_violations(const struct fixture *fixture, const char *expected)
{
    char found[4096] = "";
    size_t len = 0;
    assert_int_equal(fixture->call.st.code, STATUS_INVALID_ARGUMENT);
    Google__Rpc__Status *status = read_details(fixture);
    assert_int_equal(status->n_details, 1);
    assert_string_equal(status->details[0]->type_url, "type.googleapis.com/google.rpc.BadRequest");
    Google__Rpc__BadRequest *request =
        google__rpc__bad_request__unpack(NULL, status->details[0]->value.len, status->details[0]->value.data);
    assert_non_null(request);
    for (size_t i = 0; i < request->n_field_violations; i++)
        len += (size_t)snprintf(found + len, sizeof(found) - len, "%s: %s\n", request->field_violations[i]->field,
                                request->field_violations[i]->description);
    google__rpc__bad_request__free_unpacked(request, NULL);
    google__rpc__status__free_unpacked(status, NULL);
    assert_string_equal(found, expected);
}

/* ---- CreateTracks ---- */

static void creates_tracks_and_sets_their_stamps(void **state)
{
    struct fixture *fixture = *state;
    Soundcheck__V1__Track b = fixture->example.track;
    b.id = "b";
    b.created_at = b.updated_at = "1999-01-01T00:00:00.000Z";
    Soundcheck__V1__CreateTracksResponse *reply =
        create(fixture, 2, (Soundcheck__V1__Track *[]){&b, &fixture->example.track});
    assert_non_null(reply);
    assert_int_equal(reply->n_tracks, 2);
    expect_track(reply->tracks[0], &b, "2024-05-01T10:00:00.123Z", "2024-05-01T10:00:00.123Z");
    expect_track(reply->tracks[1], &fixture->example.track, "2024-05-01T10:00:00.123Z", "2024-05-01T10:00:00.123Z");
    expect_track(get(fixture, "b"), &b, "2024-05-01T10:00:00.123Z", "2024-05-01T10:00:00.123Z");
    expect_ids(list(fixture, 0, NULL), 2, (const char *[]){"a", "b"});
}

static void creates_all_or_none_and_names_those_that_exist(void **state)
{
    struct fixture *fixture = *state;
    create_some(fixture, 2, (const char *[]){"a", "c"});
    Soundcheck__V1__Track tracks[4];
    Soundcheck__V1__Track *pointers[4];
    static char *const ids[] = {"c", "b", "a", "d"};
    for (int i = 0; i < 4; i++) {
        tracks[i] = fixture->example.track;
        tracks[i].id = ids[i];
        pointers[i] = &tracks[i];
    }
    assert_null(create(fixture, 4, pointers));
    expect_failure(fixture, STATUS_ALREADY_EXISTS, "2 tracks exist already, none was created: \"c\", \"a\"");
    Google__Rpc__Status *status = read_details(fixture);
    assert_int_equal(status->n_details, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(status->details[i]->type_url, "type.googleapis.com/google.rpc.ResourceInfo");
        Google__Rpc__ResourceInfo *info =
            google__rpc__resource_info__unpack(NULL, status->details[i]->value.len, status->details[i]->value.data);
        assert_non_null(info);
        assert_string_equal(info->resource_type, "soundcheck.v1.Track");
        assert_string_equal(info->resource_name, i ? "a" : "c");
        google__rpc__resource_info__free_unpacked(info, NULL);
    }
    google__rpc__status__free_unpacked(status, NULL);
    expect_ids(list(fixture, 0, NULL), 2, (const char *[]){"a", "c"});
}

static void keeps_the_answer_small_when_many_tracks_exist(void **state)
{
    struct fixture *fixture = *state;
    static Soundcheck__V1__Track tracks[REQUEST_TRACKS_MAX];
    static Soundcheck__V1__Track *pointers[REQUEST_TRACKS_MAX];
    static char ids[REQUEST_TRACKS_MAX][16];
    for (int i = 0; i < REQUEST_TRACKS_MAX; i++) {
        tracks[i] = fixture->example.track;
        snprintf(ids[i], sizeof(ids[i]), "t%d", i);
        tracks[i].id = ids[i];
        pointers[i] = &tracks[i];
    }
    assert_non_null(create(fixture, REQUEST_TRACKS_MAX, pointers));
    assert_null(create(fixture, REQUEST_TRACKS_MAX, pointers));
    assert_int_equal(fixture->call.st.code, STATUS_ALREADY_EXISTS);
    assert_ptr_equal(strstr(fixture->call.st.message, "1000 tracks exist already, none was created: \"t0\", \"t1\","),
                     fixture->call.st.message);
    assert_in_range(fixture->call.st.details.len, 1000, SERVER_DETAILS_BYTES_MAX);
    google__rpc__status__free_unpacked(read_details(fixture), NULL);
}

static void refuses_to_create_nothing_or_too_much(void **state)
{
    struct fixture *fixture = *state;
    static Soundcheck__V1__Track tracks[REQUEST_TRACKS_MAX + 1];
    static Soundcheck__V1__Track *pointers[REQUEST_TRACKS_MAX + 1];
    static char ids[REQUEST_TRACKS_MAX + 1][16];
    assert_null(create(fixture, 0, NULL));
    expect_violations(fixture, "tracks: required, at least one\n");
    for (int i = 0; i <= REQUEST_TRACKS_MAX; i++) {
        tracks[i] = fixture->example.track;
        snprintf(ids[i], sizeof(ids[i]), "t%d", i);
        tracks[i].id = ids[i];
        pointers[i] = &tracks[i];
    }
    assert_null(create(fixture, REQUEST_TRACKS_MAX + 1, pointers));
    expect_violations(fixture, "tracks: expected at most 1000, got 1001\n");
}

static void names_what_is_wrong_in_each_track(void **state)
{
    struct fixture *fixture = *state;
    Soundcheck__V1__Track *good = &fixture->example.track;
    Soundcheck__V1__Track nameless = *good;
    nameless.id = "b";
    nameless.name = "";
    Soundcheck__V1__Track without_levels = *good;
    without_levels.n_levels = 0;
    assert_null(create(fixture, 3, (Soundcheck__V1__Track *[]){good, &nameless, &without_levels}));
    expect_violations(fixture, "tracks[1].name: required, must not be empty\n"
                               "tracks[2].levels: required, at least one\n"
                               "tracks[2].id: must be unique, tracks[0] has \"a\" too\n");
    expect_ids(list(fixture, 0, NULL), 0, NULL);
}

/* ---- GetTrack, ListTracks ---- */

static void says_which_track_there_is_not(void **state)
{
    struct fixture *fixture = *state;
    assert_null(get(fixture, "no/such:track"));
    expect_failure(fixture, STATUS_NOT_FOUND, "there is no track \"no/such:track\"");
    assert_null(update(fixture, "a", &fixture->example.track));
    expect_failure(fixture, STATUS_NOT_FOUND, "there is no track \"a\"");
    assert_false(remove_track(fixture, "a"));
    expect_failure(fixture, STATUS_NOT_FOUND, "there is no track \"a\"");
}

static void wants_a_track_id(void **state)
{
    struct fixture *fixture = *state;
    assert_null(get(fixture, ""));
    expect_violations(fixture, "trackId: required, must not be empty\n");
    assert_null(update(fixture, "", &fixture->example.track));
    expect_violations(fixture, "trackId: required, must not be empty\n");
    assert_false(remove_track(fixture, ""));
    expect_violations(fixture, "trackId: required, must not be empty\n");
}

static void lists_by_ids_or_all_in_order(void **state)
{
    struct fixture *fixture = *state;
    create_some(fixture, 4, (const char *[]){"d", "a", "c", "b"});
    expect_ids(list(fixture, 0, NULL), 4, (const char *[]){"a", "b", "c", "d"});
    expect_ids(list(fixture, 5, (const char *[]){"d", "x", "b", "d", ""}), 2, (const char *[]){"b", "d"});
    expect_ids(list(fixture, 1, (const char *[]){""}), 0, NULL);
    expect_ids(list(fixture, 1, (const char *[]){"c"}), 1, (const char *[]){"c"});
}

static void refuses_to_list_too_many_ids(void **state)
{
    struct fixture *fixture = *state;
    static const char *ids[REQUEST_TRACKS_MAX + 1];
    for (int i = 0; i <= REQUEST_TRACKS_MAX; i++)
        ids[i] = "a";
    expect_ids(list(fixture, REQUEST_TRACKS_MAX, ids), 0, NULL);
    assert_null(list(fixture, REQUEST_TRACKS_MAX + 1, ids));
    expect_violations(fixture, "tracks: expected at most 1000, got 1001\n");
}

/* ---- UpdateTrack ---- */

static void replaces_a_track_as_a_whole(void **state)
{
    struct fixture *fixture = *state;
    create_some(fixture, 1, (const char *[]){"a"});
    Soundcheck__V1__Track changed = fixture->example.track;
    changed.name = "Another name";
    changed._filter_case = SOUNDCHECK__V1__TRACK___FILTER__NOT_SET;
    now_ms += 1000;
    expect_track(update(fixture, "a", &changed), &changed, "2024-05-01T10:00:00.123Z", "2024-05-01T10:00:01.123Z");
    expect_track(get(fixture, "a"), &changed, "2024-05-01T10:00:00.123Z", "2024-05-01T10:00:01.123Z");
}

static void changes_nothing_when_nothing_changes(void **state)
{
    struct fixture *fixture = *state;
    create_some(fixture, 1, (const char *[]){"a"});
    Soundcheck__V1__Track again = fixture->example.track;
    again.created_at = "1999-01-01T00:00:00.000Z";
    again.updated_at = "";
    now_ms += 1000;
    expect_track(update(fixture, "a", &again), &again, "2024-05-01T10:00:00.123Z", "2024-05-01T10:00:00.123Z");
    expect_track(get(fixture, "a"), &again, "2024-05-01T10:00:00.123Z", "2024-05-01T10:00:00.123Z");
}

static void takes_other_order_of_keys_for_the_same_track_and_keeps_the_order_of_a_change(void **state)
{
    struct fixture *fixture = *state;
    create_some(fixture, 1, (const char *[]){"a"});
    struct example_track other;
    example_track_init(&other, "a");
    for (int i = 0; i < EXAMPLE_FILTER_KEYS; i++)
        other.fields[i] = &other.entries[EXAMPLE_FILTER_KEYS - 1 - i];
    now_ms += 1000;
    expect_track(update(fixture, "a", &other.track), &other.track, "2024-05-01T10:00:00.123Z",
                 "2024-05-01T10:00:00.123Z");
    expect_track(get(fixture, "a"), &fixture->example.track, "2024-05-01T10:00:00.123Z", "2024-05-01T10:00:00.123Z");
    other.values[0].string_value = "y"; /* of the same length */
    update(fixture, "a", &other.track);
    expect_track(get(fixture, "a"), &other.track, "2024-05-01T10:00:00.123Z", "2024-05-01T10:00:01.123Z");
}

static void gives_each_change_a_later_time_whatever_the_clock_says(void **state)
{
    struct fixture *fixture = *state;
    create_some(fixture, 1, (const char *[]){"a"});
    Soundcheck__V1__Track changed = fixture->example.track;
    changed.name = "1";
    expect_track(update(fixture, "a", &changed), &changed, "2024-05-01T10:00:00.123Z", "2024-05-01T10:00:00.124Z");
    now_ms -= 3600000;
    changed.name = "2";
    expect_track(update(fixture, "a", &changed), &changed, "2024-05-01T10:00:00.123Z", "2024-05-01T10:00:00.125Z");
    now_ms += 7200000;
    changed.name = "3";
    expect_track(update(fixture, "a", &changed), &changed, "2024-05-01T10:00:00.123Z", "2024-05-01T11:00:00.123Z");
}

static void creates_a_missing_track_when_allowed(void **state)
{
    struct fixture *fixture = *state;
    begin(fixture);
    begin_update(fixture, "a", &fixture->example.track, true);
    expect_track(finish_update(fixture), &fixture->example.track, "2024-05-01T10:00:00.123Z",
                 "2024-05-01T10:00:00.123Z");
    now_ms += 1;
    begin(fixture);
    begin_update(fixture, "a", &fixture->example.track, true);
    expect_track(finish_update(fixture), &fixture->example.track, "2024-05-01T10:00:00.123Z",
                 "2024-05-01T10:00:00.123Z");
}

static void refuses_an_update_that_is_wrong(void **state)
{
    struct fixture *fixture = *state;
    create_some(fixture, 1, (const char *[]){"a"});
    Soundcheck__V1__Track other = fixture->example.track;
    other.id = "b";
    other.description = "";
    assert_null(update(fixture, "a", &other));
    expect_violations(fixture, "id: expected \"a\", the id of the track to update, got \"b\"\n"
                               "description: required, must not be empty\n");
    assert_null(update(fixture, "a", NULL));
    expect_violations(fixture, "id: required, must not be empty\n"
                               "name: required, must not be empty\n"
                               "description: required, must not be empty\n"
                               "ownerEntityRef: required, must not be empty\n"
                               "levels: required, at least one\n");
    expect_track(get(fixture, "a"), &fixture->example.track, "2024-05-01T10:00:00.123Z", "2024-05-01T10:00:00.123Z");
}

static void refuses_a_track_that_is_too_large(void **state)
{
    struct fixture *fixture = *state;
    enum { CHECKS = 20 };
    Soundcheck__V1__Track__Check *checks[CHECKS];
    char *text = calloc(1, TRACK_TEXT_BYTES_MAX + 1);
    assert_non_null(text);
    memset(text, 'x', TRACK_TEXT_BYTES_MAX);
    fixture->example.check._description_case = SOUNDCHECK__V1__TRACK__CHECK___DESCRIPTION_DESCRIPTION;
    fixture->example.check.description = text;
    for (int i = 0; i < CHECKS; i++)
        checks[i] = &fixture->example.check;
    fixture->example.level.checks = checks;
    fixture->example.level.n_checks = CHECKS;
    assert_null(update(fixture, "a", &fixture->example.track));
    assert_int_equal(fixture->call.st.code, STATUS_INVALID_ARGUMENT);
    assert_ptr_equal(strstr(fixture->call.st.message, "track \"a\" takes 13"), fixture->call.st.message);
    free(text);
}

static void keeps_absent_and_empty_apart(void **state)
{
    struct fixture *fixture = *state;
    Soundcheck__V1__Track *track = &fixture->example.track;
    Google__Protobuf__Struct no_keys = GOOGLE__PROTOBUF__STRUCT__INIT;
    Google__Protobuf__ListValue no_values = GOOGLE__PROTOBUF__LIST_VALUE__INIT;
    Soundcheck__V1__Badge no_badge = SOUNDCHECK__V1__BADGE__INIT;
    char empty[1] = "";
    track->_group_case = SOUNDCHECK__V1__TRACK___GROUP_GROUP;
    track->group = empty;
    track->_draft_case = SOUNDCHECK__V1__TRACK___DRAFT__NOT_SET;
    track->_archived_case = SOUNDCHECK__V1__TRACK___ARCHIVED_ARCHIVED;
    track->archived = 0;
    track->_badge_case = SOUNDCHECK__V1__TRACK___BADGE_BADGE;
    track->badge = &no_badge;
    track->filter = &no_keys;
    track->_milestones_case = SOUNDCHECK__V1__TRACK___MILESTONES_MILESTONES;
    track->milestones = &no_values;
    create_some(fixture, 1, (const char *[]){"a"});
    const Soundcheck__V1__Track *found = get(fixture, "a");
    expect_track(found, track, "2024-05-01T10:00:00.123Z", "2024-05-01T10:00:00.123Z");
    assert_int_equal(found->_group_case, SOUNDCHECK__V1__TRACK___GROUP_GROUP);
    assert_int_equal(found->_draft_case, SOUNDCHECK__V1__TRACK___DRAFT__NOT_SET);
    assert_int_equal(found->_archived_case, SOUNDCHECK__V1__TRACK___ARCHIVED_ARCHIVED);
    assert_int_equal(found->_badge_case, SOUNDCHECK__V1__TRACK___BADGE_BADGE);
    assert_int_equal(found->filter->n_fields, 0);
    assert_int_equal(found->milestones->n_values, 0);
    assert_int_equal(found->_exclude_case, SOUNDCHECK__V1__TRACK___EXCLUDE__NOT_SET);
}

static void keeps_fields_that_it_does_not_know(void **state)
{
    struct fixture *fixture = *state;
    uint8_t content[] = {3, 'n', 'e', 'w'};
    ProtobufCMessageUnknownField unknown = {
        .tag = 1000, .wire_type = PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED, .len = sizeof(content), .data = content};
    fixture->example.track.base.n_unknown_fields = 1;
    fixture->example.track.base.unknown_fields = &unknown;
    fixture->example.level.base.n_unknown_fields = 1;
    fixture->example.level.base.unknown_fields = &unknown;
    create_some(fixture, 1, (const char *[]){"a"});
    const Soundcheck__V1__Track *found = get(fixture, "a");
    assert_int_equal(found->base.n_unknown_fields, 1);
    assert_int_equal(found->levels[0]->base.n_unknown_fields, 1);
    assert_memory_equal(found->levels[0]->base.unknown_fields[0].data, content, sizeof(content));
    now_ms += 1000;
    expect_track(update(fixture, "a", &fixture->example.track), &fixture->example.track, "2024-05-01T10:00:00.123Z",
                 "2024-05-01T10:00:00.123Z");
    content[1] = 'N';
    expect_track(update(fixture, "a", &fixture->example.track), &fixture->example.track, "2024-05-01T10:00:00.123Z",
                 "2024-05-01T10:00:01.123Z");
}

static void does_not_write_for_a_caller_that_has_gone(void **state)
{
    struct fixture *fixture = *state;
    begin(fixture);
    fixture->call.cancelled = true;
    begin_update(fixture, "a", &fixture->example.track, true);
    assert_null(finish_update(fixture));
    assert_int_equal(fixture->call.st.code, STATUS_CANCELLED);
    expect_ids(list(fixture, 0, NULL), 0, NULL);
}

/* ---- DeleteTrack ---- */

static void deletes_a_track(void **state)
{
    struct fixture *fixture = *state;
    create_some(fixture, 3, (const char *[]){"a", "b", "c"});
    assert_true(remove_track(fixture, "b"));
    expect_ids(list(fixture, 0, NULL), 2, (const char *[]){"a", "c"});
    assert_false(remove_track(fixture, "b"));
}

/* ---- Memory ---- */

static void refuses_cleanly_wherever_memory_ends(void **state)
{
    struct fixture *fixture = *state;
    create_some(fixture, 1, (const char *[]){"a"});
    Soundcheck__V1__Track *track = &fixture->example.track;
    Soundcheck__V1__ListTracksRequest listing = SOUNDCHECK__V1__LIST_TRACKS_REQUEST__INIT;
    listing.n_tracks = 1;
    listing.tracks = &track->id;
    Soundcheck__V1__CreateTracksRequest creation = SOUNDCHECK__V1__CREATE_TRACKS_REQUEST__INIT;
    creation.n_tracks = 1;
    creation.tracks = &track;
    for (size_t bytes = 0; bytes < 8192; bytes += 64) {
        static const enum status_code last[] = {STATUS_OK, STATUS_OK, STATUS_ALREADY_EXISTS};
        for (int method = 0; method < 3; method++) {
            char lent[8192];
            begin(fixture);
            arena_init_lent(&fixture->call.arena, lent, bytes, 0);
            if (method == 0)
                begin_update(fixture, "a", track, false);
            else if (method == 1)
                soundcheck__v1__track_service__list_tracks(fixture->service, &listing,
                                                           (Soundcheck__V1__ListTracksResponse_Closure)fake_call_reply,
                                                           &fixture->call);
            else
                soundcheck__v1__track_service__create_tracks(
                    fixture->service, &creation, (Soundcheck__V1__CreateTracksResponse_Closure)fake_call_reply,
                    &fixture->call);
            fake_call_wait(&fixture->call);
            enum status_code code = fixture->call.st.code;
            if (code != STATUS_RESOURCE_EXHAUSTED && code != last[method])
                fail_msg("method %d, %zu bytes: %s", method, bytes, fixture->call.st.message);
            assert_true(bytes < 8000 || code == last[method]);
        }
    }
}

#define EACH(test)                                                                                                     \
    {                                                                                                                  \
#test, test, setup, teardown, NULL                                                                             \
    }

int main(void)
{
    static struct CMUnitTest tests[] = {
        EACH(creates_tracks_and_sets_their_stamps),
        EACH(creates_all_or_none_and_names_those_that_exist),
        EACH(keeps_the_answer_small_when_many_tracks_exist),
        EACH(refuses_to_create_nothing_or_too_much),
        EACH(names_what_is_wrong_in_each_track),
        EACH(says_which_track_there_is_not),
        EACH(wants_a_track_id),
        EACH(lists_by_ids_or_all_in_order),
        EACH(refuses_to_list_too_many_ids),
        EACH(replaces_a_track_as_a_whole),
        EACH(changes_nothing_when_nothing_changes),
        EACH(takes_other_order_of_keys_for_the_same_track_and_keeps_the_order_of_a_change),
        EACH(gives_each_change_a_later_time_whatever_the_clock_says),
        EACH(creates_a_missing_track_when_allowed),
        EACH(refuses_an_update_that_is_wrong),
        EACH(refuses_a_track_that_is_too_large),
        EACH(keeps_absent_and_empty_apart),
        EACH(keeps_fields_that_it_does_not_know),
        EACH(does_not_write_for_a_caller_that_has_gone),
        EACH(deletes_a_track),
        EACH(refuses_cleanly_wherever_memory_ends),
    };
    static const char *const kinds[] = {"memory", "sqlite"};
    int failed = 0;
    for (size_t i = 0; i < 2; i++) {
        for (size_t j = 0; j < sizeof(tests) / sizeof(tests[0]); j++)
            tests[j].initial_state = (void *)kinds[i];
        failed += cmocka_run_group_tests_name(kinds[i], tests, NULL, NULL);
    }
    return failed;
}
