/* Masks on tracks alone, and UpdateTrack with a mask on every store. */
#include "service/handler/update_mask.h"

#include <string.h>

#include "tests/service/handler/handler_fixture.h"

#define PATHS_MAX 8

/* The mask of a table's row: paths up to the first NULL. */
static Google__Protobuf__FieldMask mask_of(const char *const *paths)
{
    Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
    mask.paths = (char **)paths;
    while (mask.n_paths < PATHS_MAX && paths[mask.n_paths])
        mask.n_paths++;
    return mask;
}

static Soundcheck__V1__Track *update_fields(struct fixture *fixture, const Soundcheck__V1__Track *track,
                                            const char *const *paths)
{
    Google__Protobuf__FieldMask mask = mask_of(paths);
    Soundcheck__V1__UpdateTrackRequest request = SOUNDCHECK__V1__UPDATE_TRACK_REQUEST__INIT;
    request.track_id = "a";
    request.track = (Soundcheck__V1__Track *)track;
    request.update_mask = &mask;
    return update_as(fixture, &request);
}

/* A track that differs from the example in every kind of field. */
struct other_track {
    struct example_track parts;
    Soundcheck__V1__Badge badge;
    Soundcheck__V1__Track track;
};

static void init_other(struct other_track *other)
{
    example_track_init(&other->parts, "a");
    other->parts.level.ordinal = 9;
    other->parts.values[0].string_value = "y";
    other->badge = (Soundcheck__V1__Badge)SOUNDCHECK__V1__BADGE__INIT;
    other->badge._color_case = SOUNDCHECK__V1__BADGE___COLOR_COLOR;
    other->badge.color = "red";
    other->badge._type_case = SOUNDCHECK__V1__BADGE___TYPE_TYPE;
    other->badge.type = SOUNDCHECK__V1__BADGE__TYPE__status;
    other->track = other->parts.track;
    other->track.name = "Another name";
    other->track.description = "Another description";
    other->track.type = SOUNDCHECK__V1__TRACK__TYPE__campaign;
    other->track._draft_case = SOUNDCHECK__V1__TRACK___DRAFT__NOT_SET;
    other->track._badge_case = SOUNDCHECK__V1__TRACK___BADGE_BADGE;
    other->track.badge = &other->badge;
    other->track._documentation_url_case = SOUNDCHECK__V1__TRACK___DOCUMENTATION_URL_DOCUMENTATION_URL;
    other->track.documentation_url = "https://docs.example.com/";
    other->track.created_at = other->track.updated_at = "1999-01-01T00:00:00.000Z";
}

static void changes_the_fields_that_are_named_and_no_others(void **state)
{
    struct fixture *fixture = *state;
    struct other_track other;
    init_other(&other);
    static const struct {
        const char *paths[PATHS_MAX];
        bool name, draft, type, levels, filter, url;
    } cases[] = {
        {.paths = {"name"}, .name = true},
        {.paths = {"draft"}, .draft = true},
        {.paths = {"type", "name", "type"}, .type = true, .name = true},
        {.paths = {"levels"}, .levels = true},
        {.paths = {"filter", "id"}, .filter = true},
        {.paths = {"documentation_url"}, .url = true},
        {.paths = {"documentation_u_r_l"}, .url = true}, /* documentationURL in the JSON form of a mask */
        {.paths = {NULL}},
        {.paths = {"created_at", "updated_at"}},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        Soundcheck__V1__Track expected = fixture->example.track;
        expected.name = cases[i].name ? other.track.name : expected.name;
        expected._draft_case = cases[i].draft ? other.track._draft_case : expected._draft_case;
        expected.type = cases[i].type ? other.track.type : expected.type;
        expected.levels = cases[i].levels ? other.track.levels : expected.levels;
        expected.filter = cases[i].filter ? other.track.filter : expected.filter;
        if (cases[i].url) {
            expected._documentation_url_case = other.track._documentation_url_case;
            expected.documentation_url = other.track.documentation_url;
        }
        now_ms = 1714557600123;
        create_some(fixture, 1, (const char *[]){"a"});
        now_ms += 1000;
        bool changes = memcmp(&expected, &fixture->example.track, sizeof(expected)) != 0;
        const char *updated_at = changes ? "2024-05-01T10:00:01.123Z" : FIRST_TIME;
        expect_track(update_fields(fixture, &other.track, cases[i].paths), &expected, FIRST_TIME, updated_at);
        expect_track(get(fixture, "a"), &expected, FIRST_TIME, updated_at);
        assert_true(remove_track(fixture, "a"));
    }
}

