/* Objects as messages and maps: names, duplicates, oneofs, null, unknown fields. */
#include "tests/codec/transcode/codec_case.h"
#include "tests/codec/wire/wire_text.h"

struct refused {
    const char *message;
    const char *json;
    const char *error;
};

static void expect_refused(const struct refused *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        codec_expect_json_refused(cases[i].message, cases[i].json, cases[i].error);
}

static void takes_json_names_and_proto_names_in_any_order(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        const char *wire;
    } cases[] = {
        {"{'anInt32':1,'an_int64':2}", "3: 1 4: 2"},
        {"{'an_int64':2,'anInt32':1}", "4: 2 3: 1"},
        {"{'aBool':true,'aDouble':1,'anInt32':1}", "13: 1 1: 1.0 3: 1"},
        {"{'aDouble':1,'aFloat':1,'anInt32':1,'anInt64':1}", "1: 1.0 2: 1.0i32 3: 1 4: 1"},
        {"{'aDouble' : 1 , 'aFloat' : 1 , 'anInt32' : 1}", "1: 1.0 2: 1.0i32 3: 1"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        codec_expect_binary("Scalars", cases[i].json, cases[i].wire);
}

static void refuses_unknown_names(void **state)
{
    (void)state;
    static const struct refused cases[] = {
        {"Scalars", "{'an_Int32':1}", "line 1, column 2: codec.test.Scalars has no field \"an_Int32\""},
        {"Scalars", "{'ANINT32':1}", "line 1, column 2: codec.test.Scalars has no field \"ANINT32\""},
        {"Scalars", "{'anInt3':1}", "line 1, column 2: codec.test.Scalars has no field \"anInt3\""},
        {"Scalars", "{'anInt321':1}", "line 1, column 2: codec.test.Scalars has no field \"anInt321\""},
        {"Scalars", "{'':1}", "line 1, column 2: codec.test.Scalars has no field \"\""},
        {"Scalars", "{'anInt32\\u0000':1}", "line 1, column 2: codec.test.Scalars has no field \"anInt32\""},
        {"Scalars", "{'anInt32':1,'x':2}", "line 1, column 14: codec.test.Scalars has no field \"x\""},
        {"Node", "{'child':{'x':2}}", "child (line 1, column 11): codec.test.Node has no field \"x\""},
        {"Nothing", "{'x':{}}", "line 1, column 2: codec.test.Nothing has no field \"x\""},
        {"WellKnown", "{'empty':{'x':{}}}", "empty (line 1, column 11): google.protobuf.Empty has no field \"x\""},
        {"Names", "{'document_url':1}", "line 1, column 2: codec.test.Names has no field \"document_url\""},
        {"Names", "{'@type':''}", "line 1, column 2: codec.test.Names has no field \"@type\""},
    };
    expect_refused(cases, COUNT(cases));
}

static void ignores_unknown_members_if_it_is_asked_to(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        const char *wire;
    } cases[] = {
        {"{'x':1,'id':2,'y':[1,{'a':'b'},[]],'name':'n','z':{'id':3}}", "1: 2 2: \"n\""},
        {"{'x':1,'x':2}", ""},
        {"{'x':1e999,'y':-0.0e-999,'z':123456789012345678901234567890}", ""},
        {"{'x':null,'y':true,'z':false}", ""},
        {"{'x':'\\ud83d\\ude00 \xf0\x9f\x98\x80'}", ""},
        {"{'child':{'x':1},'children':[{'x':1},{'id':2}]}", "3: {} 4: {} 4: {1: 2}"},
        {"{'named':{'a':{'x':1}}}", "5: {1: \"a\" 2: {}}"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf json, wire;
        struct transcode_options options = codec_options();
        options.ignore_unknown_fields = true;
        buf_init(&json, SIZE_MAX / 2);
        buf_init(&wire, SIZE_MAX / 2);
        codec_append_json(&json, cases[i].json);
        wire_text_append(&wire, cases[i].wire);
        codec_expect(&(struct codec_case){"Node", NULL, buf_view(&json), false, options}, buf_view(&wire));
        buf_free(&json);
        buf_free(&wire);
    }
}

static void refuses_malformed_json_in_members_that_it_ignores(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        const char *error;
    } cases[] = {
        {"{'x':}", "line 1, column 6: expected a value, found '}'"},
        {"{'x':[1,]}", "line 1, column 9: expected a value, found ']'"},
        {"{'x':[1 2]}", "line 1, column 9: expected ',' or ']', found a number"},
        {"{'x':{'a' 1}}", "line 1, column 11: expected ':', found a number"},
        {"{'x':{'a':1,}}", "line 1, column 13: expected a field name in quotes, found '}'"},
        {"{'x':{a:1}}", "line 1, column 7: expected a field name in quotes, found 'a'"},
        {"{'x':tru}", "line 1, column 6: expected true, false or null"},
        {"{'x':01}", "line 1, column 7: expected no digit behind a leading 0"},
        {"{'x':1.}", "line 1, column 8: expected a digit, found '}'"},
        {"{'x':[", "line 1, column 7: expected a value, found the end of the input"},
        {"{'x'", "line 1, column 5: expected ':', found the end of the input"},
    };
    struct transcode_options options = codec_options();
    options.ignore_unknown_fields = true;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf json;
        buf_init(&json, SIZE_MAX / 2);
        codec_append_json(&json, cases[i].json);
        codec_expect_refused(&(struct codec_case){"Node", NULL, buf_view(&json), false, options},
                             STATUS_INVALID_ARGUMENT, cases[i].error);
        buf_free(&json);
    }
}

