/* ListTracks on every store: by ids, by filters, in pages. */
#include <stdio.h>
#include <string.h>

#include "service/limits.h"
#include "tests/service/handler/handler_fixture.h"

/* ---- Ids ---- */

static void lists_by_ids_or_all_in_order(void **state)
{
    struct fixture *fixture = *state;
    create_some(fixture, 4, (const char *[]){"d", "a", "c", "b"});
    expect_ids(list(fixture, 0, NULL), 4, (const char *[]){"a", "b", "c", "d"});
    expect_ids(list(fixture, 5, (const char *[]){"d", "x", "b", "d", ""}), 2, (const char *[]){"b", "d"});
    expect_ids(list(fixture, 1, (const char *[]){""}), 0, NULL);
    expect_ids(list(fixture, 1, (const char *[]){"c"}), 1, (const char *[]){"c"});
}

static void refuses_to_list_too_many_ids(void **state)
{
    struct fixture *fixture = *state;
    static const char *ids[REQUEST_TRACKS_MAX + 1];
    for (int i = 0; i <= REQUEST_TRACKS_MAX; i++)
        ids[i] = "a";
    expect_ids(list(fixture, REQUEST_TRACKS_MAX, ids), 0, NULL);
    assert_null(list(fixture, REQUEST_TRACKS_MAX + 1, ids));
    expect_violations(fixture, "tracks: expected at most 1000, got 1001\n");
}

/* ---- Filters ---- */

/* a: a draft; b: a campaign, archived, of a group; c: another owner's, no draft; d: nothing that is optional. */
static void create_various(struct fixture *fixture)
{
    Soundcheck__V1__Track tracks[4];
    Soundcheck__V1__Track *pointers[4];
    static char *const ids[] = {"a", "b", "c", "d"};
    for (int i = 0; i < 4; i++) {
        tracks[i] = fixture->example.track;
        tracks[i].id = ids[i];
        pointers[i] = &tracks[i];
    }
    tracks[1].type = SOUNDCHECK__V1__TRACK__TYPE__campaign;
    tracks[1]._archived_case = SOUNDCHECK__V1__TRACK___ARCHIVED_ARCHIVED;
    tracks[1].archived = 1;
    tracks[1]._group_case = SOUNDCHECK__V1__TRACK___GROUP_GROUP;
    tracks[1].group = "quality";
    tracks[2].owner_entity_ref = "group:default/other";
    tracks[2].draft = 0;
    tracks[3]._draft_case = SOUNDCHECK__V1__TRACK___DRAFT__NOT_SET;
    assert_non_null(create(fixture, 4, pointers));
}

static Soundcheck__V1__ListTracksRequest all(void)
{
    return (Soundcheck__V1__ListTracksRequest)SOUNDCHECK__V1__LIST_TRACKS_REQUEST__INIT;
}

static Soundcheck__V1__ListTracksRequest of_type(Soundcheck__V1__Track__Type type)
{
    Soundcheck__V1__ListTracksRequest request = all();
    request._type_case = SOUNDCHECK__V1__LIST_TRACKS_REQUEST___TYPE_TYPE;
    request.type = type;
    return request;
}

static Soundcheck__V1__ListTracksRequest of_owner(char *owner)
{
    Soundcheck__V1__ListTracksRequest request = all();
    request._owner_entity_ref_case = SOUNDCHECK__V1__LIST_TRACKS_REQUEST___OWNER_ENTITY_REF_OWNER_ENTITY_REF;
    request.owner_entity_ref = owner;
    return request;
}

static Soundcheck__V1__ListTracksRequest of_group(char *group)
{
    Soundcheck__V1__ListTracksRequest request = all();
    request._group_case = SOUNDCHECK__V1__LIST_TRACKS_REQUEST___GROUP_GROUP;
    request.group = group;
    return request;
}

static Soundcheck__V1__ListTracksRequest of_draft(bool draft)
{
    Soundcheck__V1__ListTracksRequest request = all();
    request._draft_case = SOUNDCHECK__V1__LIST_TRACKS_REQUEST___DRAFT_DRAFT;
    request.draft = draft;
    return request;
}

static Soundcheck__V1__ListTracksRequest of_archived(bool archived)
{
    Soundcheck__V1__ListTracksRequest request = all();
    request._archived_case = SOUNDCHECK__V1__LIST_TRACKS_REQUEST___ARCHIVED_ARCHIVED;
    request.archived = archived;
    return request;
}

