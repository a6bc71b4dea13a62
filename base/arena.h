/*
 * Memory of one lifetime: allocate forward, free all at once.
 *
 * Flow     init, alloc as often as needed, free; or reset to use the memory again for the next request.
 * Limits   bytes_max bounds what the arena takes from the heap. An exhausted arena (or heap) gives NULL: RESOURCE_EXHAUSTED.
 * Memory   Blocks come from malloc. A first block can be lent by the caller (the stack, a pool) and is never freed here. What comes
 *          from malloc can be charged to an account; an allocation past that gives NULL too, and account->refused tells it
 *          (base/budget.h).
 * Threads  One thread at a time.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/view.h"

struct arena_block;
struct budget_account;

struct arena {
    char *next;                 /* first free byte of the current block */
    char *end;                  /* its end */
    struct arena_block *blocks; /* from malloc, newest first */
    size_t bytes_taken;         /* from the heap */
    size_t bytes_max;
    char *lent;                     /* the caller's first block, or NULL */
    size_t lent_len;                /* bytes */
    struct budget_account *account; /* charged with bytes_taken, or NULL */
};

/* An empty arena that takes at most bytes_max from the heap, charged to nobody. It allocates nothing yet. */
void arena_init(struct arena *arena, size_t bytes_max);

/* The same, using the caller's memory first. The memory must outlive the arena. */
void arena_init_lent(struct arena *arena, void *memory, size_t memory_bytes, size_t bytes_max);

/* Frees every block; the arena is empty and usable afterwards, and keeps its account. NULL and an arena that is all zero are fine. */
void arena_free(struct arena *arena);

/* Charges what the arena has taken and will take from the heap to the account (kept, not copied), no longer to the one it had.
 * NULL: to nobody. What it has taken is moved even over the account's share. */
void arena_set_account(struct arena *arena, struct budget_account *account);

/* Forgets every allocation and keeps the newest block, unless that is larger than 256 KiB: a next round that fits it takes nothing from
 * the heap. What is not kept is no longer charged. */
void arena_reset(struct arena *arena);

/* Memory of at least `bytes`, aligned for any type, not cleared; NULL when the limit, the account or the heap is exhausted. */
void *arena_alloc(struct arena *arena, size_t bytes) __attribute__((malloc));

/* The same for count * size bytes, cleared; also NULL when the product overflows. */
void *arena_calloc(struct arena *arena, size_t count, size_t size) __attribute__((malloc));

/* A copy of the bytes and a terminator behind them; NULL when exhausted. */
char *arena_copy(struct arena *arena, struct view bytes);

/* printf into the arena; NULL when exhausted. */
char *arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
