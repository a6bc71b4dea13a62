#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "service/handler/stamps.h"

#define CREATED                                                                                                        \
    "\x7a\x18"                                                                                                         \
    "2024-05-01T10:00:00.123Z"
#define UPDATED                                                                                                        \
    "\x82\x01\x18"                                                                                                     \
    "2024-05-02T10:00:00.123Z"

static void finds_stamps_between_any_other_fields(void **state)
{
    (void)state;
    static const struct {
        struct view bytes;
        size_t created_at;
        size_t updated_at;
    } cases[] = {
        {VIEW(CREATED UPDATED), 2, 29},
        {VIEW(UPDATED CREATED), 29, 3},
        {VIEW("\x0a\x01"
              "a" CREATED UPDATED "\x88\x01\x01"),
         5, 32},
        {VIEW("\x09"
              "12345678" CREATED "\x0d"
              "1234" UPDATED),
         11, 43},
        {VIEW(CREATED CREATED UPDATED), 28, 55},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct stamp_places places;
        assert_true(stamps_find(cases[i].bytes, &places));
        assert_int_equal(places.created_at, cases[i].created_at);
        assert_int_equal(places.updated_at, cases[i].updated_at);
        struct stamps stamps = stamps_read(cases[i].bytes.data, &places);
        assert_string_equal(stamps.created_at, "2024-05-01T10:00:00.123Z");
        assert_string_equal(stamps.updated_at, "2024-05-02T10:00:00.123Z");
    }
}

static void refuses_bytes_without_both_stamps(void **state)
{
    (void)state;
    static const struct view cases[] = {
        VIEW(""),
        VIEW(CREATED),
        VIEW(UPDATED),
        VIEW("\x7a\x04"
             "2024" UPDATED),
        VIEW(CREATED UPDATED "\x0b"),
        VIEW(CREATED UPDATED "\x0a\x02"
                             "a"),
        VIEW(CREATED UPDATED "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
        VIEW(CREATED UPDATED "\x88\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct stamp_places places;
        if (stamps_find(cases[i], &places))
            fail_msg("case %zu", i);
    }
}

static void reads_no_byte_behind_the_end(void **state)
{
    (void)state;
    static const char bytes[] = "\x0a\x01"
                                "a" CREATED UPDATED;
    for (size_t len = 0; len < sizeof(bytes) - 1; len++) {
        char *exact = test_malloc(len ? len : 1);
        struct stamp_places places;
        memcpy(exact, bytes, len);
        assert_false(stamps_find(view_make(exact, len), &places));
        test_free(exact);
    }
}

static void writes_stamps_in_place(void **state)
{
    (void)state;
    char bytes[] = CREATED UPDATED "tail";
    struct stamp_places places;
    assert_true(stamps_find(view_make(bytes, sizeof(bytes) - 5), &places));
    struct stamps stamps = stamps_of_creation(0);
    stamps_write(bytes, &places, &stamps);
    assert_memory_equal(bytes,
                        "\x7a\x18"
                        "1970-01-01T00:00:00.000Z"
                        "\x82\x01\x18"
                        "1970-01-01T00:00:00.000Z"
                        "tail",
                        sizeof(bytes));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_stamps_between_any_other_fields),
        cmocka_unit_test(refuses_bytes_without_both_stamps),
        cmocka_unit_test(reads_no_byte_behind_the_end),
        cmocka_unit_test(writes_stamps_in_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
