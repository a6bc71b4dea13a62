#include "base/ascii.h"

#include <ctype.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* The C library in the locale "C", in which a test starts, is the oracle. */
static void every_byte_is_what_the_c_locale_says(void **state)
{
    (void)state;
    for (int byte = 0; byte <= UCHAR_MAX; byte++) {
        char c = (char)byte;
        char text[] = {c, '\0'};
        int value = isxdigit(byte) ? (int)strtol(text, NULL, 16) : -1;
        assert_int_equal(ascii_is_digit(c), isdigit(byte) != 0);
        assert_int_equal(ascii_is_letter(c), isalpha(byte) != 0);
        assert_int_equal(ascii_is_lower(c), islower(byte) != 0);
        assert_int_equal(ascii_is_upper(c), isupper(byte) != 0);
        assert_int_equal(ascii_lower(c), (char)tolower(byte));
        assert_int_equal(ascii_hex_value(c), value);
    }
}

static void only_letters_are_equal_in_any_case(void **state)
{
    (void)state;
    static const struct {
        struct view a;
        struct view b;
        bool equal;
        bool starts; /* a with b */
    } cases[] = {
        {VIEW("Content-Length"), VIEW("content-lENGTH"), true, true},
        {VIEW(""), VIEW(""), true, true},
        {VIEW("a"), VIEW(""), false, true},
        {VIEW(""), VIEW("a"), false, false},
        {VIEW("ab"), VIEW("A"), false, true},
        {VIEW("@[`{"), VIEW("`{@["), false, false}, /* differ in the bit of the case, and are no letters */
        {VIEW("\xc3\x84"), VIEW("\xc3\xa4"), false, false},
        {VIEW("a\0B"), VIEW("A\0b"), true, true},
        {VIEW("a\0B"), VIEW("A\0c"), false, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        print_message("  %zu\n", i);
        assert_int_equal(ascii_equal_any_case(cases[i].a, cases[i].b), cases[i].equal);
        assert_int_equal(ascii_starts_any_case(cases[i].a, cases[i].b), cases[i].starts);
    }
    assert_true(ascii_equal_any_case((struct view){0}, view_of("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_is_what_the_c_locale_says),
        cmocka_unit_test(only_letters_are_equal_in_any_case),
    };
    return cmocka_run_group_tests_name("ascii", tests, NULL, NULL);
}
