/*
 * One connection to the SQLite file, with the statements that the store uses: all that is said to SQLite is said here.
 *
 * Flow     open; the first connection of a process prepares the file; then transactions and rows; close.
 * Memory   Rows handed to a callback are SQLite's and valid in it only.
 * Threads  One at a time a connection.
 * Errors   UNAVAILABLE: locked for STORE_BUSY_MS, disk full, I/O error. DATA_LOSS: the file is damaged or no database.
 *          After an error inside a transaction it may be open or rolled back: sqlite_rollback() settles it.
 */
#ifndef SERVICE_STORE_SQLITE_CONNECTION_H
#define SERVICE_STORE_SQLITE_CONNECTION_H

#include "service/store/store.h"

struct sqlite_connection;

/* Opens the file, which exists. Before another function is called it needs one of the two below. */
MUST_USE bool sqlite_open(const char *path, struct sqlite_connection **ret_connection, struct status *st);

/*
 * Looks whose file it is, and whether it is whole, sets its modes, and takes the steps that are missing in its schema.
 * FAILED_PRECONDITION: it is another program's, or of a later version. A file that is refused was not written to.
 */
MUST_USE bool sqlite_prepare_writer(struct sqlite_connection *connection, struct status *st);

/* For a connection that only reads a file which has been prepared. */
MUST_USE bool sqlite_prepare_reader(struct sqlite_connection *connection, struct status *st);

/* NULL is fine. */
void sqlite_close(struct sqlite_connection *connection);

/* Transactions. A reading one sees the moment of its first row; a writing one has no other writer beside it. */
MUST_USE bool sqlite_begin_read(struct sqlite_connection *connection, struct status *st);
MUST_USE bool sqlite_begin_write(struct sqlite_connection *connection, struct status *st);

/* On disk when it returns true. */
MUST_USE bool sqlite_commit(struct sqlite_connection *connection, struct status *st);

/* Ends whatever transaction is open. */
void sqlite_rollback(struct sqlite_connection *connection);

/* Takes a row; false ends the reading, whose outcome is false too; st is set unless the callback has left it alone. */
typedef bool sqlite_row_callback(void *ctx, const struct store_row *row, struct status *st);

/* Hands the row of this id to the callback, if there is one. */
MUST_USE bool sqlite_get(struct sqlite_connection *connection, struct view id, struct status *st,
                         sqlite_row_callback *callback, void *ctx);

/* Hands all rows behind this id to the callback, ordered by store_compare_ids(). */
MUST_USE bool sqlite_list(struct sqlite_connection *connection, struct view after, struct status *st,
                          sqlite_row_callback *callback, void *ctx);

/* Inserts or replaces. */
MUST_USE bool sqlite_put(struct sqlite_connection *connection, const struct store_row *row, struct status *st);

MUST_USE bool sqlite_remove(struct sqlite_connection *connection, struct view id, struct status *st);

#endif