static void changes_fields_of_a_badge(void **state)
{
    struct fixture *fixture = *state;
    static const char *const color[PATHS_MAX] = {"badge.color"};
    static const char *const badge[PATHS_MAX] = {"badge"};
    struct other_track other;
    init_other(&other);
    create_some(fixture, 1, (const char *[]){"a"});

    const Soundcheck__V1__Track *track = update_fields(fixture, &other.track, color);
    assert_string_equal(track->badge->color, "red");
    assert_int_equal(track->badge->_type_case, SOUNDCHECK__V1__BADGE___TYPE__NOT_SET);
    track = update_fields(fixture, &other.track, badge);
    assert_int_equal(track->badge->type, SOUNDCHECK__V1__BADGE__TYPE__status);

    other.badge._color_case = SOUNDCHECK__V1__BADGE___COLOR__NOT_SET;
    other.badge.type = SOUNDCHECK__V1__BADGE__TYPE__medal;
    track = update_fields(fixture, &other.track, color);
    assert_int_equal(track->badge->_color_case, SOUNDCHECK__V1__BADGE___COLOR__NOT_SET);
    assert_int_equal(track->badge->type, SOUNDCHECK__V1__BADGE__TYPE__status);
    other.track._badge_case = SOUNDCHECK__V1__TRACK___BADGE__NOT_SET;
    track = update_fields(fixture, &other.track, badge);
    assert_int_equal(track->_badge_case, SOUNDCHECK__V1__TRACK___BADGE__NOT_SET);
    track = update_fields(fixture, &other.track, color);
    assert_int_equal(track->_badge_case, SOUNDCHECK__V1__TRACK___BADGE__NOT_SET);
}

static void replaces_the_whole_track_when_the_mask_is_a_star(void **state)
{
    struct fixture *fixture = *state;
    static const char *const star[PATHS_MAX] = {"*"};
    struct other_track other;
    init_other(&other);
    create_some(fixture, 1, (const char *[]){"a"});
    now_ms += 1000;
    expect_track(update_fields(fixture, &other.track, star), &other.track, FIRST_TIME, "2024-05-01T10:00:01.123Z");
}

static void names_every_path_that_is_wrong(void **state)
{
    struct fixture *fixture = *state;
    static const char *const paths[PATHS_MAX] = {"nme",         "badge.colour", "name", "levels.name",
                                                 "filter.kind", "name.first",   "*",    ""};
    create_some(fixture, 1, (const char *[]){"a"});
    Soundcheck__V1__Track track = SOUNDCHECK__V1__TRACK__INIT;
    track.id = "b";
    assert_null(update_fields(fixture, &track, paths));
    expect_violations(fixture, "id: expected \"a\", the id of the track to update, got \"b\"\n"
                               "updateMask: \"nme\": Track has no field \"nme\"\n"
                               "updateMask: \"badge.colour\": Badge has no field \"colour\"\n"
                               "updateMask: \"levels.name\": levels can only be changed as a whole\n"
                               "updateMask: \"filter.kind\": filter can only be changed as a whole\n"
                               "updateMask: \"name.first\": name can only be changed as a whole\n"
                               "updateMask: \"*\": expected no other path beside it\n"
                               "updateMask: \"\": Track has no field \"\"\n");
    expect_track(get(fixture, "a"), &fixture->example.track, FIRST_TIME, FIRST_TIME);
}

