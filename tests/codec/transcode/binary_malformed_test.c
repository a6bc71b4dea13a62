/* Bytes that are not the message's wire form, or of values that JSON cannot say: refused, with path and position. */
#include <stdio.h>

#include "tests/codec/transcode/codec_case.h"
#include "tests/codec/wire/wire_text.h"

#define MALFORMED "expected a field in protobuf's wire format, found bytes that are cut short or malformed"

struct refused {
    const char *message;
    const char *wire;
    const char *error;
};

static void expect_refused(const struct refused *cases, size_t count, enum status_code code)
{
    for (size_t i = 0; i < count; i++)
        codec_expect_binary_refused(cases[i].message, cases[i].wire, code, cases[i].error);
}

static void refuses_bytes_that_are_malformed(void **state)
{
    (void)state;
    static const struct refused cases[] = {
        {"Node", "`00`", "byte 0: " MALFORMED},                             /* field number 0 */
        {"Node", "`0e`", "byte 0: " MALFORMED},                             /* a wire type that does not exist */
        {"Node", "1: 1 `0f`", "byte 2: " MALFORMED},                        /* another one */
        {"Node", "`0c`", "byte 0: " MALFORMED},                             /* the end of no group */
        {"Node", "`80`", "byte 0: " MALFORMED},                             /* a tag that is cut short */
        {"Node", "`8080808010`", "byte 0: " MALFORMED},                     /* a tag of more than 32 bits */
        {"Node", "`08`", "id (byte 1): " MALFORMED},                        /* a field without its value */
        {"Node", "`08ff`", "id (byte 1): " MALFORMED},                      /* a varint that is cut short */
        {"Node", "`08ffffffffffffffffff02`", "id (byte 1): " MALFORMED},    /* one of more than 64 bits */
        {"Node", "`0880808080808080808080 00`", "id (byte 1): " MALFORMED}, /* one of eleven bytes */
        {"Node", "`12`", "name (byte 1): " MALFORMED},
        {"Node", "`1205 61`", "name (byte 1): " MALFORMED}, /* a length beyond the end */
        {"Node", "`12ffffffffffffffffff01 61`", "name (byte 1): " MALFORMED},
        {"Node", "`1a05 0801`", "child (byte 1): " MALFORMED},
        {"Node", "3: {`08`}", "child.id (byte 3): " MALFORMED},
        {"Node", "3: {1: 1 `12ff`}", "child.name (byte 5): " MALFORMED},
        {"Node", "4: {} 4: {`08`}", "children[1].id (byte 5): " MALFORMED},
        {"Node", "5: {1: \"a\" 2: {`08`}}", "named[\"a\"].id (byte 8): " MALFORMED},
        {"Node", "5: {`08`}", "named (byte 2): " MALFORMED},
        {"Node", "5: {1: \"a\" `12`}", "named[\"a\"] (byte 6): " MALFORMED},
        {"Node", "7: {1 2 `80`}", "numbers[2] (byte 4): " MALFORMED},
        {"Node", "7: 1 `38`", "numbers[1] (byte 3): " MALFORMED},
        {"Lists", "1: {1i64 `00`}", "doubles[1] (byte 10): " MALFORMED},
        {"Lists", "9: {1i32 `000000`}", "fixed32s[1] (byte 6): " MALFORMED},
        {"Scalars", "`09 00000000000000`", "aDouble (byte 1): " MALFORMED},
        {"Scalars", "`15 000000`", "aFloat (byte 1): " MALFORMED},
        {"Node", "`9b06`", "byte 0: " MALFORMED},                 /* an unknown group that does not end */
        {"Node", "`9b06 a406`", "byte 0: " MALFORMED},            /* one that ends as another */
        {"Node", "99: {} `9a0605`", "byte 3: " MALFORMED},        /* an unknown field that is cut short */
        {"Legacy", "`4b`", "inner (byte 1): " MALFORMED},         /* a group that does not end */
        {"Legacy", "`4b 0801 54`", "inner (byte 1): " MALFORMED}, /* one that ends as another */
        {"Legacy", "10: !{} 10: !{`08ff` `80`}", "item[1] (byte 3): " MALFORMED},
        {"WellKnown", "1: {`08`}", "timestamp (byte 2): " MALFORMED},
        {"WellKnown", "2: {1: 1 `10ff`}", "duration (byte 4): " MALFORMED},
        {"WellKnown", "3: {1: \"a\" `0a`}", "mask (byte 5): " MALFORMED},
        {"WellKnown", "4: {`0a`}", "struct (byte 2): " MALFORMED},
        {"WellKnown", "4: {1: {1: \"a\" 2: {`11 00`}}}", "struct[\"a\"] (byte 10): " MALFORMED},
        {"WellKnown", "5: {`20`}", "value (byte 3): " MALFORMED},
        {"WellKnown", "5: {`1a05`}", "value (byte 3): " MALFORMED},
        {"WellKnown", "6: {1: {4: 1} 1: {`20`}}", "list[1] (byte 9): " MALFORMED},
        {"WellKnown", "13: {`08`}", "int64Value (byte 2): " MALFORMED},
        {"WellKnown", "18: {`0a02 61`}", "stringValue (byte 3): " MALFORMED},
        {"WellKnown", "8: {`0a`}", "any (byte 2): " MALFORMED},
    };
    expect_refused(cases, COUNT(cases), STATUS_INVALID_ARGUMENT);
}