static void refuses_fields_that_stand_twice(void **state)
{
    (void)state;
    static const struct refused cases[] = {
        {"Scalars", "{'anInt32':1,'anInt32':1}", "anInt32 (line 1, column 14): this field stands twice in the object"},
        {"Scalars", "{'anInt32':1,'an_int32':2}", "anInt32 (line 1, column 14): this field stands twice in the object"},
        {"Scalars", "{'an_int32':1,'anInt32':2}", "anInt32 (line 1, column 15): this field stands twice in the object"},
        {"Scalars", "{'an_int32':1,'\\u0061nInt32':2}",
         "anInt32 (line 1, column 15): this field stands twice in the object"},
        {"Scalars", "{'anInt32':null,'anInt32':1}",
         "anInt32 (line 1, column 17): this field stands twice in the object"},
        {"Scalars", "{'anInt32':0,'aBool':true,\n 'anInt32':0}",
         "anInt32 (line 2, column 2): this field stands twice in the object"},
        {"Node", "{'child':{'id':1},'child':{}}", "child (line 1, column 19): this field stands twice in the object"},
        {"Node", "{'child':{'id':1,'id':2}}", "child.id (line 1, column 18): this field stands twice in the object"},
        {"Node", "{'numbers':[1],'numbers':[]}", "numbers (line 1, column 16): this field stands twice in the object"},
        {"Node", "{'named':{},'named':{}}", "named (line 1, column 13): this field stands twice in the object"},
        {"Names", "{'documentationURL':1,'renamed':1}",
         "documentationURL (line 1, column 23): this field stands twice in the object"},
    };
    expect_refused(cases, COUNT(cases));
}

static void refuses_map_keys_that_stand_twice(void **state)
{
    (void)state;
    static const struct refused cases[] = {
        {"Maps", "{'byString':{'a':'1','a':'1'}}",
         "byString[\"a\"] (line 1, column 22): this key stands twice in the map"},
        {"Maps", "{'byString':{'a':'1','b':'2','\\u0061':'1'}}",
         "byString[\"\\u0061\"] (line 1, column 30): this key stands twice in the map"},
        {"Maps", "{'byString':{'\xc3\xa9/':'','\\u00E9\\/':''}}",
         "byString[\"\\u00E9\\/\"] (line 1, column 22): this key stands twice in the map"},
        {"Maps", "{'byString':{'':'','':''}}", "byString[\"\"] (line 1, column 20): this key stands twice in the map"},
        {"Maps", "{'byInt32':{'1':'','1':''}}", "byInt32[\"1\"] (line 1, column 20): this key stands twice in the map"},
        {"Maps", "{'byInt32':{'1':'','1.0':''}}",
         "byInt32[\"1.0\"] (line 1, column 20): this key stands twice in the map"},
        {"Maps", "{'byInt64':{'100':'','1e2':''}}",
         "byInt64[\"1e2\"] (line 1, column 22): this key stands twice in the map"},
        {"Maps", "{'bySint32':{'0':'','-0':''}}",
         "bySint32[\"-0\"] (line 1, column 21): this key stands twice in the map"},
        {"Maps", "{'byFixed32':{'7':'','\\u0037':''}}",
         "byFixed32[\"\\u0037\"] (line 1, column 22): this key stands twice in the map"},
        {"Maps", "{'bySfixed64':{'-7':'','-70e-1':''}}",
         "bySfixed64[\"-70e-1\"] (line 1, column 24): this key stands twice in the map"},
        {"Maps", "{'byBool':{'true':'','false':'','true':''}}",
         "byBool[\"true\"] (line 1, column 33): this key stands twice in the map"},
        {"WellKnown", "{'struct':{'a':1,'a':2}}",
         "struct[\"a\"] (line 1, column 18): this key stands twice in the object"},
        {"WellKnown", "{'struct':{'a':{'b':1,'\\u0062':2}}}",
         "struct[\"a\"][\"\\u0062\"] (line 1, column 23): this key stands twice in the object"},
        {"WellKnown", "{'value':[{},{'a':1,'b':2,'a':null}]}",
         "value[1][\"a\"] (line 1, column 27): this key stands twice in the object"},
    };
    expect_refused(cases, COUNT(cases));
}

