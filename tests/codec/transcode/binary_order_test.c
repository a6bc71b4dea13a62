/*
 * Bytes in any order, by https://protobuf.dev/programming-guides/encoding/#last-one-wins: of a scalar and a oneof the last counts,
 * messages merge, elements of repeated fields are put together, of a map's keys the last counts.
 */
#include "tests/codec/transcode/codec_case.h"

struct printed {
    const char *message;
    const char *wire;
    const char *json;
};

static void expect_printed(const struct printed *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        codec_expect_json(cases[i].message, cases[i].wire, cases[i].json);
}

static void prints_fields_in_the_order_of_their_numbers(void **state)
{
    (void)state;
    static const struct printed cases[] = {
        {"Node", "2: \"a\" 1: 1", "{'id':1,'name':'a'}"},
        {"Node", "7: {1} 5: {1: \"k\" 2: {}} 4: {} 3: {} 2: \"a\" 1: 1",
         "{'id':1,'name':'a','child':{},'children':[{}],'named':{'k':{}},'numbers':[1]}"},
        {"Node", "3: {2: \"b\" 1: 2} 1: 1", "{'id':1,'child':{'id':2,'name':'b'}}"},
        {"Node", "1: 1 3: {3: {2: \"c\" 1: 3} 1: 2}", "{'id':1,'child':{'id':2,'child':{'id':3,'name':'c'}}}"},
        {"Node", "4: {2: \"b\" 1: 2} 4: {2: \"c\"}", "{'children':[{'id':2,'name':'b'},{'name':'c'}]}"},
        {"Node", "5: {1: \"k\" 2: {2: \"b\" 1: 2}}", "{'named':{'k':{'id':2,'name':'b'}}}"},
        {"Sparse", "536870911: 1 268435456: 2 2048: 3 2047: 4 16: 5 15: 6 1: 7",
         "{'one':7,'fifteen':6,'sixteen':5,'twoThousandAndFortySeven':4,'twoThousandAndFortyEight':3,"
         "'moreThan28Bits':2,'last':1}"},
        {"Legacy", "15: \"r\" 9: !{3: !{1: \"d\"} 1: 2} 1: 1",
         "{'number':1,'inner':{'id':2,'deeper':{'name':'d'}},'raw':'cg=='}"},
        {"WellKnown", "19: {} 6: {} 1: {2: 5000000 1: 1}",
         "{'timestamp':'1970-01-01T00:00:01.005Z','list':[],'bytesValue':''}"},
        {"WellKnown", "8: {2: {2: \"a\" 1: 1} 1: \"x/codec.test.Node\"}",
         "{'any':{'@type':'x/codec.test.Node','id':1,'name':'a'}}"},
    };
    expect_printed(cases, COUNT(cases));
}

static void counts_the_last_of_a_scalar(void **state)
{
    (void)state;
    static const struct printed cases[] = {
        {"Node", "1: 1 1: 2", "{'id':2}"},
        {"Node", "1: 1 2: \"a\" 1: 2 2: \"b\"", "{'id':2,'name':'b'}"},
        {"Node", "1: 1 1: 0", "{}"}, /* the last is the default, which is not printed */
        {"Node", "2: \"a\" 2: \"\"", "{}"},
        {"Node", "6: 1 6: 0", "{'weight':0}"},
        {"Scalars", "1: 1.5 1: 2.5 2: 1.5i32 2: 2.5i32 13: 1 13: 0 15: \"a\" 15: \"b\" 16: 1 16: 2",
         "{'aDouble':2.5,'aFloat':2.5,'someBytes':'Yg==','aLevel':'LEVEL_TWO'}"},
        {"Legacy", "3: 2 3: 1", "{'closed':'CLOSED_ONE'}"},
        {"Legacy", "3: 2 3: 99",
         "{'closed':'CLOSED_TWO'}"}, /* a number that a closed enum does not have counts as unknown */
        {"Legacy", "3: 99 3: 2", "{'closed':'CLOSED_TWO'}"},
        {"Legacy", "3: 99", "{}"},
        {"Node", "3: {1: 1 1: 2}", "{'child':{'id':2}}"},
        {"WellKnown", "1: {1: 1 1: 2 2: 7 2: 0}", "{'timestamp':'1970-01-01T00:00:02Z'}"},
        {"WellKnown", "13: {1: 1 1: 2}", "{'int64Value':'2'}"},
        {"WellKnown", "8: {1: \"y\" 2: \"y\" 1: \"x/codec.test.Node\" 2: {1: 1}}",
         "{'any':{'@type':'x/codec.test.Node','id':1}}"},
    };
    expect_printed(cases, COUNT(cases));
}