static void refuses_too_many_paths(void **state)
{
    struct fixture *fixture = *state;
    static char *paths[UPDATE_MASK_PATHS_MAX + 1];
    for (size_t i = 0; i <= UPDATE_MASK_PATHS_MAX; i++)
        paths[i] = "name";
    create_some(fixture, 1, (const char *[]){"a"});
    Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
    Soundcheck__V1__UpdateTrackRequest request = SOUNDCHECK__V1__UPDATE_TRACK_REQUEST__INIT;
    request.track_id = "a";
    request.track = &fixture->example.track;
    request.update_mask = &mask;
    mask.paths = paths;
    mask.n_paths = UPDATE_MASK_PATHS_MAX;
    assert_non_null(update_as(fixture, &request));
    mask.n_paths++;
    assert_null(update_as(fixture, &request));
    expect_violations(fixture, "updateMask: expected at most 256 paths, got 257\n");
}

static void holds_the_outcome_to_the_rules(void **state)
{
    struct fixture *fixture = *state;
    static const char *const paths[PATHS_MAX] = {"name", "id", "filter", "exclude"};
    create_some(fixture, 1, (const char *[]){"a"});
    Soundcheck__V1__Track track = SOUNDCHECK__V1__TRACK__INIT;
    track._exclude_case = SOUNDCHECK__V1__TRACK___EXCLUDE_EXCLUDE;
    track.exclude = &fixture->example.filter;
    assert_null(update_fields(fixture, &track, paths));
    expect_violations(fixture, "id: required, must not be empty\n"
                               "name: required, must not be empty\n"
                               "exclude: only allowed together with filter\n");
    expect_track(get(fixture, "a"), &fixture->example.track, FIRST_TIME, FIRST_TIME);
}

static void creates_a_missing_track_as_it_is(void **state)
{
    struct fixture *fixture = *state;
    Google__Protobuf__FieldMask mask = mask_of((const char *[PATHS_MAX]){"name"});
    Soundcheck__V1__Track sent = fixture->example.track;
    sent.id = (char *)protobuf_c_empty_string;
    Soundcheck__V1__UpdateTrackRequest request = SOUNDCHECK__V1__UPDATE_TRACK_REQUEST__INIT;
    request.track_id = "a";
    request.track = &sent;
    request.update_mask = &mask;
    assert_null(update_as(fixture, &request));
    expect_failure(fixture, STATUS_NOT_FOUND, "there is no track \"a\"");
    request.allow_missing = 1;
    expect_track(update_as(fixture, &request), &fixture->example.track, FIRST_TIME, FIRST_TIME);
    assert_true(remove_track(fixture, "a"));
    sent.description = (char *)protobuf_c_empty_string;
    assert_null(update_as(fixture, &request));
    expect_violations(fixture, "description: required, must not be empty\n");
}

static void checks_without_writing_when_asked_to(void **state)
{
    struct fixture *fixture = *state;
    Google__Protobuf__FieldMask mask = mask_of((const char *[PATHS_MAX]){"name"});
    Soundcheck__V1__Track sent = SOUNDCHECK__V1__TRACK__INIT;
    sent.name = "Another name";
    Soundcheck__V1__UpdateTrackRequest request = SOUNDCHECK__V1__UPDATE_TRACK_REQUEST__INIT;
    request.track_id = "a";
    request.track = &sent;
    request.update_mask = &mask;
    request.validate_only = 1;
    create_some(fixture, 1, (const char *[]){"a"});
    Soundcheck__V1__Track expected = fixture->example.track;
    expected.name = sent.name;
    expect_track(update_as(fixture, &request), &expected, FIRST_TIME, "2024-05-01T10:00:00.124Z");
    expect_track(get(fixture, "a"), &fixture->example.track, FIRST_TIME, FIRST_TIME);
}

int main(void)
{
    static struct CMUnitTest tests[] = {
        EACH(changes_the_fields_that_are_named_and_no_others),
        EACH(changes_fields_of_a_badge),
        EACH(replaces_the_whole_track_when_the_mask_is_a_star),
        EACH(names_every_path_that_is_wrong),
        EACH(refuses_too_many_paths),
        EACH(holds_the_outcome_to_the_rules),
        EACH(creates_a_missing_track_as_it_is),
        EACH(checks_without_writing_when_asked_to),
    };
    return run_on_every_store(tests, sizeof(tests) / sizeof(tests[0]));
}
