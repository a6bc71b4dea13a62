/*
 * The tracks of a PostgreSQL database as a table of batches (batch.h), on a connection of its own.
 *
 * Cost     A batch is two round trips, however many rows it has: one that begins and locks the rows, one that writes what
 *          changed and commits. One that changes nothing ends with a ROLLBACK in place of the second.
 * Errors   ABORTED: others have changed the rows, or the connection was found to be an old one before anything was sent on it
 *          that counts. UNAVAILABLE from a commit: it may have happened.
 */
#ifndef SERVICE_STORE_POSTGRESQL_TABLE_H
#define SERVICE_STORE_POSTGRESQL_TABLE_H

#include "service/store/batch.h"
#include "service/store/postgresql_link.h"

struct postgresql_table {
    struct batch_table table; /* first */
    struct postgresql_session session;
};

/* False: no memory. */
MUST_USE bool postgresql_table_init(struct postgresql_table *table, struct postgresql_link *link);

/* A table that is all zero is fine. */
void postgresql_table_free(struct postgresql_table *table);

#endif
