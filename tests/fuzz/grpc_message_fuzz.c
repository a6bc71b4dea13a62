/*
 * What a service may send as messages: the first byte names the encoding, the second says in what pieces the rest comes.
 *
 * However it is cut, the messages are the same ones, and the refusal is. None is larger than the limit, and what is not compressed is what
 * a plain reading of the frames gives.
 */
#include <stdlib.h>

#include "gateway/upstream/grpc_message.h"
#include "tests/fuzz/fuzz.h"

#define MESSAGE_BYTES_MAX 40000
#define OUT_BYTES_MAX     ((size_t)1 << 24)

/* Appends every message, with its length before it. Gives the input in pieces of so many bytes; 0: whole. */
static enum grpc_message_result read_all(struct view input, enum grpc_encoding encoding, size_t piece_bytes,
                                         struct buf *all, struct status *st)
{
    struct grpc_message_reader reader;
    struct buf message;
    enum grpc_message_result result = GRPC_MESSAGE_MORE;
    buf_init(&message, MESSAGE_BYTES_MAX);
    grpc_message_reader_init(&reader, MESSAGE_BYTES_MAX);
    grpc_message_reader_set_encoding(&reader, encoding);
    while (input.len && result != GRPC_MESSAGE_BAD) {
        size_t len = piece_bytes && piece_bytes < input.len ? piece_bytes : input.len;
        char *copy = malloc(len); /* so that a read beyond it is seen */
        FUZZ_CHECK(copy, "no memory");
        memcpy(copy, input.data, len);
        struct view piece = view_make(copy, len);
        while ((result = grpc_message_read(&reader, &piece, &message, st)) == GRPC_MESSAGE_DONE) {
            FUZZ_CHECK(grpc_message_reader_is_between(&reader), "a message is complete, and is not");
            FUZZ_CHECK(message.len <= MESSAGE_BYTES_MAX, "a message of %zu bytes", message.len);
            FUZZ_CHECK(buf_append(all, view_make((const char *)&message.len, sizeof(message.len))) &&
                           buf_append(all, buf_view(&message)),
                       "more than the limit");
            buf_clear(&message);
        }
        FUZZ_CHECK(result == GRPC_MESSAGE_BAD || piece.len == 0, "%zu bytes were not taken", piece.len);
        free(copy);
        input = view_make(input.data + len, input.len - len);
    }
    if (result == GRPC_MESSAGE_BAD)
        fuzz_check_refusal(st);
    grpc_message_reader_free(&reader);
    buf_free(&message);
    return result;
}

/* The messages up to the first frame that is compressed, or is none; all of them must stand at the beginning of `all`. */
static void check_plain(struct view input, struct view all)
{
    const unsigned char *bytes = (const unsigned char *)input.data;
    size_t at = 0, seen = 0;
    while (input.len - at >= GRPC_PREFIX_BYTES && bytes[at] == 0) {
        size_t len =
            (size_t)bytes[at + 1] << 24 | (size_t)bytes[at + 2] << 16 | (size_t)bytes[at + 3] << 8 | bytes[at + 4];
        if (len > MESSAGE_BYTES_MAX || len > input.len - at - GRPC_PREFIX_BYTES)
            return;
        FUZZ_CHECK(all.len - seen >= sizeof(len) + len && memcmp(all.data + seen, &len, sizeof(len)) == 0,
                   "the message at %zu is missing, or of another length", at);
        at += GRPC_PREFIX_BYTES;
        seen += sizeof(len);
        fuzz_check_equal(view_make(input.data + at, len), view_make(all.data + seen, len), "a message");
        at += len;
        seen += len;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len < 2)
        return 0;
    const struct view input = view_make((const char *)data + 2, len - 2);
    const enum grpc_encoding encoding = (enum grpc_encoding)(data[0] % (GRPC_UNKNOWN_ENCODING + 1));
    const size_t sizes[] = {0, data[1] + 1u};
    struct buf all[2];
    struct status st[2];
    enum grpc_message_result results[2];
    for (size_t i = 0; i < 2; i++) {
        buf_init(&all[i], OUT_BYTES_MAX);
        results[i] = read_all(input, encoding, sizes[i], &all[i], &st[i]);
    }
    FUZZ_CHECK(results[0] == results[1], "whole: %d, in pieces of %zu: %d", results[0], sizes[1], results[1]);
    if (results[0] == GRPC_MESSAGE_BAD)
        fuzz_check_equal(view_of(st[0].message), view_of(st[1].message), "the refusal of whole and pieces");
    fuzz_check_equal(buf_view(&all[0]), buf_view(&all[1]), "the messages of whole and pieces");
    check_plain(input, buf_view(&all[0]));
    for (size_t i = 0; i < 2; i++)
        buf_free(&all[i]);
    return 0;
}
