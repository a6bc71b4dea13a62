/*
 * A message that is not compressed is one copy. A compressed one is inflated piece by piece as it comes, straight into the buf; at the
 * limit zlib gets a single byte of room more, which shows whether there is more to come.
 */
#include "gateway/upstream/grpc_message.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* What is inflated before the buf grows: more would let a small buf, or its account, be exceeded by as much. */
#define INFLATE_BYTES (16 * 1024)

struct grpc_inflater {
    z_stream stream;
    bool has_ended;
};

void grpc_message_prefix(char *ret_prefix, size_t message_bytes)
{
    ret_prefix[0] = 0;
    for (unsigned i = 0; i < 4; i++)
        ret_prefix[1 + i] = (char)(message_bytes >> (24 - 8 * i) & 0xff);
}

void grpc_message_reader_init(struct grpc_message_reader *reader, size_t message_bytes_max)
{
    *reader = (struct grpc_message_reader){.message_bytes_max = message_bytes_max};
}

void grpc_message_reader_free(struct grpc_message_reader *reader)
{
    if (!reader->inflater)
        return;
    inflateEnd(&reader->inflater->stream);
    free(reader->inflater);
    reader->inflater = NULL;
}

static bool fail_malformed(struct status *st, const char *what)
{
    return status_fail(st, STATUS_INTERNAL, "the service sent a malformed message: %s", what);
}

/* The most bytes that the message may have: the limit, or what the buf can still take. */
static size_t bytes_max(const struct grpc_message_reader *reader, const struct buf *message)
{
    size_t room = message->max - reader->start;
    return room < reader->message_bytes_max ? room : reader->message_bytes_max;
}

static bool fail_large(const struct grpc_message_reader *reader, const struct buf *message, struct status *st)
{
    return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "a message of the service is larger than %zu bytes",
                       bytes_max(reader, message));
}

static bool fail_memory(struct status *st)
{
    return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for a message of the service");
}

/* ---- Compressed messages ---- */

static bool start_inflating(struct grpc_message_reader *reader, struct status *st)
{
    if (reader->encoding == GRPC_IDENTITY)
        return fail_malformed(st, "compressed, without an encoding");
    if (reader->encoding == GRPC_UNKNOWN_ENCODING)
        return status_fail(st, STATUS_INTERNAL, "the service compresses in a way that was not offered");
    if (reader->inflater) {
        reader->inflater->has_ended = false;
        int result = inflateReset(&reader->inflater->stream);
        assert(result == Z_OK); /* it fails for a stream that was not initialized */
        (void)result;
        return true;
    }
    reader->inflater = calloc(1, sizeof(*reader->inflater));
    /* The window is zlib's largest; 16 more: a gzip header. */
    int window_bits = reader->encoding == GRPC_GZIP ? MAX_WBITS + 16 : MAX_WBITS;
    if (reader->inflater && inflateInit2(&reader->inflater->stream, window_bits) == Z_OK)
        return true;
    free(reader->inflater);
    reader->inflater = NULL;
    return fail_memory(st);
}

/* All of `piece`, which belongs to the message. */
static bool inflate_piece(struct grpc_message_reader *reader, struct view piece, struct buf *message, struct status *st)
{
    z_stream *stream = &reader->inflater->stream;
    stream->next_in = (Bytef *)(uintptr_t)piece.data;
    stream->avail_in = (uInt)piece.len;
    while (stream->avail_in || stream->avail_out == 0) {
        if (reader->inflater->has_ended)
            return stream->avail_in == 0 || fail_malformed(st, "bytes behind its compressed end");
        size_t room = bytes_max(reader, message) - (message->len - reader->start);
        room = room < INFLATE_BYTES ? room : INFLATE_BYTES;
        char beyond; /* shows that there is more than the limit */
        if (room && !buf_reserve(message, room))
            return fail_memory(st);
        stream->next_out = room ? (Bytef *)message->data + message->len : (Bytef *)&beyond;
        stream->avail_out = room ? (uInt)room : 1;
        uInt before = stream->avail_out;
        int result = inflate(stream, Z_NO_FLUSH);
        size_t made = before - stream->avail_out;
        if (!room && made)
            return fail_large(reader, message, st);
        message->len += made;
        if (result == Z_STREAM_END)
            reader->inflater->has_ended = true;
        else if (result == Z_BUF_ERROR && stream->avail_in == 0)
            break;
        else if (result == Z_MEM_ERROR)
            return fail_memory(st);
        else if (result != Z_OK)
            return fail_malformed(st, "not what its encoding says");
    }
    return true;
}

/* ---- Frames ---- */

static bool begin_message(struct grpc_message_reader *reader, struct buf *message, struct status *st)
{
    const unsigned char *prefix = (const unsigned char *)reader->prefix;
    reader->left = (size_t)prefix[1] << 24 | (size_t)prefix[2] << 16 | (size_t)prefix[3] << 8 | prefix[4];
    reader->is_compressed = prefix[0] == 1;
    reader->start = message->len;
    if (prefix[0] > 1)
        return fail_malformed(st, "an unknown flag");
    if (reader->left > (reader->is_compressed ? reader->message_bytes_max : bytes_max(reader, message)))
        return fail_large(reader, message, st);
    return !reader->is_compressed || start_inflating(reader, st);
}

static bool take(struct grpc_message_reader *reader, struct view piece, struct buf *message, struct status *st)
{
    if (reader->is_compressed)
        return inflate_piece(reader, piece, message, st);
    return buf_append(message, piece) || fail_memory(st);
}

static bool end_message(struct grpc_message_reader *reader, struct status *st)
{
    reader->prefix_bytes = 0;
    return !reader->is_compressed || reader->inflater->has_ended ||
           fail_malformed(st, "its compressed bytes have no end");
}

enum grpc_message_result grpc_message_read(struct grpc_message_reader *reader, struct view *input, struct buf *message,
                                           struct status *st)
{
    while (reader->prefix_bytes < GRPC_PREFIX_BYTES) {
        if (!input->len)
            return GRPC_MESSAGE_MORE;
        reader->prefix[reader->prefix_bytes++] = *input->data;
        *input = view_make(input->data + 1, input->len - 1);
        if (reader->prefix_bytes == GRPC_PREFIX_BYTES && !begin_message(reader, message, st))
            return GRPC_MESSAGE_BAD;
    }
    if (reader->left && !input->len)
        return GRPC_MESSAGE_MORE;
    size_t len = input->len < reader->left ? input->len : reader->left;
    if (len && !take(reader, view_make(input->data, len), message, st))
        return GRPC_MESSAGE_BAD;
    reader->left -= len;
    *input = view_make(input->data + len, input->len - len);
    if (reader->left)
        return GRPC_MESSAGE_MORE;
    return end_message(reader, st) ? GRPC_MESSAGE_DONE : GRPC_MESSAGE_BAD;
}
