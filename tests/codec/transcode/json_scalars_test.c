/* Scalars of every type as JSON has them: ranges, spellings, quotes, enums, base64. */
#include <stdio.h>

#include "tests/codec/transcode/codec_case.h"

/* Of each integer type the ends of its range, and what lies just beyond. */
static const struct {
    const char *field;
    const char *type;
    const char *least, *most;
    const char *below, *above;
} integers[] = {
    {"anInt32", "int32", "-2147483648", "2147483647", "-2147483649", "2147483648"},
    {"aSint32", "sint32", "-2147483648", "2147483647", "-2147483649", "2147483648"},
    {"aSfixed32", "sfixed32", "-2147483648", "2147483647", "-2147483649", "2147483648"},
    {"aUint32", "uint32", "0", "4294967295", "-1", "4294967296"},
    {"aFixed32", "fixed32", "0", "4294967295", "-1", "4294967296"},
    {"anInt64", "int64", "-9223372036854775808", "9223372036854775807", "-9223372036854775809", "9223372036854775808"},
    {"aSint64", "sint64", "-9223372036854775808", "9223372036854775807", "-9223372036854775809", "9223372036854775808"},
    {"aSfixed64", "sfixed64", "-9223372036854775808", "9223372036854775807", "-9223372036854775809",
     "9223372036854775808"},
    {"aUint64", "uint64", "0", "18446744073709551615", "-1", "18446744073709551616"},
    {"aFixed64", "fixed64", "0", "18446744073709551615", "-1", "18446744073709551616"},
    {"aLevel", "an enum", "-2147483648", "2147483647", "-2147483649", "2147483648"},
};

/* What the optional field holds after the value went through both directions, as text without quotes. */
static void read_back(const char *message, const char *field, const char *json, struct buf *text)
{
    const struct schema_message *type = codec_message(message);
    struct transcode_options options = codec_options();
    options.int64_numbers = true;
    options.enum_numbers = true;
    struct buf binary;
    struct status st;
    buf_init(&binary, SIZE_MAX / 2);
    buf_clear(text);
    if (!transcode_json_to_binary(type, NULL, view_of(json), &options, &binary, &st) ||
        !transcode_binary_to_json(type, codec_field(type, field), buf_view(&binary), &options, text, &st))
        fail_msg("%s: %s", json, st.message);
    buf_free(&binary);
}

static void expect_integer(const char *field, const char *spelling, const char *value)
{
    struct buf text;
    char json[200];
    buf_init(&text, SIZE_MAX / 2);
    snprintf(json, sizeof(json), "{\"%s\":%s}", field, spelling);
    read_back("Optionals", field, json, &text);
    if (!view_equal_text(buf_view(&text), value))
        fail_msg("%s: %.*s", json, VIEW_ARG(buf_view(&text)));
    buf_free(&text);
}

static void takes_the_whole_range_of_each_integer_type(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(integers); i++) {
        const char *const ends[] = {integers[i].least, integers[i].most};
        for (size_t j = 0; j < COUNT(ends); j++) {
            static const char *const spellings[] = {"%s", "%s.0", "%s.000e0", "%s0e-1", "%s00000000000E-11", "%s.0e+0"};
            for (size_t k = 0; k < COUNT(spellings); k++) {
                char spelling[100], quoted[104];
                if (ends[j][0] == '0' && spellings[k][2] == '0')
                    continue; /* 0 may not have another digit behind it */
                snprintf(spelling, sizeof(spelling), spellings[k], ends[j]);
                snprintf(quoted, sizeof(quoted), "\"%s\"", spelling);
                expect_integer(integers[i].field, spelling, ends[j]);
                if (strcmp(integers[i].type, "an enum") != 0)
                    expect_integer(integers[i].field, quoted, ends[j]);
            }
        }
    }
}

