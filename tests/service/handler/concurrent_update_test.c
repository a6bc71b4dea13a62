/* Writers of different fields of one track at the same time, on every store: each field has what its writer wrote last. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "tests/service/handler/handler_fixture.h"

#define WRITERS 4
#define ROUNDS  100

struct writer {
    ProtobufCService *service;
    const char *path; /* of the mask */
    size_t member;    /* offset of the text in a track */
    char last[32];    /* what it wrote last */
    int refused;
};

static char **member_of(Soundcheck__V1__Track *track, const struct writer *writer)
{
    return (char **)((char *)track + writer->member);
}

static void *write_a_field(void *ctx)
{
    struct writer *writer = ctx;
    Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
    mask.n_paths = 1;
    mask.paths = (char **)&writer->path;
    Soundcheck__V1__Track track = SOUNDCHECK__V1__TRACK__INIT;
    track._group_case = SOUNDCHECK__V1__TRACK___GROUP_GROUP;
    track._support_channel_case = SOUNDCHECK__V1__TRACK___SUPPORT_CHANNEL_SUPPORT_CHANNEL;
    track.group = track.support_channel = (char *)protobuf_c_empty_string;
    *member_of(&track, writer) = writer->last;
    Soundcheck__V1__UpdateTrackRequest request = SOUNDCHECK__V1__UPDATE_TRACK_REQUEST__INIT;
    request.track_id = "a";
    request.track = &track;
    request.update_mask = &mask;
    for (int i = 0; i < ROUNDS; i++) {
        struct server_call call;
        snprintf(writer->last, sizeof(writer->last), "%s %d", writer->path, i);
        fake_call_init(&call);
        soundcheck__v1__track_service__update_track(
            writer->service, &request, (Soundcheck__V1__UpdateTrackResponse_Closure)fake_call_reply, &call);
        fake_call_wait(&call);
        writer->refused += call.st.code != STATUS_OK;
        fake_call_free(&call);
    }
    return NULL;
}

static void loses_no_field_of_another_writer(void **state)
{
    struct fixture *fixture = *state;
    struct writer writers[WRITERS] = {
        {.path = "name", .member = offsetof(Soundcheck__V1__Track, name)},
        {.path = "description", .member = offsetof(Soundcheck__V1__Track, description)},
        {.path = "group", .member = offsetof(Soundcheck__V1__Track, group)},
        {.path = "support_channel", .member = offsetof(Soundcheck__V1__Track, support_channel)},
    };
    pthread_t threads[WRITERS];
    create_some(fixture, 1, (const char *[]){"a"});
    for (int i = 0; i < WRITERS; i++) {
        writers[i].service = fixture->service;
        assert_int_equal(pthread_create(&threads[i], NULL, write_a_field, &writers[i]), 0);
    }
    for (int i = 0; i < WRITERS; i++)
        pthread_join(threads[i], NULL);
    Soundcheck__V1__Track *track = get(fixture, "a");
    for (int i = 0; i < WRITERS; i++) {
        assert_int_equal(writers[i].refused, 0);
        assert_string_equal(*member_of(track, &writers[i]), writers[i].last);
    }
}

int main(void)
{
    static struct CMUnitTest tests[] = {EACH(loses_no_field_of_another_writer)};
    return run_on_every_store(tests, sizeof(tests) / sizeof(tests[0]));
}