static void puts_scattered_elements_together(void **state)
{
    (void)state;
    static const struct printed cases[] = {
        {"Node", "7: 1 7: 2 1: 5 7: 3", "{'id':5,'numbers':[1,2,3]}"},
        {"Node", "7: {1 2} 7: 3 7: {4 5}", "{'numbers':[1,2,3,4,5]}"},
        {"Node", "7: {1 2} 1: 5 7: 3 2: \"a\" 7: {4} 7: {} 7: 5", "{'id':5,'name':'a','numbers':[1,2,3,4,5]}"},
        {"Node", "4: {1: 1} 1: 5 4: {} 2: \"a\" 4: {2: \"b\"}",
         "{'id':5,'name':'a','children':[{'id':1},{},{'name':'b'}]}"},
        {"Lists", "14: \"a\" 13: {1} 14: \"\" 13: 0 14: \"c\" 13: {1 0}",
         "{'bools':[true,false,true,false],'strings':['a','','c']}"},
        {"Lists", "1: {1.5 2.5} 1: 3.5 2: {1.5i32} 2: 2.5i32 9: {1i32} 9: 2i32 10: 1i64 10: {2i64 3i64}",
         "{'doubles':[1.5,2.5,3.5],'floats':[1.5,2.5],'fixed32s':[1,2],'fixed64s':['1','2','3']}"},
        {"UnpackedLists", "3: {1 -1} 3: 2 5: {0 1} 3: {3} 16: {1 0}",
         "{'int32s':[1,-1,2,3],'uint32s':[0,1],'levels':['LEVEL_ONE','LEVEL_NONE']}"},
        {"Legacy", "4: 2 5: 2 4: {1 2} 5: {1} 4: 1",
         "{'closeds':['CLOSED_TWO','CLOSED_ONE','CLOSED_TWO','CLOSED_ONE'],"
         "'packedCloseds':['CLOSED_TWO','CLOSED_ONE']}"},
        {"Legacy", "4: 99 4: 2 4: {99 1 98} 4: 97", "{'closeds':['CLOSED_TWO','CLOSED_ONE']}"},
        {"Legacy", "10: !{1: 1} 1: 5 10: !{} 10: !{1: 2}", "{'number':5,'item':[{'id':1},{},{'id':2}]}"},
        {"WellKnownLists", "1: {1: 1} 2: {1: 1} 1: {} 5: {1: 0} 2: {} 5: {4: 1}",
         "{'timestamps':['1970-01-01T00:00:01Z','1970-01-01T00:00:00Z'],'durations':['1s','0s'],'values':[null,true]}"},
        {"WellKnown", "3: {1: \"a\"} 1: {} 3: {1: \"b_c\"}", "{'timestamp':'1970-01-01T00:00:00Z','mask':'a,bC'}"},
        {"WellKnown", "6: {1: {2: 1.0}} 1: {} 6: {1: {2: 2.0}}", "{'timestamp':'1970-01-01T00:00:00Z','list':[1,2]}"},
    };
    expect_printed(cases, COUNT(cases));
}

static void leaves_out_a_repeated_field_without_elements(void **state)
{
    (void)state;
    static const struct printed cases[] = {
        {"Node", "7: {}", "{}"},
        {"Node", "7: {} 1: 1 7: {}", "{'id':1}"},
        {"Legacy", "4: 99", "{}"},
        {"Legacy", "4: {99} 1: 1 4: 98", "{'number':1}"},
        {"Legacy", "6: {1: \"a\" 2: 99}", "{}"},
        {"Legacy", "6: {1: \"a\" 2: 99} 1: 1 6: {1: \"b\" 2: 98}", "{'number':1}"},
    };
    expect_printed(cases, COUNT(cases));
}

