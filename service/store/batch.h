/*
 * Many writes in one transaction, without one harming another.
 *
 * Flow     The rows that the writes name are loaded, each once. Then every write decides, in order of arrival, on the
 *          rows as its forerunners left them in memory; a refused one has touched nothing, so there is nothing to undo.
 *          Last, each row that changed is written once, in its final form, and the transaction is committed.
 * Rows     Come ordered by id: neighbours in the index, and a lock order that transactions of several servers share.
 * Failure  When the table fails, the outcome of every write is the table's error, as the decisions were taken on rows
 *          that were not written. After ABORTED the whole batch is run again, decisions included, STORE_ATTEMPTS_MAX times
 *          at most. After other errors but UNAVAILABLE the writes are run one at a time, so that the one that the table
 *          cannot take fails alone.
 * Cost     Sorting n ids and two calls of the table, which are two round trips when it is a server.
 * Threads  One at a time a table.
 */
#ifndef SERVICE_STORE_BATCH_H
#define SERVICE_STORE_BATCH_H

#include "base/arena.h"
#include "service/store/store.h"

struct batch_row {
    struct view id;
    int64_t version;       /* 0: absent */
    struct view bytes;     /* empty when absent */
    bool existed;          /* before the batch; set by load */
    bool changed;          /* by the batch: to be written as version and bytes say, or removed */
    int64_t version_given; /* the latest version that this row has had, as far as is known; load may set it */
    void *table_row;       /* the table's own */
};

/* What a kind of store does in a transaction. */
struct batch_table {
    /* Begins a transaction and sets version, bytes (borrowed until the transaction ends, or from the arena) and existed
     * of each row. When it fails no transaction is open. ABORTED: try again. */
    bool (*load)(struct batch_table *table, struct batch_row *rows, size_t row_count, struct arena *arena,
                 struct status *st);

    /* Writes the rows that changed and commits: OK means durable. When it fails no transaction is open. ABORTED: others have
     * changed the rows, nothing was committed. UNAVAILABLE: it may have been. */
    bool (*commit)(struct batch_table *table, struct batch_row *rows, size_t row_count, struct status *st);

    /* Ends the transaction without a change. */
    void (*rollback)(struct batch_table *table);

    /* Looks after the table while it has nothing to do (committer.h). NULL: no need. */
    void (*idle)(struct batch_table *table);
};

/* Runs the writes linked by next_ and sets the st of each; `done` is left to the caller. */
void batch_run(struct batch_table *table, struct store_write *writes, struct arena *arena);

#endif
