/*
 * The testee, driven over pipes as a conformance suite drives it: tables of requests, each with the response that it must get.
 *
 *     conformance_test TESTEE DESCRIPTORS
 *
 * The wire bytes of the tables are what protoc --encode makes of the same messages, or variants of them that parsers must take as well.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
/* after the above */
#include <cmocka.h>

#include "tests/conformance/testee_process.h"

#define COUNT(table)     (sizeof(table) / sizeof((table)[0]))
#define IN_SESSION(test) cmocka_unit_test_setup_teardown(test, testee_set_up, testee_tear_down)

#define SAMPLE "conformance.test.Sample"
#define LEGACY "conformance.test.Legacy"

struct pair {
    const char *type;
    const char *json;
    const char *wire; /* in hex */
};

/* Bytes of their hex digits. */
static struct view unhex(const char *digits, char bytes[static 256])
{
    size_t len = 0;
    for (unsigned byte; sscanf(digits + 2 * len, "%2x", &byte) == 1; len++)
        bytes[len] = (char)byte;
    return view_make(bytes, len);
}

/* JSON that has one wire form, and is also what is printed from it. */
static const struct pair canonical[] = {
    {SAMPLE, "{}", ""},
    {SAMPLE, "{\"number\":150}", "089601"},
    {SAMPLE, "{\"large\":\"-1\"}", "10ffffffffffffffffff01"},
    {SAMPLE, "{\"large\":\"9007199254740993\"}", "108180808080808010"},
    {SAMPLE, "{\"text\":\"a\xc3\xa9\xf0\x9f\x98\x80\"}", "1a0761c3a9f09f9880"},
    {SAMPLE, "{\"text\":\"\\\"\\\\/\\n\\u0001\"}", "1a05225c2f0a01"},
    {SAMPLE, "{\"data\":\"+/8=\"}", "2202fbff"},
    {SAMPLE, "{\"ratio\":0.1}", "299a9999999999b93f"},
    {SAMPLE, "{\"ratio\":\"-Infinity\"}", "29000000000000f0ff"},
    {SAMPLE, "{\"color\":\"COLOR_RED\"}", "3001"},
    {SAMPLE, "{\"color\":7}", "3007"},
    {SAMPLE, "{\"inner\":{\"inner\":{}}}", "3a023a00"},
    {SAMPLE, "{\"numbers\":[1,300]}", "420301ac02"},
    {SAMPLE, "{\"counts\":{\"a\":1}}", "4a050a01611001"},
    {SAMPLE, "{\"choiceNumber\":0}", "5000"},
    {SAMPLE, "{\"choiceText\":\"\"}", "5a00"},
    {SAMPLE, "{\"choiceNull\":null}", "6000"},
    {SAMPLE, "{\"flag\":false}", "6800"},
    {SAMPLE, "{\"any\":{}}", "7200"},
    {SAMPLE, "{\"any\":{\"@type\":\"x/conformance.test.Sample\",\"number\":1}}",
     "721f0a19782f636f6e666f726d616e63652e746573742e53616d706c6512020801"},
    {SAMPLE, "{\"any\":{\"@type\":\"x/google.protobuf.Duration\",\"value\":\"1s\"}}",
     "72200a1a782f676f6f676c652e70726f746f6275662e4475726174696f6e12020801"},
    {SAMPLE, "{\"time\":\"1970-01-01T00:00:01Z\"}", "7a020801"},
    {SAMPLE, "{\"span\":\"-0.500s\"}", "82010b1080b6ca91feffffffff01"},
    {SAMPLE, "{\"mask\":\"foo,barBaz.qux\"}", "8a01120a03666f6f0a0b6261725f62617a2e717578"},
    {SAMPLE, "{\"fields\":{\"a\":[true]}}", "92010d0a0b0a0161120632040a022001"},
    {SAMPLE, "{\"value\":null}", "9a01020800"},
    {SAMPLE, "{\"wrapped\":0}", "a20100"},
    {SAMPLE, "{\"colors\":[\"COLOR_RED\",\"COLOR_UNSPECIFIED\"]}", "aa01020100"},
    {LEGACY, "{\"shade\":\"SHADE_LIGHT\"}", "0802"},
    {LEGACY, "{\"numbers\":[1,300]}", "100110ac02"},
    {LEGACY, "{\"part\":{\"name\":\"x\"}}", "1b0a01781c"},
    {LEGACY, "{\"[conformance.test.note]\":\"x\"}", "a2060178"},
};

