/* Fields that are set by text from a path or a query: how they are named, what text they take, how the pieces merge. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/codec/transcode/codec_case.h"
#include "tests/codec/wire/wire_text.h"

static struct transcode_field_path find(const char *message, const char *name)
{
    struct transcode_field_path path;
    struct status st;
    if (!transcode_find_field_path(codec_message(message), view_of(name), &path, &st))
        fail_msg("%s: %s", name, st.message);
    return path;
}

/* The bytes in memory of exactly their length. */
static struct view tight(const char *text, size_t len)
{
    char *copy = malloc(len ? len : 1);
    memcpy(copy, text, len);
    return view_make(copy, len);
}

static void finds_fields_by_either_name_through_messages(void **state)
{
    (void)state;
    static const struct {
        const char *message;
        const char *path;
        const char *fields[4];
        const char *map_key;
    } cases[] = {
        {"Scalars", "an_int32", {"anInt32"}, NULL},
        {"Scalars", "anInt32", {"anInt32"}, NULL},
        {"Node", "child.child.id", {"child", "child", "id"}, NULL},
        {"Names", "renamed", {"documentationURL"}, NULL},
        {"Names", "documentationURL", {"documentationURL"}, NULL},
        {"Names", "inner.foo_bar__baz", {"in.ner[0]", "fooBarBaz"}, NULL},
        {"Choice", "another.otherNumber", {"another", "otherNumber"}, NULL},
        {"Lists", "int32s", {"int32s"}, NULL},
        {"Maps", "by_string[key]", {"byString"}, "key"},
        {"Maps", "byString[a.b]", {"byString"}, "a.b"},
        {"Maps", "byString[a[0]]", {"byString"}, "a[0]"},
        {"Maps", "byString[]", {"byString"}, ""},
        {"Sparse", "message.map[k]", {"message", "map"}, "k"},
        {"WellKnown", "timestamp", {"timestamp"}, NULL},
        {"Legacy", "number", {"number"}, NULL},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct transcode_field_path path = find(cases[i].message, cases[i].path);
        size_t len = 0;
        while (len < COUNT(cases[i].fields) && cases[i].fields[len])
            len++;
        assert_int_equal(path.len, len);
        for (size_t j = 0; j < len; j++)
            assert_true(view_equal_text(path.fields[j]->json_name, cases[i].fields[j]));
        assert_int_equal(path.map_key.data != NULL, cases[i].map_key != NULL);
        assert_true(!cases[i].map_key || view_equal_text(path.map_key, cases[i].map_key));
    }
}

