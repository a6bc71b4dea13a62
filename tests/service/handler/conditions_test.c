/* if-match, if-none-match and etag, of all methods on every store. */
#include <stdio.h>
#include <string.h>

#include "tests/service/handler/handler_fixture.h"

#define OTHER "\"0000000000000fff\""

/* Creates "a" and returns its etag, which lives as long as the fixture's next call but one. */
static const char *create_one(struct fixture *fixture)
{
    static char etag[64];
    create_some(fixture, 1, (const char *[]){"a"});
    snprintf(etag, sizeof(etag), "%s", fixture->call.etag);
    return etag;
}

static void gives_each_version_a_strong_etag(void **state)
{
    struct fixture *fixture = *state;
    const char *etag = create_one(fixture);
    assert_int_equal(strlen(etag), 18);
    assert_int_equal(etag[0], '"');
    assert_non_null(get(fixture, "a"));
    assert_string_equal(fixture->call.etag, etag);
    Soundcheck__V1__Track changed = fixture->example.track;
    assert_non_null(update(fixture, "a", &changed));
    assert_string_equal(fixture->call.etag, etag); /* nothing was changed */
    changed.name = "Another name";
    assert_non_null(update(fixture, "a", &changed));
    assert_string_not_equal(fixture->call.etag, etag);
    char second[64];
    snprintf(second, sizeof(second), "%s", fixture->call.etag);
    assert_non_null(update(fixture, "a", &fixture->example.track));
    assert_string_not_equal(fixture->call.etag, etag); /* what it was before is another version all the same */
    assert_string_not_equal(fixture->call.etag, second);
}

static void gives_no_etag_with_several_tracks_and_with_refusals(void **state)
{
    struct fixture *fixture = *state;
    create_some(fixture, 2, (const char *[]){"a", "b"});
    assert_string_equal(fixture->call.etag, "");
    assert_non_null(list(fixture, 0, NULL));
    assert_string_equal(fixture->call.etag, "");
    assert_null(get(fixture, "c"));
    assert_string_equal(fixture->call.etag, "");
    assert_true(remove_track(fixture, "a"));
    assert_string_equal(fixture->call.etag, "");
}

/* ---- The table: what a condition lets through, on a track that is there ---- */

enum { GET, PUT, CREATING_PUT, MASKED_PUT, DELETE, METHODS };

static bool call(struct fixture *fixture, int method, const char *id)
{
    Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
    mask.n_paths = 1;
    mask.paths = (char *[]){"name"};
    Soundcheck__V1__Track track = fixture->example.track;
    track.id = (char *)id;
    track.name = "Another name";
    Soundcheck__V1__UpdateTrackRequest request = SOUNDCHECK__V1__UPDATE_TRACK_REQUEST__INIT;
    request.track_id = (char *)id;
    request.track = &track;
    request.allow_missing = method == CREATING_PUT;
    request.update_mask = method == MASKED_PUT ? &mask : NULL;
    switch (method) {
    case GET: return get(fixture, id);
    case DELETE: return remove_track(fixture, id);
    default: return update_as(fixture, &request);
    }
}

