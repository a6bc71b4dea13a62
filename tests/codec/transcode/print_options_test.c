/* What the options change in printed JSON, and one field printed or read alone. */
#include "tests/codec/transcode/codec_case.h"
#include "tests/codec/wire/wire_text.h"

struct printed {
    const char *message;
    const char *wire;
    const char *json;
};

static void expect_printed(const struct printed *cases, size_t count, struct transcode_options options)
{
    options.schema = codec_schema();
    for (size_t i = 0; i < count; i++) {
        struct buf wire, json;
        buf_init(&wire, SIZE_MAX / 2);
        buf_init(&json, SIZE_MAX / 2);
        wire_text_append(&wire, cases[i].wire);
        codec_append_json(&json, cases[i].json);
        codec_expect(&(struct codec_case){cases[i].message, NULL, buf_view(&wire), true, options}, buf_view(&json));
        buf_free(&wire);
        buf_free(&json);
    }
}

static void prints_defaults_of_fields_without_presence(void **state)
{
    (void)state;
    static const struct printed cases[] = {
        {"Scalars", "",
         "{'aDouble':0,'aFloat':0,'anInt32':0,'anInt64':'0','aUint32':0,'aUint64':'0','aSint32':0,'aSint64':'0',"
         "'aFixed32':0,'aFixed64':'0','aSfixed32':0,'aSfixed64':'0','aBool':false,'aString':'','someBytes':'',"
         "'aLevel':'LEVEL_NONE','anAlias':'ALIAS_NONE'}"},
        {"Scalars", "3: 1 14: \"a\"",
         "{'aDouble':0,'aFloat':0,'anInt32':1,'anInt64':'0','aUint32':0,'aUint64':'0','aSint32':0,'aSint64':'0',"
         "'aFixed32':0,'aFixed64':'0','aSfixed32':0,'aSfixed64':'0','aBool':false,'aString':'a','someBytes':'',"
         "'aLevel':'LEVEL_NONE','anAlias':'ALIAS_NONE'}"},
        {"Optionals", "", "{}"},
        {"Optionals", "3: 0 14: \"\"", "{'anInt32':0,'aString':''}"},
        {"Lists", "",
         "{'doubles':[],'floats':[],'int32s':[],'int64s':[],'uint32s':[],'uint64s':[],'sint32s':[],'sint64s':[],"
         "'fixed32s':[],'fixed64s':[],'sfixed32s':[],'sfixed64s':[],'bools':[],'strings':[],'byteses':[],'levels':[],"
         "'nodes':[]}"},
        {"Node", "", "{'id':0,'name':'','children':[],'named':{},'numbers':[]}"},
        {"Node", "7: 1", "{'id':0,'name':'','children':[],'named':{},'numbers':[1]}"},
        {"Node", "7: {}", "{'id':0,'name':'','children':[],'named':{},'numbers':[]}"},
        {"Node", "7: 1 1: 5 7: 2", "{'id':5,'name':'','children':[],'named':{},'numbers':[1,2]}"},
        {"Node", "1: 0", "{'id':0,'name':'','children':[],'named':{},'numbers':[]}"},
        {"Node", "1: 5 1: 0", "{'id':0,'name':'','children':[],'named':{},'numbers':[]}"},
        {"Node", "3: {}",
         "{'id':0,'name':'','child':{'id':0,'name':'','children':[],'named':{},'numbers':[]},'children':[],"
         "'named':{},'numbers':[]}"},
        {"Node", "5: {1: \"k\" 2: {6: 0}}",
         "{'id':0,'name':'','children':[],'named':{'k':{'id':0,'name':'','children':[],'named':{},'weight':0,"
         "'numbers':[]}},'numbers':[]}"},
        {"Choice", "", "{'apart':0}"},
        {"Choice", "18: 0 41: 1", "{'aNull':null,'apart':1}"},
        {"Choice", "41: 0 3: 0", "{'anInt32':0,'apart':0}"},
        {"Sparse", "2047: 5",
         "{'one':0,'fifteen':0,'sixteen':0,'twoThousandAndFortySeven':5,'twoThousandAndFortyEight':0,'packed':[],"
         "'strings':[],'map':{},'moreThan28Bits':0,'last':0}"},
        {"WellKnown", "", "{'null':null}"},
        {"WellKnown", "1: {} 4: {} 9: {} 13: {}",
         "{'timestamp':'1970-01-01T00:00:00Z','struct':{},'null':null,'empty':{},'int64Value':'0'}"},
        {"WellKnown", "8: {1: \"x/codec.test.Node\"}",
         "{'null':null,'any':{'@type':'x/codec.test.Node','id':0,'name':'','children':[],'named':{},'numbers':[]}}"},
        {"Legacy", "",
         "{'closeds':[],'packedCloseds':[],'closedMap':{},'numbers':[],'packedNumbers':[],'item':[],"
         "'legacies':{}}"},
        {"Legacy", "4: 99",
         "{'closeds':[],'packedCloseds':[],'closedMap':{},'numbers':[],'packedNumbers':[],'item':[],"
         "'legacies':{}}"},
        {"Nothing", "", "{}"},
    };
    expect_printed(cases, COUNT(cases), (struct transcode_options){.emit_defaults = true});
}

