#include "tests/conformance/conformance_protocol.h"

#include <errno.h>
#include <string.h>

#include "codec/wire/wire.h"

#define LENGTH_BYTES                     4
#define GROUP_DEPTH_MAX                  100
#define JSON_IGNORE_UNKNOWN_PARSING_TEST 3

static bool fail_stream(FILE *stream, struct status *st)
{
    if (ferror(stream))
        return status_fail(st, STATUS_UNAVAILABLE, "request: %s", strerror(errno));
    return status_fail(st, STATUS_DATA_LOSS, "request: the stream ends within a frame");
}

bool conformance_read_frame(FILE *stream, struct buf *frame, bool *ret_end, struct status *st)
{
    char length[LENGTH_BYTES];
    buf_clear(frame);
    size_t got = fread(length, 1, sizeof(length), stream);
    if (got == 0 && feof(stream)) {
        *ret_end = true;
        return true;
    }
    if (got < sizeof(length))
        return fail_stream(stream, st);
    size_t len = wire_load_fixed32(length);
    if (len > CONFORMANCE_FRAME_BYTES_MAX || !buf_reserve(frame, len))
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "request: a frame of %zu bytes, expected at most %zu", len,
                           CONFORMANCE_FRAME_BYTES_MAX);
    if (len > 0 && fread(frame->data, 1, len, stream) < len)
        return fail_stream(stream, st);
    frame->len = len;
    *ret_end = false;
    return true;
}

static void take_content(struct conformance_request *request, const struct wire_field *field)
{
    struct view content = view_make(field->begin, (size_t)(field->end - field->begin));
    switch (field->number) {
    case CONFORMANCE_PAYLOAD_PROTOBUF:
    case CONFORMANCE_PAYLOAD_JSON:
    case CONFORMANCE_PAYLOAD_JSPB:
    case CONFORMANCE_PAYLOAD_TEXT:
        request->payload_kind = (enum conformance_payload)field->number;
        request->payload = content;
        break;
    case 4: request->message_type = content; break;
    default: break;
    }
}

static void take_number(struct conformance_request *request, const struct wire_field *field)
{
    uint64_t number = 0;
    wire_read_varint(field->begin, field->end, &number); /* it was read before, and is well-formed */
    switch (field->number) {
    case 3: request->output_format = number; break;
    case 5: request->ignore_unknown_json = number == JSON_IGNORE_UNKNOWN_PARSING_TEST; break;
    default: break;
    }
}

bool conformance_parse_request(struct view bytes, struct conformance_request *ret_request, struct status *st)
{
    struct conformance_request request = {.payload_kind = CONFORMANCE_PAYLOAD_NONE};
    const char *in = bytes.data ? bytes.data : "", *end = in + bytes.len;
    while (in != end) {
        struct wire_field field;
        in = wire_read_field(in, end, GROUP_DEPTH_MAX, &field);
        if (!in)
            return status_fail(st, STATUS_INVALID_ARGUMENT, "request: expected a conformance.ConformanceRequest");
        if (field.type == WIRE_LENGTH)
            take_content(&request, &field);
        else if (field.type == WIRE_VARINT)
            take_number(&request, &field);
    }
    *ret_request = request;
    return true;
}

bool conformance_write_response(FILE *stream, enum conformance_result result, struct view content, struct status *st)
{
    char head[LENGTH_BYTES + WIRE_TAG_BYTES_MAX + WIRE_VARINT_BYTES_MAX];
    char *out = wire_write_varint(head + LENGTH_BYTES, WIRE_TAG(result, WIRE_LENGTH));
    out = wire_write_varint(out, content.len);
    size_t head_len = (size_t)(out - head);
    wire_write_fixed32(head, (uint32_t)(head_len - LENGTH_BYTES + content.len));
    bool written = fwrite(head, 1, head_len, stream) == head_len &&
                   (content.len == 0 || fwrite(content.data, 1, content.len, stream) == content.len) &&
                   fflush(stream) == 0;
    return written || status_fail(st, STATUS_UNAVAILABLE, "response: %s", strerror(errno));
}
