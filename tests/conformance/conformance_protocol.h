/*
 * The protocol of the protobuf project's conformance suite, from the side of the program under test: frames of a 4-byte little-endian
 * length and a message; ConformanceRequest comes in, ConformanceResponse goes out, strictly in turns.
 *
 * Flow     conformance_read_frame(), conformance_parse_request() on its bytes, conformance_write_response(); until the end.
 * Memory   A request borrows from the frame's bytes, which belong to the caller's buf.
 * Limits   A frame of CONFORMANCE_FRAME_BYTES_MAX; its memory is taken only when its length is known to be within.
 * Source   conformance/conformance.proto of github.com/protocolbuffers/protobuf
 */
#ifndef TESTS_CONFORMANCE_CONFORMANCE_PROTOCOL_H
#define TESTS_CONFORMANCE_CONFORMANCE_PROTOCOL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/status.h"
#include "base/view.h"

/* The suite's largest inputs, its performance tests, are a few MiB. */
#define CONFORMANCE_FRAME_BYTES_MAX ((size_t)64 << 20)

/* Field numbers of ConformanceRequest's oneof. */
enum conformance_payload {
    CONFORMANCE_PAYLOAD_NONE = 0,
    CONFORMANCE_PAYLOAD_PROTOBUF = 1,
    CONFORMANCE_PAYLOAD_JSON = 2,
    CONFORMANCE_PAYLOAD_JSPB = 7,
    CONFORMANCE_PAYLOAD_TEXT = 8,
};

/* Numbers of WireFormat. */
enum conformance_format {
    CONFORMANCE_FORMAT_PROTOBUF = 1,
    CONFORMANCE_FORMAT_JSON = 2,
};

/* Field numbers of ConformanceResponse's oneof. */
enum conformance_result {
    CONFORMANCE_PARSE_ERROR = 1,
    CONFORMANCE_RUNTIME_ERROR = 2,
    CONFORMANCE_PROTOBUF_PAYLOAD = 3,
    CONFORMANCE_JSON_PAYLOAD = 4,
    CONFORMANCE_SKIPPED = 5,
    CONFORMANCE_SERIALIZE_ERROR = 6,
};

struct conformance_request {
    enum conformance_payload payload_kind;
    struct view payload;
    uint64_t output_format; /* enum conformance_format, or a number that we do not know */
    struct view message_type;
    bool ignore_unknown_json; /* test category JSON_IGNORE_UNKNOWN_PARSING_TEST */
};

/*
 * Reads the next frame's message into *frame, whose former content is dropped. The end of the stream between two frames sets
 * *ret_end; within a frame it is DATA_LOSS, and a frame over the limit RESOURCE_EXHAUSTED.
 */
MUST_USE bool conformance_read_frame(FILE *stream, struct buf *frame, bool *ret_end, struct status *st);

/* INVALID_ARGUMENT when the bytes are not a protobuf message. Fields that we do not know are skipped. */
MUST_USE bool conformance_parse_request(struct view bytes, struct conformance_request *ret_request, struct status *st);

/* Writes a frame with the result and flushes the stream. */
MUST_USE bool conformance_write_response(FILE *stream, enum conformance_result result, struct view content,
                                         struct status *st);

#endif