static void prints_no_defaults_unless_it_is_asked_to(void **state)
{
    (void)state;
    static const struct printed cases[] = {
        {"Scalars", "1: 0i64 2: 0i32 3: 0 4: 0 7: 0 9: 0i32 10: 0i64 13: 0 14: \"\" 15: \"\" 16: 0", "{}"},
        {"Scalars", "14: \"\" 3: 0 13: 0", "{}"},
        {"Scalars", "`09 0000000000000080`", "{'aDouble':-0}"},
        {"Optionals", "3: 0 13: 0 14: \"\" 16: 0", "{'anInt32':0,'aBool':false,'aString':'','aLevel':'LEVEL_NONE'}"},
        {"Choice", "3: 0", "{'anInt32':0}"},
        {"Node", "1: 0 3: {1: 0} 4: {1: 0} 5: {1: \"\" 2: {1: 0}} 6: 0 7: {0}",
         "{'child':{},'children':[{}],'named':{'':{}},'weight':0,'numbers':[0]}"},
        {"Legacy", "1: 0 2: \"\"", "{'number':0,'text':''}"},
    };
    expect_printed(cases, COUNT(cases), (struct transcode_options){.emit_defaults = false});
}

static void prints_names_of_the_proto_file(void **state)
{
    (void)state;
    static const struct printed cases[] = {
        {"Names", "1: 1 2: 2 3: 3 4: 4 5: 5 6: 6 7: 7 8: 8 9: 9 10: 10 11: 11 12: 12 13: 13 14: {8: 14}",
         "{'foo_bar__baz':1,'_leading':2,'trailing_':3,'a1_b2_3c':4,'FooBar':5,'ALL_CAPS':6,'renamed':7,'quoted':8,"
         "'slashed':9,'unicode':10,'control':11,'spaced':12,"
         "'a_name_of_more_than_thirty_two_bytes_that_is_copied_in_two_steps':13,'inner':{'quoted':14}}"},
        {"Names", "14: {8: 14} 1: 1", "{'foo_bar__baz':1,'inner':{'quoted':14}}"},
        {"WellKnown", "3: {1: \"foo_bar\"} 13: {1: 1}", "{'mask':'fooBar','int64_value':'1'}"},
        {"Legacy", "13: !{1: 1} 100: 2", "{'groupchoice':{'id':1},'[codec.test.extension]':2}"},
    };
    expect_printed(cases, COUNT(cases), (struct transcode_options){.proto_names = true});
}

static void prints_enums_as_numbers(void **state)
{
    (void)state;
    static const struct printed cases[] = {
        {"Scalars", "16: 2 17: 1", "{'aLevel':2,'anAlias':1}"},
        {"Scalars", "16: -1", "{'aLevel':-1}"},
        {"Lists", "16: {0 1 -2147483648}", "{'levels':[0,1,-2147483648]}"},
        {"Maps", "35: {1: \"a\" 2: 1} 35: {1: \"b\"}", "{'levels':{'a':1,'b':0}}"},
        {"Choice", "18: 0", "{'aNull':null}"},
        {"WellKnownLists", "7: {0 0}", "{'nulls':[null,null]}"},
        {"Legacy", "3: 2 4: 1 4: 99", "{'closed':2,'closeds':[1]}"},
    };
    expect_printed(cases, COUNT(cases), (struct transcode_options){.enum_numbers = true});
}

