/* The well-known types, whose JSON is not an object of their fields. */
#include "tests/codec/transcode/codec_case.h"
#include "tests/codec/wire/wire_text.h"

struct accepted {
    const char *message;
    const char *json;
    const char *wire;
};

struct refused {
    const char *message;
    const char *json;
    const char *error;
};

static void expect_accepted(const struct accepted *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        codec_expect_binary(cases[i].message, cases[i].json, cases[i].wire);
}

static void expect_refused(const struct refused *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        codec_expect_json_refused(cases[i].message, cases[i].json, cases[i].error);
}

static void reads_timestamps_and_durations(void **state)
{
    (void)state;
    static const struct accepted cases[] = {
        {".google.protobuf.Timestamp", "'1970-01-01T00:00:00Z'", ""},
        {".google.protobuf.Timestamp", "'1970-01-01T00:00:01Z'", "1: 1"},
        {".google.protobuf.Timestamp", "'1970-01-01T00:00:00.000000001Z'", "2: 1"},
        {".google.protobuf.Timestamp", "'1969-12-31T23:59:59.5Z'", "1: -1 2: 500000000"},
        {".google.protobuf.Timestamp", "'2024-02-29T23:59:59+23:59'", "1: 1709164859"},
        {".google.protobuf.Timestamp", "'2024-02-29T00:00:00-00:30'", "1: 1709166600"},
        {".google.protobuf.Timestamp", "'0001-01-01T00:00:00Z'", "1: -62135596800"},
        {".google.protobuf.Timestamp", "'9999-12-31T23:59:59.999999999Z'", "1: 253402300799 2: 999999999"},
        {".google.protobuf.Timestamp", "'\\u0031970-01-01T00:00:01Z'", "1: 1"},
        {".google.protobuf.Duration", "'0s'", ""},
        {".google.protobuf.Duration", "'-0s'", ""},
        {".google.protobuf.Duration", "'1s'", "1: 1"},
        {".google.protobuf.Duration", "'-1s'", "1: -1"},
        {".google.protobuf.Duration", "'1.5s'", "1: 1 2: 500000000"},
        {".google.protobuf.Duration", "'-0.000000001s'", "2: -1"},
        {".google.protobuf.Duration", "'315576000000.999999999s'", "1: 315576000000 2: 999999999"},
        {".google.protobuf.Duration", "'-315576000000s'", "1: -315576000000"},
        {"WellKnownLists", "{'timestamps':['1970-01-01T00:00:00Z','1970-01-01T00:00:01Z']}", "1: {} 1: {1: 1}"},
        {"WellKnownMaps", "{'durations':{'a':'0s'}}", "2: {1: \"a\" 2: {}}"},
    };
    expect_accepted(cases, COUNT(cases));
    static const struct refused refused[] = {
        {"WellKnown", "{'timestamp':0}", "timestamp (line 1, column 14): expected a string, found a number"},
        {"WellKnown", "{'timestamp':{'seconds':1}}",
         "timestamp (line 1, column 14): expected a string, found an object"},
        {"WellKnown", "{'timestamp':''}",
         "timestamp (line 1, column 14): expected a timestamp like 2024-05-01T10:00:00Z or "
         "2024-05-01T12:00:00.5+02:00"},
        {"WellKnown", "{'timestamp':'2024-02-30T00:00:00Z'}",
         "timestamp (line 1, column 14): expected a timestamp of a day that the calendar has"},
        {"WellKnown", "{'timestamp':'0001-01-01T00:00:00+00:01'}",
         "timestamp (line 1, column 14): expected a timestamp from 0001-01-01T00:00:00Z to "
         "9999-12-31T23:59:59.999999999Z"},
        {"WellKnown", "{'duration':'1'}",
         "duration (line 1, column 13): expected a duration in seconds like 3s or -1.5s, of at most 9 decimals"},
        {"WellKnown", "{'duration':'315576000001s'}",
         "duration (line 1, column 13): expected a duration from -315576000000 to 315576000000 seconds"},
        {"WellKnown", "{'duration':1.5}", "duration (line 1, column 13): expected a string, found a number"},
        {"WellKnownLists", "{'durations':['1s','s']}",
         "durations[1] (line 1, column 20): expected a duration in seconds like 3s or -1.5s, of at most 9 decimals"},
    };
    expect_refused(refused, COUNT(refused));
}

