/*
 * Rows are locked one statement each, in the order of their ids, so that transactions of several services wait for each other
 * in one direction only. A row that is not there cannot be locked: when two services make it at the same time, the second one's
 * INSERT is a conflict, and its batch is run again. (So a write that changes one row because another one is absent, and leaves
 * that absent, is not safe from somebody who makes it; there is no such operation.)
 *
 * A commit whose answer does not come is UNAVAILABLE, as it may have happened. So is one that the server warns of: it has given
 * up waiting for a synchronous standby then, and a failover may undo what it calls committed.
 */
#include "service/store/postgresql_table.h"

#include "service/limits.h"

static struct postgresql_session *session_of(struct batch_table *table)
{
    return &((struct postgresql_table *)table)->session;
}

/* ---- Loading ---- */

struct loading {
    struct batch_row *row;
    struct arena *arena;
};

/* table_row says that there is a row, be it that of a deleted track. */
static bool keep_row(void *ctx, const struct view *columns, struct status *st)
{
    struct loading *loading = ctx;
    struct batch_row *row = loading->row;
    struct store_row found = postgresql_row(columns);
    row->table_row = row;
    row->version_given = found.version;
    if (!found.bytes.data)
        return true;
    char *copy = arena_copy(loading->arena, found.bytes);
    if (!copy)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for the rows of a transaction");
    row->existed = true;
    row->version = found.version;
    row->bytes = view_make(copy, found.bytes.len);
    return true;
}

static bool lock_rows(struct postgresql_connection *connection, struct batch_row *rows, size_t row_count,
                      struct arena *arena, struct status *st)
{
    bool ok = postgresql_send(connection, POSTGRESQL_BEGIN, NULL, st);
    for (size_t i = 0; ok && i < row_count; i++)
        ok = postgresql_send(connection, POSTGRESQL_LOCK, &rows[i].id, st);
    ok = ok && postgresql_sync(connection, st) && postgresql_receive(connection, "BEGIN", NULL, NULL, st);
    for (size_t i = 0; ok && i < row_count; i++) {
        struct loading loading = {&rows[i], arena};
        ok = postgresql_receive(connection, "SELECT", keep_row, &loading, st);
    }
    postgresql_finish(connection);
    return ok;
}

static bool load(struct batch_table *table, struct batch_row *rows, size_t row_count, struct arena *arena,
                 struct status *st)
{
    struct postgresql_session *session = session_of(table);
    if (!session_use(session, st))
        return false;
    if (lock_rows(session->connection, rows, row_count, arena, st))
        return true;
    session_failed(session, st);
    postgresql_rollback(session->connection);
    if (session_was_stale(session))
        st->code = STATUS_ABORTED;
    return false;
}

static void rollback(struct batch_table *table)
{
    postgresql_rollback(session_of(table)->connection);
}

/* ---- Committing ---- */

static bool send_row(struct postgresql_connection *connection, const struct batch_row *row, struct status *st)
{
    char version[8];
    const struct view values[] = {
        row->id,
        postgresql_number(row->version_given, version),
        row->version ? postgresql_bytes(row->bytes) : (struct view){0},
    };
    return postgresql_send(connection, row->table_row ? POSTGRESQL_UPDATE : POSTGRESQL_INSERT, values, st);
}

static bool write_rows(struct postgresql_connection *connection, const struct batch_row *rows, size_t row_count,
                       struct status *st)
{
    bool ok = true;
    for (size_t i = 0; ok && i < row_count; i++)
        ok = !rows[i].changed || send_row(connection, &rows[i], st);
    ok = ok && postgresql_send(connection, POSTGRESQL_COMMIT, NULL, st) && postgresql_sync(connection, st);
    for (size_t i = 0; ok && i < row_count; i++)
        ok = !rows[i].changed ||
             postgresql_receive(connection, rows[i].table_row ? "UPDATE 1" : "INSERT 0 1", NULL, NULL, st);
    ok = ok && postgresql_receive(connection, "COMMIT", NULL, NULL, st);
    postgresql_finish(connection);
    return ok;
}

static bool commit(struct batch_table *table, struct batch_row *rows, size_t row_count, struct status *st)
{
    struct postgresql_session *session = session_of(table);
    struct postgresql_connection *connection = session->connection;
    bool ok = write_rows(connection, rows, row_count, st);
    if (ok && !postgresql_was_warned(connection))
        return true;
    if (ok)
        status_fail(st, STATUS_UNAVAILABLE, "the database has committed, but not on its standbys");
    session_failed(session, st);
    postgresql_rollback(connection);
    return false;
}

/* ---- The table ---- */

bool postgresql_table_init(struct postgresql_table *table, struct postgresql_link *link)
{
    table->table = (struct batch_table){load, commit, rollback, NULL};
    return session_init(&table->session, link);
}

void postgresql_table_free(struct postgresql_table *table)
{
    session_free(&table->session);
}