static void refuses_text_that_is_not_utf8(void **state)
{
    (void)state;
    static const struct refused cases[] = {
        {"Node", "2: {`ff`}", "name (byte 2): expected UTF-8, found byte 0xff"},
        {"Node", "2: {`6162 c328`}", "name (byte 4): expected UTF-8, found byte 0xc3"},
        {"Node", "2: {`c3`} 1: 1",
         "name (byte 2): expected UTF-8, found byte 0xc3"}, /* what stands behind is no part of it */
        {"Node", "2: {`e282`}", "name (byte 2): expected UTF-8, found byte 0xe2"},
        {"Lists", "14: \"a\" 14: {`80`}", "strings[1] (byte 5): expected UTF-8, found byte 0x80"},
        {"Maps", "12: {1: {`ff`} 2: \"\"}", "byString (byte 4): expected UTF-8, found byte 0xff"},
        {"Maps", "12: {1: \"a\" 2: {`ff`}}", "byString[\"a\"] (byte 7): expected UTF-8, found byte 0xff"},
        {"Maps", "5: {1: -3z 2: {`ff`}}", "bySint32[\"-3\"] (byte 6): expected UTF-8, found byte 0xff"},
        {"Maps", "11: {1: 1 2: {`ff`}}", "byBool[\"true\"] (byte 6): expected UTF-8, found byte 0xff"},
        {"Maps", "8: {1: 18446744073709551615i64 2: {`ff`}}",
         "byFixed64[\"18446744073709551615\"] (byte 13): expected UTF-8, found byte 0xff"},
        {"WellKnown", "5: {3: {`ff`}}", "value (byte 4): expected UTF-8, found byte 0xff"},
        {"WellKnown", "3: {1: {`ff`}}", "mask (byte 4): expected UTF-8, found byte 0xff"},
        {"WellKnown", "8: {1: {`ff`}}", "any (byte 4): expected UTF-8, found byte 0xff"},
        {"WellKnown", "18: {1: {`ff`}}", "stringValue (byte 5): expected UTF-8, found byte 0xff"},
    };
    expect_refused(cases, COUNT(cases), STATUS_INVALID_ARGUMENT);
}