static void merges_messages_that_are_split(void **state)
{
    (void)state;
    static const struct printed cases[] = {
        {"Node", "3: {1: 1} 3: {2: \"a\"}", "{'child':{'id':1,'name':'a'}}"},
        {"Node", "3: {1: 1} 1: 5 3: {1: 2}", "{'id':5,'child':{'id':2}}"},
        {"Node", "3: {} 3: {}", "{'child':{}}"},
        {"Node", "3: {3: {1: 1}} 3: {3: {2: \"a\"}}", "{'child':{'child':{'id':1,'name':'a'}}}"},
        {"Node", "3: {3: {3: {1: 1 7: 1}} 1: 2} 2: \"r\" 3: {3: {3: {2: \"a\" 7: 2}} 7: 3} 3: {3: {3: {7: {4 5}}}}",
         "{'name':'r','child':{'id':2,'child':{'child':{'id':1,'name':'a','numbers':[1,2,4,5]}},'numbers':[3]}}"},
        {"Node", "3: {4: {1: 1}} 3: {4: {2: \"a\"}}", "{'child':{'children':[{'id':1},{'name':'a'}]}}"},
        {"Node", "3: {5: {1: \"k\" 2: {1: 1}}} 3: {5: {1: \"k\" 2: {2: \"a\"}}}",
         "{'child':{'named':{'k':{'name':'a'}}}}"}, /* a map's values do not merge */
        {"Legacy", "9: !{1: 1} 9: !{2: {1: 2}} 9: !{2: {2: \"t\"} 3: !{}}",
         "{'inner':{'id':1,'legacy':{'number':2,'text':'t'},'deeper':{}}}"},
        {"WellKnown", "1: {1: 1} 1: {2: 5}", "{'timestamp':'1970-01-01T00:00:01.000000005Z'}"},
        {"WellKnown", "2: {1: 1 2: 5} 2: {1: 2}", "{'duration':'2.000000005s'}"},
        {"WellKnown", "4: {1: {1: \"a\" 2: {2: 1.0}}} 4: {1: {1: \"b\" 2: {2: 2.0}}}", "{'struct':{'a':1,'b':2}}"},
        {"WellKnown", "4: {1: {1: \"a\" 2: {2: 1.0}}} 4: {1: {1: \"a\" 2: {2: 2.0}}}", "{'struct':{'a':2}}"},
        {"WellKnown", "5: {5: {1: {1: \"a\" 2: {2: 1.0}}}} 5: {5: {1: {1: \"b\" 2: {2: 2.0}}}}",
         "{'value':{'a':1,'b':2}}"},
        {"WellKnown", "5: {6: {1: {2: 1.0}}} 5: {6: {1: {2: 2.0}}}", "{'value':[1,2]}"},
        {"WellKnown", "5: {6: {1: {2: 1.0}} 6: {1: {2: 2.0}}}", "{'value':[1,2]}"},
        {"WellKnown", "8: {1: \"x/codec.test.Node\"} 8: {2: {1: 1}}", "{'any':{'@type':'x/codec.test.Node','id':1}}"},
        {"WellKnown", "13: {1: 1} 13: {}", "{'int64Value':'1'}"},
        {"WellKnown", "9: {} 9: {1: 1}", "{'empty':{}}"},
    };
    expect_printed(cases, COUNT(cases));
}

