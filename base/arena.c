/* Blocks double from 4 KiB to 256 KiB; what is larger gets a block of its own size. */
#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/budget.h"

#define BLOCK_BYTES_MIN 4096
#define BLOCK_BYTES_MAX (256 * 1024)
#define ALIGNMENT       _Alignof(max_align_t)

struct arena_block {
    struct arena_block *older;
    size_t bytes; /* of this block, header included */
    _Alignas(max_align_t) char data[];
};

static void use_lent(struct arena *arena)
{
    arena->next = arena->lent;
    arena->end = arena->lent ? arena->lent + arena->lent_len : NULL;
}

void arena_init(struct arena *arena, size_t bytes_max)
{
    *arena = (struct arena){.bytes_max = bytes_max};
}

void arena_init_lent(struct arena *arena, void *memory, size_t memory_bytes, size_t bytes_max)
{
    uintptr_t start = (uintptr_t)memory;
    uintptr_t aligned = (start + ALIGNMENT - 1) & ~(uintptr_t)(ALIGNMENT - 1);
    size_t lost = (size_t)(aligned - start);
    arena_init(arena, bytes_max);
    if (lost < memory_bytes) {
        arena->lent = (char *)memory + lost;
        arena->lent_len = memory_bytes - lost;
        use_lent(arena);
    }
}

void arena_free(struct arena *arena)
{
    if (!arena)
        return;
    for (struct arena_block *block = arena->blocks; block;) {
        struct arena_block *older = block->older;
        free(block);
        block = older;
    }
    arena->blocks = NULL;
    budget_release(arena->account, arena->bytes_taken);
    arena->bytes_taken = 0;
    use_lent(arena);
}

void arena_set_account(struct arena *arena, struct budget_account *account)
{
    budget_move(arena->account, account, arena->bytes_taken);
    arena->account = account;
}

void arena_reset(struct arena *arena)
{
    struct arena_block *kept = arena->blocks;
    if (!kept || kept->bytes > BLOCK_BYTES_MAX) {
        arena_free(arena);
        return;
    }
    arena->blocks = kept->older;
    arena->bytes_taken -= kept->bytes;
    arena_free(arena);
    kept->older = NULL;
    arena->blocks = kept;
    arena->bytes_taken = kept->bytes;
    arena->next = kept->data;
    arena->end = (char *)kept + kept->bytes;
}

/* Makes a current block with room for `bytes`, which are a multiple of the alignment. */
static bool grow(struct arena *arena, size_t bytes)
{
    size_t budget = arena->bytes_max - arena->bytes_taken;
    size_t wanted = arena->blocks ? arena->blocks->bytes * 2 : BLOCK_BYTES_MIN;
    if (wanted > BLOCK_BYTES_MAX)
        wanted = BLOCK_BYTES_MAX;
    if (bytes > SIZE_MAX - sizeof(struct arena_block))
        return false;
    size_t needed = bytes + sizeof(struct arena_block);
    if (wanted > budget)
        wanted = budget;
    if (wanted < needed)
        wanted = needed;
    if (wanted > budget)
        return false;
    if (!budget_charge(arena->account, wanted))
        return false;
    struct arena_block *block = malloc(wanted);
    if (!block) {
        budget_release(arena->account, wanted);
        return false;
    }
    block->older = arena->blocks;
    block->bytes = wanted;
    arena->blocks = block;
    arena->bytes_taken += wanted;
    arena->next = block->data;
    arena->end = (char *)block + wanted;
    return true;
}

void *arena_alloc(struct arena *arena, size_t bytes)
{
    if (bytes > SIZE_MAX - ALIGNMENT)
        return NULL;
    bytes = bytes ? (bytes + ALIGNMENT - 1) & ~(ALIGNMENT - 1) : ALIGNMENT;
    if ((size_t)(arena->end - arena->next) < bytes && !grow(arena, bytes))
        return NULL;
    void *memory = arena->next;
    arena->next += bytes;
    return memory;
}

void *arena_calloc(struct arena *arena, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        return NULL;
    void *memory = arena_alloc(arena, bytes);
    if (memory)
        memset(memory, 0, bytes);
    return memory;
}

char *arena_copy(struct arena *arena, struct view bytes)
{
    char *copy = bytes.len < SIZE_MAX ? arena_alloc(arena, bytes.len + 1) : NULL;
    if (!copy)
        return NULL;
    if (bytes.len)
        memcpy(copy, bytes.data, bytes.len);
    copy[bytes.len] = '\0';
    return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = len < 0 ? NULL : arena_alloc(arena, (size_t)len + 1);
    if (!text)
        return NULL;
    va_start(arguments, format);
    vsnprintf(text, (size_t)len + 1, format, arguments);
    va_end(arguments);
    return text;
}