static void says_what_is_wrong_with_a_path(void **state)
{
    (void)state;
    static const struct {
        const char *message;
        const char *path;
        enum status_code code;
        const char *error;
    } cases[] = {
        {"Node", "", STATUS_NOT_FOUND, "codec.test.Node has no field \"\""},
        {"Node", "nothing", STATUS_NOT_FOUND, "codec.test.Node has no field \"nothing\""},
        {"Node", "child.nothing", STATUS_NOT_FOUND, "codec.test.Node has no field \"nothing\""},
        {"Node", ".id", STATUS_NOT_FOUND, "codec.test.Node has no field \"\""},
        {"Node", "child..id", STATUS_NOT_FOUND, "codec.test.Node has no field \"\""},
        {"Node", "child.", STATUS_NOT_FOUND, "codec.test.Node has no field \"\""},
        {"Node", "[x]", STATUS_NOT_FOUND, "codec.test.Node has no field \"\""},
        {"Node", "child[x].id", STATUS_INVALID_ARGUMENT,
         "expected a map's key in brackets at the end, not before \".id\""},
        {"Node", "id.", STATUS_INVALID_ARGUMENT,
         "\"id\" of codec.test.Node is not a single message, expected one before \".\""},
        {"Node", "id.x", STATUS_INVALID_ARGUMENT,
         "\"id\" of codec.test.Node is not a single message, expected one before \".x\""},
        {"Node", "children.id", STATUS_INVALID_ARGUMENT,
         "\"children\" of codec.test.Node is not a single message, expected one before \".id\""},
        {"Node", "named.id", STATUS_INVALID_ARGUMENT,
         "\"named\" of codec.test.Node is not a single message, expected one before \".id\""},
        {"WellKnown", "timestamp.seconds", STATUS_INVALID_ARGUMENT,
         "\"timestamp\" of codec.test.WellKnown is not a single message, expected one before \".seconds\""},
        {"WellKnown", "struct.a", STATUS_INVALID_ARGUMENT,
         "\"struct\" of codec.test.WellKnown is not a single message, expected one before \".a\""},
        {"Node", "child", STATUS_INVALID_ARGUMENT,
         "\"child\" is a message: expected one of its fields, as in child.field"},
        {"Node", "child.children", STATUS_INVALID_ARGUMENT,
         "\"child.children\" is a message: expected one of its fields, as in child.children.field"},
        {"WellKnown", "any", STATUS_INVALID_ARGUMENT,
         "\"any\" is a message: expected one of its fields, as in any.field"},
        {"WellKnown", "empty", STATUS_INVALID_ARGUMENT,
         "\"empty\" is a message: expected one of its fields, as in empty.field"},
        {"Legacy", "inner", STATUS_INVALID_ARGUMENT,
         "\"inner\" is a message: expected one of its fields, as in inner.field"},
        {"Legacy", "inner.id", STATUS_INVALID_ARGUMENT,
         "\"inner\" of codec.test.Legacy is not a single message, expected one before \".id\""},
        {"Maps", "byString", STATUS_INVALID_ARGUMENT, "\"byString\" is a map: expected a key, as in byString[key]"},
        {"Maps", "nodes[a]", STATUS_INVALID_ARGUMENT,
         "\"nodes[a]\" is a message: expected one of its fields, as in nodes[a].field"},
        {"Node", "id[0]", STATUS_INVALID_ARGUMENT, "\"id\" is not a map"},
        {"Node", "numbers[0]", STATUS_INVALID_ARGUMENT, "\"numbers\" is not a map"},
        {"Node", "child.child.child.child.child.child.child.child.child.child.child.child.child.child.child.child.id",
         STATUS_INVALID_ARGUMENT, "a field path of more than 16 fields"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct transcode_field_path path = {.len = 99};
        struct status st;
        assert_false(transcode_find_field_path(codec_message(cases[i].message), view_of(cases[i].path), &path, &st));
        assert_int_equal(path.len, 99);
        assert_string_equal(st.message, cases[i].error);
        assert_int_equal(st.code, cases[i].code);
    }
    find("Node", "child.child.child.child.child.child.child.child.child.child.child.child.child.child.child.id");
}

struct text_case {
    const char *message;
    const char *path;
    const char *text;
    const char *result; /* bytes, or an error */
};

/* Into buffers of every size, so that under the address sanitizer no byte too many is written. */
static void expect_bytes(const struct text_case *text_case)
{
    const struct transcode_options options = codec_options();
    const struct transcode_field_path path = find(text_case->message, text_case->path);
    struct view text = tight(text_case->text, strlen(text_case->text));
    struct buf expected;
    buf_init(&expected, SIZE_MAX / 2);
    wire_text_append(&expected, text_case->result);
    for (size_t cap = 1; cap < expected.len + text.len + 200; cap++) {
        struct buf out;
        struct status st;
        buf_init(&out, SIZE_MAX / 2);
        out.data = malloc(cap);
        out.cap = cap;
        if (!transcode_text_to_binary(&path, text, &options, &out, &st))
            fail_msg("%s = %s: %s", text_case->path, text_case->text, st.message);
        if (!view_equal(buf_view(&out), buf_view(&expected)))
            fail_msg("%s = %s: not the expected bytes", text_case->path, text_case->text);
        buf_free(&out);
    }
    buf_free(&expected);
    free((char *)text.data);
}

static void expect_error(const struct text_case *text_case)
{
    const struct transcode_options options = codec_options();
    const struct transcode_field_path path = find(text_case->message, text_case->path);
    struct view text = tight(text_case->text, strlen(text_case->text));
    struct buf out;
    struct status st;
    buf_init(&out, SIZE_MAX / 2);
    assert_true(buf_append_text(&out, "before"));
    if (transcode_text_to_binary(&path, text, &options, &out, &st))
        fail_msg("%s = %s: accepted", text_case->path, text_case->text);
    assert_int_equal(st.code, STATUS_INVALID_ARGUMENT);
    assert_string_equal(st.message, text_case->result);
    assert_true(view_equal_text(buf_view(&out), "before"));
    buf_free(&out);
    free((char *)text.data);
}

static void takes_text_of_every_scalar_type(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        {"Scalars", "aDouble", "1.5", "1: 1.5"},
        {"Scalars", "aDouble", "-1e3", "1: -1000.0"},
        {"Scalars", "aDouble", "Infinity", "`09 000000000000f07f`"},
        {"Scalars", "aDouble", "NaN", "`09 000000000000f87f`"},
        {"Scalars", "aFloat", "1.5", "2: 1.5i32"},
        {"Scalars", "aFloat", "-Infinity", "`15 000080ff`"},
        {"Scalars", "anInt32", "-7", "3: -7"},
        {"Scalars", "anInt32", "1e3", "3: 1000"},
        {"Scalars", "anInt32", "0", "3: 0"}, /* said, so it is written */
        {"Scalars", "anInt64", "-9223372036854775808", "4: -9223372036854775808"},
        {"Scalars", "aUint32", "4294967295", "5: 4294967295"},
        {"Scalars", "aUint64", "18446744073709551615", "6: 18446744073709551615"},
        {"Scalars", "aSint32", "-7", "7: -7z"},
        {"Scalars", "aSint64", "-7", "8: -7z"},
        {"Scalars", "aFixed32", "7", "9: 7i32"},
        {"Scalars", "aFixed64", "7", "10: 7i64"},
        {"Scalars", "aSfixed32", "-7", "11: -7i32"},
        {"Scalars", "aSfixed64", "-7", "12: -7i64"},
        {"Scalars", "aBool", "true", "13: 1"},
        {"Scalars", "aBool", "false", "13: 0"},
        {"Scalars", "aString", "", "14: \"\""},
        {"Scalars", "aString", "a \\\"text\\\" \\u0041",
         "14: {`61205c22746578745c22205c7530303431`}"}, /* no escapes here */
        {"Scalars", "aString", "\xc3\xa9\xf0\x9f\x98\x80", "14: {`c3a9f09f9880`}"},
        {"Scalars", "aString", "0123456789012345678901234567890123456789",
         "14: \"0123456789012345678901234567890123456789\""},
        {"Scalars", "someBytes", "", "15: \"\""},
        {"Scalars", "someBytes", "-_8=", "15: {`fbff`}"},
        {"Scalars", "someBytes", "+/8", "15: {`fbff`}"},
        {"Scalars", "aLevel", "LEVEL_TWO", "16: 2"},
        {"Scalars", "aLevel", "2", "16: 2"},
        {"Scalars", "aLevel", "-1", "16: -1"},
        {"Scalars", "aLevel", "77", "16: 77"},
        {"Scalars", "anAlias", "ALIAS_SECOND", "17: 1"},
        {"Legacy", "closed", "CLOSED_ONE", "3: 1"},
        {"Legacy", "closed", "-1", "3: -1"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        expect_bytes(&cases[i]);
}

static void takes_text_of_messages_lists_and_maps(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        {"Node", "child.id", "7", "3: {1: 7}"},
        {"Node", "child.child.name", "n", "3: {3: {2: \"n\"}}"},
        {"Lists", "int32s", "7", "3: 7"}, /* one element, not packed */
        {"Lists", "strings", "a,b", "14: \"a,b\""},
        {"Lists", "levels", "LEVEL_ONE", "16: 1"},
        {"Lists", "bools", "true", "13: 1"},
        {"Maps", "byString[k]", "v", "12: {1: \"k\" 2: \"v\"}"},
        {"Maps", "byString[]", "", "12: {1: \"\" 2: \"\"}"},
        {"Maps", "byInt32[-5]", "v", "1: {1: -5 2: \"v\"}"},
        {"Maps", "bySint64[-5]", "v", "6: {1: -5z 2: \"v\"}"},
        {"Maps", "byFixed64[5]", "v", "8: {1: 5i64 2: \"v\"}"},
        {"Maps", "byBool[true]", "v", "11: {1: 1 2: \"v\"}"},
        {"Maps", "levels[k]", "LEVEL_ONE", "35: {1: \"k\" 2: 1}"},
        {"Maps", "levels[k]", "1", "35: {1: \"k\" 2: 1}"},
        {"Maps", "doubles[k]", "1.5", "21: {1: \"k\" 2: 1.5}"},
        {"Maps", "byteses[k]", "AA==", "34: {1: \"k\" 2: {`00`}}"},
        {"Sparse", "message.map[k]", "5", "33554432: {33554431: {1: \"k\" 2: 5}}"},
        {"Sparse", "packed", "5", "262143: 5"},
        {"Choice", "anInt32", "0", "3: 0"},
        {"Choice", "another.aString", "x", "28: {14: \"x\"}"},
        {"Choice", "aNull", "NULL_VALUE", "18: 0"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        expect_bytes(&cases[i]);
}

static void takes_text_of_well_known_types(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        {"WellKnown", "timestamp", "1970-01-01T00:00:01.5Z", "1: {1: 1 2: 500000000}"},
        {"WellKnown", "timestamp", "1970-01-01T01:00:00+01:00", "1: {}"},
        {"WellKnown", "duration", "-1.5s", "2: {1: -1 2: -500000000}"},
        {"WellKnown", "mask", "fooBar,baz.qux", "3: {1: \"foo_bar\" 1: \"baz.qux\"}"},
        {"WellKnown", "mask", "", "3: {}"},
        {"WellKnown", "struct", "{\"a\":[1]}", "4: {1: {1: \"a\" 2: {6: {1: {2: 1.0}}}}}"},
        {"WellKnown", "struct", " { } ", "4: {}"},
        {"WellKnown", "value", "1", "5: {2: 1.0}"},
        {"WellKnown", "value", "\"text\"", "5: {3: \"text\"}"},
        {"WellKnown", "value", "null", "5: {1: 0}"},
        {"WellKnown", "list", "[true,\"x\"]", "6: {1: {4: 1} 1: {3: \"x\"}}"},
        {"WellKnown", "doubleValue", "1.5", "11: {1: 1.5}"},
        {"WellKnown", "floatValue", "NaN", "`62 05 0d 0000c07f`"},
        {"WellKnown", "int64Value", "0", "13: {1: 0}"},
        {"WellKnown", "uint64Value", "1", "14: {1: 1}"},
        {"WellKnown", "int32Value", "-1", "15: {1: -1}"},
        {"WellKnown", "uint32Value", "1", "16: {1: 1}"},
        {"WellKnown", "boolValue", "true", "17: {1: 1}"},
        {"WellKnown", "stringValue", "", "18: {1: \"\"}"},
        {"WellKnown", "stringValue", "\"quoted\"", "18: {1: {`2271756f74656422`}}"},
        {"WellKnown", "bytesValue", "AA", "19: {1: {`00`}}"},
        {"WellKnownLists", "timestamps", "1970-01-01T00:00:01Z", "1: {1: 1}"},
        {"WellKnownLists", "int64Values", "5", "13: {1: 5}"},
        {"WellKnownLists", "values", "[]", "5: {6: {}}"},
        {"WellKnownMaps", "durations[k]", "1s", "2: {1: \"k\" 2: {1: 1}}"},
        {"WellKnownMaps", "masks[k]", "aB", "3: {1: \"k\" 2: {1: \"a_b\"}}"},
        {"WellKnownMaps", "structs[k]", "{}", "4: {1: \"k\" 2: {}}"},
        {"WellKnownMaps", "int64Values[k]", "7", "13: {1: \"k\" 2: {1: 7}}"},
        {"WellKnownMaps", "stringValues[k]", "v", "18: {1: \"k\" 2: {1: \"v\"}}"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        expect_bytes(&cases[i]);
}

static void says_what_is_wrong_with_a_text(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        {"Scalars", "anInt32", "", "expected a number, found \"\""},
        {"Scalars", "anInt32", "x", "expected a number, found \"x\""},
        {"Scalars", "anInt32", "0x10", "expected nothing behind the value \"0\""},
        {"Scalars", "anInt32", "010", "expected a number, found \"010\""},
        {"Scalars", "anInt32", "+1", "expected a number, found \"+1\""},
        {"Scalars", "anInt32", "1.5", "expected a whole number for int32"},
        {"Scalars", "anInt32", "2147483648", "the number is out of the range of int32"},
        {"Scalars", "anInt32", "\"1\"", "expected a number, found \"\"1\"\""},
        {"Scalars", "aUint64", "-1", "the number is out of the range of uint64"},
        {"Scalars", "aFloat", "1e39", "the number is out of the range of float"},
        {"Scalars", "aBool", "1", "expected true or false, found \"1\""},
        {"Scalars", "aBool", "True", "expected true or false, found \"True\""},
        {"Scalars", "aBool", "truely", "expected nothing behind the value \"true\""},
        {"Scalars", "aString", "a\xff", "expected UTF-8, found byte 0xff"},
        {"Scalars", "someBytes", "*", "expected base64, but character 1 is not of its alphabet"},
        {"Scalars", "aLevel", "LEVEL_THREE", "codec.test.Level has no value \"LEVEL_THREE\""},
        {"Scalars", "aLevel", "", "codec.test.Level has no value \"\""},
        {"Scalars", "aLevel", "1x", "expected a name or number of the enum"},
        {"Scalars", "aLevel", "1.5", "expected a whole number for an enum"},
        {"Legacy", "closed", "9", "codec.test.Closed has no value 9"},
        {"Node", "child.child.id", "x", "expected a number, found \"x\""},
        {"Maps", "byInt32[x]", "v", "expected a number, found \"x\""},
        {"Maps", "byBool[yes]", "v", "expected true or false, found \"yes\""},
        {"Maps", "int32s[k]", "v", "expected a number, found \"v\""},
        {"WellKnown", "timestamp", "now",
         "expected a timestamp like 2024-05-01T10:00:00Z or 2024-05-01T12:00:00.5+02:00"},
        {"WellKnown", "timestamp", "\"1970-01-01T00:00:00Z\"",
         "expected a timestamp like 2024-05-01T10:00:00Z or 2024-05-01T12:00:00.5+02:00"},
        {"WellKnown", "timestamp", "1970-01-01T00:00:00\\u005a",
         "expected a timestamp like 2024-05-01T10:00:00Z or 2024-05-01T12:00:00.5+02:00"},
        {"WellKnown", "duration", "1", "expected a duration in seconds like 3s or -1.5s, of at most 9 decimals"},
        {"WellKnown", "mask", "a_b",
         "expected a path of field names in lowerCamelCase, such as fooBar.baz, but not \"a_b\""},
        {"WellKnown", "struct", "[]", "expected an object, found an array"},
        {"WellKnown", "struct", "{\"a\":1,\"a\":2}", "this key stands twice in the object"},
        {"WellKnown", "struct", "{} {}", "expected the end of the value, found an object"},
        {"WellKnown", "value", "text", "expected true, false or null"},
        {"WellKnown", "value", "", "expected a value, found the end of the input"},
        {"WellKnown", "int32Value", "x", "expected a number, found \"x\""},
        {"Choice", "aNull", "null", "google.protobuf.NullValue has no value \"null\""},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        expect_error(&cases[i]);
}

static void writes_lengths_of_every_width(void **state)
{
    (void)state;
    const struct transcode_options options = codec_options();
    const struct schema_message *node = codec_message("Node");
    const struct transcode_field_path path = find("Node", "child.child.child.name");
    static const size_t lengths[] = {0, 1, 120, 125, 126, 127, 128, 300, 16379, 16380, 16384, 100000};
    for (size_t i = 0; i < COUNT(lengths); i++) {
        struct buf out, json;
        struct status st;
        char *text = malloc(lengths[i] + 1);
        memset(text, 'x', lengths[i] + 1);
        buf_init(&out, SIZE_MAX / 2);
        buf_init(&json, SIZE_MAX / 2);
        assert_true(transcode_text_to_binary(&path, view_make(text, lengths[i]), &options, &out, &st));
        assert_true(transcode_binary_to_json(node, NULL, buf_view(&out), &options, &json, &st));
        size_t expected = lengths[i] ? strlen("{'child':{'child':{'child':{'name':''}}}}") + lengths[i]
                                     : strlen("{'child':{'child':{'child':{}}}}");
        assert_int_equal(json.len, expected);
        buf_free(&out);
        buf_free(&json);
        free(text);
    }
}

static void drops_unknown_enum_names_if_it_is_asked_to(void **state)
{
    (void)state;
    static const struct {
        const char *message;
        const char *path;
        const char *text;
    } cases[] = {
        {"Scalars", "aLevel", "LEVEL_THREE"}, {"Lists", "levels", "LEVEL_THREE"},
        {"Maps", "levels[k]", "LEVEL_THREE"}, {"Legacy", "closed", "9"},
        {"Choice", "another.aLevel", "x"},
    };
    struct transcode_options options = codec_options();
    options.ignore_unknown_fields = true;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct transcode_field_path path = find(cases[i].message, cases[i].path);
        struct buf out;
        struct status st;
        buf_init(&out, SIZE_MAX / 2);
        assert_true(transcode_text_to_binary(&path, view_of(cases[i].text), &options, &out, &st));
        assert_int_equal(out.len, 0);
        buf_free(&out);
    }
}

static void stays_within_the_limit_of_the_buffer(void **state)
{
    (void)state;
    const struct transcode_options options = codec_options();
    static const struct text_case cases[] = {
        {"Node", "child.child.name", "some text", ""},
        {"WellKnown", "timestamp", "2024-05-01T10:00:00.5Z", ""},
        {"WellKnown", "struct", "{\"a\":[1,2,3]}", ""},
        {"Maps", "byString[k]", "v", ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct transcode_field_path path = find(cases[i].message, cases[i].path);
        struct status st;
        for (size_t max = 0; max < 200; max++) {
            struct buf out;
            buf_init(&out, max);
            if (transcode_text_to_binary(&path, view_of(cases[i].text), &options, &out, &st))
                assert_true(out.len <= max);
            else
                assert_int_equal(st.code, STATUS_RESOURCE_EXHAUSTED);
            buf_free(&out);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_fields_by_either_name_through_messages),
        cmocka_unit_test(says_what_is_wrong_with_a_path),
        cmocka_unit_test(takes_text_of_every_scalar_type),
        cmocka_unit_test(takes_text_of_messages_lists_and_maps),
        cmocka_unit_test(takes_text_of_well_known_types),
        cmocka_unit_test(says_what_is_wrong_with_a_text),
        cmocka_unit_test(writes_lengths_of_every_width),
        cmocka_unit_test(drops_unknown_enum_names_if_it_is_asked_to),
        cmocka_unit_test(stays_within_the_limit_of_the_buffer),
    };
    return cmocka_run_group_tests(tests, codec_setup, codec_teardown);
}