static void counts_the_last_member_of_a_oneof(void **state)
{
    (void)state;
    static const struct printed cases[] = {
        {"Choice", "3: 1 14: \"a\"", "{'aString':'a'}"},
        {"Choice", "14: \"a\" 3: 1", "{'anInt32':1}"},
        {"Choice", "3: 1 3: 2", "{'anInt32':2}"},
        {"Choice", "3: 1 14: \"a\" 3: 0", "{'anInt32':0}"},
        {"Choice", "3: 1 41: 5 14: \"a\" 32: \"o\" 31: 6", "{'aString':'a','otherNumber':6,'apart':5}"},
        {"Choice", "17: {1: 1} 17: {2: \"a\"}", "{'aNode':{'id':1,'name':'a'}}"},
        {"Choice", "17: {1: 1} 3: 1 17: {2: \"a\"}", "{'aNode':{'name':'a'}}"}, /* cleared in between */
        {"Choice", "17: {1: 1} 3: 1 17: {2: \"a\"} 17: {7: 1}", "{'aNode':{'name':'a','numbers':[1]}}"},
        {"Choice", "17: {1: 1} 33: {1: 2} 17: {2: \"a\"} 33: {2: \"b\"}",
         "{'aNode':{'id':1,'name':'a'},'otherNode':{'id':2,'name':'b'}}"},
        {"Choice", "17: {1: 1} 18: 0", "{'aNull':null}"},
        {"Choice", "18: 0 17: {1: 1}", "{'aNode':{'id':1}}"},
        {"Choice", "19: {} 20: {1: 0}", "{'aValue':null}"},
        {"Choice", "20: {3: \"a\"} 20: {4: 1}", "{'aValue':true}"},
        {"Choice", "26: {1: 1} 26: {}", "{'aWrapper':1}"},
        {"Choice", "26: {1: 1} 27: {} 26: {}", "{'aWrapper':0}"},
        {"Choice", "28: {3: 1} 28: {14: \"a\"}", "{'another':{'aString':'a'}}"},
        {"Choice", "28: {17: {1: 1}} 28: {3: 1} 28: {17: {2: \"a\"}}", "{'another':{'aNode':{'name':'a'}}}"},
        {"WellKnown", "5: {1: 0 3: \"a\"}", "{'value':'a'}"},
        {"WellKnown", "5: {3: \"a\" 1: 0}", "{'value':null}"},
        {"WellKnown", "5: {2: 1.0 2: 2.0}", "{'value':2}"},
        {"WellKnown", "5: {5: {1: {1: \"a\" 2: {1: 0}}} 6: {} 5: {1: {1: \"b\" 2: {1: 0}}}}", "{'value':{'b':null}}"},
        {"WellKnown", "5: {3: \"a\"} 5: {4: 0}", "{'value':false}"},
        {"Legacy", "11: 2 12: 1", "{'numberChoice':1}"},
        {"Legacy", "12: 1 11: 99", "{'numberChoice':1}"}, /* an unknown number sets nothing */
        {"Legacy", "13: !{1: 1} 13: !{2: 2}", "{'groupchoice':{'id':1,'other':2}}"},
        {"Legacy", "13: !{1: 1} 12: 0 13: !{2: 2}", "{'groupchoice':{'other':2}}"},
        {"Oneofs", "1: 1 301: 2 100: 3 400: 4 300: 5", "{'left300':5,'right1':2,'right100':4}"},
    };
    expect_printed(cases, COUNT(cases));
}

static void counts_the_last_value_of_a_key(void **state)
{
    (void)state;
    static const struct printed cases[] = {
        {"Maps", "12: {1: \"a\" 2: \"x\"} 12: {1: \"b\" 2: \"y\"} 12: {1: \"a\" 2: \"z\"}",
         "{'byString':{'b':'y','a':'z'}}"},
        {"Maps", "1: {1: 1 2: \"x\"} 1: {1: 1 2: \"y\"}", "{'byInt32':{'1':'y'}}"},
        {"Maps", "1: {1: 1 2: \"x\"} 1: {`08 8180808010` 2: \"y\"}", "{'byInt32':{'1':'y'}}"}, /* 1 and bits above 32 */
        {"Maps", "11: {1: 1 2: \"x\"} 11: {1: 2 2: \"y\"}", "{'byBool':{'true':'y'}}"},
        {"Maps", "7: {1: 7i32 2: \"x\"} 8: {1: 7i64 2: \"y\"} 7: {1: 7i32 2: \"z\"}",
         "{'byFixed32':{'7':'z'},'byFixed64':{'7':'y'}}"},
        {"Maps", "5: {1: -1z 2: \"x\"} 5: {1: 1z 2: \"y\"} 5: {1: -1z 2: \"z\"}", "{'bySint32':{'1':'y','-1':'z'}}"},
        {"Maps", "36: {1: \"a\" 2: {1: 1}} 36: {1: \"a\" 2: {2: \"n\"}}", "{'nodes':{'a':{'name':'n'}}}"},
        {"WellKnown", "4: {1: {1: \"a\" 2: {2: 1.0}} 1: {1: \"b\" 2: {1: 0}} 1: {1: \"a\" 2: {3: \"\"}}}",
         "{'struct':{'b':null,'a':''}}"},
        {"Maps", "12: {1: \"a\" 2: \"x\"} 1: {1: 1 2: \"\"} 12: {1: \"b\" 2: \"y\"}",
         "{'byInt32':{'1':''},'byString':{'a':'x','b':'y'}}"},
    };
    expect_printed(cases, COUNT(cases));
}

