/*
 * Bytes as a Specimen, printed by us and parsed by protobuf C++: what we accept it accepts, and what we print it reads as the message
 * that it parsed, but for known_difference.h.
 */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/known_difference.h"
#include "tests/fuzz/protobuf_peer.h"
#include "tests/fuzz/specimen.h"

static const char type[] = "fuzz.Specimen";

static void compare(struct view binary, struct view json)
{
    struct buf parsed, read;
    const char *reason;
    buf_init(&parsed, FUZZ_OUTPUT_BYTES_MAX);
    buf_init(&read, FUZZ_OUTPUT_BYTES_MAX);
    if (!protobuf_peer_normalise(type, binary, &parsed, &reason))
        fuzz_fail("protobuf parses the bytes: %.*s", VIEW_ARG(json));
    if (!protobuf_peer_read_json(type, json, &read, &reason))
        FUZZ_CHECK(known_difference_in_refusal(reason), "protobuf accepts the JSON: %s\n%.*s", reason, VIEW_ARG(json));
    else if (!known_difference_in_result(json))
        fuzz_check_equal(buf_view(&parsed), buf_view(&read), "what protobuf parses, and what it reads of our JSON");
    buf_free(&parsed);
    buf_free(&read);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct view binary = view_make((const char *)data, len);
    struct transcode_options options = specimen_options();
    struct buf json;
    struct status st;
    buf_init(&json, FUZZ_OUTPUT_BYTES_MAX);
    if (transcode_binary_to_json(specimen_find(type), NULL, binary, &options, &json, &st))
        compare(binary, buf_view(&json));
    buf_free(&json);
    return 0;
}
