/* Both ways to scan, against the definition: every byte at every place of blocks of any length and alignment. */
#include "web/http1/http1_scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LEN_MAX 40

static bool is_control(int byte)
{
    return (byte < ' ' && byte != '\t') || byte == 127;
}

static void check(const char *data, size_t from, size_t end, size_t expected)
{
    assert_int_equal(http1_scan(data, from, end), expected);
    assert_int_equal(http1_scan_portable(data, from, end), expected);
}

static void check_visible(const char *data, size_t from, size_t end, size_t expected)
{
    assert_int_equal(http1_scan_visible(data, from, end), expected);
    assert_int_equal(http1_scan_visible_portable(data, from, end), expected);
}

static void finds_each_control_character_at_each_place(void **state)
{
    (void)state;
    for (size_t len = 1; len <= LEN_MAX; len++) {
        char *data = malloc(len); /* of its size, so that a sanitizer sees what reads beyond it */
        assert_non_null(data);
        for (int byte = 0; byte < 256; byte++) {
            for (size_t at = 0; at < len; at++) {
                memset(data, at % 2 ? 0xff : 'a', len);
                data[at] = (char)byte;
                check(data, 0, len, is_control(byte) ? at : len);
            }
        }
        free(data);
    }
}

static void finds_each_invisible_byte_at_each_place(void **state)
{
    (void)state;
    for (size_t len = 1; len <= LEN_MAX; len++) {
        char *data = malloc(len);
        assert_non_null(data);
        for (int byte = 0; byte < 256; byte++) {
            for (size_t at = 0; at < len; at++) {
                memset(data, at % 2 ? '~' : '!', len);
                data[at] = (char)byte;
                check_visible(data, 0, len, byte > ' ' && byte < 127 ? len : at);
            }
        }
        free(data);
    }
}

static void skips_what_stands_before_and_behind(void **state)
{
    (void)state;
    char data[LEN_MAX];
    memset(data, '\r', sizeof(data));
    for (size_t from = 0; from <= LEN_MAX; from++) {
        for (size_t end = from; end <= LEN_MAX; end++) {
            memset(data + from, '\t', end - from);
            check(data, from, end, end);
            memset(data + from, '\r', end - from);
            check(data, from, end, from);
            check_visible(data, from, end, from);
            memset(data + from, 'x', end - from);
            check_visible(data, from, end, end);
        }
    }
}

/* The word's test may be wrong about bytes above a true one: it must not see one where there is none. */
static void is_not_misled_by_neighbours(void **state)
{
    (void)state;
    static const unsigned char bytes[] = {'\t', ' ', '!', 0x7e, 0x80, 0x9f, 0xa0, 0xff};
    char data[16];
    for (size_t a = 0; a < sizeof(bytes); a++) {
        for (size_t b = 0; b < sizeof(bytes); b++) {
            for (size_t i = 0; i < sizeof(data); i++)
                data[i] = (char)bytes[i % 2 ? a : b];
            check(data, 0, sizeof(data), sizeof(data));
            for (size_t at = 0; at < sizeof(data); at++) {
                char kept = data[at];
                data[at] = 0x1f;
                check(data, 0, sizeof(data), at);
                data[at] = kept;
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_each_control_character_at_each_place),
        cmocka_unit_test(finds_each_invisible_byte_at_each_place),
        cmocka_unit_test(skips_what_stands_before_and_behind),
        cmocka_unit_test(is_not_misled_by_neighbours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
