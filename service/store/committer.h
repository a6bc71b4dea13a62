/*
 * Threads that write: each takes whatever waits, runs it as one batch, answers it.
 *
 * Group commit comes by itself: while a batch is being committed new writes queue up, and they are the next batch. An
 * idle thread takes a lone write at once, so nobody waits for company. While one batch is answered the next is committed.
 * Several tables share a queue when the store has transactions side by side: one loads rows while the other waits for the
 * disk.
 *
 * Flow     create, submit from any thread, destroy. A table that has nothing to do has its `idle` called each
 *          STORE_IDLE_S.
 * Memory   The queue is linked through the writes: submitting allocates nothing.
 * Limits   queue_max writes wait; a batch takes up to STORE_BATCH_WRITES_MAX of them and STORE_BATCH_BYTES_MAX of rows.
 * Threads  submit is safe from any; `decide` and `done` run on the committer's threads, which have all signals blocked.
 */
#ifndef SERVICE_STORE_COMMITTER_H
#define SERVICE_STORE_COMMITTER_H

#include "service/store/batch.h"

#define COMMITTER_TABLES_MAX 4

struct committer;

/* Starts threads for each table, which use it in turn, nobody else until destroyed. At most COMMITTER_TABLES_MAX tables. */
MUST_USE bool committer_create(struct batch_table *const *tables, size_t table_count, size_t queue_max,
                               struct committer **ret_committer, struct status *st);

/* Queues a write. RESOURCE_EXHAUSTED, told through `done` before this returns, when the queue is full. */
void committer_submit(struct committer *committer, struct store_write *write);

/* Runs what is queued, then ends the threads. NULL is fine. */
void committer_destroy(struct committer *committer);

#endif
