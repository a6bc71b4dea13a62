/*
 * Strings are copied and judged in blocks of 32 bytes: what is special in them stands here at every place of a block, at the end of the
 * input, and where a string is a value, a name, a key, skipped, or unescaped first.
 */
#include <stdio.h>
#include <stdlib.h>

#include "codec/wire/wire.h"
#include "tests/codec/transcode/codec_case.h"

/* Longest run of letters before the special part: two blocks and some more. */
#define PLACES 70

struct document {
    struct buf json;
    struct status st;
    struct buf out;
};

static void start(struct document *document)
{
    buf_init(&document->json, SIZE_MAX / 2);
    buf_init(&document->out, SIZE_MAX / 2);
}

static void end(struct document *document)
{
    buf_free(&document->json);
    buf_free(&document->out);
}

/* FRAME with, for its %, letters and then the text; behind that, more letters. */
static void fill(struct document *document, const char *frame, size_t letters_before, struct view text,
                 size_t letters_behind)
{
    struct buf *json = &document->json;
    buf_clear(json);
    for (; *frame; frame++) {
        if (*frame != '%') {
            assert_true(buf_append(json, view_make(*frame == '\'' ? "\"" : frame, 1)));
            continue;
        }
        for (size_t i = 0; i < letters_before; i++)
            assert_true(buf_append_text(json, "a"));
        assert_true(buf_append(json, text));
        for (size_t i = 0; i < letters_behind; i++)
            assert_true(buf_append_text(json, "z"));
    }
}

/* The input in memory of exactly its length. */
static bool convert(struct document *document, const char *message, bool ignore_unknown_fields)
{
    struct transcode_options options = codec_options();
    options.ignore_unknown_fields = ignore_unknown_fields;
    char *input = malloc(document->json.len);
    memcpy(input, document->json.data, document->json.len);
    buf_clear(&document->out);
    bool done = transcode_json_to_binary(codec_message(message), NULL, view_make(input, document->json.len), &options,
                                         &document->out, &document->st);
    free(input);
    return done;
}

/* Where a string can stand. The value is cut off, so that the string also ends the input, where that is refused anyway. */
static const struct {
    const char *message;
    const char *frame;
    bool ignored;
} places[] = {
    {"Node", "{'name':'%'}", false},
    {"Node", "{'child':{'name':'%'}, 'id':      1          }         ", false},
    {"Node", "{'named':{'%':{}}}", false},
    {"Node", "{'%':1}", true},
    {"Node", "{'unknown':'%'}", true},
    {"Node", "{'unknown':['%']}", true},
    {"Node", "{'unknown':{'%':'%'}}", true},
    {"WellKnown", "{'struct':{'%':'%'}}", false},
    {"WellKnown", "{'value':'%'}", false},
    {"WellKnown", "{'stringValue':'%'}", false},
    {"WellKnown", "{'any':{'%':1,'@type':'x/codec.test.Node'}}", true},
    {"WellKnown", "{'any':{'@type':'x/codec.test.Node','name':'%'}}", false},
    {"WellKnown", "{'any':{'@type':'%/codec.test.Node'}}", false},
};

static void takes_utf8_at_every_place_of_a_block(void **state)
{
    (void)state;
    static const struct view texts[] = {
        VIEW("\x7f"),                 /* the last of one byte */
        VIEW("\xc2\x80"),             /* the first of two bytes */
        VIEW("\xdf\xbf"),             /* the last */
        VIEW("\xe0\xa0\x80"),         /* the first of three */
        VIEW("\xed\x9f\xbf"),         /* the last before the surrogates */
        VIEW("\xee\x80\x80"),         /* the first behind them */
        VIEW("\xef\xbf\xbf"),         /* the last of three */
        VIEW("\xf0\x90\x80\x80"),     /* the first of four */
        VIEW("\xf4\x8f\xbf\xbf"),     /* the last of all */
        VIEW("\xc3\xa9\xe2\x82\xac"), /* one behind the other */
    };
    struct document document;
    start(&document);
    for (size_t i = 0; i < COUNT(texts); i++)
        for (size_t before = 0; before < PLACES; before++)
            for (size_t j = 0; j < COUNT(places); j++) {
                fill(&document, places[j].frame, before, texts[i], before % 3);
                if (!convert(&document, places[j].message, places[j].ignored))
                    fail_msg("%.*s: %s", VIEW_ARG(buf_view(&document.json)), document.st.message);
            }
    end(&document);
}

static void copies_strings_byte_by_byte(void **state)
{
    (void)state;
    static const struct view text = VIEW("\xe2\x82\xac");
    struct document document;
    start(&document);
    for (size_t before = 0; before < 200; before++)
        for (size_t behind = 0; behind < PLACES; behind += behind < 4 ? 1 : 13) {
            fill(&document, "{'name':'%'}", before, text, behind);
            assert_true(convert(&document, "Node", false));
            size_t len = before + text.len + behind;
            size_t header = 1 + wire_varint_len(len);
            assert_int_equal(document.out.len, header + len);
            assert_memory_equal(document.out.data + header, document.json.data + strlen("{'name':'"), len);
        }
    end(&document);
}