/* "a b" */
static void expect_list(struct fixture *fixture, const Soundcheck__V1__ListTracksRequest *request, const char *expected)
{
    char found[64] = "";
    const Soundcheck__V1__ListTracksResponse *reply = list_as(fixture, request);
    assert_non_null(reply);
    for (size_t i = 0; i < reply->n_tracks; i++)
        snprintf(found + strlen(found), sizeof(found) - strlen(found), "%s%s", i ? " " : "", reply->tracks[i]->id);
    assert_string_equal(found, expected);
}

static void lists_what_fits_a_filter(void **state)
{
    struct fixture *fixture = *state;
    const struct {
        Soundcheck__V1__ListTracksRequest request;
        const char *expected;
    } cases[] = {
        {all(), "a b c d"},
        {of_type(SOUNDCHECK__V1__TRACK__TYPE__standard), "a c d"},
        {of_type(SOUNDCHECK__V1__TRACK__TYPE__campaign), "b"},
        {of_type(SOUNDCHECK__V1__TRACK__TYPE__playlist), ""},
        {of_owner("group:default/other"), "c"},
        {of_owner("group:default/othe"), ""},
        {of_group("quality"), "b"},
        {of_group(""), "a c d"},
        {of_draft(true), "a b"},
        {of_draft(false), "c d"},
        {of_archived(true), "b"},
        {of_archived(false), "a c d"},
    };
    create_various(fixture);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        expect_list(fixture, &cases[i].request, cases[i].expected);
}

static void lists_what_fits_all_filters_and_ids(void **state)
{
    struct fixture *fixture = *state;
    create_various(fixture);
    Soundcheck__V1__ListTracksRequest request = of_draft(true);
    request._type_case = SOUNDCHECK__V1__LIST_TRACKS_REQUEST___TYPE_TYPE;
    request.type = SOUNDCHECK__V1__TRACK__TYPE__standard;
    expect_list(fixture, &request, "a");
    request = of_archived(false);
    request.n_tracks = 3;
    request.tracks = (char *[]){"d", "b", "a"};
    expect_list(fixture, &request, "a d");
}

/* ---- Pages ---- */

/* The ids of all pages, "a b|c d|e". The request is as it was afterwards. */
static void expect_pages(struct fixture *fixture, Soundcheck__V1__ListTracksRequest *request, const char *expected)
{
    char found[128] = "";
    char token[256] = "";
    char *before = request->page_token;
    for (;;) {
        request->page_token = token;
        const Soundcheck__V1__ListTracksResponse *reply = list_as(fixture, request);
        if (!reply)
            fail_msg("behind \"%s\": %s", found, fixture->call.st.message);
        for (size_t i = 0; i < reply->n_tracks; i++)
            snprintf(found + strlen(found), sizeof(found) - strlen(found), "%s%s", i ? " " : "", reply->tracks[i]->id);
        if (!reply->_next_page_token_case)
            break;
        snprintf(token, sizeof(token), "%s", reply->next_page_token);
        strcat(found, "|");
    }
    request->page_token = before;
    assert_string_equal(found, expected);
}

static void gives_all_tracks_in_pages(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        int32_t page_size;
        const char *expected;
    } cases[] = {
        {0, "a b c d e"}, {1, "a|b|c|d|e"}, {2, "a b|c d|e"}, {4, "a b c d|e"}, {5, "a b c d e"}, {6, "a b c d e"},
    };
    Soundcheck__V1__ListTracksRequest request = all();
    expect_pages(fixture, &request, "");
    create_some(fixture, 5, (const char *[]){"b", "e", "a", "d", "c"});
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        request.page_size = cases[i].page_size;
        expect_pages(fixture, &request, cases[i].expected);
    }
}

static void gives_what_fits_in_pages(void **state)
{
    struct fixture *fixture = *state;
    create_various(fixture);
    Soundcheck__V1__ListTracksRequest request = of_archived(false);
    request.page_size = 2;
    expect_pages(fixture, &request, "a c|d");
    request.page_size = 3;
    expect_pages(fixture, &request, "a c d");
    request.n_tracks = 5;
    request.tracks = (char *[]){"d", "c", "b", "a", "c"};
    request.page_size = 1;
    expect_pages(fixture, &request, "a|c|d");
}

