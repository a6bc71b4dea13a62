/*
 * A completion queue of gRPC core, its thread, and what the calls on it share: memory for the next ones, counts.
 *
 * Flow     init, then events happen once queue_run() has the thread; the queue ends by itself when the server is down and
 *          its last call has left; free.
 * Memory   Calls and blocks that are idle wait in free lists, the last used first: the steady state asks the heap for
 *          nothing, and finds its memory in the cache.
 * Limits   SERVER_CALL_BLOCKS_MAX blocks are kept. Idle calls are not bounded: calls_max bounds those in flight.
 * Threads  All fields belong to the thread in queue_run(), before that to the one that started the server.
 */
#ifndef SERVICE_SERVER_QUEUE_H
#define SERVICE_SERVER_QUEUE_H

#include <grpc/grpc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "service/limits.h"

/* What is handed to core as a tag: it comes back when the operation has ended, ok or not. */
struct queue_event {
    void (*happened)(struct queue_event *event, bool ok);
};

/* What all queues of a server count together. */
struct server_load {
    unsigned calls_max;        /* in flight; const once the server runs */
    atomic_size_t arrived;     /* calls */
    atomic_size_t finished;    /* of them; the others are in flight */
    atomic_bool is_refusing;   /* calls that arrive, because the server drains */
    atomic_size_t arena_bytes; /* heap bytes of the requests in flight */
};

/* Memory from malloc that waits for its next use; the first member of what it holds in use. */
struct idle {
    struct idle *next;
};

/* The first memory of a call's arena. */
struct call_block {
    struct idle idle;
    _Alignas(max_align_t) char data[SERVER_CALL_BLOCK_BYTES];
};

struct queue {
    grpc_completion_queue *core;
    struct server_load *load;
    size_t request_bytes_max;       /* of a message, also when it was compressed */
    struct queue_event server_down; /* the tag for grpc_server_shutdown_and_notify() */
    bool is_server_down;
    size_t calls_held; /* by core or by methods */
    struct idle *idle_calls;
    struct idle *idle_blocks;
    size_t idle_block_count;
    pthread_t thread;
    bool has_thread;
};

void queue_init(struct queue *queue, struct server_load *load, size_t request_bytes_max);

/* Takes events until the queue ends. */
void queue_run(struct queue *queue);

/* Frees what is idle. The queue has ended, or never had an event. */
void queue_free(struct queue *queue);

/* A call object now is with core or a method; or no longer. */
void queue_enter(struct queue *queue);
void queue_leave(struct queue *queue);

/* Takes from a list, or NULL. */
struct idle *idle_take(struct idle **list);
void idle_give(struct idle **list, struct idle *item);

/* A block for a call's arena, or NULL when the heap is exhausted. Given back with queue_give_block(); NULL is fine. */
struct call_block *queue_take_block(struct queue *queue);
void queue_give_block(struct queue *queue, struct call_block *block);

#endif