static void takes_keys_that_are_alike(void **state)
{
    (void)state;
    codec_expect_binary("Maps", "{'byString':{'a':'','A':'','a ':'','aa':'','\\u0000':'','\\u0000\\u0000':''}}",
                        "12: {1: \"a\" 2: \"\"} 12: {1: \"A\" 2: \"\"} 12: {1: \"a \" 2: \"\"} 12: {1: \"aa\" 2: \"\"} "
                        "12: {1: {`00`} 2: \"\"} 12: {1: {`0000`} 2: \"\"}");
    codec_expect_binary(
        "Maps", "{'byInt32':{'1':'','-1':''},'bySint32':{'0':'','-1':'','1':''}}",
        "1: {1: 1 2: \"\"} 1: {1: -1 2: \"\"} 5: {1: 0z 2: \"\"} 5: {1: -1z 2: \"\"} 5: {1: 1z 2: \"\"}");
}

static void refuses_map_keys_that_are_not_of_their_type(void **state)
{
    (void)state;
    static const struct refused cases[] = {
        {"Maps", "{'byInt32':{'x':''}}", "byInt32 (line 1, column 13): expected a number, found \"x\""},
        {"Maps", "{'byInt32':{'':''}}", "byInt32 (line 1, column 13): expected a number, found \"\""},
        {"Maps", "{'byInt32':{'1.5':''}}", "byInt32 (line 1, column 13): expected a whole number for int32"},
        {"Maps", "{'byInt32':{'2147483648':''}}",
         "byInt32 (line 1, column 13): the number is out of the range of int32"},
        {"Maps", "{'byUint32':{'-1':''}}", "byUint32 (line 1, column 14): the number is out of the range of uint32"},
        {"Maps", "{'byInt32':{' 1':''}}", "byInt32 (line 1, column 13): expected a number, found \" 1\""},
        {"Maps", "{'byInt32':{'1':'','2x':''}}",
         "byInt32 (line 1, column 20): expected nothing behind the value \"2\""},
        {"Maps", "{'byInt32':{1:''}}", "byInt32 (line 1, column 13): expected a key in quotes, found a number"},
        {"Maps", "{'byBool':{'1':''}}", "byBool (line 1, column 12): expected true or false, found \"1\""},
        {"Maps", "{'byBool':{'truex':''}}", "byBool (line 1, column 12): expected nothing behind the value \"true\""},
        {"Maps", "{'byBool':{true:''}}", "byBool (line 1, column 12): expected a key in quotes, found a boolean"},
    };
    expect_refused(cases, COUNT(cases));
}

static void refuses_two_members_of_a_oneof(void **state)
{
    (void)state;
    static const struct refused cases[] = {
        {"Choice", "{'anInt32':1,'aString':''}",
         "aString (line 1, column 24): another field of the same oneof is set already"},
        {"Choice", "{'aNull':null,'aStruct':{}}",
         "aStruct (line 1, column 25): another field of the same oneof is set already"},
        {"Choice", "{'aValue':null,'aBool':false}",
         "aBool (line 1, column 24): another field of the same oneof is set already"},
        {"Choice", "{'otherNumber':1,'aNode':{},'otherText':''}",
         "otherText (line 1, column 41): another field of the same oneof is set already"},
        {"Choice", "{'another':{'aBool':true,'aFloat':1}}",
         "another.aFloat (line 1, column 35): another field of the same oneof is set already"},
        {"Oneofs", "{'left1':1,'right300':1,'left300':2}",
         "left300 (line 1, column 35): another field of the same oneof is set already"},
        {"Legacy", "{'groupchoice':{},'numberChoice':1}",
         "numberChoice (line 1, column 34): another field of the same oneof is set already"},
    };
    expect_refused(cases, COUNT(cases));
}

