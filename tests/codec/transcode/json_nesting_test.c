/* How deep and how wide a document may be, and where errors say that they are. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/codec/transcode/codec_case.h"
#include "tests/codec/wire/wire_text.h"

static void names_path_line_and_column_of_an_error(void **state)
{
    (void)state;
    static const struct {
        const char *message;
        const char *json;
        const char *error;
    } cases[] = {
        {"Node", "{\n  'child': {\n    'children': [\n      {},\n      {'id': 'x'}\n    ]\n  }\n}",
         "child.children[1].id (line 5, column 14): expected a number, found \"x\""},
        {"Node", "{'named':{'a.b':{'named':{'c\\n':{'numbers':[0,1,2.5]}}}}}",
         "named[\"a.b\"].named[\"c\\n\"].numbers[2] (line 1, column 49): expected a whole number for int32"},
        {"Node", "\r\n\r\n{'name':'\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80','id':x}",
         "id (line 3, column 20): expected a number, found 'x'"},
        {"Names", "{'in.ner[0]':{'a \\'quoted\\' name':x}}",
         "in.ner[0].a \"quoted\" name (line 1, column 35): expected a number, found 'x'"},
        {"Maps", "{'numberedNodes':{'7':{'id':x}}}",
         "numberedNodes[\"7\"].id (line 1, column 29): expected a number, found 'x'"},
        {"WellKnown", "{'struct':{'a':[{'b':[0,x]}]}}",
         "struct[\"a\"][0][\"b\"][1] (line 1, column 25): expected a value, found 'x'"},
        {"WellKnown", "{'any':{'@type':'x/codec.test.Node','child':{'id':x}}}",
         "any.child.id (line 1, column 51): expected a number, found 'x'"},
        {"Legacy", "{'inner':{'legacy':{'item':[{},{'id':x}]}}}",
         "inner.legacy.item[1].id (line 1, column 38): expected a number, found 'x'"},
        /* A long key is cut behind 60 bytes, and not in the middle of a code point. */
        {"Node", "{'named':{'0123456789012345678901234567890123456789012345678901234567\xc3\xa9x':{'id':x}}}",
         "named[\"0123456789012345678901234567890123456789012345678901234567\xc3\xa9...\"].id (line 1, column 80): "
         "expected a number, found 'x'"},
        {"Node", "{'named':{'01234567890123456789012345678901234567890123456789012345678\xc3\xa9x':{'id':x}}}",
         "named[\"01234567890123456789012345678901234567890123456789012345678...\"].id (line 1, column 81): "
         "expected a number, found 'x'"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        codec_expect_json_refused(cases[i].message, cases[i].json, cases[i].error);
}

/* COUNT times the text. */
static void append_times(struct buf *out, const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_true(buf_append_text(out, text));
}

static void cuts_a_long_path_in_front(void **state)
{
    (void)state;
    struct buf json;
    struct status st;
    struct buf out;
    const struct transcode_options options = codec_options();
    buf_init(&json, SIZE_MAX / 2);
    buf_init(&out, SIZE_MAX / 2);
    append_times(&json, "{\"named\":{\"a long key to make it long\":", 30);
    append_times(&json, "{\"id\":x}", 1);
    append_times(&json, "}}", 30);
    assert_false(transcode_json_to_binary(codec_message("Node"), NULL, buf_view(&json), &options, &out, &st));
    assert_memory_equal(st.message, "...", 3);
    assert_non_null(strstr(st.message, ".named[\"a long key to make it long\"].id (line 1, column 1177): expected"));
    buf_free(&json);
    buf_free(&out);
}

/* A document of this many levels, each of which is `levels` messages on the wire. */
static const struct {
    const char *message;
    const char *open, *inside, *close;
    unsigned messages_before; /* around the first level, and inside of the last one */
    unsigned messages_a_level;
} nestings[] = {
    {"Node", "{'child':", "{}", "}", 1, 1},
    {"Node", "{'children':[", "{}", "]}", 1, 1},
    {"Node", "{'named':{'a':", "{}", "}}", 1, 2},
    {"Choice", "{'another':", "{}", "}", 1, 1},
    {"Legacy", "{'inner':{'legacy':", "{}", "}}", 1, 2},
    {".google.protobuf.Value", "[", "0", "]", 1, 2},
    {".google.protobuf.Value", "{'a':", "0", "}", 1, 3},
    {".google.protobuf.Struct", "{'a':", "{}", "}", 1, 3},
    {".google.protobuf.ListValue", "[", "[]", "]", 1, 2},
    {".google.protobuf.Any", "{'@type':'x/google.protobuf.Any','value':", "{}", "}", 1, 1},
    {".google.protobuf.Any", "{'@type':'x/codec.test.Choice','anAny':", "{}", "}", 1, 2},
};

static void takes_messages_nested_100_deep_and_no_more(void **state)
{
    (void)state;
    struct transcode_options options = codec_options();
    for (size_t i = 0; i < COUNT(nestings); i++) {
        struct buf json, binary, back;
        struct status st;
        buf_init(&json, SIZE_MAX / 2);
        buf_init(&binary, SIZE_MAX / 2);
        buf_init(&back, SIZE_MAX / 2);
        size_t most = (TRANSCODE_DEPTH_MAX - nestings[i].messages_before) / nestings[i].messages_a_level;
        for (size_t levels = most - 1; levels <= most + 1; levels++) {
            buf_clear(&json);
            buf_clear(&binary);
            buf_clear(&back);
            for (size_t j = 0; j < levels; j++)
                codec_append_json(&json, nestings[i].open);
            codec_append_json(&json, nestings[i].inside);
            append_times(&json, nestings[i].close, levels);
            const struct schema_message *message = codec_message(nestings[i].message);
            bool done = transcode_json_to_binary(message, NULL, buf_view(&json), &options, &binary, &st);
            if (done != (levels <= most))
                fail_msg("%s of %zu levels: %s", nestings[i].message, levels, done ? "accepted" : st.message);
            if (!done) {
                assert_non_null(strstr(st.message, "nested deeper than 100 messages"));
                continue;
            }
            /* What was accepted can be printed. */
            if (!transcode_binary_to_json(message, NULL, buf_view(&binary), &options, &back, &st))
                fail_msg("%s of %zu levels, printed: %s", nestings[i].message, levels, st.message);
            assert_true(view_equal(buf_view(&json), buf_view(&back)));
        }
        buf_free(&json);
        buf_free(&binary);
        buf_free(&back);
    }
}

