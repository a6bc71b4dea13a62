#include "web/http2/http2_memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "web/http2/limits.h"

#define LEAST_BYTES 64

/* In front of every block. */
struct http2_block {
    union {
        size_t bytes;             /* of the block in use, without this struct */
        struct http2_block *next; /* of one that is kept */
    };
    _Alignas(max_align_t) char data[];
};

/* The size that `bytes` fit into; HTTP2_MEMORY_SIZES when they are too many. */
static unsigned size_of(size_t bytes)
{
    if (bytes <= LEAST_BYTES)
        return 0;
    unsigned size = 64 - (unsigned)__builtin_clzll(bytes - 1) - 6;
    return size < HTTP2_MEMORY_SIZES ? size : HTTP2_MEMORY_SIZES;
}

static void *take(size_t bytes, void *ctx)
{
    struct http2_memory *memory = ctx;
    unsigned size = size_of(bytes);
    if (bytes > SIZE_MAX / 2)
        return NULL;
    size_t block_bytes = size < HTTP2_MEMORY_SIZES ? (size_t)LEAST_BYTES << size : bytes;
    struct http2_block *block = size < HTTP2_MEMORY_SIZES ? memory->kept[size] : NULL;
    if (block) {
        memory->kept[size] = block->next;
        memory->kept_bytes -= block_bytes;
    } else {
        block = malloc(sizeof(*block) + block_bytes);
        if (!block)
            return NULL;
    }
    block->bytes = block_bytes;
    return block->data;
}

static void give(void *data, void *ctx)
{
    struct http2_memory *memory = ctx;
    if (!data)
        return;
    struct http2_block *block = (struct http2_block *)((char *)data - offsetof(struct http2_block, data));
    unsigned size = size_of(block->bytes);
    if (size == HTTP2_MEMORY_SIZES || memory->kept_bytes + block->bytes > HTTP2_KEPT_BYTES_MAX) {
        free(block);
        return;
    }
    memory->kept_bytes += block->bytes;
    block->next = memory->kept[size];
    memory->kept[size] = block;
}

static void *take_cleared(size_t count, size_t bytes, void *ctx)
{
    size_t all;
    void *data = __builtin_mul_overflow(count, bytes, &all) ? NULL : take(all, ctx);
    return data ? memset(data, 0, all) : NULL;
}

static void *take_anew(void *data, size_t bytes, void *ctx)
{
    if (!data)
        return take(bytes, ctx);
    const struct http2_block *block = (const struct http2_block *)((char *)data - offsetof(struct http2_block, data));
    if (bytes <= block->bytes)
        return data;
    void *grown = take(bytes, ctx);
    if (grown) {
        memcpy(grown, data, block->bytes);
        give(data, ctx);
    }
    return grown;
}

void http2_memory_init(struct http2_memory *memory)
{
    *memory = (struct http2_memory){.mem = {memory, take, give, take_cleared, take_anew}};
}

void http2_memory_free(struct http2_memory *memory)
{
    for (unsigned size = 0; size < HTTP2_MEMORY_SIZES; size++)
        for (struct http2_block *block = memory->kept[size], *next; block; block = next) {
            next = block->next;
            free(block);
        }
    memset(memory->kept, 0, sizeof(memory->kept));
    memory->kept_bytes = 0;
}
