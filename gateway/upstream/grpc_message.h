/*
 * gRPC's frame of a message: a flag that says whether it is compressed, its length, its bytes (PROTOCOL-HTTP2.md, "Length-Prefixed-
 * Message").
 *
 * Flow     init, set the encoding when the header has told it, read what comes; free.
 * Encoding gRPC's "deflate" is zlib's format (RFC 1950). Raw deflate (RFC 1951) is refused: no gRPC implementation sends it, and a guess
 *          between the two may be wrong. Nothing may follow a compressed stream within its message.
 * Memory   The caller's buf. zlib's state is made for the first compressed message, and reused.
 * Limits   A message of at most message_bytes_max bytes, refused by its length before any of it is kept, and when it is compressed as soon
 *          as it has grown to that: a small message that inflates to a large one costs no more than the limit.
 * Errors   RESOURCE_EXHAUSTED: over the limit, or over the buf's, or no memory. INTERNAL: no such frame, or an unknown encoding.
 *          The reader and the message are of no use then but to be freed.
 * Source   PROTOCOL-HTTP2.md, compression.md
 */
#ifndef GATEWAY_UPSTREAM_GRPC_MESSAGE_H
#define GATEWAY_UPSTREAM_GRPC_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/status.h"
#include "base/view.h"

#define GRPC_PREFIX_BYTES 5

/* Writes the frame's beginning, of a message that is not compressed. */
void grpc_message_prefix(char *ret_prefix, size_t message_bytes);

enum grpc_encoding { GRPC_IDENTITY, GRPC_GZIP, GRPC_DEFLATE, GRPC_UNKNOWN_ENCODING };

struct grpc_inflater;

struct grpc_message_reader {
    size_t message_bytes_max;
    enum grpc_encoding encoding;
    char prefix[GRPC_PREFIX_BYTES];
    unsigned prefix_bytes; /* of them that have come */
    bool is_compressed;
    size_t left;  /* of the message */
    size_t start; /* where it begins in the buf */
    struct grpc_inflater *inflater;
};

void grpc_message_reader_init(struct grpc_message_reader *reader, size_t message_bytes_max);

/* One that is all zero is fine. */
void grpc_message_reader_free(struct grpc_message_reader *reader);

/* Of messages that have the compressed flag. Before the first of them: it stays the same. */
static inline void grpc_message_reader_set_encoding(struct grpc_message_reader *reader, enum grpc_encoding encoding)
{
    reader->encoding = encoding;
}

enum grpc_message_result {
    GRPC_MESSAGE_MORE, /* the input is used up */
    GRPC_MESSAGE_DONE, /* a message is complete; there may be more input */
    GRPC_MESSAGE_BAD,
};

/* Takes from *input and appends to `message`, which the caller may clear or take between two messages, and not within one. */
enum grpc_message_result grpc_message_read(struct grpc_message_reader *reader, struct view *input, struct buf *message,
                                           struct status *st);

/* Whether no message is half read. */
static inline bool grpc_message_reader_is_between(const struct grpc_message_reader *reader)
{
    return reader->prefix_bytes == 0;
}

#endif