static void takes_integers_in_exponent_form(void **state)
{
    (void)state;
    static const struct {
        const char *spelling;
        const char *value;
    } cases[] = {
        {"1e3", "1000"},     {"1E3", "1000"},       {"1e+3", "1000"},   {"1e0", "1"},
        {"1.5e1", "15"},     {"12345e-0", "12345"}, {"12000e-3", "12"}, {"0e999999999", "0"},
        {"0.0e-5", "0"},     {"-0", "0"},           {"-0.0", "0"},      {"0.00000000000000000000000001e26", "1"},
        {"1.0000e2", "100"}, {"100e-2", "1"},       {"0.1e1", "1"},
    };
    for (size_t i = 0; i < COUNT(integers); i++)
        for (size_t j = 0; j < COUNT(cases); j++)
            expect_integer(integers[i].field, cases[j].spelling, cases[j].value);
}

static void refuses_integers_out_of_range(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(integers); i++) {
        const char *const outside[] = {integers[i].below, integers[i].above,         "1e30",
                                       "-1e30",           "1e999999999999999999999", "123456789012345678901234567890"};
        for (size_t j = 0; j < COUNT(outside); j++) {
            char json[100], error[100];
            snprintf(error, sizeof(error), "%s (line 1, column %zu): the number is out of the range of %s",
                     integers[i].field, strlen(integers[i].field) + 5, integers[i].type);
            snprintf(json, sizeof(json), "{'%s':%s}", integers[i].field, outside[j]);
            codec_expect_json_refused("Scalars", json, error);
            if (strcmp(integers[i].type, "an enum") == 0)
                continue;
            snprintf(json, sizeof(json), "{'%s':'%s'}", integers[i].field, outside[j]);
            codec_expect_json_refused("Scalars", json, error);
        }
    }
}

static void refuses_numbers_that_are_not_whole(void **state)
{
    (void)state;
    static const char *const cases[] = {"0.5",      "1.5", "-0.1", "1e-1", "15e-1", "1.0000000000000000000000001",
                                        "1e-999999"};
    for (size_t i = 0; i < COUNT(integers); i++)
        for (size_t j = 0; j < COUNT(cases); j++) {
            char json[100], error[100];
            snprintf(json, sizeof(json), "{'%s':%s}", integers[i].field, cases[j]);
            snprintf(error, sizeof(error), "%s (line 1, column %zu): expected a whole number for %s", integers[i].field,
                     strlen(integers[i].field) + 5, integers[i].type);
            codec_expect_json_refused("Scalars", json, error);
        }
}

static void refuses_text_in_quotes_that_is_not_a_number(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *error;
    } cases[] = {
        {"", "expected a number, found \"\""},
        {" ", "expected a number, found \" \""},
        {" 1", "expected a number, found \" 1\""},
        {"1 ", "expected nothing behind the value \"1\""},
        {"1x", "expected nothing behind the value \"1\""},
        {"1,000", "expected nothing behind the value \"1\""},
        {"0x1", "expected nothing behind the value \"0\""},
        {"one", "expected a number, found \"one\""},
        {"+1", "expected a number, found \"+1\""},
        {"01", "expected a number, found \"01\""},
        {"1.", "expected a number, found \"1.\""},
        {".1", "expected a number, found \".1\""},
        {"1e", "expected a number, found \"1e\""},
        {"-", "expected a number, found \"-\""},
        {"null", "expected a number, found \"null\""},
        {"true", "expected a number, found \"true\""},
        {"nan", "expected a number, found \"nan\""},
        {"inf", "expected a number, found \"inf\""},
        {"infinity", "expected a number, found \"infinity\""},
        {"+Infinity", "expected a number, found \"+Infinity\""},
        {"-NaN", "expected a number, found \"-NaN\""},
        {"Infinity1", "expected a number, found \"Infinity1\""},
        {"\xef\xbc\x91", "expected a number, found \"\xef\xbc\x91\""}, /* a digit, but not one of ASCII */
    };
    static const char *const fields[] = {"anInt32", "aUint64", "aSint32", "aFixed64", "aSfixed32", "aFloat", "aDouble"};
    for (size_t i = 0; i < COUNT(cases); i++)
        for (size_t j = 0; j < COUNT(fields); j++) {
            char json[100], error[200];
            snprintf(json, sizeof(json), "{'%s':'%s'}", fields[j], cases[i].text);
            snprintf(error, sizeof(error), "%s (line 1, column %zu): %s", fields[j], strlen(fields[j]) + 5,
                     cases[i].error);
            codec_expect_json_refused("Scalars", json, error);
        }
    static const char *const not_finite[] = {"NaN", "Infinity", "-Infinity"};
    for (size_t i = 0; i < COUNT(not_finite); i++) {
        char json[100], error[200];
        snprintf(json, sizeof(json), "{'anInt32':'%s'}", not_finite[i]);
        snprintf(error, sizeof(error), "anInt32 (line 1, column 12): expected a number, found \"%s\"", not_finite[i]);
        codec_expect_json_refused("Scalars", json, error);
    }
}

