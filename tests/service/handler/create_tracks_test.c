/* CreateTracks on every store. */
#include <stdio.h>
#include <string.h>

#include "google/rpc/error_details.pb-c.h"
#include "service/limits.h"
#include "tests/service/handler/handler_fixture.h"

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

static void checks_without_creating_when_asked_to(void **state)
{
    struct fixture *fixture = *state;
    Soundcheck__V1__Track *track = &fixture->example.track;
    Soundcheck__V1__CreateTracksRequest request = SOUNDCHECK__V1__CREATE_TRACKS_REQUEST__INIT;
    request.n_tracks = 1;
    request.tracks = &track;
    request.validate_only = 1;
    Soundcheck__V1__CreateTracksResponse *reply = create_as(fixture, &request);
    assert_non_null(reply);
    expect_track(reply->tracks[0], track, FIRST_TIME, FIRST_TIME);
    assert_string_equal(fixture->call.etag, "");
    expect_ids(list(fixture, 0, NULL), 0, NULL);
    create_some(fixture, 1, (const char *[]){"a"});
    assert_null(create_as(fixture, &request));
    expect_failure(fixture, STATUS_ALREADY_EXISTS, "track \"a\" exists already, none was created");
    track->name = "";
    assert_null(create_as(fixture, &request));
    expect_violations(fixture, "tracks[0].name: required, must not be empty\n");
}

int main(void)
{
    static struct CMUnitTest tests[] = {
        EACH(creates_tracks_and_sets_their_stamps),
        EACH(creates_all_or_none_and_names_those_that_exist),
        EACH(keeps_the_answer_small_when_many_tracks_exist),
        EACH(refuses_to_create_nothing_or_too_much),
        EACH(names_what_is_wrong_in_each_track),
        EACH(checks_without_creating_when_asked_to),
    };
    return run_on_every_store(tests, sizeof(tests) / sizeof(tests[0]));
}
