/*
 * A growing run of bytes, born with its limit.
 *
 * Flow     init with a limit, append or reserve, read data/len; clear keeps the memory for the next round.
 * Limits   len never exceeds max. Growing past it, or past the heap, fails and leaves the content as it was.
 * Memory   From malloc, doubled as needed; take hands it to the caller. What is allocated can be charged to an account; growing
 *          past that fails in the same way, and account->refused tells it (base/budget.h).
 * Threads  One thread at a time.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/status.h"
#include "base/view.h"

struct budget_account;

struct buf {
    char *data;                     /* NULL while nothing was reserved */
    size_t len;                     /* bytes in use */
    size_t cap;                     /* bytes allocated */
    size_t max;                     /* bytes that len may reach */
    struct budget_account *account; /* charged with cap, or NULL */
};

/* An empty buffer that may grow to bytes_max, charged to nobody. It allocates nothing yet. */
static inline void buf_init(struct buf *buf, size_t bytes_max)
{
    *buf = (struct buf){.max = bytes_max};
}

/* Frees the memory; the buffer is empty and usable afterwards, and keeps its account. NULL is fine. */
void buf_free(struct buf *buf);

/* Charges what the buffer holds and what it will hold to the account (kept, not copied), no longer to the one it had. NULL: to
 * nobody. What it holds is moved even over the account's share. */
void buf_set_account(struct buf *buf, struct budget_account *account);

/* Empties the buffer and keeps its memory. */
static inline void buf_clear(struct buf *buf)
{
    buf->len = 0;
}

/* Gives the memory to the caller, who frees it with free(), and empties the buffer. Its account is no longer charged with it. */
char *buf_take(struct buf *buf);

/* The slow half of buf_reserve(). */
MUST_USE bool buf_grow(struct buf *buf, size_t bytes);

/* Makes room for `bytes` more behind len. False when that is over the limit or the account, or the heap is exhausted. */
MUST_USE static inline bool buf_reserve(struct buf *buf, size_t bytes)
{
    return buf->cap - buf->len >= bytes || buf_grow(buf, bytes);
}

/* Appends; false as for buf_reserve(). */
MUST_USE static inline bool buf_append(struct buf *buf, struct view bytes)
{
    if (!buf_reserve(buf, bytes.len))
        return false;
    if (bytes.len)
        memcpy(buf->data + buf->len, bytes.data, bytes.len);
    buf->len += bytes.len;
    return true;
}

MUST_USE static inline bool buf_append_text(struct buf *buf, const char *text)
{
    return buf_append(buf, view_of(text));
}

MUST_USE bool buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What the buffer holds; valid until it is next changed. */
static inline struct view buf_view(const struct buf *buf)
{
    return (struct view){buf->data, buf->len};
}

#endif