/* Where the first bad byte of the text is, and how it is named. */
struct bad_text {
    struct view text;
    size_t at;
    const char *error;
};

static void refuse_at_every_place(const struct bad_text *bad, size_t count)
{
    struct document document;
    start(&document);
    for (size_t i = 0; i < count; i++)
        for (size_t before = 0; before < PLACES; before++)
            for (size_t j = 0; j < COUNT(places); j++) {
                fill(&document, places[j].frame, before, bad[i].text, before % 3);
                if (convert(&document, places[j].message, places[j].ignored))
                    fail_msg("accepted: %.*s", VIEW_ARG(buf_view(&document.json)));
                assert_int_equal(document.st.code, STATUS_INVALID_ARGUMENT);
                if (!strstr(document.st.message, bad[i].error))
                    fail_msg("%s: %s", bad[i].error, document.st.message);
                char column[40];
                size_t frame_before = (size_t)(strchr(places[j].frame, '%') - places[j].frame);
                snprintf(column, sizeof(column), "line 1, column %zu", frame_before + before + bad[i].at + 1);
                if (!strstr(document.st.message, column))
                    fail_msg("%s: %s", column, document.st.message);
            }
    end(&document);
}

static void refuses_what_is_not_utf8_at_every_place_of_a_block(void **state)
{
    (void)state;
    static const struct bad_text bad[] = {
        {VIEW("\x80"), 0, "expected UTF-8, found byte 0x80"},             /* a continuation alone */
        {VIEW("\xbf\xbf"), 0, "expected UTF-8, found byte 0xbf"},         /* two of them */
        {VIEW("\xc0\x80"), 0, "expected UTF-8, found byte 0xc0"},         /* longer than need be */
        {VIEW("\xc1\xbf"), 0, "expected UTF-8, found byte 0xc1"},         /* the same */
        {VIEW("\xe0\x9f\xbf"), 0, "expected UTF-8, found byte 0xe0"},     /* the same, of three bytes */
        {VIEW("\xf0\x8f\xbf\xbf"), 0, "expected UTF-8, found byte 0xf0"}, /* the same, of four */
        {VIEW("\xed\xa0\x80"), 0, "expected UTF-8, found byte 0xed"},     /* a surrogate */
        {VIEW("\xed\xbf\xbf"), 0, "expected UTF-8, found byte 0xed"},     /* the last of them */
        {VIEW("\xf4\x90\x80\x80"), 0, "expected UTF-8, found byte 0xf4"}, /* above the last code point */
        {VIEW("\xf5\x80\x80\x80"), 0, "expected UTF-8, found byte 0xf5"}, /* the same */
        {VIEW("\xff"), 0, "expected UTF-8, found byte 0xff"},             /* in no UTF-8 */
        {VIEW("\xc3"), 0, "expected UTF-8, found byte 0xc3"},             /* cut short, before a letter or the quote */
        {VIEW("\xe2\x82"), 0, "expected UTF-8, found byte 0xe2"},         /* the same, of three bytes */
        {VIEW("\xf0\x9f\x98"), 0, "expected UTF-8, found byte 0xf0"},     /* the same, of four */
        {VIEW("\xc3\xc3\xa9"), 0, "expected UTF-8, found byte 0xc3"},     /* begun twice */
        {VIEW("\xc3\xa9\xa9"), 1, "expected UTF-8, found byte 0xa9"},     /* columns count code points */
        {VIEW("\\n\xff"), 2, "expected UTF-8, found byte 0xff"},          /* behind an escape */
        {VIEW("\xc3\\u00a9"), 0, "expected UTF-8, found byte 0xc3"},      /* an escape ends no sequence */
    };
    refuse_at_every_place(bad, COUNT(bad));
}

static void refuses_control_characters_at_every_place_of_a_block(void **state)
{
    (void)state;
    struct bad_text bad[0x20];
    static char texts[0x20][3], errors[0x20][64];
    for (int i = 0; i < 0x20; i++) {
        memcpy(texts[i], (const char[]){'b', (char)i, 'c'}, 3);
        snprintf(errors[i], sizeof(errors[i]), "control character 0x%02x in a string, expected it escaped", i);
        bad[i] = (struct bad_text){view_make(texts[i], 3), 1, errors[i]};
    }
    refuse_at_every_place(bad, COUNT(bad));
}