static void reads_field_masks(void **state)
{
    (void)state;
    static const struct accepted cases[] = {
        {".google.protobuf.FieldMask", "''", ""},
        {".google.protobuf.FieldMask", "'a'", "1: \"a\""},
        {".google.protobuf.FieldMask", "'fooBar.bazQux,b'", "1: \"foo_bar.baz_qux\" 1: \"b\""},
        {".google.protobuf.FieldMask", "'a1B2'", "1: \"a1_b2\""},
        {".google.protobuf.FieldMask", "'*'", "1: \"*\""},
        {".google.protobuf.FieldMask", "'\\u0061,\\u0062'", "1: \"a\" 1: \"b\""},
        {".google.protobuf.FieldMask", "'A'", "1: \"_a\""},
    };
    expect_accepted(cases, COUNT(cases));
    static const struct refused refused[] = {
        {"WellKnown", "{'mask':['a']}", "mask (line 1, column 9): expected a string, found an array"},
        {"WellKnown", "{'mask':'foo_bar'}",
         "mask (line 1, column 9): expected a path of field names in lowerCamelCase, such as fooBar.baz, but not "
         "\"foo_bar\""},
        {"WellKnown", "{'mask':'a,'}",
         "mask (line 1, column 9): expected a path of field names in lowerCamelCase, such as fooBar.baz, but not \"\""},
        {"WellKnown", "{'mask':'a,b c'}",
         "mask (line 1, column 9): expected a path of field names in lowerCamelCase, such as fooBar.baz, but not \"b "
         "c\""},
    };
    expect_refused(refused, COUNT(refused));
}

