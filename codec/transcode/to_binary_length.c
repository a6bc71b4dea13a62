/* Lengths of more than one byte. */
#include "codec/transcode/to_binary.h"

/* Moves content up so that this length and those around it have room for `width` bytes. From the back: innermost first. */
static struct cursor widen(struct to_binary *c, struct cursor at, unsigned width)
{
    size_t shift = 0;
    for (const struct open_length *length = c->open; length; length = length->outer)
        if (length->width < width)
            shift += width - length->width;
    at = output_room(&c->output, at, shift);
    if (!at.in)
        return at;
    char *data = c->output.buf->data;
    size_t end = output_offset(&c->output, at);
    at.out += shift;
    for (struct open_length *length = c->open; length && shift > 0; length = length->outer) {
        size_t content = length->at + length->width;
        memmove(data + content + shift, data + content, end - content);
        end = length->at;
        if (length->width < width) {
            shift -= width - length->width;
            length->width = width;
        }
        length->at += shift;
    }
    return at;
}

/* A varint of this many bytes: longer than need be where content went that had made room for a longer length. */
static void write_length(char *out, size_t len, unsigned width)
{
    for (; width > 1; width--, len >>= 7)
        *out++ = (char)(len | 0x80);
    *out = (char)len;
}

struct cursor to_binary_close_long(struct to_binary *c, struct cursor at, struct open_length *length)
{
    size_t len = output_offset(&c->output, at) - length->at - length->width;
    if (len > WIRE_LENGTH_MAX)
        return output_too_large(&c->output);
    unsigned width = wire_varint_len(len);
    if (width > length->width) {
        at = widen(c, at, width);
        if (!at.in)
            return at;
    }
    write_length(output_at(&c->output, length->at), len, length->width);
    c->open = length->outer;
    return at;
}
