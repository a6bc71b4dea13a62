#include "base/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"

static void fail_sets_code_and_message_and_returns_false(void **state)
{
    (void)state;
    struct status st = {.details = VIEW("old")};
    assert_false(status_fail(&st, STATUS_NOT_FOUND, "track %d", 7));
    assert_int_equal(st.code, STATUS_NOT_FOUND);
    assert_string_equal(st.message, "track 7");
    assert_int_equal(st.details.len, 0);
    status_clear(&st);
    assert_int_equal(st.code, STATUS_OK);
    assert_string_equal(st.message, "");
}

static void prefix_goes_before_the_message(void **state)
{
    (void)state;
    struct status st;
    status_fail(&st, STATUS_INVALID_ARGUMENT, "expected a number");
    assert_false(status_prefix(&st, "levels[%d]: ", 2));
    assert_string_equal(st.message, "levels[2]: expected a number");
    assert_int_equal(st.code, STATUS_INVALID_ARGUMENT);
}

/* Text of two-byte characters that is longer than a message, begun at an odd and at an even place. */
static void a_long_message_is_cut_between_characters_and_says_so(void **state)
{
    (void)state;
    char text[3 * STATUS_MESSAGE_BYTES_MAX];
    for (size_t shift = 0; shift < 2; shift++) {
        memset(text, 'x', shift);
        for (size_t i = shift; i + 2 < sizeof(text); i += 2)
            memcpy(text + i, "\xc3\xa9", 3);
        struct status st;
        status_fail(&st, STATUS_INTERNAL, "%s", text);
        size_t len = strlen(st.message);
        assert_in_range(len, STATUS_MESSAGE_BYTES_MAX - 8, STATUS_MESSAGE_BYTES_MAX - 1);
        assert_string_equal(st.message + len - 3, "...");
        assert_int_equal(utf8_valid_len(view_of(st.message)), len);
        status_prefix(&st, "before: ");
        len = strlen(st.message);
        assert_string_equal(st.message + len - 3, "...");
        assert_int_equal(utf8_valid_len(view_of(st.message)), len);
        assert_int_equal(memcmp(st.message, "before: ", 8), 0);
    }
}

static void bytes_that_are_not_utf8_become_question_marks(void **state)
{
    (void)state;
    struct status st;
    status_fail(&st, STATUS_NOT_FOUND, "no field \"%s\"", "a\xff\xc3\xa9\xc3");
    assert_string_equal(st.message, "no field \"a?\xc3\xa9?\"");
    status_prefix(&st, "\x80: ");
    assert_string_equal(st.message, "?: no field \"a?\xc3\xa9?\"");
}

static void every_code_has_its_name(void **state)
{
    (void)state;
    assert_string_equal(status_code_name(STATUS_OK), "OK");
    assert_string_equal(status_code_name(STATUS_UNAUTHENTICATED), "UNAUTHENTICATED");
    assert_string_equal(status_code_name((enum status_code)17), "UNKNOWN");
    assert_string_equal(status_code_name((enum status_code) - 1), "UNKNOWN");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fail_sets_code_and_message_and_returns_false),
        cmocka_unit_test(prefix_goes_before_the_message),
        cmocka_unit_test(a_long_message_is_cut_between_characters_and_says_so),
        cmocka_unit_test(bytes_that_are_not_utf8_become_question_marks),
        cmocka_unit_test(every_code_has_its_name),
    };
    return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
