/*
 * The queue ends without a lock or a signal to its thread. grpc_server_shutdown_and_notify() sends its tag to every
 * queue; after that core hands out no more calls and returns the requested ones as failed. When the tag has come and the
 * last call has left, nothing can start an operation any more, and core's queue is shut down; its last event ends the
 * thread. (Starting an operation on a queue that was shut down would abort the process, so the order matters.)
 */
#include "service/server/queue.h"

#include <stdlib.h>

static void end_when_idle(struct queue *queue)
{
    if (queue->is_server_down && queue->calls_held == 0)
        grpc_completion_queue_shutdown(queue->core);
}

static void server_is_down(struct queue_event *event, bool ok)
{
    (void)ok;
    struct queue *queue = (struct queue *)((char *)event - offsetof(struct queue, server_down));
    queue->is_server_down = true;
    end_when_idle(queue);
}

void queue_init(struct queue *queue, struct server_load *load, size_t request_bytes_max)
{
    *queue = (struct queue){
        .core = grpc_completion_queue_create_for_next(NULL),
        .load = load,
        .request_bytes_max = request_bytes_max,
        .server_down = {server_is_down},
    };
}

void queue_run(struct queue *queue)
{
    for (;;) {
        grpc_event core = grpc_completion_queue_next(queue->core, gpr_inf_future(GPR_CLOCK_REALTIME), NULL);
        if (core.type == GRPC_QUEUE_SHUTDOWN)
            break;
        struct queue_event *event = core.tag;
        event->happened(event, core.success != 0);
    }
}

static void free_list(struct idle **list)
{
    for (struct idle *item; (item = idle_take(list));)
        free(item);
}

void queue_free(struct queue *queue)
{
    free_list(&queue->idle_calls);
    free_list(&queue->idle_blocks);
    grpc_completion_queue_destroy(queue->core);
}

void queue_enter(struct queue *queue)
{
    queue->calls_held++;
}

void queue_leave(struct queue *queue)
{
    queue->calls_held--;
    end_when_idle(queue);
}

struct idle *idle_take(struct idle **list)
{
    struct idle *item = *list;
    if (item)
        *list = item->next;
    return item;
}

void idle_give(struct idle **list, struct idle *item)
{
    item->next = *list;
    *list = item;
}

struct call_block *queue_take_block(struct queue *queue)
{
    struct idle *idle = idle_take(&queue->idle_blocks);
    if (!idle)
        return malloc(sizeof(struct call_block));
    queue->idle_block_count--;
    return (struct call_block *)idle;
}

void queue_give_block(struct queue *queue, struct call_block *block)
{
    if (!block)
        return;
    if (queue->idle_block_count == SERVER_CALL_BLOCKS_MAX) {
        free(block);
        return;
    }
    idle_give(&queue->idle_blocks, &block->idle);
    queue->idle_block_count++;
}