static void refuses_a_depth_that_would_overflow_the_stack(void **state)
{
    (void)state;
    static const char *const brackets[] = {"[", "{\"a\":", "{\"child\":", "[{\"a\":"};
    static const char *const messages[] = {".google.protobuf.Value", ".google.protobuf.ListValue", "Node",
                                           ".google.protobuf.Any"};
    for (size_t i = 0; i < COUNT(brackets); i++)
        for (size_t j = 0; j < COUNT(messages); j++)
            for (int ignore = 0; ignore < 2; ignore++) {
                struct buf json, out;
                struct status st;
                struct transcode_options options = codec_options();
                options.ignore_unknown_fields = ignore;
                buf_init(&json, SIZE_MAX / 2);
                buf_init(&out, SIZE_MAX / 2);
                append_times(&json, brackets[i], 1000000);
                assert_false(
                    transcode_json_to_binary(codec_message(messages[j]), NULL, buf_view(&json), &options, &out, &st));
                assert_int_equal(st.code, STATUS_INVALID_ARGUMENT);
                buf_free(&json);
                buf_free(&out);
            }
}

/* Messages with more fields and oneofs than the codec's small tables have bits. */
static void finds_duplicates_among_many_fields(void **state)
{
    (void)state;
    static const int counts[] = {63, 64, 65, 70, 300};
    for (size_t i = 0; i < COUNT(counts); i++) {
        char message[16];
        struct buf json, wire;
        snprintf(message, sizeof(message), "Wide%d", counts[i]);
        buf_init(&json, SIZE_MAX / 2);
        buf_init(&wire, SIZE_MAX / 2);
        for (int j = 1; j <= counts[i]; j++) {
            assert_true(buf_printf(&json, "%c\"field%d\":%d", j == 1 ? '{' : ',', j, j));
            char text[32];
            snprintf(text, sizeof(text), "%d: %d", j, j);
            wire_text_append(&wire, text);
        }
        assert_true(buf_append_text(&json, "}"));
        codec_expect(&(struct codec_case){message, NULL, buf_view(&json), false, codec_options()}, buf_view(&wire));
        codec_expect(&(struct codec_case){message, NULL, buf_view(&wire), true, codec_options()}, buf_view(&json));
        size_t whole = json.len - 1;
        for (int j = 1; j <= counts[i]; j += j < 3 || j > counts[i] - 3 ? 1 : 17) {
            char error[100];
            json.len = whole;
            assert_true(buf_printf(&json, ",\"field_%d\":0}", j));
            snprintf(error, sizeof(error), "field%d (line 1, column %zu): this field stands twice in the object", j,
                     whole + 2);
            codec_expect_refused(&(struct codec_case){message, NULL, buf_view(&json), false, codec_options()},
                                 STATUS_INVALID_ARGUMENT, error);
        }
        buf_free(&json);
        buf_free(&wire);
    }
}

/* Each Any has its type behind its members. */
static bool read_any_in_any(size_t levels, size_t bytes, struct status *st)
{
    struct transcode_options options = codec_options();
    struct buf json, out;
    buf_init(&json, SIZE_MAX / 2);
    buf_init(&out, SIZE_MAX / 2);
    append_times(&json, "{\"value\":", levels);
    append_times(&json, "{\"name\":\"", 1);
    append_times(&json, "x", bytes);
    append_times(&json, "\",\"@type\":\"x/codec.test.Node\"}", 1);
    append_times(&json, ",\"@type\":\"x/google.protobuf.Any\"}", levels);
    bool done =
        transcode_json_to_binary(codec_message(".google.protobuf.Any"), NULL, buf_view(&json), &options, &out, st);
    buf_free(&json);
    buf_free(&out);
    return done;
}

static clock_t time_of_any_in_any(size_t levels)
{
    clock_t least = 0;
    for (int attempt = 0; attempt < 3; attempt++) {
        struct status st;
        clock_t start = clock();
        if (!read_any_in_any(levels, 3000000, &st))
            fail_msg("%zu levels: %s", levels, st.message);
        clock_t took = clock() - start;
        least = attempt == 0 || took < least ? took : least;
    }
    return least;
}

static void any_in_any_is_read_ahead_once_for_all(void **state)
{
    (void)state;
    clock_t few = time_of_any_in_any(2), many = time_of_any_in_any(90);
    print_message("  2 levels %ld us, 90 levels %ld us\n", (long)few, (long)many);
    assert_true(many < few * 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_path_line_and_column_of_an_error),
        cmocka_unit_test(cuts_a_long_path_in_front),
        cmocka_unit_test(takes_messages_nested_100_deep_and_no_more),
        cmocka_unit_test(refuses_a_depth_that_would_overflow_the_stack),
        cmocka_unit_test(any_in_any_is_read_ahead_once_for_all),
        cmocka_unit_test(finds_duplicates_among_many_fields),
    };
    return cmocka_run_group_tests(tests, codec_setup, codec_teardown);
}
