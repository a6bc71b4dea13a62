/* Each method in an arena that ends sooner or later. */
#include "tests/service/handler/handler_fixture.h"

#define BYTES_MAX 16384

static Soundcheck__V1__Track *tracks[1];

static void start_get(struct fixture *fixture)
{
    Soundcheck__V1__GetTrackRequest request = SOUNDCHECK__V1__GET_TRACK_REQUEST__INIT;
    request.track_id = "a";
    soundcheck__v1__track_service__get_track(fixture->service, &request,
                                             (Soundcheck__V1__GetTrackResponse_Closure)fake_call_reply, &fixture->call);
}

static void start_list(struct fixture *fixture)
{
    static char *ids[] = {"a"};
    Soundcheck__V1__ListTracksRequest request = SOUNDCHECK__V1__LIST_TRACKS_REQUEST__INIT;
    request.n_tracks = 1;
    request.tracks = ids;
    soundcheck__v1__track_service__list_tracks(
        fixture->service, &request, (Soundcheck__V1__ListTracksResponse_Closure)fake_call_reply, &fixture->call);
}

static void start_page(struct fixture *fixture)
{
    Soundcheck__V1__ListTracksRequest request = SOUNDCHECK__V1__LIST_TRACKS_REQUEST__INIT;
    request.page_size = 1;
    soundcheck__v1__track_service__list_tracks(
        fixture->service, &request, (Soundcheck__V1__ListTracksResponse_Closure)fake_call_reply, &fixture->call);
}

static void start_create(struct fixture *fixture)
{
    Soundcheck__V1__CreateTracksRequest request = SOUNDCHECK__V1__CREATE_TRACKS_REQUEST__INIT;
    request.n_tracks = 1;
    request.tracks = tracks;
    soundcheck__v1__track_service__create_tracks(
        fixture->service, &request, (Soundcheck__V1__CreateTracksResponse_Closure)fake_call_reply, &fixture->call);
}

static void start_update(struct fixture *fixture)
{
    Soundcheck__V1__UpdateTrackRequest request = SOUNDCHECK__V1__UPDATE_TRACK_REQUEST__INIT;
    request.track_id = "a";
    request.track = tracks[0];
    begin_update(fixture, &request);
}

static void start_masked_update(struct fixture *fixture)
{
    static char *paths[] = {"name", "badge.color"};
    Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
    mask.n_paths = 2;
    mask.paths = paths;
    Soundcheck__V1__Badge badge = SOUNDCHECK__V1__BADGE__INIT;
    badge._color_case = SOUNDCHECK__V1__BADGE___COLOR_COLOR;
    badge.color = "red";
    Soundcheck__V1__Track track = SOUNDCHECK__V1__TRACK__INIT;
    track.name = "Another name";
    track._badge_case = SOUNDCHECK__V1__TRACK___BADGE_BADGE;
    track.badge = &badge;
    Soundcheck__V1__UpdateTrackRequest request = SOUNDCHECK__V1__UPDATE_TRACK_REQUEST__INIT;
    request.track_id = "a";
    request.track = &track;
    request.update_mask = &mask;
    begin_update(fixture, &request);
    fake_call_wait(&fixture->call); /* what was sent is on this stack */
    sem_post(&fixture->call.answered);
}

static void refuses_cleanly_wherever_memory_ends(void **state)
{
    static const struct {
        const char *name;
        void (*start)(struct fixture *fixture);
        enum status_code last; /* when there is enough */
    } cases[] = {
        {"get", start_get, STATUS_OK},       {"list", start_list, STATUS_OK},
        {"page", start_page, STATUS_OK},     {"create", start_create, STATUS_ALREADY_EXISTS},
        {"update", start_update, STATUS_OK}, {"masked update", start_masked_update, STATUS_OK},
    };
    struct fixture *fixture = *state;
    tracks[0] = &fixture->example.track;
    create_some(fixture, 2, (const char *[]){"a", "b"});
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        enum status_code code = STATUS_RESOURCE_EXHAUSTED;
        for (size_t bytes = 0; bytes < BYTES_MAX; bytes += 64) {
            char lent[BYTES_MAX];
            begin(fixture);
            arena_init_lent(&fixture->call.arena, lent, bytes, 0);
            cases[i].start(fixture);
            fake_call_wait(&fixture->call);
            code = fixture->call.st.code;
            if (code != STATUS_RESOURCE_EXHAUSTED && code != cases[i].last)
                fail_msg("%s, %zu bytes: %s", cases[i].name, bytes, fixture->call.st.message);
        }
        assert_int_equal(code, cases[i].last);
    }
}

int main(void)
{
    static struct CMUnitTest tests[] = {
        EACH(refuses_cleanly_wherever_memory_ends),
    };
    return run_on_every_store(tests, sizeof(tests) / sizeof(tests[0]));
}
