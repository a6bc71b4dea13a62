/*
 * Threads that read from PostgreSQL, each on a connection of its own.
 *
 * Reads of ids that wait at the same time share a round trip, a statement each. Lists are read alone, in portions that grow, all
 * in one transaction that sees one moment; rows come one by one, so that no portion is held in memory, and a list that ends
 * early leaves little behind to be passed over.
 *
 * Flow     create, submit from any thread, destroy.
 * Limits   STORE_READ_QUEUE_MAX reads wait; POSTGRESQL_READS_MAX share a round trip.
 * Threads  submit is safe from any; `row` and `done` run on a reader's thread, which has all signals blocked.
 */
#ifndef SERVICE_STORE_POSTGRESQL_READERS_H
#define SERVICE_STORE_POSTGRESQL_READERS_H

#include "service/store/postgresql_link.h"

struct postgresql_readers;

MUST_USE bool readers_create(struct postgresql_link *link, size_t count, struct postgresql_readers **ret_readers,
                             struct status *st);

/* Queues a read. RESOURCE_EXHAUSTED, told through `done` before this returns, when the queue is full. */
void readers_submit(struct postgresql_readers *readers, struct store_read *read);

/* Runs what is queued, then ends the threads. NULL is fine. */
void readers_destroy(struct postgresql_readers *readers);

#endif
