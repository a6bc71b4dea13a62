/*
 * JSON text as a Specimen, read by us and by protobuf C++: what we accept it accepts, as the same message, but for known_difference.h.
 */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/known_difference.h"
#include "tests/fuzz/protobuf_peer.h"
#include "tests/fuzz/specimen.h"

static const char type[] = "fuzz.Specimen";

static void compare(struct view json, struct view binary)
{
    struct buf ours, theirs;
    const char *reason;
    buf_init(&ours, FUZZ_OUTPUT_BYTES_MAX);
    buf_init(&theirs, FUZZ_OUTPUT_BYTES_MAX);
    if (!protobuf_peer_normalise(type, binary, &ours, &reason))
        fuzz_fail("protobuf parses what we write: %s", reason);
    if (!protobuf_peer_read_json(type, json, &theirs, &reason))
        FUZZ_CHECK(known_difference_in_refusal(reason), "protobuf accepts the JSON: %s", reason);
    else if (!known_difference_in_result(json))
        fuzz_check_equal(buf_view(&ours), buf_view(&theirs), "what we read, and what protobuf reads");
    buf_free(&ours);
    buf_free(&theirs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct view json = view_make((const char *)data, len);
    struct transcode_options options = specimen_options();
    struct buf binary;
    struct status st;
    buf_init(&binary, FUZZ_OUTPUT_BYTES_MAX);
    if (transcode_json_to_binary(specimen_find(type), NULL, json, &options, &binary, &st))
        compare(json, buf_view(&binary));
    buf_free(&binary);
    return 0;
}