static void honours_conditions(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *key;
        const char *format; /* of the current etag */
        bool passes;
    } cases[] = {
        {"if-match", "%s", true},
        {"if-match", "*", true},
        {"if-match", OTHER ", %s", true},
        {"if-match", OTHER, false},
        {"if-match", "W/%s", false}, /* changes want a strong comparison */
        {"if-match", "\"\"", false},
        {"if-none-match", OTHER, true},
        {"if-none-match", "%s", false},
        {"if-none-match", "W/%s", false},
        {"if-none-match", OTHER ",%s", false},
        {"if-none-match", "*", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        for (int method = 0; method < METHODS; method++) {
            char value[128];
            create_some(fixture, 1, (const char *[]){"a"});
            snprintf(value, sizeof(value), cases[i].format, fixture->call.etag);
            with(fixture, cases[i].key, value);
            bool passed = call(fixture, method, "a");
            bool expected = cases[i].passes || (method == GET && strcmp(cases[i].key, "if-none-match") == 0);
            if (passed != expected || (!passed && fixture->call.st.code != STATUS_ABORTED))
                fail_msg("%s: %s, method %d: %s", cases[i].key, value, method,
                         passed ? "passed" : fixture->call.st.message);
            const Soundcheck__V1__Track *after = get(fixture, "a");
            bool changed = passed && method != GET;
            if (changed && method == DELETE)
                assert_null(after);
            else
                assert_string_equal(after->name, changed ? "Another name" : fixture->example.track.name);
            if (after)
                assert_true(remove_track(fixture, "a"));
        }
}

static void takes_all_values_of_a_key_for_one_list(void **state)
{
    struct fixture *fixture = *state;
    const char *etag = create_one(fixture);
    with(fixture, "if-match", OTHER);
    with(fixture, "if-match", etag);
    assert_non_null(get(fixture, "a"));
    with(fixture, "if-match", OTHER);
    with(fixture, "if-match", OTHER);
    assert_null(get(fixture, "a"));
    with(fixture, "if-match", etag);
    with(fixture, "if-none-match", OTHER);
    assert_true(call(fixture, PUT, "a"));
}

static void names_the_etag_that_there_is(void **state)
{
    struct fixture *fixture = *state;
    const char *etag = create_one(fixture);
    char expected[128];
    with(fixture, "if-match", OTHER);
    assert_null(update(fixture, "a", &fixture->example.track));
    snprintf(expected, sizeof(expected), "if-match: the etag of track \"a\" is %s", etag);
    expect_failure(fixture, STATUS_ABORTED, expected);
}

static void finds_a_missing_track_missing_first(void **state)
{
    struct fixture *fixture = *state;
    for (int method = 0; method < METHODS; method++) {
        with(fixture, "if-match", OTHER);
        assert_false(call(fixture, method, "a"));
        if (method == CREATING_PUT)
            expect_failure(fixture, STATUS_ABORTED, "if-match: there is no track \"a\"");
        else
            expect_failure(fixture, STATUS_NOT_FOUND, "there is no track \"a\"");
    }
    with(fixture, "if-match", "*");
    assert_false(call(fixture, CREATING_PUT, "a"));
    expect_failure(fixture, STATUS_ABORTED, "if-match: there is no track \"a\"");
}

static void creates_once_when_there_must_be_none(void **state)
{
    struct fixture *fixture = *state;
    for (int method = PUT; method <= MASKED_PUT; method++) {
        with(fixture, "if-none-match", "*");
        assert_true(call(fixture, method, "a"));
        assert_int_equal(strlen(fixture->call.etag), 18);
        with(fixture, "if-none-match", "*");
        assert_false(call(fixture, method, "a"));
        assert_int_equal(fixture->call.st.code, STATUS_ABORTED);
        assert_true(remove_track(fixture, "a"));
    }
}

static void refuses_what_is_no_condition(void **state)
{
    struct fixture *fixture = *state;
    static const char *const values[] = {"", "etag", "'x'", "\"open", "*, \"x\"", "\"a\" \"b\""};
    create_one(fixture);
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        for (int method = 0; method < METHODS; method++)
            for (int key = 0; key < 2; key++) {
                with(fixture, key ? "if-match" : "if-none-match", values[i]);
                assert_false(call(fixture, method, "a"));
                assert_int_equal(fixture->call.st.code, STATUS_INVALID_ARGUMENT);
            }
    assert_string_equal(get(fixture, "a")->name, fixture->example.track.name);
}

int main(void)
{
    static struct CMUnitTest tests[] = {
        EACH(gives_each_version_a_strong_etag),
        EACH(gives_no_etag_with_several_tracks_and_with_refusals),
        EACH(honours_conditions),
        EACH(takes_all_values_of_a_key_for_one_list),
        EACH(names_the_etag_that_there_is),
        EACH(finds_a_missing_track_missing_first),
        EACH(creates_once_when_there_must_be_none),
        EACH(refuses_what_is_no_condition),
    };
    return run_on_every_store(tests, sizeof(tests) / sizeof(tests[0]));
}