static void takes_map_entries_of_any_form(void **state)
{
    (void)state;
    static const struct printed cases[] = {
        {"Maps", "12: {2: \"x\" 1: \"a\"}", "{'byString':{'a':'x'}}"},
        {"Maps", "12: {1: \"a\"}", "{'byString':{'a':''}}"},
        {"Maps", "12: {2: \"x\"}", "{'byString':{'':'x'}}"},
        {"Maps", "12: {}", "{'byString':{'':''}}"},
        {"Maps", "1: {} 2: {} 3: {} 4: {} 5: {} 6: {}",
         "{'byInt32':{'0':''},'byInt64':{'0':''},'byUint32':{'0':''},'byUint64':{'0':''},'bySint32':{'0':''},"
         "'bySint64':{'0':''}}"},
        {"Maps", "7: {} 8: {} 9: {} 10: {} 11: {}",
         "{'byFixed32':{'0':''},'byFixed64':{'0':''},'bySfixed32':{'0':''},'bySfixed64':{'0':''},'byBool':{'false':''}"
         "}"},
        {"Maps", "21: {} 22: {} 23: {} 24: {} 25: {} 26: {} 27: {} 28: {}",
         "{'doubles':{'':0},'floats':{'':0},'int32s':{'':0},'int64s':{'':'0'},'uint32s':{'':0},'uint64s':{'':'0'},"
         "'sint32s':{'':0},'sint64s':{'':'0'}}"},
        {"Maps", "29: {} 30: {} 31: {} 32: {} 33: {} 34: {} 35: {} 36: {} 37: {}",
         "{'fixed32s':{'':0},'fixed64s':{'':'0'},'sfixed32s':{'':0},'sfixed64s':{'':'0'},'bools':{'':false},"
         "'byteses':{'':''},'levels':{'':'LEVEL_NONE'},'nodes':{'':{}},'numberedNodes':{'0':{}}}"},
        {"WellKnownMaps", "1: {} 2: {} 3: {} 4: {} 6: {} 7: {} 8: {} 9: {} 13: {} 18: {}",
         "{'timestamps':{'':'1970-01-01T00:00:00Z'},'durations':{'':'0s'},'masks':{'':''},'structs':{'':{}},"
         "'lists':{'':[]},'nulls':{'':null},'anys':{'':{}},'empties':{'':{}},'int64Values':{'':'0'},"
         "'stringValues':{'':''}}"},
        {"Maps", "12: {1: \"a\" 1: \"b\" 2: \"x\" 2: \"y\"}", "{'byString':{'b':'y'}}"},
        {"Maps", "36: {1: \"a\" 2: {1: 1} 2: {2: \"n\"}}", "{'nodes':{'a':{'id':1,'name':'n'}}}"},
        {"Maps", "12: {3: 5 1: \"a\" 4: \"\" 2: \"x\" 5: !{}}", "{'byString':{'a':'x'}}"},
        {"Maps", "12: {1: 5 1: \"a\" 2: 5 2: \"x\"}", "{'byString':{'a':'x'}}"}, /* wrong wire types count as unknown */
        {"Maps", "12: {1: \"a\"} 12: {}", "{'byString':{'a':'','':''}}"},
        {"Maps", "12: {} 12: {1: \"\" 2: \"x\"}", "{'byString':{'':'x'}}"},
        {"Legacy", "6: {1: \"a\" 2: 7} 6: {1: \"b\" 2: 99} 6: {1: \"c\"}",
         "{'closedMap':{'a':'CLOSED_SEVEN','c':'CLOSED_ZERO'}}"},
        {"Legacy", "6: {1: \"a\" 2: 99 2: 7}", "{'closedMap':{'a':'CLOSED_SEVEN'}}"},
        {"Legacy", "6: {1: \"a\" 2: 7 2: 99}", "{'closedMap':{'a':'CLOSED_SEVEN'}}"},
        {"Legacy", "6: {1: \"a\" 2: 7} 6: {1: \"a\" 2: 99}", "{'closedMap':{'a':'CLOSED_SEVEN'}}"},
        {"WellKnown", "4: {1: {2: {2: 1.0} 1: \"a\"}}", "{'struct':{'a':1}}"},
        {"WellKnown", "4: {1: {2: {2: 1.0}}}", "{'struct':{'':1}}"},
    };
    expect_printed(cases, COUNT(cases));
}

