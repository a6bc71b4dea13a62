/*
 * Every validator there is, against a decoder that follows the definition: code points, ranges and shortest forms
 * rather than tables of bytes.
 */
#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8_avx2.h"
#include "base/utf8_portable.h"
#include "tests/codec/json/fixed_random.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct {
    const char *name;
    size_t (*valid_len)(struct view text);
    bool needs_avx2;
} validators[] = {
    {"chosen", utf8_valid_len, false},
    {"portable", utf8_portable_valid_len, false},
    {"AVX2", utf8_avx2_valid_len, true},
};

/* The length of the sequence at p by the definition, 0 when there is none. */
static size_t defined_len(const unsigned char *p, size_t rest)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t len = p[0] < 0x80 ? 1 : p[0] < 0xc0 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf8 ? 4 : 0;
    if (len <= 1)
        return len;
    if (rest < len)
        return 0;
    uint32_t code_point = p[0] & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        code_point = code_point << 6 | (p[i] & 0x3f);
    }
    bool surrogate = code_point >= 0xd800 && code_point <= 0xdfff;
    return code_point < least[len] || code_point > 0x10ffff || surrogate ? 0 : len;
}

static size_t defined_valid_len(struct view text)
{
    size_t offset = 0;
    while (offset < text.len) {
        size_t len = defined_len((const unsigned char *)text.data + offset, text.len - offset);
        if (len == 0)
            break;
        offset += len;
    }
    return offset;
}

static void check_len(struct view text, size_t expected)
{
    for (size_t i = 0; i < COUNT(validators); i++) {
        if (validators[i].needs_avx2 && !utf8_avx2_is_supported())
            continue;
        size_t len = validators[i].valid_len(text);
        if (len != expected)
            fail_msg("%s validator: expected %zu of %zu bytes, got %zu", validators[i].name, expected, text.len, len);
    }
}

/* In memory that ends with the text. */
static void check_exact(const char *text, size_t text_len, size_t expected)
{
    char *copy = malloc(text_len ? text_len : 1);
    assert_non_null(copy);
    if (text_len)
        memcpy(copy, text, text_len);
    check_len(view_make(copy, text_len), expected);
    free(copy);
}

static void accepts_the_empty_text(void **state)
{
    (void)state;
    check_len(view_make(NULL, 0), 0);
    check_exact("", 0, 0);
}

