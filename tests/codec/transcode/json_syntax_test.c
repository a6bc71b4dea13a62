/* JSON as RFC 8259 has it, and nothing else: documents that are accepted, refused, cut short, and spoilt. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/codec/transcode/codec_case.h"

static void takes_white_space_wherever_json_allows_it(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "{'id':1,'numbers':[2,3],'named':{'a':{'id':4}}}",
        " {'id':1,'numbers':[2,3],'named':{'a':{'id':4}}} ",
        "\t\r\n {\t\r\n 'id'\t\r\n :\t\r\n 1\t\r\n ,\t\r\n 'numbers'\t\r\n :\t\r\n [\t\r\n 2\t\r\n ,\t\r\n 3\t\r\n "
        "]\t\r\n ,\t\r\n 'named'\t\r\n :\t\r\n {\t\r\n 'a'\t\r\n :\t\r\n {\t\r\n 'id'\t\r\n :\t\r\n 4\t\r\n }\t\r\n "
        "}\t\r\n }\t\r\n ",
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        codec_expect_binary("Node", cases[i], "1: 1 7: {2 3} 5: {1: \"a\" 2: {1: 4}}");
    codec_expect_binary(".google.protobuf.Value", " [ 1 , { 'a' : [ ] } , { } , [ [ ] ] ] ",
                        "6: {1: {2: 1.0} 1: {5: {1: {1: \"a\" 2: {6: {}}}}} 1: {5: {}} 1: {6: {1: {6: {}}}}}");
    codec_expect_binary("Node", "{ }", "");
    codec_expect_binary("Node", "{'numbers':[ ],'named':{ },'child':{ }}", "3: {}");
}

static void takes_every_escape(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        const char *wire;
    } cases[] = {
        {"{'name':'\\\"'}", "2: {`22`}"},
        {"{'name':'\\\\'}", "2: {`5c`}"},
        {"{'name':'\\/'}", "2: {`2f`}"},
        {"{'name':'\\b\\f\\n\\r\\t'}", "2: {`080c0a0d09`}"},
        {"{'name':'\\u0000'}", "2: {`00`}"},
        {"{'name':'\\u001f\\u0020\\u007F\\u0080'}", "2: {`1f207fc280`}"},
        {"{'name':'\\u07ff\\u0800\\uD7FF\\ue000\\uFfFf'}", "2: {`dfbf e0a080 ed9fbf ee8080 efbfbf`}"},
        {"{'name':'\\ud800\\udc00\\uDBFF\\uDFFF'}", "2: {`f0908080 f48fbfbf`}"},
        {"{'name':'a\\u0062c'}", "2: \"abc\""},
        {"{'n\\u0061me':'x'}", "2: \"x\""},
        {"{'named':{'\\u0061':{}}}", "5: {1: \"a\" 2: {}}"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        codec_expect_binary("Node", cases[i].json, cases[i].wire);
}

static void refuses_what_is_not_json(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        const char *error;
    } cases[] = {
        {"", "line 1, column 1: expected an object, found the end of the input"},
        {" \n ", "line 2, column 2: expected an object, found the end of the input"},
        {"{", "line 1, column 2: expected a field name in quotes, found the end of the input"},
        {"}", "line 1, column 1: expected an object, found '}'"},
        {"\xef\xbb\xbf{}", "line 1, column 1: expected an object, found byte 0xef"},
        {"{}x", "line 1, column 3: expected the end of the input behind the value, found 'x'"},
        {"{}{}", "line 1, column 3: expected the end of the input behind the value, found an object"},
        {"{},", "line 1, column 3: expected the end of the input behind the value, found ','"},
        {"{,}", "line 1, column 2: expected a field name in quotes, found ','"},
        {"{'value':1,}", "line 1, column 12: expected a field name in quotes, found '}'"},
        {"{'value':1,,'list':[]}", "line 1, column 12: expected a field name in quotes, found ','"},
        {"{'value' 1}", "line 1, column 10: expected ':', found a number"},
        {"{'value'=1}", "line 1, column 9: expected ':', found '='"},
        {"{'value'}", "line 1, column 9: expected ':', found '}'"},
        {"{'value':}", "value (line 1, column 10): expected a value, found '}'"},
        {"{'value':1 'list':[]}", "value (line 1, column 12): expected ',' or '}', found a string"},
        {"{'value':1;'list':[]}", "value (line 1, column 11): expected ',' or '}', found ';'"},
        {"{'value':1]", "value (line 1, column 11): expected ',' or '}', found ']'"},
        {"{value:1}", "line 1, column 2: expected a field name in quotes, found 'v'"},
        {"{`value`:1}", "line 1, column 2: expected a field name in quotes, found '`'"},
        {"{1:1}", "line 1, column 2: expected a field name in quotes, found a number"},
        {"{null:1}", "line 1, column 2: expected a field name in quotes, found null"},
        {"{'value':[1,]}", "value[1] (line 1, column 13): expected a value, found ']'"},
        {"{'value':[,1]}", "value[0] (line 1, column 11): expected a value, found ','"},
        {"{'value':[1 2]}", "value[0] (line 1, column 13): expected ',' or ']', found a number"},
        {"{'value':[1}", "value[0] (line 1, column 12): expected ',' or ']', found '}'"},
        {"{'value':{'a':1]", "value[\"a\"] (line 1, column 16): expected ',' or '}', found ']'"},
        {"{'value':{'a':1,}}", "value (line 1, column 17): expected a key in quotes, found '}'"},
        {"{'value':{,}}", "value (line 1, column 11): expected a key in quotes, found ','"},
        {"{'value':{1:2}}", "value (line 1, column 11): expected a key in quotes, found a number"},
        {"{'value':{'a'}}", "value[\"a\"] (line 1, column 14): expected ':', found '}'"},
        {"{'value':tru}", "value (line 1, column 10): expected true, false or null"},
        {"{'value':falsy}", "value (line 1, column 10): expected true, false or null"},
        {"{'value':nul}", "value (line 1, column 10): expected true, false or null"},
        {"{'value':nulls}", "value (line 1, column 14): expected ',' or '}', found 's'"},
        {"{'value':True}", "value (line 1, column 10): expected a value, found 'T'"},
        {"{'value':undefined}", "value (line 1, column 10): expected a value, found 'u'"},
        {"{'value':NaN}", "value (line 1, column 10): expected a value, found 'N'"},
        {"{'value':-Infinity}", "value (line 1, column 11): expected a digit, found 'I'"},
        {"{'value':/**/1}", "value (line 1, column 10): expected a value, found '/'"},
        {"{'value':1} // end", "line 1, column 13: expected the end of the input behind the value, found '/'"},
        {"{'value':\v1}", "value (line 1, column 10): expected a value, found byte 0x0b"},
        {"{'value':\xc2\xa0 1}", "value (line 1, column 10): expected a value, found byte 0xc2"},
        {"{'nothing':null}", "line 1, column 2: codec.test.WellKnown has no field \"nothing\""},
        {"{'timestamp':nil}", "timestamp (line 1, column 14): expected null"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        codec_expect_json_refused("WellKnown", cases[i].json, cases[i].error);
}