static void does_not_mind_what_was_replaced(void **state)
{
    (void)state;
    static const struct printed cases[] = {
        {"WellKnown", "1: {1: 999999999999} 1: {1: 1}", "{'timestamp':'1970-01-01T00:00:01Z'}"},
        {"WellKnown", "1: {2: -1} 2: {1: 1 2: -1} 1: {2: 1} 2: {2: 1}",
         "{'timestamp':'1970-01-01T00:00:00.000000001Z','duration':'1.000000001s'}"},
        {"WellKnown", "5: {`11 000000000000f87f`} 5: {2: 1.0}", "{'value':1}"},
        {"WellKnown", "5: {} 5: {4: 1}", "{'value':true}"},
        {"WellKnown", "8: {1: \"nowhere\"} 8: {1: \"x/codec.test.Node\"}", "{'any':{'@type':'x/codec.test.Node'}}"},
        {"Choice", "22: {2: -1} 3: 1", "{'anInt32':1}"},
        {"WellKnownMaps", "1: {1: \"a\" 2: {2: -1}} 1: {1: \"a\" 2: {}}",
         "{'timestamps':{'a':'1970-01-01T00:00:00Z'}}"},
    };
    expect_printed(cases, COUNT(cases));
}

static void skips_what_the_message_does_not_have(void **state)
{
    (void)state;
    static const struct printed cases[] = {
        {"Nothing", "1: 1 2: \"a\" 3: 1i32 4: 1i64 5: !{1: !{} 2: \"b\"} 536870911: 1", "{}"},
        {"Node", "99: 1 1: 1 98: \"a\" 2: \"b\" 97: !{1: 1} 99: 1i64", "{'id':1,'name':'b'}"},
        {"Node", "1: \"a\" 2: 5 3: 1i32 4: 1i64 5: 1 6: \"w\" 7: 1i64", "{}"}, /* wrong wire types */
        {"Node", "1: 1i32 1: 1i64 1: !{} 2: !{} 3: !{1: 1} 4: !{}", "{}"},
        {"Node", "1: 1 1: \"a\" 2: \"b\" 2: 5", "{'id':1,'name':'b'}"},
        {"Node", "3: {99: 1 1: 1} 4: {99: \"a\"} 5: {1: \"k\" 2: {99: 1i32}}",
         "{'child':{'id':1},'children':[{}],'named':{'k':{}}}"},
        {"Node", "7: 1 7: 5i32 7: 2", "{'numbers':[1,2]}"},
        {"Lists", "14: 1 14: \"a\" 15: 1i32 17: !{}", "{'strings':['a']}"},
        {"Legacy", "9: {1: 1} 9: 5 10: {1: 1}", "{}"}, /* a message is no group */
        {"WellKnown", "1: {3: 1 1: 1 4: !{} 1: \"a\" 2: 5i32}", "{'timestamp':'1970-01-01T00:00:01Z'}"},
        {"WellKnown", "3: {1: 5 1: \"a\" 2: \"b\"}", "{'mask':'a'}"},
        {"WellKnown", "4: {2: 1 1: {1: \"a\" 2: {7: 1 2: 1.0}} 1: 5}", "{'struct':{'a':1}}"},
        {"WellKnown", "5: {99: 1 4: 1 7: \"a\"}", "{'value':true}"},
        {"WellKnown", "6: {99: 1 1: {4: 1 99: \"a\"} 1: 5}", "{'list':[true]}"},
        {"WellKnown", "8: {3: 1 1: \"x/codec.test.Node\" 2: {1: 1 99: 1} 2: 5}",
         "{'any':{'@type':'x/codec.test.Node','id':1}}"},
        {"WellKnown", "9: {1: 1}", "{'empty':{}}"},
        {"WellKnown", "13: {2: 1 1: 5 1: \"a\"}", "{'int64Value':'5'}"},
    };
    expect_printed(cases, COUNT(cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_fields_in_the_order_of_their_numbers),
        cmocka_unit_test(counts_the_last_of_a_scalar),
        cmocka_unit_test(puts_scattered_elements_together),
        cmocka_unit_test(leaves_out_a_repeated_field_without_elements),
        cmocka_unit_test(merges_messages_that_are_split),
        cmocka_unit_test(counts_the_last_member_of_a_oneof),
        cmocka_unit_test(counts_the_last_value_of_a_key),
        cmocka_unit_test(takes_map_entries_of_any_form),
        cmocka_unit_test(does_not_mind_what_was_replaced),
        cmocka_unit_test(skips_what_the_message_does_not_have),
    };
    return cmocka_run_group_tests(tests, codec_setup, codec_teardown);
}
