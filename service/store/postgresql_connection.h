/*
 * One connection to a PostgreSQL server. The only file that speaks to libpq is behind this header.
 *
 * Flow     create, connect, prepare; then groups of statements in pipeline mode, each group one round trip however many they
 *          are: send…, sync, receive for each in the same order, finish. disconnect and connect again as often as needed.
 * Groups   The first statement that fails ends its group: those behind it are not run.
 * Memory   What a statement sends is copied. Rows are libpq's, valid in the callback only, and come one at a time.
 * Limits   Connecting takes POSTGRESQL_CONNECT_S an address, a statement POSTGRESQL_STATEMENT_MS on the server; a server that
 *          is silent for POSTGRESQL_SILENCE_MS is asked to stop, and given up if it does not (service/limits.h).
 * Threads  One at a time. Everything but create blocks.
 * Errors   What a status says is fit for clients. What the server or libpq said, which may name hosts, users and SQL, is in
 *          postgresql_detail().
 *            ABORTED      others changed the same rows; no effect; to be tried again
 *            UNAVAILABLE  the connection is lost, or the server is short of something or shutting down
 *          After UNAVAILABLE the connection may be closed: postgresql_is_connected() tells. A lost connection leaves it
 *          open whether the statements of the group had their effect; any other failure says that it had none.
 *
 *     ok = postgresql_send(connection, POSTGRESQL_BEGIN, NULL, &st) &&
 *          postgresql_send(connection, POSTGRESQL_LOCK, &id, &st) && postgresql_sync(connection, &st) &&
 *          postgresql_receive(connection, "BEGIN", NULL, NULL, &st) &&
 *          postgresql_receive(connection, "SELECT", keep_row, row, &st);
 *     postgresql_finish(connection);
 */
#ifndef SERVICE_STORE_POSTGRESQL_CONNECTION_H
#define SERVICE_STORE_POSTGRESQL_CONNECTION_H

#include "service/store/postgresql_statements.h"

struct postgresql_connection;

/* Whether libpq understands the URI as it is meant (postgresql_uri.h). INVALID_ARGUMENT, without a word of the URI, as passwords are in it. */
MUST_USE bool postgresql_check_uri(const char *uri, struct status *st);

/* A connection that is not connected; keeps `uri`. NULL: no memory. */
struct postgresql_connection *postgresql_create(const char *uri);

/* NULL is fine. */
void postgresql_destroy(struct postgresql_connection *connection);

/*
 * Connects to the first host of the URI that takes writes (target_session_attrs, unless the URI says otherwise), and sets
 * time limits and durability for the session. Closes the connection that there was.
 */
MUST_USE bool postgresql_connect(struct postgresql_connection *connection, struct status *st);

/* Whether a host of the URI answers at all, be it that it refuses this connection: there are too many, say. */
bool postgresql_answers(const struct postgresql_connection *connection);

void postgresql_disconnect(struct postgresql_connection *connection);

bool postgresql_is_connected(const struct postgresql_connection *connection);

/* Prepares all statements. The tables must be there. */
MUST_USE bool postgresql_prepare(struct postgresql_connection *connection, struct status *st);

/* The failure or the warning of the latest group, or attempt to connect, in the words of libpq or of the server: for logs.
 * Empty: they said nothing. Valid until the next call. */
const char *postgresql_detail(const struct postgresql_connection *connection);

/* ---- A group of statements ---- */

/* Adds a statement with the values of its parameters; NULL data is SQL's NULL. Nothing is waited for, unless much is unsent. */
MUST_USE bool postgresql_send(struct postgresql_connection *connection, enum postgresql_statement statement,
                              const struct view *values, struct status *st);

/* The same with a statement that is not prepared. Its columns are texts. */
MUST_USE bool postgresql_send_sql(struct postgresql_connection *connection, const char *sql, struct status *st);

/* Ends the group, and sees it sent. */
MUST_USE bool postgresql_sync(struct postgresql_connection *connection, struct status *st);

/* Takes the columns of a row; NULL data is SQL's NULL. False, with st set, for a row that cannot be taken: the statement's
 * other rows are passed over, and st is its outcome. */
typedef bool postgresql_row_callback(void *ctx, const struct view *columns, struct status *st);

/*
 * Waits for the next statement's outcome and hands its rows to the callback, which may be NULL where there are none. `tag` is
 * what the server must say when all went well, or how that begins ("UPDATE 1", "SELECT").
 */
MUST_USE bool postgresql_receive(struct postgresql_connection *connection, const char *tag,
                                 postgresql_row_callback *callback, void *ctx, struct status *st);

/* Takes what is left of the group, and ends it first when nobody has. After a failure, too. The connection is then ready for
 * another, or closed. */
void postgresql_finish(struct postgresql_connection *connection);

/* Between groups: ends the transaction that is open, if one is, without a change. */
void postgresql_rollback(struct postgresql_connection *connection);

/* Between groups: asks whether the server is there, and takes writes if it did when the connection was made. */
MUST_USE bool postgresql_ping(struct postgresql_connection *connection, struct status *st);

/* Whether the server has warned of anything since the group began. */
bool postgresql_was_warned(const struct postgresql_connection *connection);

#endif
