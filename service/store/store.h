/*
 * Where tracks are kept: rows of id, version and bytes. The store does not look into the bytes (an encoded
 * soundcheck.v1.Track); what a row may become is decided by its callers, inside the store's transaction.
 *
 * Flow     store_open(), any number of store_read() and store_write(), store_close(). Both are given a struct of the
 *          caller's and answer it by calling its `done` exactly once: maybe before they return, maybe later, on the
 *          caller's thread or on one of the store's. No caller waits for a disk's write or for another's transaction.
 * Writing  One operation for create, replace and delete: it names rows, `decide` sees them as they are and says what
 *          becomes of each, or refuses. Writes that arrive while a commit is in flight share the next one, so that one
 *          fsync serves many; each is still all or nothing, and a refused one leaves no trace in its neighbours.
 * Reading  Sees what is committed, as of one moment, and does not wait for writers.
 * Memory   An operation's struct, ids and new bytes are the caller's, borrowed until `done` is called. Current bytes are
 *          the store's, valid during `decide` or `row` only.
 * Limits   STORE_QUEUE_MAX writes wait at once (service/limits.h).
 * Threads  Safe from any. `row`, `decide` and `done` must not block; only `done` may start another operation.
 * Errors   RESOURCE_EXHAUSTED: the queue is full. UNAVAILABLE: disk full, I/O error, file locked, database lost; no row has
 *          changed, as far as the store can know (a commit whose answer is lost may have happened), and it works again when
 *          the fault ends. DATA_LOSS: the file is damaged.
 *
 *     static bool put(struct store_write *write, struct status *st)
 *     {
 *         struct store_entry *entry = write->entries;
 *         if (entry->version == 0)
 *             return status_fail(st, STATUS_NOT_FOUND, "there is no such row");
 *         entry->action = STORE_PUT;
 *         entry->next = bytes_of(write->ctx);
 *         return true;
 *     }
 */
#ifndef SERVICE_STORE_STORE_H
#define SERVICE_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/view.h"

struct store;

/* The order of rows: by the bytes of the id, which for UTF-8 is by code points. Negative, 0 or positive. */
int store_compare_ids(struct view a, struct view b);

/*
 * Opens what the URI names, and makes it when it is not there:
 *
 *     sqlite:PATH     a file. Kept to this process until store_close(): a second one is refused (store_sqlite.c says why)
 *     postgresql://…  a PostgreSQL database, by any URI that libpq understands; shared with other services
 *     memory:         nothing on disk, gone at store_close()
 *
 * INVALID_ARGUMENT: not such a URI. FAILED_PRECONDITION: the file cannot be opened or written, is another service's, another
 * program's, or of a later version; so are the database's tables. UNAVAILABLE: it is locked, or the disk fails; the database
 * cannot be reached. DATA_LOSS: it is damaged. The message names the file, or what libpq or the server said; a password is never
 * in it. What was refused was not changed.
 */
MUST_USE bool store_open(const char *uri, struct store **ret_store, struct status *st);

/* Answers every write that was taken, then closes. Calls of store_read() and store_write() have returned before, and none
 * follows. NULL is fine. */
void store_close(struct store *store);

/* A row as it is kept. The version grows with each write, and is not used again when the id is deleted and created anew. */
struct store_row {
    struct view id;
    int64_t version;
    struct view bytes;
};

struct store_read {
    const struct view *ids; /* which rows, ordered by store_compare_ids(), none twice; unknown ones are left out */
    size_t id_count;        /* 0: all rows */
    struct view after;      /* of all rows only those behind this id; empty: from the first */

    /* Called for each row, in the order of the ids. False ends the reading: with st set, or with success when it is not. */
    bool (*row)(struct store_read *read, const struct store_row *row, struct status *st);

    /* Called last. */
    void (*done)(struct store_read *read);

    void *ctx;        /* for the callbacks */
    struct status st; /* set before done: OK, or why the rows are not complete */

    struct store_read *next_; /* the store's own */
};

/* Reads rows. `row` may run under the store's locks: it copies what it needs and returns. */
void store_read(struct store *store, struct store_read *read);

enum store_action {
    STORE_KEEP,   /* the row stays as it is, or absent */
    STORE_PUT,    /* the row becomes `next` */
    STORE_REMOVE, /* the row is absent afterwards */
};

/* A row that a write looks at. Absent rows have version 0 and no bytes. */
struct store_entry {
    struct view id;           /* set by the caller; not empty */
    int64_t version;          /* in decide: the row's; in done: after the write */
    struct view bytes;        /* in decide: the row's */
    enum store_action action; /* set by decide; STORE_KEEP unless it is */
    struct view next;         /* set by decide together with STORE_PUT */
    void *row_;               /* the store's own */
};

struct store_write {
    struct store_entry *entries; /* the rows that are looked at, no id twice */
    size_t entry_count;          /* at least 1 */

    /*
     * Runs inside the transaction with the rows as they are there, and sets each entry's action. False, with st set,
     * refuses the operation: none of its rows changes, and st is its outcome. All writes queue behind it, so it is to
     * cost microseconds. It may run again on other rows when a transaction is tried again: it starts from the entries
     * each time.
     */
    bool (*decide)(struct store_write *write, struct status *st);

    /* Called when the outcome is certain: OK means on disk. */
    void (*done)(struct store_write *write);

    void *ctx;        /* for the callbacks */
    struct status st; /* set before done */

    struct store_write *next_; /* the store's own */
};

/* Changes rows, or refuses. */
void store_write(struct store *store, struct store_write *write);

/*
 * Whether the store works, as its latest work and its own looking after it have shown: false while nothing can be read. A disk
 * that is full or a file that is locked refuses writes only, which each of them says; so the store is available. While it is
 * down it is tried again about once a second, so that it comes back without being asked for anything. Costs nothing.
 */
bool store_is_available(const struct store *store);

enum store_event {
    STORE_WENT_DOWN, /* store_is_available() has turned false */
    STORE_CAME_BACK, /* … and true again */
    STORE_FAILED,    /* something has failed that clients are told less of than logs should hold */
};

/* Takes an event. `detail` is for logs, not for clients: it may name hosts, users and files; borrowed. Must not block. */
typedef void store_watcher(void *ctx, enum store_event event, const char *detail);

/*
 * Has the watcher told of events from now on, one at a time, on any thread; the first, at once, is STORE_WENT_DOWN when the
 * store is down. NULL ends that: afterwards none is running. A store has one watcher.
 */
void store_watch(struct store *store, store_watcher *watcher, void *ctx);

#endif
