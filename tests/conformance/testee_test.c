/*
 * The testee's side of the protocol: what it skips, what it cannot answer, and how a session goes and ends.
 *
 *     testee_test TESTEE DESCRIPTORS
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

static void formats_that_the_codec_does_not_have_are_skipped(void **state)
{
    static const struct {
        enum testee_payload payload;
        enum testee_format format;
    } cases[] = {
        {PAYLOAD_PROTOBUF, FORMAT_PROTOBUF}, {PAYLOAD_PROTOBUF, FORMAT_TEXT}, {PAYLOAD_PROTOBUF, FORMAT_JSPB},
        {PAYLOAD_JSON, FORMAT_TEXT},         {PAYLOAD_JSON, FORMAT_JSPB},     {PAYLOAD_TEXT, FORMAT_PROTOBUF},
        {PAYLOAD_TEXT, FORMAT_JSON},         {PAYLOAD_JSPB, FORMAT_PROTOBUF}, {PAYLOAD_JSPB, FORMAT_JSON},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct testee_request request = {cases[i].payload, VIEW("{}"), cases[i].format, SAMPLE, CATEGORY_JSON};
        testee_expect_reason(*state, &request, RESULT_SKIPPED, "a pair of formats");
    }
}

static void requests_that_cannot_be_answered_are_a_runtime_error(void **state)
{
    struct testee_request request = {PAYLOAD_JSON, VIEW("{}"), FORMAT_JSON, "conformance.test.NoSuch", CATEGORY_JSON};
    testee_expect_reason(*state, &request, RESULT_RUNTIME_ERROR, "an unknown type");
    request.message_type = "";
    testee_expect_reason(*state, &request, RESULT_RUNTIME_ERROR, "no type");
    request = (struct testee_request){.format = FORMAT_JSON, .message_type = SAMPLE};
    testee_expect_reason(*state, &request, RESULT_RUNTIME_ERROR, "no payload");
    testee_send(*state, (struct view)VIEW("\2\0\0\0\x12\x05"));
    testee_expect_reason_now(*state, RESULT_RUNTIME_ERROR, "no ConformanceRequest");
    request = (struct testee_request){PAYLOAD_JSON, VIEW("{}"), FORMAT_JSON, SAMPLE, CATEGORY_JSON};
    testee_expect(*state, &request, RESULT_JSON, (struct view)VIEW("{}"), "and the session goes on");
}

static void a_session_has_requests_of_every_size(void **state)
{
    size_t text_len = (size_t)4 << 20;
    struct buf json;
    buf_init(&json, text_len + 64);
    for (size_t len = text_len; len > 0; len /= 8) {
        buf_clear(&json);
        assert_true(buf_printf(&json, "{\"text\":\"%0*d\"}", (int)len, 7));
        struct testee_request request = {PAYLOAD_JSON, buf_view(&json), FORMAT_JSON, SAMPLE, CATEGORY_JSON};
        testee_expect(*state, &request, RESULT_JSON, buf_view(&json), "a long text");
    }
    buf_free(&json);
}

static void a_session_without_requests_ends_well(void **state)
{
    (void)state;
}

static void a_broken_stream_ends_the_program_with_code_1(void **state)
{
    static const struct view cases[] = {
        VIEW("\1"), VIEW("\1\0\0"), VIEW("\4\0\0\0"), VIEW("\4\0\0\0\x12"), VIEW("\xff\xff\xff\xff"),
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct testee_process testee;
        testee_start(&testee, testee_command);
        testee_send(&testee, cases[i]);
        assert_int_equal(testee_end(&testee), 1);
    }
}

static void bad_command_lines_end_the_program(void **state)
{
    static const struct {
        const char *arguments[2];
        int code;
    } cases[] = {
        {{NULL}, 2},
        {{"--descriptors"}, 2},
        {{"--unknown"}, 2},
        {{"--descriptors=/dev/null", "more"}, 2},
        {{"--descriptors=/dev/null", "--unknown"}, 2},
        {{"--descriptors=/no/such/file"}, 1},
        {{"--descriptors=/dev/null"}, 1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *arguments[] = {testee_command[0], cases[i].arguments[0], cases[i].arguments[1], NULL};
        struct testee_process testee;
        testee_start(&testee, arguments);
        assert_int_equal(testee_end(&testee), cases[i].code);
    }
}

int main(int argc, char **argv)
{
    testee_configure(argc, argv);
    const struct CMUnitTest tests[] = {
        IN_SESSION(formats_that_the_codec_does_not_have_are_skipped),
        IN_SESSION(requests_that_cannot_be_answered_are_a_runtime_error),
        IN_SESSION(a_session_has_requests_of_every_size),
        IN_SESSION(a_session_without_requests_ends_well),
        cmocka_unit_test(a_broken_stream_ends_the_program_with_code_1),
        cmocka_unit_test(bad_command_lines_end_the_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
