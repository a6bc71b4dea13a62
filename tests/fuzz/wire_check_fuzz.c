/*
 * Bytes as an encoded soundcheck.v1.UpdateTrackRequest, before protobuf-c unpacks them.
 *
 * What passes is unpacked, and what is packed again from it passes too and is unpacked to the same. What is refused is refused with a
 * message.
 */
#include "service/server/wire_check.h"

#include <stdlib.h>

#include "soundcheck/v1/tracks.pb-c.h"
#include "tests/fuzz/fuzz.h"

static const ProtobufCMessageDescriptor *const type = &soundcheck__v1__update_track_request__descriptor;

static ProtobufCMessage *unpack(struct view bytes)
{
    ProtobufCMessage *message = protobuf_c_message_unpack(type, NULL, bytes.len, (const uint8_t *)bytes.data);
    FUZZ_CHECK(message, "what passes can be unpacked");
    return message;
}

static struct view pack(const ProtobufCMessage *message)
{
    size_t len = protobuf_c_message_get_packed_size(message);
    uint8_t *bytes = malloc(len + 1);
    if (!bytes)
        fuzz_fail("there is memory");
    FUZZ_CHECK(protobuf_c_message_pack(message, bytes) == len, "a message is packed to its size");
    return view_make((const char *)bytes, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct status st;
    struct view bytes = view_make((const char *)data, len);
    if (!wire_check(type, bytes, &st)) {
        fuzz_check_refusal(&st);
        return 0;
    }
    ProtobufCMessage *message = unpack(bytes);
    struct view packed = pack(message);
    if (!wire_check(type, packed, &st))
        fuzz_fail("what protobuf-c packs passes: %s", st.message);
    ProtobufCMessage *again = unpack(packed);
    struct view packed_again = pack(again);
    fuzz_check_equal(packed, packed_again, "packed once, and twice");
    free((char *)packed.data);
    free((char *)packed_again.data);
    protobuf_c_message_free_unpacked(message, NULL);
    protobuf_c_message_free_unpacked(again, NULL);
    return 0;
}
