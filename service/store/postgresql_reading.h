/*
 * Reads, run on a PostgreSQL session: what a reader's thread does with what it took off the queue.
 *
 * Memory   The arena holds what statements send; it is reset for each round trip.
 * Threads  One at a time a session.
 */
#ifndef SERVICE_STORE_POSTGRESQL_READING_H
#define SERVICE_STORE_POSTGRESQL_READING_H

#include "service/store/postgresql_link.h"

/* Runs and answers reads of ids, linked by next_, a statement each, in one round trip when all goes well. */
void reading_run_gets(struct postgresql_session *session, struct store_read *reads, struct arena *arena);

/* Runs and answers a read of all rows. */
void reading_run_list(struct postgresql_session *session, struct store_read *read, struct arena *arena);

#endif