static void reads_structs_values_and_lists(void **state)
{
    (void)state;
    static const struct accepted cases[] = {
        {".google.protobuf.Struct", "{}", ""},
        {".google.protobuf.Struct", "{'':{}}", "1: {1: \"\" 2: {5: {}}}"},
        {".google.protobuf.Struct", "{'@type':1}", "1: {1: \"@type\" 2: {2: 1.0}}"},
        {".google.protobuf.ListValue", "[]", ""},
        {".google.protobuf.ListValue", "[[],{},'',0,null]",
         "1: {6: {}} 1: {5: {}} 1: {3: \"\"} 1: {2: 0i64} 1: {1: 0}"},
        {".google.protobuf.Value", "'text'", "3: \"text\""},
        {".google.protobuf.Value", "1", "2: 1.0"},
        {".google.protobuf.Value", "-0", "2: `0000000000000080`"},
        {".google.protobuf.Value", "1e-999", "2: 0i64"},
        {".google.protobuf.Value", "9007199254740993", "2: 9007199254740992.0"},
        {".google.protobuf.Value", "true", "4: 1"},
        {".google.protobuf.Value", "false", "4: 0"},
        {".google.protobuf.Value", "null", "1: 0"},
        {".google.protobuf.Value", "'NaN'", "3: \"NaN\""}, /* a string, here */
        {".google.protobuf.Value", "{'a':[{'b':null}]}",
         "5: {1: {1: \"a\" 2: {6: {1: {5: {1: {1: \"b\" 2: {1: 0}}}}}}}}"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        /* A double in hex has no tag of its own in the notation. */
        bool bits = strncmp(cases[i].wire, "2: `", 4) == 0;
        codec_expect_binary(cases[i].message, cases[i].json, bits ? "`11 0000000000000080`" : cases[i].wire);
    }
    static const struct refused refused[] = {
        {".google.protobuf.Struct", "[]", "line 1, column 1: expected an object, found an array"},
        {".google.protobuf.ListValue", "{}", "line 1, column 1: expected an array, found an object"},
        {".google.protobuf.Value", "", "line 1, column 1: expected a value, found the end of the input"},
        {".google.protobuf.Value", "1e309", "line 1, column 1: expected a number that a double can hold"},
        {".google.protobuf.Value", "[1e309]", "[0] (line 1, column 2): expected a number that a double can hold"},
        {".google.protobuf.Struct", "{'a':{'b':[0,tru]}}",
         "[\"a\"][\"b\"][1] (line 1, column 14): expected true, false or null"},
        {"WellKnown", "{'list':[1,{'a':}]}", "list[1][\"a\"] (line 1, column 17): expected a value, found '}'"},
    };
    expect_refused(refused, COUNT(refused));
}

static void reads_wrappers(void **state)
{
    (void)state;
    static const struct accepted cases[] = {
        {".google.protobuf.DoubleValue", "0", ""},
        {".google.protobuf.DoubleValue", "1.5", "1: 1.5"},
        {".google.protobuf.DoubleValue", "'1.5'", "1: 1.5"},
        {".google.protobuf.FloatValue", "1.5", "1: 1.5i32"},
        {".google.protobuf.Int64Value", "'-1'", "1: -1"},
        {".google.protobuf.UInt64Value", "18446744073709551615", "1: 18446744073709551615"},
        {".google.protobuf.Int32Value", "-1", "1: -1"},
        {".google.protobuf.UInt32Value", "4294967295", "1: 4294967295"},
        {".google.protobuf.BoolValue", "true", "1: 1"},
        {".google.protobuf.BoolValue", "false", ""},
        {".google.protobuf.StringValue", "''", ""},
        {".google.protobuf.StringValue", "'text'", "1: \"text\""},
        {".google.protobuf.BytesValue", "'AAE='", "1: {`0001`}"},
        {"WellKnown", "{'int64Value':'0','stringValue':'','boolValue':false}", "13: {} 18: {} 17: {}"},
        {"WellKnownLists", "{'int64Values':[0,'1'],'stringValues':['','a']}",
         "13: {} 13: {1: 1} 18: {} 18: {1: \"a\"}"},
    };
    expect_accepted(cases, COUNT(cases));
    static const struct refused refused[] = {
        {"WellKnown", "{'int32Value':{'value':1}}",
         "int32Value (line 1, column 15): expected a number, found an object"},
        {"WellKnown", "{'int32Value':2147483648}",
         "int32Value (line 1, column 15): the number is out of the range of int32"},
        {"WellKnown", "{'stringValue':1}", "stringValue (line 1, column 16): expected a string, found a number"},
        {"WellKnown", "{'boolValue':'true'}", "boolValue (line 1, column 14): expected true or false, found a string"},
    };
    expect_refused(refused, COUNT(refused));
}

#define URL_NODE "x/codec.test.Node"

static void reads_any_with_its_type_at_any_place(void **state)
{
    (void)state;
    static const struct accepted cases[] = {
        {".google.protobuf.Any", "{}", ""},
        {".google.protobuf.Any", "{'@type':'x/codec.test.Node'}", "1: \"" URL_NODE "\""},
        {".google.protobuf.Any", "{'@type':'x/codec.test.Node','id':1}", "1: \"" URL_NODE "\" 2: {1: 1}"},
        {".google.protobuf.Any", "{'id':1,'@type':'x/codec.test.Node'}", "1: \"" URL_NODE "\" 2: {1: 1}"},
        {".google.protobuf.Any", "{'id':1,'child':{'name':'n'},'@type':'x/codec.test.Node','name':'m'}",
         "1: \"" URL_NODE "\" 2: {1: 1 3: {2: \"n\"} 2: \"m\"}"},
        {".google.protobuf.Any", "{'\\u0040type':'x\\/codec.test.N\\u006fde','id':1}", "1: \"" URL_NODE "\" 2: {1: 1}"},
        {".google.protobuf.Any", "{'@type':'type.googleapis.com/a/b/codec.test.Node','id':1}",
         "1: \"type.googleapis.com/a/b/codec.test.Node\" 2: {1: 1}"},
        {".google.protobuf.Any", "{'@type':'/codec.test.Node','id':1}", "1: \"/codec.test.Node\" 2: {1: 1}"},
        {".google.protobuf.Any", "{'@type':'x/google.protobuf.Empty'}", "1: \"x/google.protobuf.Empty\""},
        {".google.protobuf.Any", "{'@type':'x/google.protobuf.Duration','value':'1s'}",
         "1: \"x/google.protobuf.Duration\" 2: {1: 1}"},
        {".google.protobuf.Any", "{'value':'1s','@type':'x/google.protobuf.Duration'}",
         "1: \"x/google.protobuf.Duration\" 2: {1: 1}"},
        {".google.protobuf.Any", "{'@type':'x/google.protobuf.Duration','value':'0s'}",
         "1: \"x/google.protobuf.Duration\""},
        {".google.protobuf.Any", "{'@type':'x/google.protobuf.Value','value':null}",
         "1: \"x/google.protobuf.Value\" 2: {1: 0}"},
        {".google.protobuf.Any", "{'@type':'x/google.protobuf.Struct','value':{'value':{'@type':'y'}}}",
         "1: \"x/google.protobuf.Struct\" 2: {1: {1: \"value\" 2: {5: {1: {1: \"@type\" 2: {3: \"y\"}}}}}}"},
        {".google.protobuf.Any", "{'value':{'id':1,'@type':'x/codec.test.Node'},'@type':'x/google.protobuf.Any'}",
         "1: \"x/google.protobuf.Any\" 2: {1: \"" URL_NODE "\" 2: {1: 1}}"},
        {".google.protobuf.Any", "{'@type':'x/google.protobuf.Any','value':{}}", "1: \"x/google.protobuf.Any\""},
        /* Types that are noted while the outermost Any is read ahead: escaped, twice, of objects that are no Any. */
        {".google.protobuf.Any",
         "{'value':{'value':{'id':1,'\\u0040type':'x\\/codec.test.Node'},'@type':'x/google.protobuf.Any'},"
         "'@type':'x/google.protobuf.Any'}",
         "1: \"x/google.protobuf.Any\" 2: {1: \"x/google.protobuf.Any\" 2: {1: \"" URL_NODE "\" 2: {1: 1}}}"},
        {".google.protobuf.Any",
         "{'value':{'@type':'x/google.protobuf.Struct','value':{'@type':'no/type','a':{'@type':1}}},"
         "'@type':'x/google.protobuf.Any'}",
         "1: \"x/google.protobuf.Any\" 2: {1: \"x/google.protobuf.Struct\" 2: {1: {1: \"@type\" 2: {3: \"no/type\"}} "
         "1: {1: \"a\" 2: {5: {1: {1: \"@type\" 2: {2: 1.0}}}}}}}"},
        {".google.protobuf.Any", "{'anAny':{'id':1,'@type':'x/codec.test.Node'},'@type':'y/codec.test.Choice'}",
         "1: \"y/codec.test.Choice\" 2: {25: {1: \"" URL_NODE "\" 2: {1: 1}}}"},
        {"WellKnownLists", "{'anys':[{},{'@type':'x/codec.test.Node'}]}", "8: {} 8: {1: \"" URL_NODE "\"}"},
    };
    expect_accepted(cases, COUNT(cases));
}

static void refuses_any_without_a_known_type(void **state)
{
    (void)state;
    static const struct refused cases[] = {
        {"WellKnown", "{'any':[]}", "any (line 1, column 8): expected an object, found an array"},
        {"WellKnown", "{'any':''}", "any (line 1, column 8): expected an object, found a string"},
        {"WellKnown", "{'any':{'id':1}}", "any (line 1, column 8): an Any needs its \"@type\""},
        {".google.protobuf.Any", "{'value':{'id':1},'@type':'x/google.protobuf.Any'}",
         "line 1, column 10: an Any needs its \"@type\""},
        {".google.protobuf.Any", "{'value':{'@type':1},'@type':'x/google.protobuf.Any'}",
         "line 1, column 19: expected a type URL, found a number"},
        {".google.protobuf.Any", "{'value':{'@type':'x/codec.test.Node','@type':'y'},'@type':'x/google.protobuf.Any'}",
         "line 1, column 39: this field stands twice in the object"},
        {"WellKnown", "{'any':{'value':{}}}", "any (line 1, column 8): an Any needs its \"@type\""},
        {"WellKnown", "{'any':{'@type':1}}", "any (line 1, column 17): expected a type URL, found a number"},
        {"WellKnown", "{'any':{'@type':null}}", "any (line 1, column 17): expected a type URL, found null"},
        {"WellKnown", "{'any':{'@type':''}}",
         "any (line 1, column 8): expected PREFIX/NAME of a message that is known here, found \"\""},
        {"WellKnown", "{'any':{'@type':'codec.test.Node'}}",
         "any (line 1, column 8): expected PREFIX/NAME of a message that is known here, found \"codec.test.Node\""},
        {"WellKnown", "{'any':{'@type':'x/'}}",
         "any (line 1, column 8): expected PREFIX/NAME of a message that is known here, found \"x/\""},
        {"WellKnown", "{'any':{'@type':'x/codec.test.Nobody'}}",
         "any (line 1, column 8): expected PREFIX/NAME of a message that is known here, found \"x/codec.test.Nobody\""},
        {"WellKnown", "{'any':{'@type':'x/codec.test.Level'}}",
         "any (line 1, column 8): expected PREFIX/NAME of a message that is known here, found \"x/codec.test.Level\""},
        {"WellKnown", "{'any':{'@type':'x/.codec.test.Node'}}",
         "any (line 1, column 8): expected PREFIX/NAME of a message that is known here, found \"x/.codec.test.Node\""},
        {"WellKnown", "{'any':{'@type':'x/codec.test.Node','nothing':1}}",
         "any (line 1, column 37): codec.test.Node has no field \"nothing\""},
        {"WellKnown", "{'any':{'@type':'x/codec.test.Node','value':{}}}",
         "any (line 1, column 37): codec.test.Node has no field \"value\""},
        {"WellKnown", "{'any':{'id':1,'id':2,'@type':'x/codec.test.Node'}}",
         "any.id (line 1, column 16): this field stands twice in the object"},
        {"WellKnown", "{'any':{'@type':'x/codec.test.Node','@type':'x/codec.test.Node'}}",
         "any (line 1, column 37): this field stands twice in the object"},
        {"WellKnown", "{'any':{'@type':'x/google.protobuf.Duration'}}",
         "any (line 1, column 45): an Any of google.protobuf.Duration needs its \"value\""},
        {"WellKnown", "{'any':{'@type':'x/google.protobuf.Duration','seconds':1}}",
         "any (line 1, column 46): expected \"@type\" and \"value\" alone in an Any of google.protobuf.Duration"},
        {"WellKnown", "{'any':{'value':'1s','value':'2s','@type':'x/google.protobuf.Duration'}}",
         "any (line 1, column 22): this field stands twice in the object"},
        {"WellKnown", "{'any':{'@type':'x/google.protobuf.Duration','value':1}}",
         "any (line 1, column 54): expected a string, found a number"},
    };
    expect_refused(cases, COUNT(cases));
}

static void knows_no_type_of_any_without_a_schema(void **state)
{
    (void)state;
    struct buf json;
    buf_init(&json, SIZE_MAX / 2);
    codec_append_json(&json, "{'@type':'x/codec.test.Node'}");
    struct codec_case any = {".google.protobuf.Any", NULL, buf_view(&json), false, {.schema = NULL}};
    codec_expect_refused(
        &any, STATUS_INVALID_ARGUMENT,
        "line 1, column 1: expected PREFIX/NAME of a message that is known here, found \"x/codec.test.Node\"");
    buf_clear(&json);
    wire_text_append(&json, "1: \"x/codec.test.Node\"");
    any.input = buf_view(&json);
    any.to_json = true;
    codec_expect_refused(&any, STATUS_FAILED_PRECONDITION,
                         "byte 0: an Any of the type \"x/codec.test.Node\", which is not known here");
    buf_free(&json);
}

static void ignores_unknown_members_of_any_if_it_is_asked_to(void **state)
{
    (void)state;
    static const struct accepted cases[] = {
        {".google.protobuf.Any", "{'x':1,'@type':'x/codec.test.Node','id':1}", "1: \"" URL_NODE "\" 2: {1: 1}"},
        {".google.protobuf.Any", "{'x':1,'@type':'x/google.protobuf.Duration','value':'1s','y':{}}",
         "1: \"x/google.protobuf.Duration\" 2: {1: 1}"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf json, wire;
        struct transcode_options options = codec_options();
        options.ignore_unknown_fields = true;
        buf_init(&json, SIZE_MAX / 2);
        buf_init(&wire, SIZE_MAX / 2);
        codec_append_json(&json, cases[i].json);
        wire_text_append(&wire, cases[i].wire);
        codec_expect(&(struct codec_case){cases[i].message, NULL, buf_view(&json), false, options}, buf_view(&wire));
        buf_free(&json);
        buf_free(&wire);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_timestamps_and_durations),
        cmocka_unit_test(reads_field_masks),
        cmocka_unit_test(reads_structs_values_and_lists),
        cmocka_unit_test(reads_wrappers),
        cmocka_unit_test(reads_any_with_its_type_at_any_place),
        cmocka_unit_test(refuses_any_without_a_known_type),
        cmocka_unit_test(knows_no_type_of_any_without_a_schema),
        cmocka_unit_test(ignores_unknown_members_of_any_if_it_is_asked_to),
    };
    return cmocka_run_group_tests(tests, codec_setup, codec_teardown);
}