static void prints_64_bit_integers_as_numbers(void **state)
{
    (void)state;
    static const struct printed cases[] = {
        {"Scalars", "4: -9223372036854775808 6: 18446744073709551615 8: -1z 10: 1i64 12: -1i64",
         "{'anInt64':-9223372036854775808,'aUint64':18446744073709551615,'aSint64':-1,'aFixed64':1,'aSfixed64':-1}"},
        {"Lists", "4: {1 -1} 6: {1} 8: {1z} 10: {1i64} 12: {-1i64}",
         "{'int64s':[1,-1],'uint64s':[1],'sint64s':[1],'fixed64s':[1],'sfixed64s':[-1]}"},
        {"Maps", "2: {1: 1 2: \"v\"} 24: {1: \"a\" 2: 5}", "{'byInt64':{'1':'v'},'int64s':{'a':5}}"},
        {"WellKnown", "13: {1: 1} 14: {}", "{'int64Value':1,'uint64Value':0}"},
        {"WellKnown", "2: {1: 1}", "{'duration':'1s'}"},
    };
    expect_printed(cases, COUNT(cases), (struct transcode_options){.int64_numbers = true});
}

static void prints_all_of_this_at_once(void **state)
{
    (void)state;
    static const struct printed cases[] = {
        {"Choice", "16: 1 32: \"\"", "{'a_level':1,'other_text':'','apart':0}"},
        {"Node", "6: 1", "{'id':0,'name':'','children':[],'named':{},'weight':1,'numbers':[]}"},
        {"Scalars", "",
         "{'a_double':0,'a_float':0,'an_int32':0,'an_int64':0,'a_uint32':0,'a_uint64':0,'a_sint32':0,'a_sint64':0,"
         "'a_fixed32':0,'a_fixed64':0,'a_sfixed32':0,'a_sfixed64':0,'a_bool':false,'a_string':'','some_bytes':'',"
         "'a_level':0,'an_alias':0}"},
    };
    const struct transcode_options options = {
        .emit_defaults = true, .proto_names = true, .enum_numbers = true, .int64_numbers = true};
    expect_printed(cases, COUNT(cases), options);
}

struct one_field {
    const char *message;
    const char *field;
    const char *wire;
    const char *json;
};