static void gives_no_more_than_a_page_holds(void **state)
{
    struct fixture *fixture = *state;
    static Soundcheck__V1__Track tracks[PAGE_TRACKS_MAX];
    static Soundcheck__V1__Track *pointers[PAGE_TRACKS_MAX];
    static char ids[PAGE_TRACKS_MAX][16];
    for (int i = 0; i < PAGE_TRACKS_MAX; i++) {
        tracks[i] = fixture->example.track;
        snprintf(ids[i], sizeof(ids[i]), "t%d", i);
        tracks[i].id = ids[i];
        pointers[i] = &tracks[i];
    }
    assert_non_null(create(fixture, PAGE_TRACKS_MAX, pointers));
    create_some(fixture, 1, (const char *[]){"z"});
    Soundcheck__V1__ListTracksRequest request = all();
    request.page_size = INT32_MAX;
    const Soundcheck__V1__ListTracksResponse *reply = list_as(fixture, &request);
    assert_int_equal(reply->n_tracks, PAGE_TRACKS_MAX);
    char token[256];
    snprintf(token, sizeof(token), "%s", reply->next_page_token);
    request.page_token = token;
    expect_list(fixture, &request, "z");
}

/* The token of a page of one track, in the caller's room of 256 bytes. */
static void first_token(struct fixture *fixture, Soundcheck__V1__ListTracksRequest request, char *ret_token)
{
    request.page_size = 1;
    const Soundcheck__V1__ListTracksResponse *reply = list_as(fixture, &request);
    assert_non_null(reply);
    snprintf(ret_token, 256, "%s", reply->next_page_token);
}

static void continues_behind_a_track_that_is_there_no_more(void **state)
{
    struct fixture *fixture = *state;
    create_some(fixture, 3, (const char *[]){"a", "c", "d"});
    char token[256];
    first_token(fixture, all(), token);
    assert_true(remove_track(fixture, "a"));
    create_some(fixture, 2, (const char *[]){"A", "b"});
    Soundcheck__V1__ListTracksRequest request = all();
    request.page_token = token;
    expect_list(fixture, &request, "b c d");
}

static void refuses_the_token_of_another_request(void **state)
{
    struct fixture *fixture = *state;
    create_various(fixture);
    Soundcheck__V1__ListTracksRequest by_ids = all();
    by_ids.n_tracks = 2;
    by_ids.tracks = (char *[]){"a", "c"};
    Soundcheck__V1__ListTracksRequest requests[] = {
        all(),
        by_ids,
        of_type(SOUNDCHECK__V1__TRACK__TYPE__standard),
        of_owner("group:default/example-owner"),
        of_group(""),
        of_draft(false),
        of_draft(true),
    };
    size_t count = sizeof(requests) / sizeof(requests[0]);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++) {
            char token[256];
            first_token(fixture, requests[i], token);
            requests[j].page_token = token;
            assert_true((list_as(fixture, &requests[j]) != NULL) == (i == j));
            if (i != j)
                expect_violations(fixture, "pageToken: belongs to a request for other tracks or with other filters\n");
            requests[j].page_token = (char *)protobuf_c_empty_string;
        }
}

static void names_all_that_is_wrong_with_a_request(void **state)
{
    struct fixture *fixture = *state;
    Soundcheck__V1__ListTracksRequest request = of_type((Soundcheck__V1__Track__Type)9);
    char token[] = "forged";
    request.page_size = -1;
    request.page_token = token;
    assert_null(list_as(fixture, &request));
    expect_violations(fixture, "type: 9 is not one of its values\n"
                               "pageSize: expected 0 or more, got -1\n"
                               "pageToken: expected a nextPageToken of this service\n");
}

int main(void)
{
    static struct CMUnitTest tests[] = {
        EACH(lists_by_ids_or_all_in_order),
        EACH(refuses_to_list_too_many_ids),
        EACH(lists_what_fits_a_filter),
        EACH(lists_what_fits_all_filters_and_ids),
        EACH(gives_all_tracks_in_pages),
        EACH(gives_what_fits_in_pages),
        EACH(gives_no_more_than_a_page_holds),
        EACH(continues_behind_a_track_that_is_there_no_more),
        EACH(refuses_the_token_of_another_request),
        EACH(names_all_that_is_wrong_with_a_request),
    };
    return run_on_every_store(tests, sizeof(tests) / sizeof(tests[0]));
}