static void canonical_json_is_read_into_wire_bytes(void **state)
{
    char bytes[256];
    for (size_t i = 0; i < COUNT(canonical); i++) {
        struct testee_request request = {PAYLOAD_JSON, view_of(canonical[i].json), FORMAT_PROTOBUF, canonical[i].type,
                                         CATEGORY_JSON};
        testee_expect(*state, &request, RESULT_PROTOBUF, unhex(canonical[i].wire, bytes), canonical[i].json);
    }
}

static void wire_bytes_are_printed_as_canonical_json(void **state)
{
    char bytes[256];
    for (size_t i = 0; i < COUNT(canonical); i++) {
        struct view wire = unhex(canonical[i].wire, bytes);
        struct testee_request request = {PAYLOAD_PROTOBUF, wire, FORMAT_JSON, canonical[i].type, CATEGORY_BINARY};
        testee_expect(*state, &request, RESULT_JSON, view_of(canonical[i].json), canonical[i].wire);
    }
}

static void canonical_json_stays_as_it_is(void **state)
{
    for (size_t i = 0; i < COUNT(canonical); i++) {
        struct view json = view_of(canonical[i].json);
        struct testee_request request = {PAYLOAD_JSON, json, FORMAT_JSON, canonical[i].type, CATEGORY_JSON};
        testee_expect(*state, &request, RESULT_JSON, json, canonical[i].json);
    }
}

static void other_spellings_are_read_and_printed_in_the_canonical_one(void **state)
{
    static const char *const cases[][2] = {
        {" { \"number\" :\t150.0 ,\r\n \"large\" : -1 } ", "{\"number\":150,\"large\":\"-1\"}"},
        {"{\"number\":\"1.5e2\"}", "{\"number\":150}"},
        {"{\"n\\u0075mber\":\"\\u0031\"}", "{\"number\":1}"},
        {"{\"choice_number\":1}", "{\"choiceNumber\":1}"},
        {"{\"data\":\"-_8\"}", "{\"data\":\"+/8=\"}"},
        {"{\"ratio\":\"1e-1\"}", "{\"ratio\":0.1}"},
        {"{\"color\":1}", "{\"color\":\"COLOR_RED\"}"},
        {"{\"text\":\"\\ud83d\\uDE00\\/\"}", "{\"text\":\"\xf0\x9f\x98\x80/\"}"},
        {"{\"choiceNull\":\"NULL_VALUE\"}", "{\"choiceNull\":null}"},
        {"{\"choiceNumber\":null,\"choiceText\":\"a\"}", "{\"choiceText\":\"a\"}"},
        {"{\"number\":0,\"text\":\"\",\"numbers\":[],\"counts\":{},\"inner\":null,\"wrapped\":null}", "{}"},
        {"{\"time\":\"1970-01-01T08:00:01.5+08:00\"}", "{\"time\":\"1970-01-01T00:00:01.500Z\"}"},
        {"{\"any\":{\"number\":1,\"@type\":\"x/conformance.test.Sample\"}}",
         "{\"any\":{\"@type\":\"x/conformance.test.Sample\",\"number\":1}}"},
        {"{\"inner\":{},\"large\":\"1\",\"number\":2}", "{\"number\":2,\"large\":\"1\",\"inner\":{}}"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct testee_request request = {PAYLOAD_JSON, view_of(cases[i][0]), FORMAT_JSON, SAMPLE, CATEGORY_JSON};
        testee_expect(*state, &request, RESULT_JSON, view_of(cases[i][1]), cases[i][0]);
    }
}

static void wire_bytes_in_any_order_and_form_are_printed_alike(void **state)
{
    static const struct pair cases[] = {
        {SAMPLE, "{\"number\":1,\"text\":\"a\"}", "1a01610801"}, /* order */
        {SAMPLE, "{\"number\":2}", "08010802"},                  /* the last one wins */
        {SAMPLE, "{\"number\":1}", "08818000"},                  /* a varint longer than it must be */
        {SAMPLE, "{\"inner\":{\"number\":1,\"large\":\"2\"}}", "3a0208013a021002"}, /* merged */
        {SAMPLE, "{\"numbers\":[1,2,3]}", "40014201024003"},                /* packed or not, not in one place */
        {SAMPLE, "{\"counts\":{\"a\":2}}", "4a050a016110014a0510020a0161"}, /* a key twice */
        {SAMPLE, "{\"choiceText\":\"a\"}", "50015a0161"},                   /* the last member wins */
        {SAMPLE, "{\"number\":1}", "f8060108019b0708019c07"},               /* unknown fields and groups */
        {SAMPLE, "{\"any\":{\"@type\":\"x/google.protobuf.Duration\",\"value\":\"0s\"}}",
         "721c0a1a782f676f6f676c652e70726f746f6275662e4475726174696f6e"},
        {LEGACY, "{\"numbers\":[1,2]}", "12020102"},            /* packed, though it is not declared so */
        {LEGACY, "{}", "0809"},                                 /* a closed enum has no other numbers */
        {LEGACY, "{}", "2009200a"},                             /* nor has a list of it */
        {SAMPLE, "{}", "080029000000000000000030001a00"},       /* defaults of fields without presence */
        {SAMPLE, "{}", "080508001a01611a00"},                   /* the same after other values */
        {SAMPLE, "{}", "4200"},                                 /* packed, and nothing in it */
        {SAMPLE, "{\"inner\":{}}", "4200080008013a0042000800"}, /* the same where the order is another */
    };
    char bytes[256];
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct testee_request request = {PAYLOAD_PROTOBUF, unhex(cases[i].wire, bytes), FORMAT_JSON, cases[i].type,
                                         CATEGORY_BINARY};
        testee_expect(*state, &request, RESULT_JSON, view_of(cases[i].json), cases[i].wire);
    }
}