static void unescapes_at_every_place_of_a_block(void **state)
{
    (void)state;
    static const struct {
        struct view escaped;
        struct view plain;
    } cases[] = {
        {VIEW("\\n"), VIEW("\n")},
        {VIEW("\\\"\\\\"), VIEW("\"\\")},
        {VIEW("\\u00e9x\\u20ac"), VIEW("\xc3\xa9x\xe2\x82\xac")},
        {VIEW("\\ud83d\\ude00"), VIEW("\xf0\x9f\x98\x80")},
    };
    struct document document;
    start(&document);
    for (size_t i = 0; i < COUNT(cases); i++)
        for (size_t before = 0; before < PLACES; before++)
            for (size_t behind = 0; behind < PLACES; behind += 23) {
                fill(&document, "{'name':'%'}", before, cases[i].escaped, behind);
                assert_true(convert(&document, "Node", false));
                struct buf expected;
                buf_init(&expected, SIZE_MAX / 2);
                size_t len = before + cases[i].plain.len + behind;
                char header[WIRE_VARINT_BYTES_MAX + 1] = {WIRE_TAG(2, WIRE_LENGTH)};
                assert_true(
                    buf_append(&expected, view_make(header, (size_t)(wire_write_varint(header + 1, len) - header))));
                for (size_t j = 0; j < before; j++)
                    assert_true(buf_append_text(&expected, "a"));
                assert_true(buf_append(&expected, cases[i].plain));
                for (size_t j = 0; j < behind; j++)
                    assert_true(buf_append_text(&expected, "z"));
                assert_true(view_equal(buf_view(&document.out), buf_view(&expected)));
                buf_free(&expected);
            }
    end(&document);
}

/* The text is made in memory of its own, of which no byte may be missing. */
static void reads_values_of_escaped_text_at_every_length(void **state)
{
    (void)state;
    struct document document;
    start(&document);
    for (size_t zeros = 0; zeros < 300; zeros++) {
        struct buf number;
        buf_init(&number, SIZE_MAX / 2);
        assert_true(buf_append_text(&number, "\\u0030."));
        for (size_t i = 0; i < zeros; i++)
            assert_true(buf_append_text(&number, "0"));
        assert_true(buf_printf(&number, "7e%zu", zeros + 1));
        fill(&document, "{'int64Value':'%','uint32Value':'%','bytesValue':'\\u0041AAA','mask':'\\u0061,b'}", 0,
             buf_view(&number), 0);
        assert_true(convert(&document, "WellKnown", false));
        assert_true(view_equal(buf_view(&document.out),
                               (struct view)VIEW("\x6a\x02\x08\x07\x82\x01\x02\x08\x07\x9a\x01\x05\x0a\x03\0\0\0"
                                                 "\x1a\x06\x0a\x01\x61\x0a\x01\x62")));
        buf_free(&number);
    }
    for (size_t groups = 0; groups < 200; groups++) {
        struct buf base64;
        buf_init(&base64, SIZE_MAX / 2);
        for (size_t i = 0; i < groups; i++)
            assert_true(buf_append_text(&base64, i % 7 ? "////" : "\\/\\/\\/\\/"));
        fill(&document, "{'bytesValue':'%'}", 0, buf_view(&base64), 0);
        assert_true(convert(&document, "WellKnown", false));
        size_t ones = 0;
        for (size_t i = 0; i < document.out.len; i++)
            ones += document.out.data[i] == '\xff';
        assert_true(ones >= groups * 3 && ones <= groups * 3 + 4);
        buf_free(&base64);
    }
    end(&document);
}

/* Some writers escape each slash. What is left of that is the message's length, not its text's. */
static void escaped_text_needs_no_more_output_than_its_value(void **state)
{
    (void)state;
    struct document document;
    struct buf base64;
    enum { GROUPS = 500000 };
    start(&document);
    buf_init(&base64, SIZE_MAX / 2);
    for (size_t i = 0; i < GROUPS; i++)
        assert_true(buf_append_text(&base64, "\\/\\/\\/\\/"));
    fill(&document, "{'bytesValue':'%'}", 0, buf_view(&base64), 0);
    document.out.max = GROUPS * 3 + 1000;
    if (!convert(&document, "WellKnown", false))
        fail_msg("%s", document.st.message);
    assert_in_range(document.out.len, GROUPS * 3, GROUPS * 3 + 20);
    buf_free(&base64);
    end(&document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_utf8_at_every_place_of_a_block),
        cmocka_unit_test(copies_strings_byte_by_byte),
        cmocka_unit_test(refuses_what_is_not_utf8_at_every_place_of_a_block),
        cmocka_unit_test(refuses_control_characters_at_every_place_of_a_block),
        cmocka_unit_test(unescapes_at_every_place_of_a_block),
        cmocka_unit_test(reads_values_of_escaped_text_at_every_length),
        cmocka_unit_test(escaped_text_needs_no_more_output_than_its_value),
    };
    return cmocka_run_group_tests(tests, codec_setup, codec_teardown);
}
