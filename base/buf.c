#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/budget.h"

#define BUF_BYTES_MIN 256

/* The memory is no longer the buffer's. */
static void let_go(struct buf *buf)
{
    budget_release(buf->account, buf->cap);
    buf->data = NULL;
    buf->len = 0;
    buf->cap = 0;
}

void buf_free(struct buf *buf)
{
    if (!buf)
        return;
    free(buf->data);
    let_go(buf);
}

void buf_set_account(struct buf *buf, struct budget_account *account)
{
    budget_move(buf->account, account, buf->cap);
    buf->account = account;
}

char *buf_take(struct buf *buf)
{
    char *data = buf->data;
    let_go(buf);
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
    size_t added = cap - buf->cap;
    if (!budget_charge(buf->account, added))
        return false;
    char *data = realloc(buf->data, cap);
    if (!data) {
        budget_release(buf->account, added);
        return false;
    }
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
