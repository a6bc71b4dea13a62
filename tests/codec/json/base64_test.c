#include "codec/json/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/codec/json/fixed_random.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define LEN_MAX 300

/* Decodes text from and into memory of exactly the promised size. Returns the bytes, which the caller frees, or NULL. */
static char *decode(struct view text, size_t *ret_len, struct status *st)
{
    char *copy = malloc(text.len ? text.len : 1);
    size_t room = BASE64_DECODED_BYTES_MAX(text.len);
    char *out = malloc(room ? room : 1);
    assert_true(copy && out);
    if (text.len)
        memcpy(copy, text.data, text.len);
    bool decoded = base64_decode(out, view_make(copy, text.len), ret_len, st);
    free(copy);
    if (decoded)
        return out;
    free(out);
    return NULL;
}

static void check_decodes(struct view text, struct view expected)
{
    struct status st;
    size_t len = 0;
    char *bytes = decode(text, &len, &st);
    if (!bytes)
        fail_msg("%.*s: %s", VIEW_ARG(text), st.message);
    assert_true(view_equal(view_make(bytes, len), expected));
    free(bytes);
}

static void encodes_and_decodes_the_vectors_of_rfc_4648(void **state)
{
    static const struct {
        struct view bytes;
        struct view text;
    } cases[] = {
        {VIEW(""), VIEW("")},
        {VIEW("f"), VIEW("Zg==")},
        {VIEW("fo"), VIEW("Zm8=")},
        {VIEW("foo"), VIEW("Zm9v")},
        {VIEW("foob"), VIEW("Zm9vYg==")},
        {VIEW("fooba"), VIEW("Zm9vYmE=")},
        {VIEW("foobar"), VIEW("Zm9vYmFy")},
        {VIEW("\x01\x02"), VIEW("AQI=")},
        {VIEW("\xfb\xff\xfe"), VIEW("+//+")},
        {VIEW("\0\0\0"), VIEW("AAAA")},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char out[16];
        char *end = base64_encode(out, cases[i].bytes);
        assert_true(view_equal(view_make(out, (size_t)(end - out)), cases[i].text));
        check_decodes(cases[i].text, cases[i].bytes);
    }
}

static void reads_back_every_length_in_every_spelling(void **state)
{
    struct fixed_random source = {1};
    char bytes[LEN_MAX];
    char text[BASE64_ENCODED_BYTES(LEN_MAX)];
    (void)state;
    for (size_t len = 0; len <= LEN_MAX; len++) {
        for (size_t i = 0; i < len; i++)
            bytes[i] = (char)fixed_random_next(&source);
        char *copy = malloc(len ? len : 1);
        char *encoded = malloc(len ? BASE64_ENCODED_BYTES(len) : 1);
        assert_true(copy && encoded);
        memcpy(copy, bytes, len);
        char *end = base64_encode(encoded, view_make(copy, len));
        size_t text_len = (size_t)(end - encoded);
        assert_int_equal(text_len, BASE64_ENCODED_BYTES(len));
        memcpy(text, encoded, text_len);
        free(copy);
        free(encoded);

        check_decodes(view_make(text, text_len), view_make(bytes, len));
        size_t bare_len = (len * 8 + 5) / 6;
        check_decodes(view_make(text, bare_len), view_make(bytes, len));
        for (size_t i = 0; i < bare_len; i++)
            text[i] = text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i];
        check_decodes(view_make(text, text_len), view_make(bytes, len));
        check_decodes(view_make(text, bare_len), view_make(bytes, len));

        size_t decoded_len;
        struct status st;
        assert_true(base64_decode(text, view_make(text, bare_len), &decoded_len, &st));
        assert_true(view_equal(view_make(text, decoded_len), view_make(bytes, len)));
    }
}

static void ignores_left_over_bits_of_the_last_character(void **state)
{
    (void)state;
    check_decodes((struct view)VIEW("-_"), (struct view)VIEW("\xfb"));
    check_decodes((struct view)VIEW("Zh=="), (struct view)VIEW("f"));
    check_decodes((struct view)VIEW("Zm9="), (struct view)VIEW("fo"));
}

static void refuses_every_byte_of_no_alphabet_wherever_it_stands(void **state)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_";
    (void)state;
    for (size_t len = 2; len <= 24; len++) {
        if (len % 4 == 1)
            continue;
        for (size_t offset = 0; offset < len; offset++) {
            for (int byte = 0; byte < 256; byte++) {
                char text[24];
                char expected[128];
                struct status st;
                size_t decoded_len;
                memset(text, 'A', sizeof(text));
                text[offset] = (char)byte;
                bool last_padding = byte == '=' && len % 4 == 0 && offset == len - 1;
                bool known = byte != 0 && strchr(alphabet, byte);
                char *bytes = decode(view_make(text, len), &decoded_len, &st);
                assert_true((bytes != NULL) == (known || last_padding));
                if (!bytes) {
                    snprintf(expected, sizeof(expected), "expected base64, but character %zu is not of its alphabet",
                             offset + 1);
                    assert_string_equal(st.message, expected);
                    assert_int_equal(st.code, STATUS_INVALID_ARGUMENT);
                }
                free(bytes);
            }
        }
    }
}

static void refuses_incomplete_groups_and_misplaced_padding(void **state)
{
    static const struct {
        const char *text;
        const char *message;
    } cases[] = {
        {"A", "expected base64, but 1 characters do not make whole bytes"},
        {"AAAAA", "expected base64, but 5 characters do not make whole bytes"},
        {"AAAAAAAAA", "expected base64, but 9 characters do not make whole bytes"},
        {"=", "expected base64, but character 1 is not of its alphabet"},
        {"==", "expected base64, but character 1 is not of its alphabet"},
        {"====", "expected base64, but character 1 is not of its alphabet"},
        {"A===", "expected base64, but character 2 is not of its alphabet"},
        {"AA=", "expected base64, but character 3 is not of its alphabet"},
        {"AA=A", "expected base64, but character 3 is not of its alphabet"},
        {"AAA==", "expected base64, but character 4 is not of its alphabet"},
        {"AAAA=", "expected base64, but character 5 is not of its alphabet"},
        {"AAAA==", "expected base64, but character 5 is not of its alphabet"},
        {"AAAA====", "expected base64, but character 5 is not of its alphabet"},
        {"AA==AAAA", "expected base64, but character 3 is not of its alphabet"},
        {"AAAA AAAA", "expected base64, but character 5 is not of its alphabet"},
        {"AAAA\n", "expected base64, but character 5 is not of its alphabet"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct status st;
        size_t len;
        assert_null(decode(view_of(cases[i].text), &len, &st));
        assert_string_equal(st.message, cases[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encodes_and_decodes_the_vectors_of_rfc_4648),
        cmocka_unit_test(reads_back_every_length_in_every_spelling),
        cmocka_unit_test(ignores_left_over_bits_of_the_last_character),
        cmocka_unit_test(refuses_every_byte_of_no_alphabet_wherever_it_stands),
        cmocka_unit_test(refuses_incomplete_groups_and_misplaced_padding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