/* Every place of a block of 32 bytes, and of what is left of one. */
static void refuses_bad_utf8_at_every_place_of_a_block(void **state)
{
    (void)state;
    static const char *const bad[] = {"`80`",     "`c0af`",   "`c3`",       "`e28228`",
                                      "`eda080`", "`f09f98`", "`f4908080`", "`ff`"};
    for (size_t i = 0; i < COUNT(bad); i++)
        for (size_t before = 0; before < 70; before++)
            for (size_t behind = 0; behind < 40; behind += 13) {
                struct buf text, wire;
                buf_init(&text, SIZE_MAX / 2);
                buf_init(&wire, SIZE_MAX / 2);
                assert_true(buf_append_text(&text, "2: {`"));
                for (size_t j = 0; j < before; j++)
                    assert_true(buf_append_text(&text, "61"));
                assert_true(buf_printf(&text, "` %s `", bad[i]));
                for (size_t j = 0; j < behind; j++)
                    assert_true(buf_append_text(&text, "7a"));
                assert_true(buf_append(&text, view_make("`} 1: 1", sizeof("`} 1: 1"))));
                wire_text_append(&wire, text.data);
                char error[100];
                unsigned byte;
                assert_int_equal(sscanf(bad[i], "`%2x", &byte), 1);
                snprintf(error, sizeof(error), "name (byte %zu): expected UTF-8, found byte 0x%02x", before + 2, byte);
                codec_expect_refused(&(struct codec_case){"Node", NULL, buf_view(&wire), true, codec_options()},
                                     STATUS_INVALID_ARGUMENT, error);
                buf_free(&text);
                buf_free(&wire);
            }
}

static void refuses_values_that_json_cannot_say(void **state)
{
    (void)state;
    static const struct refused cases[] = {
        {"WellKnown", "1: {1: -62135596801}",
         "timestamp (byte 2): expected a timestamp from 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999999Z"},
        {"WellKnown", "1: {1: 253402300800}",
         "timestamp (byte 2): expected a timestamp from 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999999Z"},
        {"WellKnown", "1: {2: -1}", "timestamp (byte 2): expected a timestamp with nanos from 0 to 999999999"},
        {"WellKnown", "1: {2: 1000000000}", "timestamp (byte 2): expected a timestamp with nanos from 0 to 999999999"},
        {"WellKnown", "2: {1: 315576000001}",
         "duration (byte 2): expected a duration from -315576000000 to 315576000000 seconds"},
        {"WellKnown", "2: {2: 1000000000}",
         "duration (byte 2): expected a duration with nanos from -999999999 to 999999999"},
        {"WellKnown", "2: {1: 1 2: -1}",
         "duration (byte 2): expected a duration with seconds and nanos of the same sign"},
        {"WellKnown", "3: {1: \"aB\"}",
         "mask (byte 4): expected a path of field names in lower_snake_case that lowerCamelCase can tell apart, such "
         "as "
         "foo_bar.baz, but not \"aB\""},
        {"WellKnown", "3: {1: \"a\" 1: \"\"}",
         "mask (byte 7): expected a path of field names in lower_snake_case that lowerCamelCase can tell apart, such "
         "as "
         "foo_bar.baz, but not \"\""},
        {"WellKnown", "3: {1: \"a__b\"}",
         "mask (byte 4): expected a path of field names in lower_snake_case that lowerCamelCase can tell apart, such "
         "as "
         "foo_bar.baz, but not \"a__b\""},
        {"WellKnown", "5: {}", "value (byte 2): a Value of no kind, which JSON cannot say"},
        {"WellKnown", "5: {`11 000000000000f87f`}",
         "value (byte 3): a Value's number is NaN or infinite, which JSON cannot say"},
        {"WellKnown", "5: {`11 000000000000f0ff`}",
         "value (byte 3): a Value's number is NaN or infinite, which JSON cannot say"},
        {"WellKnown", "4: {1: {1: \"a\" 2: {}}}", "struct[\"a\"] (byte 9): a Value of no kind, which JSON cannot say"},
        {"WellKnown", "6: {1: {4: 1} 1: {}}", "list[1] (byte 8): a Value of no kind, which JSON cannot say"},
        {"WellKnownLists", "5: {1: 0} 5: {}", "values[1] (byte 6): a Value of no kind, which JSON cannot say"},
        {"WellKnown", "8: {1: \"x/codec.test.Nobody\"}",
         "any (byte 2): an Any of the type \"x/codec.test.Nobody\", which is not known here"},
        {"WellKnown", "8: {1: \"codec.test.Node\"}",
         "any (byte 2): an Any of the type \"codec.test.Node\", which is not known here"},
        {"WellKnown", "8: {2: {1: 1}}", "any (byte 2): an Any of the type \"\", which is not known here"},
        {"WellKnown", "8: {1: \"x/codec.test.Node\" 2: {`08`}}", "any (byte 23): " MALFORMED},
        {"WellKnown", "8: {1: \"x/google.protobuf.Timestamp\" 2: {2: -1}}",
         "any (byte 33): expected a timestamp with nanos from 0 to 999999999"},
    };
    expect_refused(cases, COUNT(cases), STATUS_FAILED_PRECONDITION);
}

