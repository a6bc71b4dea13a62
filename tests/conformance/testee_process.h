/*
 * The testee as a child process, and the conformance protocol from the suite's side. Requests and responses are put together from the
 * wire format's primitives, so that a mistake in conformance_protocol.c cannot hide behind the same mistake here.
 *
 * Flow     testee_configure() in main; testee_set_up() and testee_tear_down() around each test, which calls testee_expect() any number
 *          of times. Tests of broken streams start and end their own.
 * Errors   Whatever the operating system refuses, or a response that is none, fails the running test.
 */
#ifndef TESTS_CONFORMANCE_TESTEE_PROCESS_H
#define TESTS_CONFORMANCE_TESTEE_PROCESS_H

#include <stdio.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/view.h"

/* Field numbers of conformance.ConformanceRequest and ConformanceResponse, and numbers of their enums. */
enum testee_payload {
    PAYLOAD_NONE = 0,
    PAYLOAD_PROTOBUF = 1,
    PAYLOAD_JSON = 2,
    PAYLOAD_JSPB = 7,
    PAYLOAD_TEXT = 8,
};

enum testee_format {
    FORMAT_PROTOBUF = 1,
    FORMAT_JSON = 2,
    FORMAT_JSPB = 3,
    FORMAT_TEXT = 4,
};

enum testee_category {
    CATEGORY_BINARY = 1,
    CATEGORY_JSON = 2,
    CATEGORY_JSON_IGNORE_UNKNOWN = 3,
};

enum testee_result {
    RESULT_PARSE_ERROR = 1,
    RESULT_RUNTIME_ERROR = 2,
    RESULT_PROTOBUF = 3,
    RESULT_JSON = 4,
    RESULT_SKIPPED = 5,
    RESULT_SERIALIZE_ERROR = 6,
};

struct testee_request {
    enum testee_payload payload_kind;
    struct view payload;
    enum testee_format format; /* of the response */
    const char *message_type;
    enum testee_category category;
};

struct testee_process {
    pid_t pid;
    FILE *requests;
    FILE *responses;
    struct buf frame; /* the last one, in either direction */
};

/* Path of the program and --descriptors=FILE, NULL last. */
extern const char *testee_command[3];

/* Makes testee_command from a test's arguments: TESTEE DESCRIPTORS. Ends the program when they are others. */
void testee_configure(int argc, char **argv);

/* For cmocka: the state is a struct testee_process. The end of a session must be an exit without an error or a leak. */
int testee_set_up(void **state);
int testee_tear_down(void **state);

void testee_start(struct testee_process *testee, const char *const *command);

/* Closes the requests' stream, and returns the exit code. There must be no response left to read. */
int testee_end(struct testee_process *testee);

/* Sends bytes as they are, without a frame around them. */
void testee_send(struct testee_process *testee, struct view bytes);

/* Asks, and fails the test unless the response is this one. `input` is what the test shows then. */
void testee_expect(struct testee_process *testee, const struct testee_request *request, enum testee_result result,
                   struct view content, const char *input);

/* The same for an error or a skip, which must say why in any words. */
void testee_expect_reason(struct testee_process *testee, const struct testee_request *request,
                          enum testee_result result, const char *input);

/* The same for a request that was sent by testee_send(). */
void testee_expect_reason_now(struct testee_process *testee, enum testee_result result, const char *input);

#endif