static void prints_one_field_alone(void **state)
{
    (void)state;
    static const struct one_field cases[] = {
        {"Node", "id", "1: 5 2: \"a\"", "5"},
        {"Node", "name", "1: 5 2: \"a\"", "'a'"},
        {"Node", "child", "1: 5 3: {1: 6}", "{'id':6}"},
        {"Node", "children", "4: {1: 6} 1: 5 4: {}", "[{'id':6},{}]"},
        {"Node", "named", "5: {1: \"a\" 2: {}} 5: {1: \"b\" 2: {}}", "{'a':{},'b':{}}"},
        {"Node", "numbers", "7: {1 2} 7: 3", "[1,2,3]"},
        {"Node", "child", "3: {1: 6} 3: {2: \"a\"}", "{'id':6,'name':'a'}"},
        {"Node", "child", "3: {2: \"a\" 1: 6}", "{'id':6,'name':'a'}"},
        {"Node", "id", "2: \"a\"", "0"},
        {"Node", "name", "", "''"},
        {"Node", "child", "", "null"},
        {"Node", "children", "", "[]"},
        {"Node", "named", "", "{}"},
        {"Node", "numbers", "", "[]"},
        {"Node", "numbers", "7: {}", "[]"},
        {"Node", "weight", "", "0"},
        {"Scalars", "aLevel", "", "'LEVEL_NONE'"},
        {"Scalars", "anInt64", "", "'0'"},
        {"Scalars", "aBool", "", "false"},
        {"Choice", "anInt32", "3: 5", "5"},
        {"Choice", "anInt32", "3: 5 14: \"a\"", "0"}, /* replaced by another member of its oneof */
        {"WellKnown", "timestamp", "1: {1: 1}", "'1970-01-01T00:00:01Z'"},
        {"WellKnown", "value", "5: {1: 0}", "null"},
        {"WellKnown", "struct", "", "null"},
        {"WellKnown", "int64Value", "13: {}", "'0'"},
        {"Legacy", "inner", "9: !{1: 5}", "{'id':5}"},
        {"Legacy", "item", "10: !{} 10: !{1: 5}", "[{},{'id':5}]"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf wire, json;
        buf_init(&wire, SIZE_MAX / 2);
        buf_init(&json, SIZE_MAX / 2);
        wire_text_append(&wire, cases[i].wire);
        codec_append_json(&json, cases[i].json);
        codec_expect(&(struct codec_case){cases[i].message, cases[i].field, buf_view(&wire), true, codec_options()},
                     buf_view(&json));
        buf_free(&wire);
        buf_free(&json);
    }
    struct buf wire;
    buf_init(&wire, SIZE_MAX / 2);
    wire_text_append(&wire, "3: {2: {`ff`}}");
    const struct codec_case bad = {"Node", "child", buf_view(&wire), true, codec_options()};
    codec_expect_refused(&bad, STATUS_INVALID_ARGUMENT, "child.name (byte 4): expected UTF-8, found byte 0xff");
    /* Bytes that are malformed elsewhere are refused, too. */
    const struct codec_case cut = {"Node", "id", view_make(wire.data, wire.len - 1), true, codec_options()};
    codec_expect_refused(
        &cut, STATUS_INVALID_ARGUMENT,
        "byte 0: expected a field in protobuf's wire format, found bytes that are cut short or malformed");
    buf_free(&wire);
}

static void reads_one_field_alone(void **state)
{
    (void)state;
    static const struct one_field cases[] = {
        {"Node", "id", "1: 5", "5"},
        {"Node", "id", "1: 5", " '5' "},
        {"Node", "id", "", "0"},
        {"Node", "weight", "6: 0", "0"},
        {"Node", "name", "2: \"a\"", "'a'"},
        {"Node", "child", "3: {1: 6}", "{'id':6}"},
        {"Node", "child", "3: {}", "{}"},
        {"Node", "child", "", "null"},
        {"Node", "children", "4: {} 4: {1: 6}", "[{},{'id':6}]"},
        {"Node", "children", "", "[]"},
        {"Node", "named", "5: {1: \"a\" 2: {}}", "{'a':{}}"},
        {"Node", "numbers", "7: {1 2}", "[1,2]"},
        {"Choice", "anInt32", "3: 0", "0"},
        {"Choice", "aNull", "18: 0", "null"},
        {"WellKnown", "value", "5: {1: 0}", "null"},
        {"WellKnown", "timestamp", "1: {}", "'1970-01-01T00:00:00Z'"},
        {"WellKnown", "any", "8: {1: \"x/codec.test.Nothing\"}", "{'@type':'x/codec.test.Nothing'}"},
        {"Legacy", "inner", "9: !{1: 5}", "{'id':5}"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf wire, json;
        buf_init(&wire, SIZE_MAX / 2);
        buf_init(&json, SIZE_MAX / 2);
        wire_text_append(&wire, cases[i].wire);
        codec_append_json(&json, cases[i].json);
        codec_expect(&(struct codec_case){cases[i].message, cases[i].field, buf_view(&json), false, codec_options()},
                     buf_view(&wire));
        buf_free(&wire);
        buf_free(&json);
    }
    /* Paths begin inside of the document. */
    static const struct one_field refused[] = {
        {"Node", "id", NULL, "x"},
        {"Node", "child", NULL, "{\"child\":{\"id\":x}}"},
        {"Node", "children", NULL, "[{},{\"nothing\":1}]"},
        {"Node", "named", NULL, "{\"a\":1}"},
        {"Node", "numbers", NULL, "[1,x]"},
        {"Node", "child", NULL, "{}{}"},
    };
    static const char *const errors[] = {
        "line 1, column 1: expected a number, found 'x'",
        "child.id (line 1, column 16): expected a number, found 'x'",
        "[1] (line 1, column 6): codec.test.Node has no field \"nothing\"",
        "[\"a\"] (line 1, column 6): expected an object, found a number",
        "[1] (line 1, column 4): expected a number, found 'x'",
        "line 1, column 3: expected the end of the input behind the value, found an object",
    };
    for (size_t i = 0; i < COUNT(refused); i++) {
        const struct codec_case bad = {refused[i].message, refused[i].field, view_of(refused[i].json), false,
                                       codec_options()};
        codec_expect_refused(&bad, STATUS_INVALID_ARGUMENT, errors[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_defaults_of_fields_without_presence),
        cmocka_unit_test(prints_no_defaults_unless_it_is_asked_to),
        cmocka_unit_test(prints_names_of_the_proto_file),
        cmocka_unit_test(prints_enums_as_numbers),
        cmocka_unit_test(prints_64_bit_integers_as_numbers),
        cmocka_unit_test(prints_all_of_this_at_once),
        cmocka_unit_test(prints_one_field_alone),
        cmocka_unit_test(reads_one_field_alone),
    };
    return cmocka_run_group_tests(tests, codec_setup, codec_teardown);
}
