/*
 * The two positions of a codec: where it reads and where it writes. They travel by value, so that they stay in registers; a function
 * that fails returns a cursor whose `in` is NULL, after it set the status.
 *
 * The output is a growing buffer whose memory may move: offsets are kept, not pointers.
 */
#ifndef CODEC_TRANSCODE_CURSOR_H
#define CODEC_TRANSCODE_CURSOR_H

#include <stddef.h>

#include "base/buf.h"
#include "base/status.h"

struct cursor {
    const char *in; /* next byte of input; NULL: failed */
    char *out;      /* next byte of output */
};

struct output {
    struct buf *buf; /* its len is not up to date while a codec writes */
    char *limit;     /* end of its memory */
    struct status *st;
};

/*
 * Begins to append to buf, from its len on. expected_bytes are reserved at once if they can be; the output may get larger or stay
 * smaller. False when there is no memory at all.
 */
MUST_USE bool output_start(struct output *output, struct buf *buf, size_t expected_bytes, struct status *st,
                           char **ret_out);

/* Ends it: the buffer holds what was written, or if the cursor failed what it held before. Returns whether it succeeded. */
bool output_finish(struct output *output, struct cursor at, size_t len_before);

static inline struct cursor cursor_failed(void)
{
    return (struct cursor){0};
}

/* Offset of the next byte of output. */
static inline size_t output_offset(const struct output *output, struct cursor at)
{
    return (size_t)(at.out - output->buf->data);
}

static inline char *output_at(const struct output *output, size_t offset)
{
    return output->buf->data + offset;
}

/* Sets RESOURCE_EXHAUSTED. */
struct cursor output_too_large(struct output *output) __attribute__((cold));

/* The slow half of output_room(). */
struct cursor output_grow(struct output *output, struct cursor at, size_t bytes);

/* Makes room for `bytes` at the cursor. */
static inline struct cursor output_room(struct output *output, struct cursor at, size_t bytes)
{
    if (__builtin_expect((size_t)(output->limit - at.out) < bytes, 0))
        return output_grow(output, at, bytes);
    return at;
}

/* What any tag, length, number, or short word needs. */
#define OUTPUT_TOKEN_BYTES 32

#endif
