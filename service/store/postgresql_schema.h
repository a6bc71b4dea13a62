/*
 * The tables that the present version of the store expects in a PostgreSQL database.
 *
 *     tracks          id bytea, version bigint, track bytea: a row a track, as in every store
 *     tracks_schema   one row: the step that the tables have reached
 *
 * They are in the first schema of the session's search_path, so that one database serves several services when their URIs say
 * so (?options=-csearch_path%3DNAME).
 */
#ifndef SERVICE_STORE_POSTGRESQL_SCHEMA_H
#define SERVICE_STORE_POSTGRESQL_SCHEMA_H

#include "service/store/postgresql_connection.h"

/*
 * Looks whose tables there are, and takes the steps that are missing; safe when several services start at once, and without
 * the right to make tables when none is missing. FAILED_PRECONDITION: the tables are another program's or of a later version;
 * nothing was changed. Other errors are the connection's.
 */
MUST_USE bool postgresql_schema_update(struct postgresql_connection *connection, struct status *st);

#endif
