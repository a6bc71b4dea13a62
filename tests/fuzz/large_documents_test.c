/*
 * The work of the codec is linear in its input: documents of a megabyte or more, each of a kind where careless code takes quadratic
 * time, go through the same checks as a fuzzer's input. Nothing is timed; quadratic work would exceed the time limit of the test.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "codec/transcode/transcode.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/round_trip.h"
#include "tests/fuzz/specimen.h"

#define COUNT 50000

static const struct schema_message *specimen(void)
{
    return specimen_find("fuzz.Specimen");
}

static void append(struct buf *out, struct view bytes)
{
    if (!buf_append(out, bytes))
        fail_msg("no memory");
}

static void append_times(struct buf *out, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++)
        append(out, view_of(text));
}

/* Prints bytes that must be accepted, and checks what comes of it. */
static void check_binary(struct view binary)
{
    struct transcode_options options = specimen_options();
    struct buf json;
    struct status st;
    fuzz_output_init(&json);
    if (!transcode_binary_to_json(specimen(), NULL, binary, &options, &json, &st))
        fail_msg("%s", st.message);
    round_trip_check_json(specimen(), fuzz_output(&json));
    buf_free(&json);
}

static void check_json(struct view json)
{
    struct transcode_options options = specimen_options();
    struct buf binary;
    struct status st;
    options.ignore_unknown_fields = true;
    fuzz_output_init(&binary);
    if (!transcode_json_to_binary(specimen(), NULL, json, &options, &binary, &st))
        fail_msg("%s", st.message);
    check_binary(fuzz_output(&binary));
    buf_free(&binary);
}

/* Objects and arrays of as many elements as make about a megabyte: the text between head and tail, once for each number. */
static const struct {
    const char *head;
    const char *before_number;
    const char *behind_number;
    const char *tail;
} wide[] = {
    {"{\"struct\":{", "\"a key of the object ", "\":0", "}}"},
    {"{\"struct\":{", "\"a key with an \\u0065scape ", "\":0", "}}"},
    {"{\"value\":[", "{\"a\":", "}", "]}"},
    {"{\"byText\":{", "\"a key of the map ", "\":1", "}}"},
    {"{\"byInt32\":{", "\"", "\":\"a value of the map\"", "}}"},
    {"{\"byUint64\":{", "\"", "\":{\"anInt32\":1}", "}}"},
    {"{\"inners\":[", "{\"inner\":{\"anInt32\":", "}}", "]}"},
    {"{\"mask\":\"", "aPath.number", "", "\"}"},
    {"{\"strings\":[", "\"a string with an \\u0065scape ", "\"", "]}"},
    {"{", "\"a field that nobody knows ", "\":[{}]", "}"},
    {"{\"any\":{", "\"a field that nobody knows ", "\":0", ",\"@type\":\"type.googleapis.com/fuzz.Specimen\"}}"},
};

static void json_of_many_elements(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++) {
        struct buf json;
        buf_init(&json, FUZZ_OUTPUT_BYTES_MAX);
        append(&json, view_of(wide[i].head));
        for (int j = 0; j < COUNT; j++)
            if (!buf_printf(&json, "%s%s%d%s", j ? "," : "", wide[i].before_number, j, wide[i].behind_number))
                fail_msg("no memory");
        append(&json, view_of(wide[i].tail));
        check_json(buf_view(&json));
        buf_free(&json);
    }
}

/* A megabyte of text at the bottom of what is nested as deep as it may be. */
static const struct {
    const char *head;
    const char *opening;
    size_t depth;
    const char *innermost; /* the text stands behind it, in quotes */
    const char *innermost_end;
    const char *closing;
    const char *tail;
} deep[] = {
    {"", "{\"inner\":", 99, "{\"aString\":", "}", "}", ""},
    {"{\"struct\":", "{\"a\":", 32, "", "", "}", "}"},
    {"{\"value\":", "[", 48, "", "", "]", "}"},
    {"", "{\"any\":", 49, "{\"aString\":", ",\"@type\":\"type.googleapis.com/fuzz.Specimen\"}",
     ",\"@type\":\"type.googleapis.com/fuzz.Specimen\"}", ""},
};

static void json_nested_to_the_limit(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(deep) / sizeof(deep[0]); i++) {
        struct buf json;
        buf_init(&json, FUZZ_OUTPUT_BYTES_MAX);
        append(&json, view_of(deep[i].head));
        append_times(&json, deep[i].depth, deep[i].opening);
        append(&json, view_of(deep[i].innermost));
        append(&json, view_of("\""));
        append_times(&json, COUNT, "a text of which there is much \\u00e9");
        append(&json, view_of("\""));
        append(&json, view_of(deep[i].innermost_end));
        append_times(&json, deep[i].depth, deep[i].closing);
        append(&json, view_of(deep[i].tail));
        check_json(buf_view(&json));
        buf_free(&json);
    }
}

/* Fields that stand many times, and merge or replace each other. */
static const struct view often[] = {
    VIEW("\xa2\x01\x04\xba\x01\x01\x07"),                  /* inner, in pieces, each with one of int32s */
    VIEW("\xa2\x01\x07\xa2\x01\x04\xba\x01\x01\x07"),      /* the same a level deeper */
    VIEW("\xfa\x01\x05\x0a\x01k\x10\x01"),                 /* by_text, the same key again and again */
    VIEW("\x8a\x02\x06\x08\x01\x12\x02\x18\x01"),          /* by_uint64, the same key, messages */
    VIEW("\xc8\x02\x01\xd2\x02\x01x"),                     /* chosen_number and chosen_text in turn */
    VIEW("\x18\x02\x10\x01\x18\x03"),                      /* a scalar, and bytes that have another wire type */
    VIEW("\xba\x01\x02\x01\x02\xb8\x01\x03"),              /* int32s, packed and not */
    VIEW("\xba\x03\x09\x0a\x07\x0a\x01k\x12\x02\x08\x00"), /* struct, in pieces of the same key */
    VIEW("\x82\x05\x08\x33\x12\x04\x22\x02\x18\x03\x34"),  /* legacy, in pieces, a group in pieces */
};

static void bytes_of_many_occurrences(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(often) / sizeof(often[0]); i++) {
        struct buf binary;
        buf_init(&binary, FUZZ_OUTPUT_BYTES_MAX);
        for (size_t j = 0; j < COUNT; j++)
            append(&binary, often[i]);
        check_binary(buf_view(&binary));
        buf_free(&binary);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_of_many_elements),
        cmocka_unit_test(json_nested_to_the_limit),
        cmocka_unit_test(bytes_of_many_occurrences),
    };
    return cmocka_run_group_tests_name("large documents", tests, NULL, NULL);
}