static void malformed_json_is_a_parse_error(void **state)
{
    static const char *const cases[] = {
        "",
        " ",
        "null",
        "[]",
        "1",
        "{",
        "{\"number\":1",
        "{\"number\":1}}",
        "{\"number\":1,}",
        "{number:1}",
        "{'number':1}",
        "{\"number\":1 \"large\":2}",
        "{\"number\":1}//",
        "{\"unknown\":1}",
        "{\"number\":1,\"number\":1}",
        "{\"choiceNumber\":1,\"choiceText\":\"\"}",
        "{\"number\":01}",
        "{\"number\":+1}",
        "{\"number\":1.5}",
        "{\"number\":2147483648}",
        "{\"number\":\"\"}",
        "{\"number\":\" 1\"}",
        "{\"number\":true}",
        "{\"large\":\"9223372036854775808\"}",
        "{\"text\":1}",
        "{\"text\":\"\n\"}",
        "{\"text\":\"\\x\"}",
        "{\"text\":\"\\ud83d\"}",
        "{\"text\":\"\xff\"}",
        "{\"data\":\"a\"}",
        "{\"ratio\":NaN}",
        "{\"ratio\":1e309}",
        "{\"color\":\"COLOR_GREY\"}",
        "{\"color\":[1]}",
        "{\"inner\":[]}",
        "{\"numbers\":1}",
        "{\"numbers\":[1,]}",
        "{\"numbers\":[null]}",
        "{\"counts\":{1:1}}",
        "{\"counts\":{\"a\":null}}",
        "{\"counts\":{\"a\":1,\"a\":1}}",
        "{\"flag\":\"true\"}",
        "{\"time\":\"1970-01-01T00:00:00\"}",
        "{\"time\":\"1970-01-01t00:00:00z\"}",
        "{\"time\":\"2001-02-29T00:00:00Z\"}",
        "{\"span\":\"1\"}",
        "{\"span\":\"315576000001s\"}",
        "{\"mask\":\"foo_bar\"}",
        "{\"any\":{\"@type\":\"\",\"value\":\"\"}}",
        "{\"any\":{\"@type\":\"x/no.Such\"}}",
        "{\"any\":{\"number\":1}}",
        "{\"wrapped\":\"a\"}",
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        for (unsigned format = FORMAT_PROTOBUF; format <= FORMAT_JSON; format++) {
            struct testee_request request = {PAYLOAD_JSON, view_of(cases[i]), format, SAMPLE, CATEGORY_JSON};
            testee_expect_reason(*state, &request, RESULT_PARSE_ERROR, cases[i]);
        }
}

static void json_nested_too_deep_is_a_parse_error(void **state)
{
    static char json[100000];
    static const char opening[] = "{\"inner\":";
    for (size_t i = 0; i < sizeof(json); i++)
        json[i] = opening[i % (sizeof(opening) - 1)];
    struct testee_request request = {PAYLOAD_JSON, view_make(json, sizeof(json)), FORMAT_PROTOBUF, SAMPLE,
                                     CATEGORY_JSON};
    testee_expect_reason(*state, &request, RESULT_PARSE_ERROR, "an object in an object, and so on");
}

static void malformed_wire_bytes_are_a_parse_error(void **state)
{
    static const char *const cases[] = {
        "08",                       /* no value */
        "0880",                     /* half a varint */
        "08ffffffffffffffffffff01", /* more than ten bytes */
        "1a0261",                   /* longer than the message */
        "0001",                     /* field 0 */
        "0e",                       /* no such wire type */
        "290000",                   /* half a double */
        "4203018002ff",             /* ends within a packed number */
        "1a01ff",                   /* a string that is not UTF-8 */
        "8a01030a01ff",             /* the same in a field mask */
        "9b07",                     /* a group without an end */
        "9b07a407",                 /* a group with another's end */
        "3a0108",                   /* an inner message that is cut short */
    };
    char bytes[256];
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct testee_request request = {PAYLOAD_PROTOBUF, unhex(cases[i], bytes), FORMAT_JSON, SAMPLE,
                                         CATEGORY_BINARY};
        testee_expect_reason(*state, &request, RESULT_PARSE_ERROR, cases[i]);
    }
}

