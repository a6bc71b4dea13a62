#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "service/handler/page_token.h"
#include "service/limits.h"

#define HASH UINT64_C(0x0123456789abcdef)

static void reads_what_it_wrote(void **state)
{
    (void)state;
    static const struct view ids[] = {VIEW("a"), VIEW("basic-setup"), VIEW("\xe6\xbc\xa2/\xf0\x9f\x9a\x80 \"?&")};
    struct arena arena;
    arena_init(&arena, 4096);
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        struct view found;
        char *token = page_token_write(HASH, ids[i], &arena);
        assert_non_null(token);
        assert_int_equal(strspn(token, "0123456789abcdef"), strlen(token)); /* fit for any URL */
        assert_int_equal(page_token_read(token, HASH, &found), PAGE_TOKEN_OK);
        assert_true(view_equal(found, ids[i]));
    }
    arena_free(&arena);
}

static void refuses_what_it_did_not_write(void **state)
{
    (void)state;
    static const struct {
        const char *token;
        enum page_token_outcome expected;
    } cases[] = {
        {"efcdab896745230161", PAGE_TOKEN_OK},
        {"efcdab896745230261", PAGE_TOKEN_OF_ANOTHER_REQUEST},
        {"000000000000000061", PAGE_TOKEN_OF_ANOTHER_REQUEST},
        {"efcdab8967452301", PAGE_TOKEN_MALFORMED},
        {"efcdab89674523016", PAGE_TOKEN_MALFORMED},
        {"EFCDAB896745230161", PAGE_TOKEN_MALFORMED},
        {"efcdab8967452301g1", PAGE_TOKEN_MALFORMED},
        {"efcdab89674523016\xff", PAGE_TOKEN_MALFORMED},
        {"efcdab896745230100", PAGE_TOKEN_MALFORMED}, /* NUL */
        {"efcdab8967452301616200", PAGE_TOKEN_MALFORMED},
        {"efcdab8967452301c3", PAGE_TOKEN_MALFORMED},     /* half a character */
        {"efcdab8967452301eda080", PAGE_TOKEN_MALFORMED}, /* a surrogate */
        {"a", PAGE_TOKEN_MALFORMED},
        {"2", PAGE_TOKEN_MALFORMED},
        {"next page please", PAGE_TOKEN_MALFORMED},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char token[64];
        struct view found = {0};
        snprintf(token, sizeof(token), "%s", cases[i].token);
        if (page_token_read(token, HASH, &found) != cases[i].expected)
            fail_msg("%s", cases[i].token);
        assert_true(!found.data == (cases[i].expected != PAGE_TOKEN_OK));
    }
}

static void refuses_an_id_that_is_too_long(void **state)
{
    (void)state;
    for (size_t len = TRACK_ID_BYTES_MAX; len <= TRACK_ID_BYTES_MAX + 1; len++) {
        char id[TRACK_ID_BYTES_MAX + 1];
        struct arena arena;
        struct view found;
        memset(id, 'x', sizeof(id));
        arena_init(&arena, 4096);
        char *token = page_token_write(HASH, view_make(id, len), &arena);
        assert_int_equal(page_token_read(token, HASH, &found),
                         len <= TRACK_ID_BYTES_MAX ? PAGE_TOKEN_OK : PAGE_TOKEN_MALFORMED);
        arena_free(&arena);
    }
}

/* Requests that ask for different things though their texts are the same when they are written one behind the other. */
static void tells_requests_apart(void **state)
{
    (void)state;
    enum { COUNT = 6 };
    Soundcheck__V1__ListTracksRequest requests[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        requests[i] = (Soundcheck__V1__ListTracksRequest)SOUNDCHECK__V1__LIST_TRACKS_REQUEST__INIT;
    requests[1].n_tracks = 1;
    requests[1].tracks = (char *[]){"ab"};
    requests[2].n_tracks = 2;
    requests[2].tracks = (char *[]){"a", "b"};
    requests[3]._group_case = SOUNDCHECK__V1__LIST_TRACKS_REQUEST___GROUP_GROUP;
    requests[3].group = "ab";
    requests[4]._owner_entity_ref_case = SOUNDCHECK__V1__LIST_TRACKS_REQUEST___OWNER_ENTITY_REF_OWNER_ENTITY_REF;
    requests[4].owner_entity_ref = "ab";
    requests[5]._archived_case = SOUNDCHECK__V1__LIST_TRACKS_REQUEST___ARCHIVED_ARCHIVED;
    for (size_t i = 0; i < COUNT; i++)
        for (size_t j = 0; j < COUNT; j++)
            assert_true((page_token_hash(&requests[i]) == page_token_hash(&requests[j])) == (i == j));
    requests[0].page_size = 7; /* may change between pages */
    requests[0].page_token = "x";
    Soundcheck__V1__ListTracksRequest plain = SOUNDCHECK__V1__LIST_TRACKS_REQUEST__INIT;
    assert_int_equal(page_token_hash(&requests[0]), page_token_hash(&plain));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_it_wrote),
        cmocka_unit_test(refuses_what_it_did_not_write),
        cmocka_unit_test(refuses_an_id_that_is_too_long),
        cmocka_unit_test(tells_requests_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
