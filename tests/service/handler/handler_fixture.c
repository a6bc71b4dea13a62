#include "tests/service/handler/handler_fixture.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "google/rpc/error_details.pb-c.h"
#include "service/limits.h"

int64_t now_ms;

static int64_t read_clock(void)
{
    return now_ms;
}

int handler_setup(void **state)
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
    now_ms = 1714557600123; /* FIRST_TIME */
    *state = fixture;
    return 0;
}

int handler_teardown(void **state)
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

int run_on_every_store(struct CMUnitTest *tests, size_t count)
{
    static const char *const kinds[] = {"memory", "sqlite"};
    int failed = 0;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        for (size_t j = 0; j < count; j++)
            tests[j].initial_state = (void *)kinds[i];
        /* The macro wants an array, whose length the caller has counted. */
        failed += _cmocka_run_group_tests(kinds[i], tests, count, NULL, NULL);
    }
    return failed;
}

/* ---- Calls ---- */

static void *arena_of_unpacked(void *ctx, size_t bytes)
{
    return arena_alloc(ctx, bytes);
}

static void keep_unpacked(void *ctx, void *memory)
{
    (void)ctx;
    (void)memory;
}

void with(struct fixture *fixture, const char *key, const char *value)
{
    size_t i = 0;
    while (fixture->metadata[i].key)
        i++;
    assert_in_range(i, 0, FAKE_METADATA_MAX - 1);
    fixture->metadata[i] = (struct fake_metadata){key, value};
}

void begin(struct fixture *fixture)
{
    fake_call_free(&fixture->call);
    fake_call_init(&fixture->call);
    memcpy(fixture->call.metadata, fixture->metadata, sizeof(fixture->metadata));
    memset(fixture->metadata, 0, sizeof(fixture->metadata));
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

Soundcheck__V1__Track *get(struct fixture *fixture, const char *id)
{
    Soundcheck__V1__GetTrackRequest request = SOUNDCHECK__V1__GET_TRACK_REQUEST__INIT;
    request.track_id = (char *)id;
    begin(fixture);
    soundcheck__v1__track_service__get_track(fixture->service, &request,
                                             (Soundcheck__V1__GetTrackResponse_Closure)fake_call_reply, &fixture->call);
    Soundcheck__V1__GetTrackResponse *reply = finish(fixture, &soundcheck__v1__get_track_response__descriptor);
    return reply ? reply->track : NULL;
}

Soundcheck__V1__ListTracksResponse *list_as(struct fixture *fixture, const Soundcheck__V1__ListTracksRequest *request)
{
    begin(fixture);
    soundcheck__v1__track_service__list_tracks(
        fixture->service, request, (Soundcheck__V1__ListTracksResponse_Closure)fake_call_reply, &fixture->call);
    return finish(fixture, &soundcheck__v1__list_tracks_response__descriptor);
}

Soundcheck__V1__ListTracksResponse *list(struct fixture *fixture, size_t count, const char *const *ids)
{
    Soundcheck__V1__ListTracksRequest request = SOUNDCHECK__V1__LIST_TRACKS_REQUEST__INIT;
    request.n_tracks = count;
    request.tracks = (char **)ids;
    return list_as(fixture, &request);
}

Soundcheck__V1__CreateTracksResponse *create_as(struct fixture *fixture,
                                                const Soundcheck__V1__CreateTracksRequest *request)
{
    begin(fixture);
    soundcheck__v1__track_service__create_tracks(
        fixture->service, request, (Soundcheck__V1__CreateTracksResponse_Closure)fake_call_reply, &fixture->call);
    return finish(fixture, &soundcheck__v1__create_tracks_response__descriptor);
}

Soundcheck__V1__CreateTracksResponse *create(struct fixture *fixture, size_t count, Soundcheck__V1__Track **tracks)
{
    Soundcheck__V1__CreateTracksRequest request = SOUNDCHECK__V1__CREATE_TRACKS_REQUEST__INIT;
    request.n_tracks = count;
    request.tracks = tracks;
    return create_as(fixture, &request);
}

void begin_update(struct fixture *fixture, const Soundcheck__V1__UpdateTrackRequest *request)
{
    soundcheck__v1__track_service__update_track(
        fixture->service, request, (Soundcheck__V1__UpdateTrackResponse_Closure)fake_call_reply, &fixture->call);
}

Soundcheck__V1__Track *finish_update(struct fixture *fixture)
{
    Soundcheck__V1__UpdateTrackResponse *reply = finish(fixture, &soundcheck__v1__update_track_response__descriptor);
    return reply ? reply->track : NULL;
}

Soundcheck__V1__Track *update_as(struct fixture *fixture, const Soundcheck__V1__UpdateTrackRequest *request)
{
    begin(fixture);
    begin_update(fixture, request);
    return finish_update(fixture);
}

Soundcheck__V1__Track *update(struct fixture *fixture, const char *id, const Soundcheck__V1__Track *track)
{
    Soundcheck__V1__UpdateTrackRequest request = SOUNDCHECK__V1__UPDATE_TRACK_REQUEST__INIT;
    request.track_id = (char *)id;
    request.track = (Soundcheck__V1__Track *)track;
    return update_as(fixture, &request);
}

bool remove_track(struct fixture *fixture, const char *id)
{
    Soundcheck__V1__DeleteTrackRequest request = SOUNDCHECK__V1__DELETE_TRACK_REQUEST__INIT;
    request.track_id = (char *)id;
    begin(fixture);
    soundcheck__v1__track_service__delete_track(fixture->service, &request,
                                                (Google__Protobuf__Empty_Closure)fake_call_reply, &fixture->call);
    return finish(fixture, &google__protobuf__empty__descriptor);
}

void create_some(struct fixture *fixture, size_t count, const char *const *ids)
{
    Soundcheck__V1__Track tracks[16];
    Soundcheck__V1__Track *pointers[16];
    assert_in_range(count, 1, 16);
    for (size_t i = 0; i < count; i++) {
        tracks[i] = fixture->example.track;
        tracks[i].id = (char *)ids[i];
        pointers[i] = &tracks[i];
    }
    assert_non_null(create(fixture, count, pointers));
}

/* ---- What is expected ---- */

void expect_failure(const struct fixture *fixture, enum status_code code, const char *message)
{
    if (fixture->call.st.code != code || strcmp(fixture->call.st.message, message) != 0)
        fail_msg("%s: %s", status_code_name(fixture->call.st.code), fixture->call.st.message);
}

void expect_track(const Soundcheck__V1__Track *track, const Soundcheck__V1__Track *sent, const char *created_at,
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

void expect_ids(const Soundcheck__V1__ListTracksResponse *reply, size_t count, const char *const *ids)
{
    assert_non_null(reply);
    assert_int_equal(reply->n_tracks, count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(reply->tracks[i]->id, ids[i]);
}

Google__Rpc__Status *read_details(const struct fixture *fixture)
{
    struct view details = fixture->call.st.details;
    Google__Rpc__Status *status = google__rpc__status__unpack(NULL, details.len, (const uint8_t *)details.data);
    assert_non_null(status);
    assert_int_equal(status->code, fixture->call.st.code);
    return status;
}

void expect_violations(const struct fixture *fixture, const char *expected)
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
