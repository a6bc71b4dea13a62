/*
 * Core reads from the socket in pieces of 8 kB and more, so an ordinary request is one slice, and a large one a few.
 *
 * Packing asks protobuf-c for the size first and gives it the slice's memory then: two walks over the message, no copy.
 * (Its ProtobufCBuffer would ask for the size of each nested message again at each level.)
 */
#include "service/server/payload.h"

#include <grpc/byte_buffer_reader.h>
#include <grpc/slice.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "service/limits.h"
#include "service/server/inflate.h"

static bool fail_arena(const struct arena *arena, struct status *st)
{
    return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "the request takes more than %zu bytes of memory",
                       arena->bytes_max);
}

/* Copies the slice and those after it. */
static bool join_slices(grpc_byte_buffer_reader *reader, const grpc_slice *first, size_t bytes, struct arena *arena,
                        struct view *ret_bytes, struct status *st)
{
    char *run = arena_alloc(arena, bytes);
    if (!run)
        return fail_arena(arena, st);
    size_t used = 0;
    grpc_slice *next;
    for (const grpc_slice *slice = first; slice;) {
        memcpy(run + used, GRPC_SLICE_START_PTR(*slice), GRPC_SLICE_LENGTH(*slice));
        used += GRPC_SLICE_LENGTH(*slice);
        slice = grpc_byte_buffer_reader_peek(reader, &next) ? next : NULL;
    }
    *ret_bytes = (struct view){run, used};
    return true;
}

/* The buffer's bytes, whatever they mean. */
static bool read_bytes(grpc_byte_buffer *payload, struct arena *arena, struct view *ret_bytes, struct status *st)
{
    size_t bytes = grpc_byte_buffer_length(payload);
    grpc_byte_buffer_reader reader;
    grpc_slice *slice;
    if (!grpc_byte_buffer_reader_init(&reader, payload))
        return status_fail(st, STATUS_INTERNAL, "the request's encoding could not be read");
    bool read = true;
    if (bytes == 0 || !grpc_byte_buffer_reader_peek(&reader, &slice))
        *ret_bytes = (struct view){0};
    else if (GRPC_SLICE_LENGTH(*slice) == bytes)
        *ret_bytes = (struct view){(const char *)GRPC_SLICE_START_PTR(*slice), bytes};
    else
        read = join_slices(&reader, slice, bytes, arena, ret_bytes, st);
    grpc_byte_buffer_reader_destroy(&reader);
    return read;
}

static bool inflate_into_arena(struct view compressed, size_t bytes_max, struct arena *arena, struct view *ret_message,
                               struct status *st)
{
    struct buf message;
    if (!inflate_message(compressed, bytes_max, &message, st))
        return false;
    const char *copy = arena_copy(arena, buf_view(&message));
    *ret_message = view_make(copy, message.len);
    buf_free(&message);
    return copy || fail_arena(arena, st);
}

bool payload_is_compressed(const grpc_byte_buffer *payload)
{
    return payload->data.raw.compression != GRPC_COMPRESS_NONE;
}

bool payload_read(grpc_byte_buffer *payload, size_t bytes_max, struct arena *arena, struct view *ret_message,
                  struct status *st)
{
    struct view bytes;
    if (!read_bytes(payload, arena, &bytes, st))
        return false;
    if (payload_is_compressed(payload))
        return inflate_into_arena(bytes, bytes_max, arena, ret_message, st);
    *ret_message = bytes;
    return true;
}

static bool check_reply_size(size_t bytes, struct status *st)
{
    if (bytes <= SERVER_REPLY_BYTES_MAX)
        return true;
    return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "the reply is larger than %d bytes", SERVER_REPLY_BYTES_MAX);
}

static grpc_byte_buffer *wrap(grpc_slice slice)
{
    grpc_byte_buffer *payload = grpc_raw_byte_buffer_create(&slice, 1);
    grpc_slice_unref(slice);
    return payload;
}

bool payload_write_message(const ProtobufCMessage *message, grpc_byte_buffer **ret_payload, struct status *st)
{
    size_t bytes = protobuf_c_message_get_packed_size(message);
    if (!check_reply_size(bytes, st))
        return false;
    grpc_slice slice = grpc_slice_malloc(bytes);
    protobuf_c_message_pack(message, GRPC_SLICE_START_PTR(slice));
    *ret_payload = wrap(slice);
    return true;
}

bool payload_write_bytes(struct view bytes, grpc_byte_buffer **ret_payload, struct status *st)
{
    if (!check_reply_size(bytes.len, st))
        return false;
    *ret_payload = wrap(bytes.len > 0 ? grpc_slice_from_copied_buffer(bytes.data, bytes.len) : grpc_empty_slice());
    return true;
}
