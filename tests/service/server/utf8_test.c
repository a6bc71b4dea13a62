#include "service/server/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static void finds_where_text_ends_to_be_good(void **state)
{
    (void)state;
    static const struct {
        struct view text;
        size_t good;
    } cases[] = {
        {{0}, 0},
        {VIEW("plain"), 5},
        {VIEW("eight by"), 8},
        {VIEW("sixteen bytes he"), 16},
        {VIEW("\x7f"), 1},
        {VIEW("\x00"), 0},
        {VIEW("12345\x00"), 5},
        {VIEW("12345678123\x00"
              "5678"),
         11},
        {VIEW("\xc2\x80\xdf\xbf"), 4},
        {VIEW("\xe0\xa0\x80\xec\xbf\xbf\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf"), 15},
        {VIEW("\xf0\x90\x80\x80\xf3\xbf\xbf\xbf\xf4\x8f\xbf\xbf"), 12},
        {VIEW("a\x80"), 1},     /* stray continuation */
        {VIEW("a\xc0\x80"), 1}, /* overlong */
        {VIEW("a\xc1\xbf"), 1},
        {VIEW("a\xe0\x9f\xbf"), 1},
        {VIEW("a\xf0\x8f\xbf\xbf"), 1},
        {VIEW("a\xed\xa0\x80"), 1},     /* surrogate */
        {VIEW("a\xf4\x90\x80\x80"), 1}, /* above U+10FFFF */
        {VIEW("a\xf5\x80\x80\x80"), 1},
        {VIEW("a\xff"), 1},
        {VIEW("a\xc3"), 1}, /* cut short */
        {VIEW("a\xe2\x82"), 1},
        {VIEW("a\xf0\x9f\x98"), 1},
        {VIEW("a\xc3g"), 1}, /* continuation missing */
        {VIEW("a\xe2\x82g"), 1},
        {VIEW("a\xf0\x9f\x98g"), 1},
        {VIEW("12345678\xc3\xa4"
              "12345678\xff"),
         18},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t good = utf8_text_len(cases[i].text);
        if (good != cases[i].good)
            fail_msg("case %zu: expected %zu, got %zu", i, cases[i].good, good);
    }
}

/* One bad byte at each place of a text of each length: found there, wherever words of eight begin and end. */
static void finds_a_bad_byte_at_every_place(void **state)
{
    (void)state;
    for (size_t len = 1; len <= 40; len++) {
        char *text = malloc(len);
        for (size_t bad = 0; bad < len; bad++) {
            memset(text, 'x', len);
            assert_int_equal(utf8_text_len(view_make(text, len)), len);
            text[bad] = '\0';
            assert_int_equal(utf8_text_len(view_make(text, len)), bad);
            text[bad] = (char)0x80;
            assert_int_equal(utf8_text_len(view_make(text, len)), bad);
        }
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_where_text_ends_to_be_good),
        cmocka_unit_test(finds_a_bad_byte_at_every_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
