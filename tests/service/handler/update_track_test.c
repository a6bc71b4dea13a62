/* UpdateTrack of whole tracks, on every store. */
#include <string.h>

#include "service/limits.h"
#include "tests/service/handler/handler_fixture.h"

static Soundcheck__V1__UpdateTrackRequest request_to_create(struct fixture *fixture)
{
    Soundcheck__V1__UpdateTrackRequest request = SOUNDCHECK__V1__UPDATE_TRACK_REQUEST__INIT;
    request.track_id = "a";
    request.track = &fixture->example.track;
    request.allow_missing = 1;
    return request;
}

static void replaces_a_track_as_a_whole(void **state)
{
    struct fixture *fixture = *state;
    create_some(fixture, 1, (const char *[]){"a"});
    Soundcheck__V1__Track changed = fixture->example.track;
    changed.name = "Another name";
    changed._filter_case = SOUNDCHECK__V1__TRACK___FILTER__NOT_SET;
    now_ms += 1000;
    expect_track(update(fixture, "a", &changed), &changed, FIRST_TIME, "2024-05-01T10:00:01.123Z");
    expect_track(get(fixture, "a"), &changed, FIRST_TIME, "2024-05-01T10:00:01.123Z");
}

static void changes_nothing_when_nothing_changes(void **state)
{
    struct fixture *fixture = *state;
    create_some(fixture, 1, (const char *[]){"a"});
    Soundcheck__V1__Track again = fixture->example.track;
    again.created_at = "1999-01-01T00:00:00.000Z";
    again.updated_at = "";
    now_ms += 1000;
    expect_track(update(fixture, "a", &again), &again, FIRST_TIME, FIRST_TIME);
    expect_track(get(fixture, "a"), &again, FIRST_TIME, FIRST_TIME);
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
    expect_track(update(fixture, "a", &other.track), &other.track, FIRST_TIME, FIRST_TIME);
    expect_track(get(fixture, "a"), &fixture->example.track, FIRST_TIME, FIRST_TIME);
    other.values[0].string_value = "y"; /* of the same length */
    update(fixture, "a", &other.track);
    expect_track(get(fixture, "a"), &other.track, FIRST_TIME, "2024-05-01T10:00:01.123Z");
}

static void gives_each_change_a_later_time_whatever_the_clock_says(void **state)
{
    struct fixture *fixture = *state;
    create_some(fixture, 1, (const char *[]){"a"});
    Soundcheck__V1__Track changed = fixture->example.track;
    changed.name = "1";
    expect_track(update(fixture, "a", &changed), &changed, FIRST_TIME, "2024-05-01T10:00:00.124Z");
    now_ms -= 3600000;
    changed.name = "2";
    expect_track(update(fixture, "a", &changed), &changed, FIRST_TIME, "2024-05-01T10:00:00.125Z");
    now_ms += 7200000;
    changed.name = "3";
    expect_track(update(fixture, "a", &changed), &changed, FIRST_TIME, "2024-05-01T11:00:00.123Z");
}

static void creates_a_missing_track_when_allowed(void **state)
{
    struct fixture *fixture = *state;
    const Soundcheck__V1__UpdateTrackRequest request = request_to_create(fixture);
    expect_track(update_as(fixture, &request), &fixture->example.track, FIRST_TIME, FIRST_TIME);
    now_ms += 1;
    expect_track(update_as(fixture, &request), &fixture->example.track, FIRST_TIME, FIRST_TIME);
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
    expect_track(get(fixture, "a"), &fixture->example.track, FIRST_TIME, FIRST_TIME);
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
    expect_track(found, track, FIRST_TIME, FIRST_TIME);
    assert_int_equal(found->_group_case, SOUNDCHECK__V1__TRACK___GROUP_GROUP);
    assert_int_equal(found->_draft_case, SOUNDCHECK__V1__TRACK___DRAFT__NOT_SET);
    assert_int_equal(found->_archived_case, SOUNDCHECK__V1__TRACK___ARCHIVED_ARCHIVED);
    assert_int_equal(found->_badge_case, SOUNDCHECK__V1__TRACK___BADGE_BADGE);
    assert_int_equal(found->filter->n_fields, 0);
    assert_int_equal(found->milestones->n_values, 0);
    assert_int_equal(found->_exclude_case, SOUNDCHECK__V1__TRACK___EXCLUDE__NOT_SET);
}

static void does_not_write_for_a_caller_that_has_gone(void **state)
{
    struct fixture *fixture = *state;
    const Soundcheck__V1__UpdateTrackRequest request = request_to_create(fixture);
    begin(fixture);
    fixture->call.cancelled = true;
    begin_update(fixture, &request);
    assert_null(finish_update(fixture));
    assert_int_equal(fixture->call.st.code, STATUS_CANCELLED);
    expect_ids(list(fixture, 0, NULL), 0, NULL);
}

static void checks_without_writing_when_asked_to(void **state)
{
    struct fixture *fixture = *state;
    Soundcheck__V1__UpdateTrackRequest request = request_to_create(fixture);
    request.validate_only = 1;
    expect_track(update_as(fixture, &request), request.track, FIRST_TIME, FIRST_TIME);
    assert_string_equal(fixture->call.etag, "");
    assert_null(get(fixture, "a"));
    request.allow_missing = 0;
    assert_null(update_as(fixture, &request));
    expect_failure(fixture, STATUS_NOT_FOUND, "there is no track \"a\"");

    create_some(fixture, 1, (const char *[]){"a"});
    Soundcheck__V1__Track changed = fixture->example.track;
    changed.name = "Another name";
    request.track = &changed;
    now_ms += 1000;
    expect_track(update_as(fixture, &request), &changed, FIRST_TIME, "2024-05-01T10:00:01.123Z");
    expect_track(get(fixture, "a"), &fixture->example.track, FIRST_TIME, FIRST_TIME);
    changed.name = "";
    assert_null(update_as(fixture, &request));
    expect_violations(fixture, "name: required, must not be empty\n");
}

int main(void)
{
    static struct CMUnitTest tests[] = {
        EACH(replaces_a_track_as_a_whole),
        EACH(changes_nothing_when_nothing_changes),
        EACH(takes_other_order_of_keys_for_the_same_track_and_keeps_the_order_of_a_change),
        EACH(gives_each_change_a_later_time_whatever_the_clock_says),
        EACH(creates_a_missing_track_when_allowed),
        EACH(refuses_an_update_that_is_wrong),
        EACH(refuses_a_track_that_is_too_large),
        EACH(keeps_absent_and_empty_apart),
        EACH(does_not_write_for_a_caller_that_has_gone),
        EACH(checks_without_writing_when_asked_to),
    };
    return run_on_every_store(tests, sizeof(tests) / sizeof(tests[0]));
}