static void refuses_numbers_that_json_does_not_have(void **state)
{
    (void)state;
    static const struct {
        const char *number;
        const char *error; /* with the column of the number's first character as 10 */
    } cases[] = {
        {"01", "value (line 1, column 11): expected no digit behind a leading 0"},
        {"-01", "value (line 1, column 12): expected no digit behind a leading 0"},
        {"00", "value (line 1, column 11): expected no digit behind a leading 0"},
        {"00.5", "value (line 1, column 11): expected no digit behind a leading 0"},
        {"+1", "value (line 1, column 10): expected a value, found '+'"},
        {".5", "value (line 1, column 10): expected a value, found '.'"},
        {"1.", "value (line 1, column 12): expected a digit, found '}'"},
        {"1.e1", "value (line 1, column 12): expected a digit, found 'e'"},
        {"1e", "value (line 1, column 12): expected a digit, found '}'"},
        {"1e+", "value (line 1, column 13): expected a digit, found '}'"},
        {"1e-", "value (line 1, column 13): expected a digit, found '}'"},
        {"1e.5", "value (line 1, column 12): expected a digit, found '.'"},
        {"-", "value (line 1, column 11): expected a digit, found '}'"},
        {"--1", "value (line 1, column 11): expected a digit, found a number"},
        {"- 1", "value (line 1, column 11): expected a digit, found byte 0x20"},
        {"1 000", "value (line 1, column 12): expected ',' or '}', found a number"},
        {"1_000", "value (line 1, column 11): expected ',' or '}', found '_'"},
        {"0x10", "value (line 1, column 11): expected ',' or '}', found 'x'"},
        {"1.5.5", "value (line 1, column 13): expected ',' or '}', found '.'"},
        {"1e5e5", "value (line 1, column 13): expected ',' or '}', found 'e'"},
        {"1f", "value (line 1, column 11): expected ',' or '}', found 'f'"},
        {"1e400", "value (line 1, column 10): expected a number that a double can hold"},
        {"-1e400", "value (line 1, column 10): expected a number that a double can hold"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char json[64];
        snprintf(json, sizeof(json), "{'value':%s}", cases[i].number);
        codec_expect_json_refused("WellKnown", json, cases[i].error);
    }
}

static void refuses_strings_that_json_does_not_have(void **state)
{
    (void)state;
    static const char escapes[] = "expected one of the escapes \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u";
    static const char units[] = "expected \\u and four hex digits, surrogates in pairs";
    static const struct {
        const char *string;
        const char *error;
        int column; /* of the document {"name":… */
    } cases[] = {
        {"'", "expected '\"' at the end of the string, found the end of the input", 10},
        {"'abc", "expected '\"' at the end of the string, found the end of the input", 13},
        {"'\\", escapes, 10},
        {"'\\'", "expected '\"' at the end of the string, found the end of the input", 12},
        {"'\\x41'", escapes, 10},
        {"'\\U0041'", escapes, 10},
        {"'\\0'", escapes, 10},
        {"'\\a'", escapes, 10},
        {"'\\v'", escapes, 10},
        {"'\\\xc3\xa9'", escapes, 10},
        {"'\\u", units, 10},
        {"'\\u'", units, 10},
        {"'\\u1'", units, 10},
        {"'\\u12'", units, 10},
        {"'\\u123'", units, 10},
        {"'\\u123g'", units, 10},
        {"'\\u-123'", units, 10},
        {"'\\u{41}'", units, 10},
        {"'ab\\ud800'", units, 12},
        {"'\\ud800x'", units, 10},
        {"'\\ud800\\n'", units, 10},
        {"'\\ud800\\u0041'", units, 10},
        {"'\\ud800\\ud800\\udc00'", units, 10},
        {"'\\ud83d\\u", units, 10},
        {"'\\ud83d\\ude0", units, 10},
        {"'\\udc00'", units, 10},
        {"'\\ude00\\ud83d'", units, 10},
        {"'\n'", "control character 0x0a in a string, expected it escaped", 10},
        {"'a\tb'", "control character 0x09 in a string, expected it escaped", 11},
        {"'\x1f'", "control character 0x1f in a string, expected it escaped", 10},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char json[64], error[200];
        snprintf(json, sizeof(json), "{'name': %s", cases[i].string);
        snprintf(error, sizeof(error), "name (line 1, column %d): %s", cases[i].column + 1, cases[i].error);
        codec_expect_json_refused("Node", json, error);
        snprintf(json, sizeof(json), "{'any':{'@type': %s", cases[i].string);
        snprintf(error, sizeof(error), "any (line 1, column %d): %s", cases[i].column + 9, cases[i].error);
        codec_expect_json_refused("WellKnown", json, error);
        snprintf(json, sizeof(json), "{'any':{'values': %s", cases[i].string);
        snprintf(error, sizeof(error), "any (line 1, column %d): %s", cases[i].column + 10, cases[i].error);
        codec_expect_json_refused("WellKnown", json, error);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_white_space_wherever_json_allows_it),
        cmocka_unit_test(takes_every_escape),
        cmocka_unit_test(refuses_what_is_not_json),
        cmocka_unit_test(refuses_numbers_that_json_does_not_have),
        cmocka_unit_test(refuses_strings_that_json_does_not_have),
    };
    return cmocka_run_group_tests(tests, codec_setup, codec_teardown);
}