static void encodes_code_points_at_the_boundaries(void **state)
{
    static const struct {
        uint32_t code_point;
        const char *expected;
    } cases[] = {
        {0x01, "\x01"},
        {0x41, "A"},
        {0x7f, "\x7f"},
        {0x80, "\xc2\x80"},
        {0xe9, "\xc3\xa9"},
        {0x7ff, "\xdf\xbf"},
        {0x800, "\xe0\xa0\x80"},
        {0x20ac, "\xe2\x82\xac"},
        {0xd7ff, "\xed\x9f\xbf"},
        {0xe000, "\xee\x80\x80"},
        {0xffff, "\xef\xbf\xbf"},
        {0x10000, "\xf0\x90\x80\x80"},
        {0x1f600, "\xf0\x9f\x98\x80"},
        {0x10ffff, "\xf4\x8f\xbf\xbf"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char out[UTF8_BYTES_MAX + 1];
        *utf8_encode(out, cases[i].code_point) = '\0';
        assert_string_equal(out, cases[i].expected);
    }
}

static void accepts_every_code_point_and_none_cut_short(void **state)
{
    (void)state;
    for (uint32_t code_point = 0; code_point <= 0x10ffff; code_point++) {
        if (code_point == 0xd800)
            code_point = 0xe000;
        char text[UTF8_BYTES_MAX];
        size_t len = (size_t)(utf8_encode(text, code_point) - text);
        check_len(view_make(text, len), len);
        check_len(view_make(text, len - 1), 0);
        assert_int_equal(defined_len((unsigned char *)text, len), len);
    }
}

static void judges_every_pair_of_bytes(void **state)
{
    (void)state;
    for (unsigned pair = 0; pair < 0x10000; pair++) {
        char text[2] = {(char)(pair >> 8), (char)pair};
        check_len(view_make(text, 2), defined_valid_len(view_make(text, 2)));
    }
}

/* Bytes on both sides of every boundary of the table in RFC 3629. */
static const unsigned char boundaries[] = {0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf,
                                           0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff};

static void judges_every_sequence_of_four_bytes_at_the_boundaries(void **state)
{
    size_t base = COUNT(boundaries);
    (void)state;
    for (size_t number = 0; number < base * base * base * base; number++) {
        char text[4];
        size_t rest = number;
        for (size_t i = 0; i < sizeof(text); i++, rest /= base)
            text[i] = (char)boundaries[rest % base];
        for (size_t len = 3; len <= sizeof(text); len++)
            check_len(view_make(text, len), defined_valid_len(view_make(text, len)));
    }
}

static const struct view faults[] = {
    VIEW("\x80"), /* a continuation without lead */
    VIEW("\xbf"),
    VIEW("\xc0\x80"), /* overlong */
    VIEW("\xc1\xbf"),
    VIEW("\xe0\x80\x80"),
    VIEW("\xe0\x9f\xbf"),
    VIEW("\xf0\x80\x80\x80"),
    VIEW("\xf0\x8f\xbf\xbf"),
    VIEW("\xed\xa0\x80"), /* surrogates */
    VIEW("\xed\xbf\xbf"),
    VIEW("\xf4\x90\x80\x80"), /* above U+10FFFF */
    VIEW("\xf5\x80\x80\x80"),
    VIEW("\xf8\x88\x80\x80\x80"),
    VIEW("\xff"),
    VIEW("\xfe"),
    VIEW("\xc3"), /* cut short */
    VIEW("\xe2\x82"),
    VIEW("\xe2"),
    VIEW("\xf0\x9f\x98"),
    VIEW("\xf0\x9f"),
    VIEW("\xf0"),
};

static void finds_every_fault_at_every_offset(void **state)
{
    static const struct view fillings[] = {VIEW("a"), VIEW("\xc3\xa9"), VIEW("\xe2\x82\xac"), VIEW("\xf0\x9f\x98\x80")};
    (void)state;
    for (size_t filling = 0; filling < COUNT(fillings); filling++) {
        for (size_t fault = 0; fault < COUNT(faults); fault++) {
            for (size_t offset = 0; offset <= 100; offset++) {
                char text[256];
                struct view fill = fillings[filling];
                size_t len = 0;
                while (len < offset % fill.len)
                    text[len++] = 'x';
                for (; len < offset; len += fill.len)
                    memcpy(text + len, fill.data, fill.len);
                memcpy(text + len, faults[fault].data, faults[fault].len);
                len += faults[fault].len;
                check_exact(text, len, offset);
                memset(text + len, 'y', 40);
                check_exact(text, len + 1, offset);
                check_exact(text, len + 40, offset);
                memcpy(text + len, fill.data, fill.len);
                check_exact(text, len + fill.len, offset);
            }
        }
    }
}

static void agrees_with_the_definition_on_damaged_text(void **state)
{
    struct fixed_random source = {1};
    char text[200 + UTF8_BYTES_MAX];
    (void)state;
    for (int i = 0; i < 50000; i++) {
        size_t wanted = (size_t)fixed_random_below(&source, 200);
        size_t len = 0;
        int bits = 7 + fixed_random_below(&source, 14);
        while (len < wanted) {
            uint32_t code_point = (uint32_t)fixed_random_below(&source, 1 << bits);
            if (code_point <= 0x10ffff && (code_point < 0xd800 || code_point > 0xdfff))
                len = (size_t)(utf8_encode(text + len, code_point) - text);
        }
        check_exact(text, len, len);
        for (int damage = fixed_random_below(&source, 3); len > 0 && damage > 0; damage--)
            text[fixed_random_below(&source, (int)len)] = (char)fixed_random_next(&source);
        check_exact(text, len, defined_valid_len(view_make(text, len)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_the_empty_text),
        cmocka_unit_test(encodes_code_points_at_the_boundaries),
        cmocka_unit_test(accepts_every_code_point_and_none_cut_short),
        cmocka_unit_test(judges_every_pair_of_bytes),
        cmocka_unit_test(judges_every_sequence_of_four_bytes_at_the_boundaries),
        cmocka_unit_test(finds_every_fault_at_every_offset),
        cmocka_unit_test(agrees_with_the_definition_on_damaged_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
