#include "service/server/inflate.h"

#include <zlib.h>

/* The format is known by its first bytes, and the largest window is allowed. */
#define EITHER_FORMAT (15 + 32)

/* What compressed text becomes, in the first place. */
#define GROWTH 4

/* Room for more: for what was expected at first, then for as much as there is. */
static bool make_room(struct buf *message, size_t expected)
{
    size_t wanted = message->len > 0 ? message->len : expected;
    size_t left = message->max - message->len;
    return left > 0 && buf_reserve(message, wanted < left ? wanted : left);
}

/* Inflates as much as there is room for, and makes room; zlib's result. */
static int inflate_all(z_stream *stream, struct buf *message)
{
    int result = Z_OK;
    size_t expected = stream->avail_in * GROWTH + 1UL;
    while (result == Z_OK && (message->len < message->cap || make_room(message, expected))) {
        stream->next_out = (Bytef *)message->data + message->len;
        stream->avail_out = (uInt)(message->cap - message->len);
        result = inflate(stream, Z_NO_FLUSH);
        message->len = message->cap - stream->avail_out;
    }
    return result;
}

bool inflate_message(struct view compressed, size_t bytes_max, struct buf *ret_message, struct status *st)
{
    z_stream stream = {.next_in = (Bytef *)compressed.data, .avail_in = (uInt)compressed.len};
    struct buf message;
    if (inflateInit2(&stream, EITHER_FORMAT) != Z_OK)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory to inflate the request message");
    buf_init(&message, bytes_max + 1); /* one more than there may be, which tells that there was more */
    int result = inflate_all(&stream, &message);
    bool is_whole = result == Z_STREAM_END && stream.avail_in == 0;
    inflateEnd(&stream);
    if (is_whole && message.len <= bytes_max) {
        *ret_message = message;
        return true;
    }
    bool is_larger = message.len > bytes_max;
    buf_free(&message);
    if (is_larger)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED,
                           "the request message is larger than %zu bytes when it is inflated", bytes_max);
    if (result == Z_OK || result == Z_MEM_ERROR)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory to inflate the request message");
    return status_fail(st, STATUS_INTERNAL, "the request message is not what its compression says");
}
