/*
 * Bytes as a Specimen, printed by us and parsed by protobuf C++: what we accept it accepts, and what we print it reads as the message
 * that it parsed, but for known_difference.h. Of values that a later one replaces we look at no more than the length, protobuf at all that they hold.
 */
#include "codec/wire/wire.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/known_difference.h"
#include "tests/fuzz/protobuf_peer.h"
#include "tests/fuzz/specimen.h"

static const char type[] = "fuzz.Specimen";

/* Whether a field, another one of its oneof, or a map's key may be replaced by a later one. Recursion ends at the codec's limit. */
static bool may_replace(const struct schema_message *message, struct view bytes, unsigned depth)
{
    uint64_t seen[16] = {0};
    const char *end = bytes.data + bytes.len;
    struct wire_field wire;
    for (const char *in = bytes.data; in != end;) {
        in = wire_read_field(in, end, TRANSCODE_DEPTH_MAX, &wire);
        if (!in)
            return false;
        const struct schema_field *field = schema_field_by_number(message, wire.number);
        if (!field)
            continue;
        unsigned bit = field->oneof ? 512u + field->oneof : field->index;
        bool again = (seen[bit / 64] >> (bit % 64) & 1) != 0;
        seen[bit / 64] |= (uint64_t)1 << (bit % 64);
        if (again && (!field->repeated || field->map))
            return true;
        struct view content = view_make(wire.begin, (size_t)(wire.end - wire.begin));
        if (field->message && wire.type == field->wire_type && depth < TRANSCODE_DEPTH_MAX &&
            may_replace(field->message, content, depth + 1))
            return true;
    }
    return false;
}

static void compare(struct view binary, struct view json)
{
    struct buf parsed, read;
    const char *reason;
    buf_init(&parsed, FUZZ_OUTPUT_BYTES_MAX);
    buf_init(&read, FUZZ_OUTPUT_BYTES_MAX);
    if (!protobuf_peer_normalise(type, binary, &parsed, &reason))
        FUZZ_CHECK(may_replace(specimen_find(type), binary, 0), "protobuf parses the bytes: %.*s", VIEW_ARG(json));
    else if (!protobuf_peer_read_json(type, json, &read, &reason))
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
