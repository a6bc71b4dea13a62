/* What GetTrack and DeleteTrack say, and what all methods say alike, on every store. */
#include "tests/service/handler/handler_fixture.h"

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

static void deletes_a_track(void **state)
{
    struct fixture *fixture = *state;
    create_some(fixture, 3, (const char *[]){"a", "b", "c"});
    assert_true(remove_track(fixture, "b"));
    expect_ids(list(fixture, 0, NULL), 2, (const char *[]){"a", "c"});
    assert_false(remove_track(fixture, "b"));
}

int main(void)
{
    static struct CMUnitTest tests[] = {
        EACH(says_which_track_there_is_not),
        EACH(wants_a_track_id),
        EACH(deletes_a_track),
    };
    return run_on_every_store(tests, sizeof(tests) / sizeof(tests[0]));
}
