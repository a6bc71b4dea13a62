/*
 * The row of tracks_schema is the lock: who holds it takes the steps, others wait for it and find them taken. Every step can be
 * taken twice, for databases that do not roll back a CREATE TABLE. A step, once released, is never edited: a change is a new
 * step at the end. Services of the version before go on while the next one's start: a step leaves what they use.
 *
 * Two services that find no table at all may both try to make it, and one of them fails in spite of IF NOT EXISTS: the server
 * reports a unique violation in its catalogue, which is a conflict like any other and is tried again.
 */
#include "service/store/postgresql_schema.h"

#include <stdio.h>
#include <stdlib.h>

#include "service/limits.h"

static const char *const steps[] = {
    "CREATE TABLE IF NOT EXISTS tracks ("
    " id bytea NOT NULL PRIMARY KEY,"
    " version bigint NOT NULL,"
    " track bytea" /* an encoded soundcheck.v1.Track; NULL: deleted */
    ")",
};

enum { STEP_COUNT = sizeof(steps) / sizeof(steps[0]) };

/* ---- Statements that are said once ---- */

/* The first column of a row, a number; libpq's values are terminated. */
static bool keep_number(void *ctx, const struct view *columns, struct status *st)
{
    (void)st;
    *(int *)ctx = columns[0].data ? atoi(columns[0].data) : 0;
    return true;
}

/* Runs statements as one group. The number is that of the last row of all of them; untouched when there is none. */
static bool run(struct postgresql_connection *connection, const char *const *statements, size_t count, int *ret_number,
                struct status *st)
{
    int unwanted;
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++)
        ok = postgresql_send_sql(connection, statements[i], st);
    ok = ok && postgresql_sync(connection, st);
    for (size_t i = 0; ok && i < count; i++)
        ok = postgresql_receive(connection, "", keep_number, ret_number ? ret_number : &unwanted, st);
    postgresql_finish(connection);
    return ok;
}

static bool run_one(struct postgresql_connection *connection, const char *sql, int *ret_number, struct status *st)
{
    return run(connection, &sql, 1, ret_number, st);
}

/* ---- The tables ---- */

static bool check_version(int version, struct status *st)
{
    if (version >= 0 && version <= STEP_COUNT)
        return true;
    return status_fail(st, STATUS_FAILED_PRECONDITION,
                       "the tables were made by a later version of this program (schema %d, this one knows %d)",
                       version, STEP_COUNT);
}

/* The step that the tables have reached; 0 when there are none. */
static bool look(struct postgresql_connection *connection, int *ret_version, struct status *st)
{
    static const char found_sql[] =
        "SELECT coalesce(sum(CASE table_name WHEN 'tracks_schema' THEN 1 ELSE 2 END), 0)"
        " FROM information_schema.tables"
        " WHERE table_schema = current_schema() AND table_name IN ('tracks', 'tracks_schema')";
    enum { NOTHING, ONLY_SCHEMA, ONLY_TRACKS };
    int found = NOTHING;
    *ret_version = 0;
    if (!run_one(connection, found_sql, &found, st))
        return false;
    if (found == NOTHING)
        return true;
    if (found == ONLY_TRACKS)
        return status_fail(st, STATUS_FAILED_PRECONDITION,
                           "the database has a table \"tracks\" that is another program's");
    return run_one(connection, "SELECT version FROM tracks_schema", ret_version, st) && check_version(*ret_version, st);
}

static bool make_lock(struct postgresql_connection *connection, struct status *st)
{
    static const char table_sql[] = "CREATE TABLE IF NOT EXISTS tracks_schema"
                                    " (row_number integer NOT NULL PRIMARY KEY, version integer NOT NULL)";
    static const char row_sql[] =
        "INSERT INTO tracks_schema (row_number, version) VALUES (1, 0) ON CONFLICT (row_number) DO NOTHING";
    return run_one(connection, table_sql, NULL, st) && run_one(connection, row_sql, NULL, st);
}

static bool take_steps(struct postgresql_connection *connection, struct status *st)
{
    static const char *const lock_sql[] = {"BEGIN",
                                           "SELECT version FROM tracks_schema WHERE row_number = 1 FOR UPDATE"};
    char update_sql[96];
    int version = 0;
    if (!run(connection, lock_sql, 2, &version, st) || !check_version(version, st))
        return false;
    for (; version < STEP_COUNT; version++)
        if (!run_one(connection, steps[version], NULL, st))
            return false;
    snprintf(update_sql, sizeof(update_sql), "UPDATE tracks_schema SET version = %d WHERE row_number = 1", STEP_COUNT);
    return run(connection, (const char *const[]){update_sql, "COMMIT"}, 2, NULL, st);
}

static bool try_to_update(struct postgresql_connection *connection, struct status *st)
{
    int version;
    if (!look(connection, &version, st))
        return false;
    return version == STEP_COUNT || (make_lock(connection, st) && take_steps(connection, st));
}

bool postgresql_schema_update(struct postgresql_connection *connection, struct status *st)
{
    for (int attempt = 1; !try_to_update(connection, st); attempt++) {
        postgresql_rollback(connection);
        if (st->code != STATUS_ABORTED || attempt == STORE_ATTEMPTS_MAX)
            return false;
    }
    return true;
}
