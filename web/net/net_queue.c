#include "web/net/net_queue.h"

#include <stdlib.h>
#include <string.h>

#include "web/net/limits.h"

struct net_block {
    struct net_block *next;
    char *data;   /* behind the struct, or what was taken over */
    size_t start; /* of what is not yet written */
    size_t end;
    size_t cap;
    bool is_taken; /* data came from a buf and goes with free() */
};

/* ---- Blocks ---- */

/* What the queue is charged for a block. */
static size_t charge_of(const struct net_block *block)
{
    return block->is_taken ? block->cap : block->cap + sizeof(*block);
}

static struct net_block *create_small_block(struct net_queue *queue)
{
    if (!budget_charge(queue->account, NET_SMALL_BLOCK_BYTES))
        return NULL;
    struct net_block *block = malloc(NET_SMALL_BLOCK_BYTES);
    if (!block) {
        budget_release(queue->account, NET_SMALL_BLOCK_BYTES);
        return NULL;
    }
    *block = (struct net_block){.data = (char *)(block + 1), .cap = NET_SMALL_BLOCK_BYTES - sizeof(*block)};
    return block;
}

static struct net_block *create_block(struct net_queue *queue)
{
    struct net_block *block = queue->pool->free;
    if (queue->account && !budget_charge(queue->account, NET_BLOCK_BYTES))
        return create_small_block(queue);
    if (block) {
        queue->pool->free = block->next;
        queue->pool->count--;
    } else {
        block = malloc(NET_BLOCK_BYTES);
        if (!block) {
            if (queue->account)
                budget_release(queue->account, NET_BLOCK_BYTES);
            return NULL;
        }
    }
    *block = (struct net_block){.data = (char *)(block + 1), .cap = NET_BLOCK_BYTES - sizeof(*block)};
    return block;
}

static void destroy_block(struct net_queue *queue, struct net_block *block)
{
    if (queue->account)
        budget_release(queue->account, charge_of(block));
    if (block->is_taken) {
        free(block->data);
        free(block);
    } else if (queue->pool->count < NET_KEPT_BLOCKS_MAX && charge_of(block) == NET_BLOCK_BYTES) {
        block->next = queue->pool->free;
        queue->pool->free = block;
        queue->pool->count++;
    } else {
        free(block);
    }
}

void net_pool_free(struct net_pool *pool)
{
    for (struct net_block *block = pool->free, *next; block; block = next) {
        next = block->next;
        free(block);
    }
    *pool = (struct net_pool){0};
}

/* ---- The queue ---- */

void net_queue_init(struct net_queue *queue, struct net_pool *pool, struct budget_account *account)
{
    *queue = (struct net_queue){.pool = pool, .account = account};
}

void net_queue_clear(struct net_queue *queue)
{
    for (struct net_block *block = queue->first, *next; block; block = next) {
        next = block->next;
        destroy_block(queue, block);
    }
    queue->first = queue->last = NULL;
    queue->bytes = 0;
}

static void append_block(struct net_queue *queue, struct net_block *block)
{
    if (queue->last)
        queue->last->next = block;
    else
        queue->first = block;
    queue->last = block;
}

char *net_queue_reserve(struct net_queue *queue, size_t bytes)
{
    struct net_block *last = queue->last;
    if (!last || last->is_taken || last->cap - last->end < bytes) {
        last = create_block(queue);
        if (!last || last->cap < bytes) {
            if (last)
                destroy_block(queue, last);
            return NULL;
        }
        append_block(queue, last);
    }
    return last->data + last->end;
}

void net_queue_commit(struct net_queue *queue, size_t bytes)
{
    queue->last->end += bytes;
    queue->bytes += bytes;
}

bool net_queue_append(struct net_queue *queue, struct view bytes)
{
    while (bytes.len) {
        char *room = net_queue_reserve(queue, 1);
        if (!room)
            return false;
        size_t len = queue->last->cap - queue->last->end;
        len = bytes.len < len ? bytes.len : len;
        memcpy(room, bytes.data, len);
        net_queue_commit(queue, len);
        bytes = view_make(bytes.data + len, bytes.len - len);
    }
    return true;
}

bool net_queue_append_buf(struct net_queue *queue, struct buf *buf)
{
    if (buf->len < NET_TAKEN_BYTES_MIN) {
        bool appended = net_queue_append(queue, buf_view(buf));
        buf_clear(buf);
        return appended;
    }
    struct net_block *block = malloc(sizeof(*block));
    if (!block)
        return false;
    buf_set_account(buf, NULL);
    char *shrunk = realloc(buf->data, buf->len); /* what it had grown to may be twice as much */
    if (shrunk) {
        buf->data = shrunk;
        buf->cap = buf->len;
    }
    *block = (struct net_block){.end = buf->len, .cap = buf->cap, .is_taken = true};
    if (queue->account && !budget_charge(queue->account, block->cap)) {
        free(block);
        buf_free(buf);
        return false;
    }
    queue->bytes += buf->len;
    block->data = buf_take(buf);
    append_block(queue, block);
    return true;
}

int net_queue_pieces(const struct net_queue *queue, struct iovec *ret_pieces, int pieces_max)
{
    int count = 0;
    for (const struct net_block *block = queue->first; block && count < pieces_max; block = block->next)
        ret_pieces[count++] = (struct iovec){block->data + block->start, block->end - block->start};
    return count;
}

void net_queue_consume(struct net_queue *queue, size_t bytes)
{
    queue->bytes -= bytes;
    for (struct net_block *block = queue->first; block; block = queue->first) {
        size_t len = block->end - block->start;
        if (bytes < len) {
            block->start += bytes;
            return;
        }
        bytes -= len;
        queue->first = block->next;
        if (!queue->first)
            queue->last = NULL;
        destroy_block(queue, block);
    }
}
