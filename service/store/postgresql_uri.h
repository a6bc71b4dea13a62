/*
 * What libpq lets through in a URI although it cannot be meant.
 *
 *     postgresql://[USER[:PASSWORD]@]HOSTS[/DATABASE][?PARAMETERS]
 *
 * A password with an @ or / that is not written as %40 or %2F is cut there, and its rest is taken for a host or a database: those are
 * named in errors and logs, where no part of a password belongs.
 */
#ifndef SERVICE_STORE_POSTGRESQL_URI_H
#define SERVICE_STORE_POSTGRESQL_URI_H

#include <stdbool.h>

/* Whether an @ stands between the one behind the user, if any, and the parameters. */
bool postgresql_uri_has_stray_at(const char *uri);

#endif
