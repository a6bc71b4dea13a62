#include "tests/conformance/testee_process.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
/* after the above */
#include <cmocka.h>

#include "codec/wire/wire.h"

#define FRAME_BYTES_MAX ((size_t)128 << 20)
#define LENGTH_BYTES    4

const char *testee_command[3];

void testee_configure(int argc, char **argv)
{
    static char descriptors[4096];
    if (argc != 3) {
        fprintf(stderr, "usage: %s TESTEE DESCRIPTORS\n", argv[0]);
        exit(2);
    }
    snprintf(descriptors, sizeof(descriptors), "--descriptors=%s", argv[2]);
    testee_command[0] = argv[1];
    testee_command[1] = descriptors;
    signal(SIGPIPE, SIG_IGN); /* a program that ended early shows in what it answers */
}

void testee_start(struct testee_process *testee, const char *const *command)
{
    int requests[2], responses[2];
    assert_int_equal(pipe2(requests, O_CLOEXEC), 0);
    assert_int_equal(pipe2(responses, O_CLOEXEC), 0);
    testee->pid = fork();
    assert_true(testee->pid >= 0);
    if (testee->pid == 0) {
        dup2(requests[0], STDIN_FILENO);
        dup2(responses[1], STDOUT_FILENO);
        execv(command[0], (char *const *)command);
        _exit(127);
    }
    close(requests[0]);
    close(responses[1]);
    testee->requests = fdopen(requests[1], "wb");
    testee->responses = fdopen(responses[0], "rb");
    assert_non_null(testee->requests);
    assert_non_null(testee->responses);
    buf_init(&testee->frame, FRAME_BYTES_MAX);
}

static void append_number(struct buf *frame, uint32_t field, uint64_t number)
{
    assert_true(buf_reserve(frame, WIRE_TAG_BYTES_MAX + WIRE_VARINT_BYTES_MAX));
    char *out = wire_write_varint(frame->data + frame->len, WIRE_TAG(field, WIRE_VARINT));
    frame->len = (size_t)(wire_write_varint(out, number) - frame->data);
}

static void append_content(struct buf *frame, uint32_t field, struct view content)
{
    assert_true(buf_reserve(frame, WIRE_TAG_BYTES_MAX + WIRE_VARINT_BYTES_MAX + content.len));
    char *out = wire_write_varint(frame->data + frame->len, WIRE_TAG(field, WIRE_LENGTH));
    frame->len = (size_t)(wire_write_varint(out, content.len) - frame->data);
    assert_true(buf_append(frame, content));
}

void testee_send(struct testee_process *testee, struct view bytes)
{
    assert_int_equal(fwrite(bytes.data, 1, bytes.len, testee->requests), bytes.len);
    assert_int_equal(fflush(testee->requests), 0);
}

struct response {
    uint32_t field;
    struct view content; /* borrowed from the frame */
};

static struct response receive(struct testee_process *testee)
{
    struct buf *frame = &testee->frame;
    struct wire_field field;
    char length[LENGTH_BYTES];
    assert_int_equal(fread(length, 1, sizeof(length), testee->responses), sizeof(length));
    buf_clear(frame);
    assert_true(buf_reserve(frame, wire_load_fixed32(length)));
    frame->len = fread(frame->data, 1, wire_load_fixed32(length), testee->responses);
    assert_int_equal(frame->len, wire_load_fixed32(length));
    const char *end = frame->data + frame->len;
    assert_ptr_equal(wire_read_field(frame->data, end, 0, &field), end);
    assert_int_equal(field.type, WIRE_LENGTH);
    return (struct response){field.number, view_make(field.begin, (size_t)(field.end - field.begin))};
}

static struct response ask(struct testee_process *testee, const struct testee_request *request)
{
    struct buf *frame = &testee->frame;
    buf_clear(frame);
    assert_true(buf_append(frame, (struct view)VIEW("\0\0\0\0")));
    if (request->payload_kind != PAYLOAD_NONE)
        append_content(frame, request->payload_kind, request->payload);
    append_number(frame, 3, request->format);
    append_content(frame, 4, view_of(request->message_type));
    append_number(frame, 5, request->category);
    wire_write_fixed32(frame->data, (uint32_t)(frame->len - LENGTH_BYTES));
    testee_send(testee, buf_view(frame));
    return receive(testee);
}

void testee_expect(struct testee_process *testee, const struct testee_request *request, enum testee_result result,
                   struct view content, const char *input)
{
    struct response response = ask(testee, request);
    if (response.field != result || !view_equal(response.content, content))
        fail_msg("%s: got field %u, \"%.*s\"", input, response.field, VIEW_ARG(response.content));
}

static void expect_reason(struct response response, enum testee_result result, const char *input)
{
    if (response.field != result || response.content.len == 0)
        fail_msg("%s: got field %u, \"%.*s\"", input, response.field, VIEW_ARG(response.content));
}

void testee_expect_reason(struct testee_process *testee, const struct testee_request *request,
                          enum testee_result result, const char *input)
{
    expect_reason(ask(testee, request), result, input);
}

void testee_expect_reason_now(struct testee_process *testee, enum testee_result result, const char *input)
{
    expect_reason(receive(testee), result, input);
}

int testee_end(struct testee_process *testee)
{
    int status;
    fclose(testee->requests);
    assert_int_equal(fgetc(testee->responses), EOF);
    fclose(testee->responses);
    buf_free(&testee->frame);
    assert_int_equal(waitpid(testee->pid, &status, 0), testee->pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

int testee_set_up(void **state)
{
    struct testee_process *testee = calloc(1, sizeof(*testee));
    assert_non_null(testee);
    testee_start(testee, testee_command);
    *state = testee;
    return 0;
}

int testee_tear_down(void **state)
{
    assert_int_equal(testee_end(*state), 0);
    free(*state);
    return 0;
}
