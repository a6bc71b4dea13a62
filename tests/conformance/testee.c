/*
 * The gateway's codec as a program under test of the protobuf project's conformance suite:
 *
 *     testee --descriptors=FILE
 *     conformance_test_runner --enforce_recommended TESTEE      TESTEE: a script that adds the flag
 *
 * Any message of the set is read from JSON or from its wire form, and JSON is written from both; JSON is also written as wire
 * bytes. The codec has no other way: what asks for one (wire bytes to wire bytes, text format, JSPB) is skipped. The program ends with exit
 * code 0 when the suite closes the stream, 1 when the stream is broken, 2 for a bad command line.
 */
#include <getopt.h>
#include <stdlib.h>

#include "codec/schema/schema_file.h"
#include "codec/transcode/transcode.h"
#include "tests/conformance/conformance_protocol.h"

/* What lives as long as the program. Buffers are used again for each request. */
struct testee {
    struct schema *schema;
    struct buf frame;  /* the request */
    struct buf binary; /* wire bytes of a message that was read from JSON */
    struct buf json;
};

struct response {
    enum conformance_result result;
    struct view content; /* borrowed from the testee, or from the status that explains an error */
};

static struct response explain(enum conformance_result result, const struct status *st)
{
    return (struct response){result, view_of(st->message)};
}

static struct response skip(const char *what)
{
    return (struct response){CONFORMANCE_SKIPPED, view_of(what)};
}

static struct response write_json(struct testee *testee, const struct schema_message *message, struct view binary,
                                  const struct transcode_options *options, struct status *st)
{
    if (transcode_binary_to_json(message, NULL, binary, options, &testee->json, st))
        return (struct response){CONFORMANCE_JSON_PAYLOAD, buf_view(&testee->json)};
    switch (st->code) {
    case STATUS_INVALID_ARGUMENT: return explain(CONFORMANCE_PARSE_ERROR, st);
    case STATUS_FAILED_PRECONDITION: return explain(CONFORMANCE_SERIALIZE_ERROR, st);
    default: return explain(CONFORMANCE_RUNTIME_ERROR, st);
    }
}

static struct response read_json(struct testee *testee, const struct schema_message *message,
                                 const struct conformance_request *request, const struct transcode_options *options,
                                 struct status *st)
{
    if (!transcode_json_to_binary(message, NULL, request->payload, options, &testee->binary, st))
        return explain(st->code == STATUS_INVALID_ARGUMENT ? CONFORMANCE_PARSE_ERROR : CONFORMANCE_RUNTIME_ERROR, st);
    if (request->output_format == CONFORMANCE_FORMAT_JSON)
        return write_json(testee, message, buf_view(&testee->binary), options, st);
    return (struct response){CONFORMANCE_PROTOBUF_PAYLOAD, buf_view(&testee->binary)};
}

static struct response answer(struct testee *testee, const struct conformance_request *request, struct status *st)
{
    bool to_json = request->output_format == CONFORMANCE_FORMAT_JSON;
    if (!to_json && request->output_format != CONFORMANCE_FORMAT_PROTOBUF)
        return skip("only JSON and protobuf can be written");
    if (request->payload_kind == CONFORMANCE_PAYLOAD_JSPB || request->payload_kind == CONFORMANCE_PAYLOAD_TEXT)
        return skip("only JSON and protobuf can be read");
    if (request->payload_kind == CONFORMANCE_PAYLOAD_PROTOBUF && !to_json)
        return skip("protobuf is not written from protobuf");
    if (request->payload_kind == CONFORMANCE_PAYLOAD_NONE)
        return (struct response){CONFORMANCE_RUNTIME_ERROR, view_of("the request has no payload")};
    const struct schema_message *message = schema_find_message(testee->schema, request->message_type);
    if (!message) {
        status_fail(st, STATUS_NOT_FOUND, "%.*s: no such message in the set", VIEW_ARG(request->message_type));
        return explain(CONFORMANCE_RUNTIME_ERROR, st);
    }
    struct transcode_options options = {
        .schema = testee->schema,
        .ignore_unknown_fields = request->ignore_unknown_json,
    };
    buf_clear(&testee->binary);
    buf_clear(&testee->json);
    if (request->payload_kind == CONFORMANCE_PAYLOAD_JSON)
        return read_json(testee, message, request, &options, st);
    return write_json(testee, message, request->payload, &options, st);
}

/* One request after the other until the stream ends. False: the stream is broken. */
static bool serve(struct testee *testee, struct status *st)
{
    bool end;
    while (conformance_read_frame(stdin, &testee->frame, &end, st)) {
        if (end)
            return true;
        struct status fault;
        struct conformance_request request;
        struct response response = conformance_parse_request(buf_view(&testee->frame), &request, &fault)
                                       ? answer(testee, &request, &fault)
                                       : explain(CONFORMANCE_RUNTIME_ERROR, &fault);
        if (!conformance_write_response(stdout, response.result, response.content, st))
            return false;
    }
    return false;
}

static const char *parse_arguments(int argc, char **argv)
{
    static const struct option options[] = {{"descriptors", required_argument, NULL, 'd'}, {0}};
    const char *descriptors = NULL;
    int id;
    while ((id = getopt_long(argc, argv, "", options, NULL)) == 'd')
        descriptors = optarg;
    if (id != -1 || !descriptors || optind != argc) {
        fputs("usage: testee --descriptors=FILE\n", stderr);
        exit(2);
    }
    return descriptors;
}

int main(int argc, char **argv)
{
    struct status st;
    struct testee testee = {.schema = NULL};
    buf_init(&testee.frame, CONFORMANCE_FRAME_BYTES_MAX);
    buf_init(&testee.binary, CONFORMANCE_FRAME_BYTES_MAX);
    buf_init(&testee.json, CONFORMANCE_FRAME_BYTES_MAX);
    bool done = schema_load_file(parse_arguments(argc, argv), &testee.schema, &st) && serve(&testee, &st);
    if (!done)
        fprintf(stderr, "testee: %s\n", st.message);
    schema_destroy(testee.schema);
    buf_free(&testee.frame);
    buf_free(&testee.binary);
    buf_free(&testee.json);
    return done ? 0 : 1;
}