static void takes_each_member_of_a_oneof(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        const char *wire;
    } cases[] = {
        {"{'aDouble':0}", "1: 0i64"},
        {"{'aFloat':0}", "2: 0i32"},
        {"{'anInt32':0}", "3: 0"},
        {"{'anInt64':'0'}", "4: 0"},
        {"{'aUint32':0}", "5: 0"},
        {"{'aUint64':'0'}", "6: 0"},
        {"{'aSint32':0}", "7: 0"},
        {"{'aSint64':'0'}", "8: 0"},
        {"{'aFixed32':0}", "9: 0i32"},
        {"{'aFixed64':'0'}", "10: 0i64"},
        {"{'aSfixed32':0}", "11: 0i32"},
        {"{'aSfixed64':'0'}", "12: 0i64"},
        {"{'aBool':false}", "13: 0"},
        {"{'aString':''}", "14: \"\""},
        {"{'someBytes':''}", "15: \"\""},
        {"{'aLevel':'LEVEL_NONE'}", "16: 0"},
        {"{'aNode':{}}", "17: {}"},
        {"{'aNull':null}", "18: 0"},
        {"{'aStruct':{}}", "19: {}"},
        {"{'aValue':null}", "20: {1: 0}"},
        {"{'aList':[]}", "21: {}"},
        {"{'aTimestamp':'1970-01-01T00:00:00Z'}", "22: {}"},
        {"{'aDuration':'0s'}", "23: {}"},
        {"{'aMask':''}", "24: {}"},
        {"{'anAny':{}}", "25: {}"},
        {"{'aWrapper':0}", "26: {}"},
        {"{'anEmpty':{}}", "27: {}"},
        {"{'another':{'anInt32':1,'otherNumber':2}}", "28: {3: 1 31: 2}"},
        {"{'anInt32':1,'otherText':'','apart':3}", "3: 1 32: \"\" 41: 3"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        codec_expect_both("Choice", cases[i].json, cases[i].wire);
}

static void takes_null_as_an_absent_field(void **state)
{
    (void)state;
    static const struct {
        const char *message;
        const char *json;
        const char *wire;
    } cases[] = {
        {"Scalars", "{'aDouble':null,'anInt32':null,'aBool':null,'aString':null,'someBytes':null,'aLevel':null}", ""},
        {"Optionals", "{'aDouble':null,'aString':null,'aNode':null}", ""},
        {"Lists", "{'int32s':null,'strings':null,'nodes':null}", ""},
        {"Maps", "{'byInt32':null,'nodes':null}", ""},
        {"WellKnown",
         "{'timestamp':null,'duration':null,'mask':null,'struct':null,'list':null,'any':null,'empty':null,"
         "'doubleValue':null,'stringValue':null}",
         ""},
        {"WellKnown", "{'value':null}", "5: {1: 0}"},
        {"WellKnown", "{'null':null}", ""}, /* its only value is the default, which has no presence */
        {"WellKnownLists", "{'values':null,'nulls':null}", ""},
        {"WellKnownLists", "{'values':[null,null],'nulls':[null]}", "5: {1: 0} 5: {1: 0} 7: {0}"},
        {"WellKnownMaps", "{'values':{'a':null},'nulls':{'a':null}}", "5: {1: \"a\" 2: {1: 0}} 7: {1: \"a\" 2: 0}"},
        {"WellKnownMaps", "{'structs':{'a':{'b':null}},'lists':{'a':[null]}}",
         "4: {1: \"a\" 2: {1: {1: \"b\" 2: {1: 0}}}} 6: {1: \"a\" 2: {1: {1: 0}}}"},
        {"Choice", "{'anInt32':null,'aString':'x','aNode':null,'aWrapper':null}", "14: \"x\""},
        {"Choice", "{'aNull':null}", "18: 0"},
        {"Choice", "{'aValue':null}", "20: {1: 0}"},
        {"Choice", "{'aNull':'NULL_VALUE'}", "18: 0"},
        {".google.protobuf.Value", "null", "1: 0"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        codec_expect_binary(cases[i].message, cases[i].json, cases[i].wire);
}

static void refuses_null_where_a_value_must_be(void **state)
{
    (void)state;
    static const struct refused cases[] = {
        {"Node", "null", "line 1, column 1: expected an object, found null"},
        {"Lists", "{'int32s':[1,null]}", "int32s[1] (line 1, column 14): null is not allowed as an element"},
        {"Lists", "{'strings':[null]}", "strings[0] (line 1, column 13): null is not allowed as an element"},
        {"Lists", "{'nodes':[{},null]}", "nodes[1] (line 1, column 14): null is not allowed as an element"},
        {"Lists", "{'levels':[null]}", "levels[0] (line 1, column 12): null is not allowed as an element"},
        {"WellKnownLists", "{'timestamps':[null]}",
         "timestamps[0] (line 1, column 16): null is not allowed as an element"},
        {"WellKnownLists", "{'structs':[null]}", "structs[0] (line 1, column 13): null is not allowed as an element"},
        {"WellKnownLists", "{'int64Values':[null]}",
         "int64Values[0] (line 1, column 17): null is not allowed as an element"},
        {"Maps", "{'int32s':{'a':null}}", "int32s[\"a\"] (line 1, column 16): null is not allowed as a map's value"},
        {"Maps", "{'nodes':{'a':null}}", "nodes[\"a\"] (line 1, column 15): null is not allowed as a map's value"},
        {"WellKnownMaps", "{'int64Values':{'a':null}}",
         "int64Values[\"a\"] (line 1, column 21): null is not allowed as a map's value"},
        {"Maps", "{'int32s':{null:1}}", "int32s (line 1, column 12): expected a key in quotes, found null"},
        {".google.protobuf.Struct", "null", "line 1, column 1: expected an object, found null"},
        {".google.protobuf.ListValue", "null", "line 1, column 1: expected an array, found null"},
        {".google.protobuf.Int32Value", "null", "line 1, column 1: expected a number, found null"},
    };
    expect_refused(cases, COUNT(cases));
}

static void refuses_forms_that_the_type_does_not_have(void **state)
{
    (void)state;
    static const struct refused cases[] = {
        {"Node", "[]", "line 1, column 1: expected an object, found an array"},
        {"Node", "{'child':[]}", "child (line 1, column 10): expected an object, found an array"},
        {"Node", "{'child':1}", "child (line 1, column 10): expected an object, found a number"},
        {"Node", "{'child':'x'}", "child (line 1, column 10): expected an object, found a string"},
        {"Node", "{'children':{}}", "children (line 1, column 13): expected an array, found an object"},
        {"Node", "{'children':[[]]}", "children[0] (line 1, column 14): expected an object, found an array"},
        {"Node", "{'numbers':1}", "numbers (line 1, column 12): expected an array, found a number"},
        {"Node", "{'numbers':[[1]]}", "numbers[0] (line 1, column 13): expected a number, found an array"},
        {"Node", "{'named':[]}", "named (line 1, column 10): expected an object, found an array"},
        {"Node", "{'named':{'a':[]}}", "named[\"a\"] (line 1, column 15): expected an object, found an array"},
        {"Node", "{'name':1}", "name (line 1, column 9): expected a string, found a number"},
        {"Node", "{'name':{}}", "name (line 1, column 9): expected a string, found an object"},
        {"Node", "{'name':true}", "name (line 1, column 9): expected a string, found a boolean"},
        {"Node", "{'name':['x']}", "name (line 1, column 9): expected a string, found an array"},
        {"Legacy", "{'inner':1}", "inner (line 1, column 10): expected an object, found a number"},
        {"Legacy", "{'item':[1]}", "item[0] (line 1, column 10): expected an object, found a number"},
    };
    expect_refused(cases, COUNT(cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_json_names_and_proto_names_in_any_order),
        cmocka_unit_test(refuses_unknown_names),
        cmocka_unit_test(ignores_unknown_members_if_it_is_asked_to),
        cmocka_unit_test(refuses_malformed_json_in_members_that_it_ignores),
        cmocka_unit_test(refuses_fields_that_stand_twice),
        cmocka_unit_test(refuses_map_keys_that_stand_twice),
        cmocka_unit_test(takes_keys_that_are_alike),
        cmocka_unit_test(refuses_map_keys_that_are_not_of_their_type),
        cmocka_unit_test(refuses_two_members_of_a_oneof),
        cmocka_unit_test(takes_each_member_of_a_oneof),
        cmocka_unit_test(takes_null_as_an_absent_field),
        cmocka_unit_test(refuses_null_where_a_value_must_be),
        cmocka_unit_test(refuses_forms_that_the_type_does_not_have),
    };
    return cmocka_run_group_tests(tests, codec_setup, codec_teardown);
}