static void values_that_json_cannot_say_are_a_serialize_error(void **state)
{
    static const char *const cases[] = {
        "8201070881bcaece9709",             /* a duration of more than 10,000 years */
        "82010d080110ffffffffffffffffff01", /* its nanoseconds of another sign than its seconds */
        "7a07088083d1ffaf07",               /* a time in the year 10000 */
        "7a0b10ffffffffffffffffff01",       /* negative nanoseconds */
        "8a01080a06666f6f426172",           /* fooBar in a mask would come back as foo_bar */
        "9a010911000000000000f87f",         /* a Value that is not a number */
        "9a0100",                           /* a Value that is nothing */
        "72070a05612f622e43",               /* an Any of an unknown type */
        "721d0a182f636f6e666f726d616e63652e746573742e53616d706c651201ff", /* an Any of malformed bytes */
    };
    char bytes[256];
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct testee_request request = {PAYLOAD_PROTOBUF, unhex(cases[i], bytes), FORMAT_JSON, SAMPLE,
                                         CATEGORY_BINARY};
        testee_expect_reason(*state, &request, RESULT_SERIALIZE_ERROR, cases[i]);
    }
}

static void unknown_members_are_ignored_when_the_suite_says_so(void **state)
{
    static const char *const cases[][2] = {
        {"{\"unknown\":1,\"number\":1}", "{\"number\":1}"},
        {"{\"unknown\":{\"a\":[1,\"b\",null,{}]},\"number\":1}", "{\"number\":1}"},
        {"{\"inner\":{\"unknown\":true}}", "{\"inner\":{}}"},
        {"{\"color\":\"COLOR_GREY\"}", "{}"},
        {"{\"colors\":[\"COLOR_GREY\"]}", "{}"},
        {"{\"colors\":[\"COLOR_RED\",\"COLOR_GREY\",\"COLOR_RED\"]}", "{\"colors\":[\"COLOR_RED\",\"COLOR_RED\"]}"},
        {"{\"namedColors\":{\"a\":\"COLOR_GREY\",\"b\":\"COLOR_RED\"}}", "{\"namedColors\":{\"b\":\"COLOR_RED\"}}"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct testee_request request = {PAYLOAD_JSON, view_of(cases[i][0]), FORMAT_JSON, SAMPLE,
                                         CATEGORY_JSON_IGNORE_UNKNOWN};
        testee_expect(*state, &request, RESULT_JSON, view_of(cases[i][1]), cases[i][0]);
        request.category = CATEGORY_JSON;
        testee_expect_reason(*state, &request, RESULT_PARSE_ERROR, cases[i][0]);
    }
    struct testee_request broken = {PAYLOAD_JSON, VIEW("{\"unknown\":[}"), FORMAT_JSON, SAMPLE,
                                    CATEGORY_JSON_IGNORE_UNKNOWN};
    testee_expect_reason(*state, &broken, RESULT_PARSE_ERROR, "what is ignored must be JSON all the same");
}

int main(int argc, char **argv)
{
    testee_configure(argc, argv);
    const struct CMUnitTest tests[] = {
        IN_SESSION(canonical_json_is_read_into_wire_bytes),
        IN_SESSION(wire_bytes_are_printed_as_canonical_json),
        IN_SESSION(canonical_json_stays_as_it_is),
        IN_SESSION(other_spellings_are_read_and_printed_in_the_canonical_one),
        IN_SESSION(wire_bytes_in_any_order_and_form_are_printed_alike),
        IN_SESSION(malformed_json_is_a_parse_error),
        IN_SESSION(json_nested_too_deep_is_a_parse_error),
        IN_SESSION(malformed_wire_bytes_are_a_parse_error),
        IN_SESSION(values_that_json_cannot_say_are_a_serialize_error),
        IN_SESSION(unknown_members_are_ignored_when_the_suite_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
