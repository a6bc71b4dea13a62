/*
 * A thread with a connection of its own that looks after the others: asks the server once a second whether it is there, makes
 * the first new connection after it was not, and forgets the versions of tracks that were deleted long ago.
 *
 * So a server that has gone is noticed, and its coming back too, while nobody asks for anything.
 */
#ifndef SERVICE_STORE_POSTGRESQL_KEEPER_H
#define SERVICE_STORE_POSTGRESQL_KEEPER_H

#include "service/store/postgresql_link.h"

struct postgresql_keeper;

MUST_USE bool keeper_create(struct postgresql_link *link, struct postgresql_keeper **ret_keeper, struct status *st);

/* NULL is fine. Waits for an attempt to connect that is under way. */
void keeper_destroy(struct postgresql_keeper *keeper);

#endif