static void rounds_floats_and_doubles_to_the_nearest(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        const char *wire;
    } cases[] = {
        {"{'aDouble':0}", ""},
        {"{'aDouble':0.0}", ""},
        {"{'aDouble':1e-400}", ""}, /* too small: 0 */
        {"{'aDouble':-0}", "1: `0000000000000080`"},
        {"{'aDouble':-1e-400}", "1: `0000000000000080`"},
        {"{'aDouble':'-0'}", "1: `0000000000000080`"},
        {"{'aDouble':0.1}", "1: 0.1"},
        {"{'aDouble':'0.1'}", "1: 0.1"},
        {"{'aDouble':1}", "1: 1.0"},
        {"{'aDouble':9007199254740993}", "1: 9007199254740992.0"},
        {"{'aDouble':9007199254740993.0000000000000000000000000001}", "1: 9007199254740994.0"},
        {"{'aDouble':2.2250738585072011e-308}", "1: `ffffffffffff0f00`"},
        {"{'aDouble':1.7976931348623158e308}", "1: `ffffffffffffef7f`"},
        {"{'aDouble':'NaN'}", "1: `000000000000f87f`"},
        {"{'aDouble':'Infinity'}", "1: `000000000000f07f`"},
        {"{'aDouble':'-Infinity'}", "1: `000000000000f0ff`"},
        {"{'aDouble':'\\u004eaN'}", "1: `000000000000f87f`"},
        {"{'aFloat':0}", ""},
        {"{'aFloat':-0.0}", "2: `00000080`"},
        {"{'aFloat':1e-50}", ""},
        {"{'aFloat':0.1}", "2: 0.1i32"},
        {"{'aFloat':16777217}", "2: 16777216.0i32"},
        {"{'aFloat':16777217.00000000000000000001}", "2: 16777218.0i32"}, /* not rounded to a double first */
        {"{'aFloat':340282356779733661637539395458142568447}", "2: `ffff7f7f`"},
        {"{'aFloat':'NaN'}", "2: `0000c07f`"},
        {"{'aFloat':'Infinity'}", "2: `0000807f`"},
        {"{'aFloat':'-Infinity'}", "2: `000080ff`"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        /* The bits of a number in hex have no tag of their own in the notation. */
        char wire[100];
        const char *bits = strchr(cases[i].wire, '`');
        snprintf(wire, sizeof(wire), "`%s` %s", bits ? cases[i].wire[0] == '1' ? "09" : "15" : "", bits ? bits : "");
        codec_expect_binary("Scalars", cases[i].json, bits ? wire : cases[i].wire);
    }
    static const struct {
        const char *json;
        const char *error;
    } refused[] = {
        {"{'aDouble':1.7976931348623159e308}", "aDouble (line 1, column 12): the number is out of the range of double"},
        {"{'aDouble':-1e309}", "aDouble (line 1, column 12): the number is out of the range of double"},
        {"{'aDouble':'1e309'}", "aDouble (line 1, column 12): the number is out of the range of double"},
        {"{'aFloat':340282356779733661637539395458142568448}",
         "aFloat (line 1, column 11): the number is out of the range of float"},
        {"{'aFloat':1e39}", "aFloat (line 1, column 11): the number is out of the range of float"},
        {"{'aFloat':'-1e39'}", "aFloat (line 1, column 11): the number is out of the range of float"},
        {"{'aFloat':1e400}", "aFloat (line 1, column 11): the number is out of the range of float"},
        {"{'aDouble':NaN}", "aDouble (line 1, column 12): expected a number, found 'N'"},
        {"{'aDouble':Infinity}", "aDouble (line 1, column 12): expected a number, found 'I'"},
        {"{'aDouble':-Infinity}", "aDouble (line 1, column 13): expected a digit, found 'I'"},
        {"{'aDouble':true}", "aDouble (line 1, column 12): expected a number, found a boolean"},
        {"{'aDouble':{}}", "aDouble (line 1, column 12): expected a number, found an object"},
    };
    for (size_t i = 0; i < COUNT(refused); i++)
        codec_expect_json_refused("Scalars", refused[i].json, refused[i].error);
}

