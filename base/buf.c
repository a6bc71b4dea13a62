#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define BUF_BYTES_MIN 256

void buf_free(struct buf *buf)
{
    if (!buf)
        return;
    free(buf->data);
    buf_init(buf, buf->max);
}

char *buf_take(struct buf *buf)
{
    char *data = buf->data;
    buf_init(buf, buf->max);
    return data;
}

bool buf_grow(struct buf *buf, size_t bytes)
{
    if (bytes > buf->max - buf->len)
        return false;
    size_t needed = buf->len + bytes;
    size_t cap = buf->cap ? buf->cap : BUF_BYTES_MIN;
    while (cap < needed)
        cap = cap > buf->max / 2 ? buf->max : cap * 2;
    if (cap > buf->max)
        cap = buf->max;
    char *data = realloc(buf->data, cap);
    if (!data)
        return false;
    buf->data = data;
    buf->cap = cap;
    return true;
}

bool buf_printf(struct buf *buf, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    /* vsnprintf writes a terminator behind the text; it is not counted in len. */
    if (len < 0 || !buf_reserve(buf, (size_t)len + 1))
        return false;
    va_start(arguments, format);
    vsnprintf(buf->data + buf->len, (size_t)len + 1, format, arguments);
    va_end(arguments);
    buf->len += (size_t)len;
    return true;
}
