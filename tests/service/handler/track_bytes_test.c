/* A reply that holds bytes must read as one that holds the message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "service/handler/track_bytes.h"
#include "tests/service/handler/example_track.h"

static void check_length(size_t description_len)
{
    struct example_track example;
    struct arena arena;
    struct track_bytes bytes;
    struct track_bytes copy;
    struct stamp_places places;
    struct status st;
    char *description = calloc(1, description_len + 1);
    assert_non_null(description);
    memset(description, 'x', description_len);
    example_track_init(&example, "a");
    example.track.description = description;
    arena_init(&arena, 1024 * 1024);
    assert_true(track_bytes_encode(&example.track, &arena, &bytes, &places, &st));
    assert_true(track_bytes_copy(track_bytes_view(&bytes), &arena, &copy, &st));

    ProtobufCMessageUnknownField field = track_bytes_field(&copy, 1);
    Soundcheck__V1__GetTrackResponse reply = SOUNDCHECK__V1__GET_TRACK_RESPONSE__INIT;
    reply.base.n_unknown_fields = 1;
    reply.base.unknown_fields = &field;
    size_t len = soundcheck__v1__get_track_response__get_packed_size(&reply);
    uint8_t *packed = arena_alloc(&arena, len);
    assert_non_null(packed);
    assert_int_equal(soundcheck__v1__get_track_response__pack(&reply, packed), len);
    Soundcheck__V1__GetTrackResponse *read = soundcheck__v1__get_track_response__unpack(NULL, len, packed);
    assert_non_null(read);
    assert_int_equal(read->base.n_unknown_fields, 0);
    assert_string_equal(read->track->description, description);
    assert_string_equal(read->track->created_at, STAMP_BLANK);
    assert_int_equal(read->track->filter->n_fields, EXAMPLE_FILTER_KEYS);
    soundcheck__v1__get_track_response__free_unpacked(read, NULL);
    arena_free(&arena);
    free(description);
}

static void field_of_any_length_reads_as_the_track(void **state)
{
    (void)state;
    check_length(1);
    check_length(60000);
    /* The length of the whole track passes 2^14, from where it takes a byte more. */
    for (size_t len = 16384 - 300; len < 16384; len++)
        check_length(len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(field_of_any_length_reads_as_the_track)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