static void takes_true_and_false_alone_as_booleans(void **state)
{
    (void)state;
    codec_expect_binary("Optionals", "{'aBool':true}", "13: 1");
    codec_expect_binary("Optionals", "{'aBool':false}", "13: 0");
    static const struct {
        const char *value;
        const char *found;
    } cases[] = {
        {"1", "a number"},  {"0", "a number"},  {"'true'", "a string"}, {"'false'", "a string"},
        {"''", "a string"}, {"[]", "an array"}, {"True", "'T'"},        {"TRUE", "'T'"},
        {"t", "'t'"},       {"fals", "'f'"},    {"yes", "'y'"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char json[100], error[100];
        snprintf(json, sizeof(json), "{'aBool':%s}", cases[i].value);
        snprintf(error, sizeof(error), "aBool (line 1, column 10): expected true or false, found %s", cases[i].found);
        codec_expect_json_refused("Scalars", json, error);
    }
    codec_expect_json_refused("Scalars", "{'aBool':truest}",
                              "aBool (line 1, column 14): expected ',' or '}', found 's'");
}

static void takes_enums_by_name_and_by_number(void **state)
{
    (void)state;
    static const struct {
        const char *message;
        const char *json;
        const char *wire;
    } cases[] = {
        {"Scalars", "{'aLevel':'LEVEL_TWO'}", "16: 2"},
        {"Scalars", "{'aLevel':2}", "16: 2"},
        {"Scalars", "{'aLevel':2.0}", "16: 2"},
        {"Scalars", "{'aLevel':'LEVEL_MINUS'}", "16: -1"},
        {"Scalars", "{'aLevel':'LEVEL_LEAST'}", "16: -2147483648"},
        {"Scalars", "{'aLevel':-1}", "16: -1"},
        {"Scalars", "{'aLevel':12345}", "16: 12345"}, /* an open enum takes any number */
        {"Scalars", "{'aLevel':'LEVEL_NONE'}", ""},
        {"Scalars", "{'aLevel':0}", ""},
        {"Scalars", "{'aLevel':'\\u004cEVEL_ONE'}", "16: 1"},
        {"Scalars", "{'anAlias':'ALIAS_FIRST'}", "17: 1"},
        {"Scalars", "{'anAlias':'ALIAS_SECOND'}", "17: 1"},
        {"Scalars", "{'anAlias':'alias_lower'}", "17: 2"},
        {"Optionals", "{'aLevel':'LEVEL_NONE'}", "16: 0"},
        {"Lists", "{'levels':['LEVEL_ONE',2,'LEVEL_MINUS']}", "16: {1 2 -1}"},
        {"Maps", "{'levels':{'a':'LEVEL_ONE','b':0}}", "35: {1: \"a\" 2: 1} 35: {1: \"b\" 2: 0}"},
        {"Legacy", "{'closed':'CLOSED_MINUS'}", "3: -1"},
        {"Legacy", "{'closed':2,'closeds':[1,'CLOSED_TWO']}", "3: 2 4: 1 4: 2"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        codec_expect_binary(cases[i].message, cases[i].json, cases[i].wire);
    static const struct {
        const char *message;
        const char *json;
        const char *error;
    } refused[] = {
        {"Scalars", "{'aLevel':'LEVEL_THREE'}",
         "aLevel (line 1, column 11): codec.test.Level has no value \"LEVEL_THREE\""},
        {"Scalars", "{'aLevel':'level_two'}",
         "aLevel (line 1, column 11): codec.test.Level has no value \"level_two\""},
        {"Scalars", "{'aLevel':''}", "aLevel (line 1, column 11): codec.test.Level has no value \"\""},
        {"Scalars", "{'aLevel':'2'}", "aLevel (line 1, column 11): codec.test.Level has no value \"2\""},
        {"Scalars", "{'aLevel':true}", "aLevel (line 1, column 11): expected a number, found a boolean"},
        {"Legacy", "{'closed':3}", "closed (line 1, column 11): codec.test.Closed has no value 3"},
        {"Legacy", "{'closed':0}", "closed (line 1, column 11): codec.test.Closed has no value 0"},
        {"Legacy", "{'packedCloseds':[1,7]}", "packedCloseds[1] (line 1, column 21): codec.test.Closed has no value 7"},
        {"Legacy", "{'closedMap':{'a':5}}",
         "closedMap[\"a\"] (line 1, column 19): codec.test.ClosedZero has no value 5"},
    };
    for (size_t i = 0; i < COUNT(refused); i++)
        codec_expect_json_refused(refused[i].message, refused[i].json, refused[i].error);
}

static void drops_unknown_enum_values_if_it_is_asked_to(void **state)
{
    (void)state;
    static const struct {
        const char *message;
        const char *json;
        const char *wire_as_json;
    } cases[] = {
        {"Scalars", "{'aLevel':'NO','aBool':true}", "{'aBool':true}"},
        {"Optionals", "{'aLevel':'NO','aBool':true}", "{'aBool':true}"},
        {"Choice", "{'aLevel':'NO','apart':1}", "{'apart':1}"},
        {"Lists", "{'levels':['LEVEL_ONE','NO','LEVEL_TWO']}", "{'levels':['LEVEL_ONE','LEVEL_TWO']}"},
        {"Lists", "{'levels':['NO'],'bools':[true]}", "{'bools':[true]}"},
        {"UnpackedLists", "{'levels':['NO','LEVEL_ONE']}", "{'levels':['LEVEL_ONE']}"},
        {"Maps", "{'levels':{'a':'NO','b':'LEVEL_ONE'}}", "{'levels':{'b':'LEVEL_ONE'}}"},
        {"Maps", "{'levels':{'a':'NO'}}", "{}"},
        {"Legacy", "{'closed':7,'closeds':[7,1],'packedCloseds':[7,2,8],'closedMap':{'a':1,'b':7}}",
         "{'closeds':['CLOSED_ONE'],'packedCloseds':['CLOSED_TWO'],'closedMap':{'b':'CLOSED_SEVEN'}}"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct schema_message *message = codec_message(cases[i].message);
        struct transcode_options options = codec_options();
        options.ignore_unknown_fields = true;
        struct buf json, binary, expected;
        struct status st;
        buf_init(&json, SIZE_MAX / 2);
        buf_init(&binary, SIZE_MAX / 2);
        buf_init(&expected, SIZE_MAX / 2);
        codec_append_json(&json, cases[i].json);
        codec_append_json(&expected, cases[i].wire_as_json);
        if (!transcode_json_to_binary(message, NULL, buf_view(&json), &options, &binary, &st))
            fail_msg("%s: %s", cases[i].json, st.message);
        codec_expect(&(struct codec_case){cases[i].message, NULL, buf_view(&binary), true, codec_options()},
                     buf_view(&expected));
        buf_free(&json);
        buf_free(&binary);
        buf_free(&expected);
    }
}

static void takes_both_alphabets_of_base64_with_padding_or_without(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *bytes;
    } cases[] = {
        {"", ""},
        {"AA==", "00"},
        {"AA", "00"},
        {"/w==", "ff"},
        {"_w", "ff"},
        {"AAA=", "0000"},
        {"AAA", "0000"},
        {"AAAA", "000000"},
        {"+/+/", "fbffbf"},
        {"-_-_", "fbffbf"},
        {"+_-/", "fbffbf"},
        {"\\/\\/\\/\\/", "ffffff"},
        {"\\u0041AAA", "000000"},
        {"AAAAAAAAAAAAAAAAAAAAAAAA/w", "000000000000000000000000000000000000ff"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char json[100], wire[100];
        snprintf(json, sizeof(json), "{'someBytes':'%s'}", cases[i].text);
        snprintf(wire, sizeof(wire), "15: {`%s`}", cases[i].bytes);
        codec_expect_binary("Optionals", json, wire);
    }
    codec_expect_binary("Scalars", "{'someBytes':''}", "");
    static const struct {
        const char *text;
        const char *error;
    } refused[] = {
        {"A", "expected base64, but 1 characters do not make whole bytes"},
        {"AAAAA", "expected base64, but 5 characters do not make whole bytes"},
        {"A=", "expected base64, but character 2 is not of its alphabet"},
        {"AA=", "expected base64, but character 3 is not of its alphabet"},
        {"AAA==", "expected base64, but character 4 is not of its alphabet"},
        {"=AAA", "expected base64, but character 1 is not of its alphabet"},
        {"AA==AA==", "expected base64, but character 3 is not of its alphabet"},
        {"AA A", "expected base64, but character 3 is not of its alphabet"},
        {"AAAA\\n", "expected base64, but character 5 is not of its alphabet"},
        {"AA\xc3\xa9", "expected base64, but character 3 is not of its alphabet"},
        {"AAA,", "expected base64, but character 4 is not of its alphabet"},
    };
    for (size_t i = 0; i < COUNT(refused); i++) {
        char json[100], error[100];
        snprintf(json, sizeof(json), "{'someBytes':'%s'}", refused[i].text);
        snprintf(error, sizeof(error), "someBytes (line 1, column 14): %s", refused[i].error);
        codec_expect_json_refused("Scalars", json, error);
    }
    codec_expect_json_refused("Scalars", "{'someBytes':1}",
                              "someBytes (line 1, column 14): expected a string in base64, found a number");
    codec_expect_json_refused("Scalars", "{'someBytes':[0,1]}",
                              "someBytes (line 1, column 14): expected a string in base64, found an array");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_the_whole_range_of_each_integer_type),
        cmocka_unit_test(takes_integers_in_exponent_form),
        cmocka_unit_test(refuses_integers_out_of_range),
        cmocka_unit_test(refuses_numbers_that_are_not_whole),
        cmocka_unit_test(refuses_text_in_quotes_that_is_not_a_number),
        cmocka_unit_test(rounds_floats_and_doubles_to_the_nearest),
        cmocka_unit_test(takes_true_and_false_alone_as_booleans),
        cmocka_unit_test(takes_enums_by_name_and_by_number),
        cmocka_unit_test(drops_unknown_enum_values_if_it_is_asked_to),
        cmocka_unit_test(takes_both_alphabets_of_base64_with_padding_or_without),
    };
    return cmocka_run_group_tests(tests, codec_setup, codec_teardown);
}