/* A message that holds itself: by which fields, outermost first; a group by tags before and behind. */
struct nesting {
    const char *message;
    const char *fields[3];
    const char *end_group;
};

static void nest(struct buf *bytes, const struct nesting *nesting, size_t levels)
{
    size_t cycle = nesting->fields[2] ? 3 : nesting->fields[1] ? 2 : 1;
    for (size_t i = levels; i-- > 0;) {
        struct buf outer;
        char length[24];
        buf_init(&outer, SIZE_MAX / 2);
        wire_text_append(&outer, nesting->fields[i % cycle]);
        snprintf(length, sizeof(length), "%zu", bytes->len);
        wire_text_append(&outer, nesting->end_group ? "" : length);
        assert_true(buf_append(&outer, buf_view(bytes)));
        wire_text_append(&outer, nesting->end_group ? nesting->end_group : "");
        buf_free(bytes);
        *bytes = outer;
    }
}

static bool print_nested(const struct nesting *nesting, size_t levels, struct status *st)
{
    struct buf bytes, out;
    const struct transcode_options options = codec_options();
    buf_init(&bytes, SIZE_MAX / 2);
    buf_init(&out, SIZE_MAX / 2);
    nest(&bytes, nesting, levels);
    bool done = transcode_binary_to_json(codec_message(nesting->message), NULL, buf_view(&bytes), &options, &out, st);
    assert_true(done || out.len == 0);
    buf_free(&bytes);
    buf_free(&out);
    return done;
}

static void refuses_messages_nested_more_than_100_deep(void **state)
{
    (void)state;
    static const struct nesting cases[] = {
        {"Node", {"`1a`"}, NULL},         /* child */
        {"Node", {"`22`"}, NULL},         /* children */
        {"Node", {"`2a`", "`12`"}, NULL}, /* named, as entry and value */
        {"Choice", {"`e201`"}, NULL},     /* another */
        {"Node", {"`9b06`"}, "`9c06`"},   /* an unknown group */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        for (size_t levels = 97; levels <= 103; levels++) {
            struct status st;
            bool done = print_nested(&cases[i], levels, &st);
            /* The message around all of them is a level itself. */
            if (done != (levels < TRANSCODE_DEPTH_MAX))
                fail_msg("%s of %zu levels: %s", cases[i].message, levels, done ? "accepted" : st.message);
            assert_true(done || st.code == STATUS_INVALID_ARGUMENT);
        }
    }
}

static void refuses_a_depth_that_would_overflow_the_stack(void **state)
{
    (void)state;
    static const struct nesting cases[] = {
        {"Node", {"`1a`"}, NULL},
        {"Node", {"`9b06`"}, "`9c06`"},
        {".google.protobuf.Value", {"`32`", "`0a`"}, NULL},
        {".google.protobuf.Struct", {"`0a`", "`12`", "`2a`"}, NULL},
        {"Legacy", {"`4b`"}, "`4c`"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct status st;
        assert_false(print_nested(&cases[i], 3000, &st));
        assert_int_equal(st.code, STATUS_INVALID_ARGUMENT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_bytes_that_are_malformed),
        cmocka_unit_test(refuses_text_that_is_not_utf8),
        cmocka_unit_test(refuses_bad_utf8_at_every_place_of_a_block),
        cmocka_unit_test(refuses_values_that_json_cannot_say),
        cmocka_unit_test(refuses_messages_nested_more_than_100_deep),
        cmocka_unit_test(refuses_a_depth_that_would_overflow_the_stack),
    };
    return cmocka_run_group_tests(tests, codec_setup, codec_teardown);
}
