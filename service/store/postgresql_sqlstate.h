/*
 * What an error of a PostgreSQL server means to the store.
 *
 * Source   https://www.postgresql.org/docs/15/errcodes-appendix.html
 */
#ifndef SERVICE_STORE_POSTGRESQL_SQLSTATE_H
#define SERVICE_STORE_POSTGRESQL_SQLSTATE_H

#include "base/status.h"

struct sqlstate_meaning {
    enum status_code code; /* ABORTED: a conflict with others, to be tried again */
    bool reconnect;        /* the connection is of no more use, or leads to the wrong server */
};

/* Of five characters, such as "40001". Never NULL: what is not known is INTERNAL. */
const struct sqlstate_meaning *sqlstate_meaning(const char *sqlstate);

#endif
