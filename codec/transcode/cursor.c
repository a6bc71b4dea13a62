#include "codec/transcode/cursor.h"

struct cursor output_too_large(struct output *output)
{
    status_fail(output->st, STATUS_RESOURCE_EXHAUSTED, "the message is larger than %zu bytes", output->buf->max);
    return cursor_failed();
}

bool output_start(struct output *output, struct buf *buf, size_t expected_bytes, struct status *st, char **ret_out)
{
    *output = (struct output){.buf = buf, .st = st};
    if (!buf_reserve(buf, expected_bytes) && !buf->data && !buf_reserve(buf, 1)) {
        output_too_large(output);
        return false;
    }
    *ret_out = buf->data + buf->len;
    output->limit = buf->data + buf->cap;
    return true;
}

bool output_finish(struct output *output, struct cursor at, size_t len_before)
{
    output->buf->len = at.in ? output_offset(output, at) : len_before;
    return at.in != NULL;
}

struct cursor output_grow(struct output *output, struct cursor at, size_t bytes)
{
    output->buf->len = output_offset(output, at);
    if (!buf_reserve(output->buf, bytes))
        return output_too_large(output);
    at.out = output->buf->data + output->buf->len;
    output->limit = output->buf->data + output->buf->cap;
    return at;
}
