/* Sound messages, cut short at every byte and spoilt at every byte: refused or read as something else, never a crash. */
#include <stdlib.h>

#include "base/utf8.h"
#include "tests/codec/transcode/codec_case.h"
#include "tests/codec/transcode/codec_golden.h"

/* The first len bytes, in memory of exactly this length. */
static char *copy(struct view bytes, size_t len)
{
    char *tight = malloc(len ? len : 1);
    memcpy(tight, bytes.data, len);
    return tight;
}

static bool convert(const struct codec_golden *golden, bool to_json, struct view input, struct buf *out,
                    struct status *st)
{
    const struct schema_message *message = codec_message(golden->message);
    const struct transcode_options options = codec_options();
    buf_clear(out);
    st->code = STATUS_OK;
    bool done = to_json ? transcode_binary_to_json(message, NULL, input, &options, out, st)
                        : transcode_json_to_binary(message, NULL, input, &options, out, st);
    if (done)
        return true;
    assert_int_equal(out->len, 0);
    assert_true(st->code == STATUS_INVALID_ARGUMENT || (to_json && st->code == STATUS_FAILED_PRECONDITION));
    assert_int_equal(utf8_valid_len(view_of(st->message)), strlen(st->message));
    return false;
}

/* An object is not whole before its last bracket. */
static void refuses_every_beginning_of_a_document(void **state)
{
    (void)state;
    struct buf out;
    struct status st;
    buf_init(&out, SIZE_MAX / 2);
    for (size_t i = 0; i < COUNT(codec_golden); i++) {
        struct buf json = codec_read_golden(codec_golden[i].name, "json");
        for (size_t len = 0; len < json.len; len++) {
            char *tight = copy(buf_view(&json), len);
            if (convert(&codec_golden[i], false, view_make(tight, len), &out, &st))
                fail_msg("accepted %.*s", (int)len, tight);
            free(tight);
        }
        buf_free(&json);
    }
    buf_free(&out);
}

/* A message may end behind any of its fields; all other ends are refused. What is accepted is a beginning, and shorter. */
static void refuses_bytes_that_end_inside_of_a_field(void **state)
{
    (void)state;
    struct buf out;
    struct status st;
    buf_init(&out, SIZE_MAX / 2);
    for (size_t i = 0; i < COUNT(codec_golden); i++) {
        struct buf binary = codec_read_golden(codec_golden[i].name, "binpb");
        struct buf json = codec_read_golden(codec_golden[i].name, "json");
        for (size_t len = 0; len < binary.len; len++) {
            char *tight = copy(buf_view(&binary), len);
            if (convert(&codec_golden[i], true, view_make(tight, len), &out, &st))
                assert_true(out.len < json.len);
            free(tight);
        }
        buf_free(&binary);
        buf_free(&json);
    }
    buf_free(&out);
}

/* What is made of spoilt input must be sound itself: the other direction accepts it. */
static void check_spoilt(const struct codec_golden *golden, bool to_json, struct view sound)
{
    static const unsigned char spoils[] = {0x00, 0x01, 0x0a, 0x20, '"', '\\', ',', ':',  '[',  ']',  '{',
                                           '}',  '0',  'n',  't',  '-', 'e',  '.', 0x7f, 0x80, 0xc3, 0xff};
    struct buf out, back;
    struct status st;
    buf_init(&out, SIZE_MAX / 2);
    buf_init(&back, SIZE_MAX / 2);
    char *tight = copy(sound, sound.len);
    for (size_t i = 0; i < sound.len; i++) {
        for (size_t j = i % 3; j < sizeof(spoils) + 8; j += 3) { /* the neighbours get the rest */
            tight[i] = (char)(j < 8 ? sound.data[i] ^ 1 << j : spoils[j - 8]);
            if (!convert(golden, to_json, view_make(tight, sound.len), &out, &st))
                continue;
            struct view made = buf_view(&out);
            if (!convert(golden, !to_json, made, &back, &st))
                fail_msg("%s: made %.*s: %s", golden->name, VIEW_ARG(made), st.message);
        }
        tight[i] = sound.data[i];
    }
    free(tight);
    buf_free(&out);
    buf_free(&back);
}

static void makes_nothing_unsound_of_spoilt_json(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(codec_golden); i++) {
        struct buf json = codec_read_golden(codec_golden[i].name, "json");
        check_spoilt(&codec_golden[i], false, buf_view(&json));
        buf_free(&json);
    }
}

static void makes_nothing_unsound_of_spoilt_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(codec_golden); i++) {
        struct buf binary = codec_read_golden(codec_golden[i].name, "binpb");
        check_spoilt(&codec_golden[i], true, buf_view(&binary));
        buf_free(&binary);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_every_beginning_of_a_document),
        cmocka_unit_test(refuses_bytes_that_end_inside_of_a_field),
        cmocka_unit_test(makes_nothing_unsound_of_spoilt_json),
        cmocka_unit_test(makes_nothing_unsound_of_spoilt_bytes),
    };
    return cmocka_run_group_tests(tests, codec_setup, codec_teardown);
}
