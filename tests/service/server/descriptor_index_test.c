/* On the descriptors that track_service itself serves. */
#include "service/server/descriptor_index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "service/served_descriptors.h"

static int set_up(void **state)
{
    struct status st;
    if (!descriptor_index_create(served_descriptors, (struct descriptor_index **)state, &st))
        fail_msg("%s", st.message);
    return 0;
}

static int tear_down(void **state)
{
    descriptor_index_destroy(*state);
    return 0;
}

static void finds_files_by_what_they_declare(void **state)
{
    static const struct {
        const char *symbol;
        const char *file; /* NULL: there is none */
    } cases[] = {
        {"soundcheck.v1.Track", "soundcheck/v1/tracks.proto"},
        {"soundcheck.v1.Track.name", "soundcheck/v1/tracks.proto"},
        {"soundcheck.v1.Track.Type", "soundcheck/v1/tracks.proto"},
        {"soundcheck.v1.Track.campaign", "soundcheck/v1/tracks.proto"}, /* in the scope of its enum */
        {"soundcheck.v1.TrackService", "soundcheck/v1/tracks.proto"},
        {"soundcheck.v1.TrackService.GetTrack", "soundcheck/v1/tracks.proto"},
        {"google.protobuf.Value.kind", "google/protobuf/struct.proto"},
        {"google.protobuf.NULL_VALUE", "google/protobuf/struct.proto"},
        {"google.api.http", "google/api/annotations.proto"},
        {"grpc.health.v1.Health.Watch", "grpc/health/v1/health.proto"},
        {"grpc.reflection.v1alpha.ServerReflection", "grpc/reflection/v1alpha/reflection.proto"},
        {"", NULL},
        {"soundcheck.v1", NULL},
        {".soundcheck.v1.Track", NULL},
        {"soundcheck.v1.Trac", NULL},
        {"soundcheck.v1.Track.Type.campaign", NULL},
        {"soundcheck.v1.Track.nam", NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct descriptor_file *file = descriptor_index_symbol(*state, view_of(cases[i].symbol));
        if (!file != !cases[i].file || (file && strcmp(file->name, cases[i].file) != 0))
            fail_msg("%s: %s", cases[i].symbol, file ? file->name : "not found");
        if (file)
            assert_ptr_equal(file, descriptor_index_file(*state, view_of(cases[i].file)));
    }
    assert_null(descriptor_index_symbol(*state, view_make("soundcheck.v1.Track\0", 20)));
    assert_null(descriptor_index_file(*state, view_of("tracks.proto")));
}

static void gives_a_file_with_all_that_it_imports(void **state)
{
    static const char *const expected[] = {
        "soundcheck/v1/tracks.proto",   "gateway/v1/annotations.proto", "google/protobuf/descriptor.proto",
        "google/api/annotations.proto", "google/api/http.proto",        "google/protobuf/empty.proto",
        "google/protobuf/struct.proto",
    };
    const struct descriptor_file *file = descriptor_index_file(*state, view_of("soundcheck/v1/tracks.proto"));
    assert_ptr_equal(file->files[0], file);
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        size_t found = 0;
        for (size_t j = 0; j < file->file_count; j++)
            found += strcmp(file->files[j]->name, expected[i]) == 0;
        if (found != 1)
            fail_msg("%s is there %zu times", expected[i], found);
    }
}

static void finds_extensions(void **state)
{
    size_t count;
    const struct descriptor_extension *extensions =
        descriptor_index_extensions(*state, view_of("google.protobuf.MethodOptions"), &count);
    assert_int_not_equal(count, 0);
    bool found = false;
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(extensions[i].extendee, "google.protobuf.MethodOptions");
        assert_true(i == 0 || extensions[i - 1].number < extensions[i].number);
        found |=
            extensions[i].number == 72295728 && strcmp(extensions[i].file->name, "google/api/annotations.proto") == 0;
    }
    assert_true(found);
    (void)descriptor_index_extensions(*state, view_of("google.protobuf.FileOptions"), &count);
    assert_int_equal(count, 0);
}

static void names_services(void **state)
{
    const char *name;
    bool found = false;
    for (size_t i = 0; (name = descriptor_index_service(*state, i)) != NULL; i++)
        found |= strcmp(name, "soundcheck.v1.TrackService") == 0;
    assert_true(found);
}

static void refuses_what_is_no_set(void **state)
{
    (void)state;
    static const struct {
        struct view set;
        const char *message;
    } cases[] = {
        {VIEW("\x0a\x05nope"), "expected an encoded FileDescriptorSet"},
        {VIEW("\x0a\x0e\x0a\x07"
              "a.proto\x1a\x03"
              "b.p"),
         "a.proto: its import b.p is missing"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct descriptor_index *index;
        struct status st;
        assert_false(descriptor_index_create(cases[i].set, &index, &st));
        assert_int_equal(st.code, STATUS_INVALID_ARGUMENT);
        assert_string_equal(st.message, cases[i].message);
    }
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(finds_files_by_what_they_declare),
        CASE(gives_a_file_with_all_that_it_imports),
        CASE(finds_extensions),
        CASE(names_services),
        cmocka_unit_test(refuses_what_is_no_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
