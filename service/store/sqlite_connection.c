/*
 * Every connection is used by one thread at a time, so SQLite's own mutexes are off (NOMUTEX). Statements are prepared once;
 * a row costs binding, stepping and resetting, some microseconds when its pages are in the cache.
 */
#include "service/store/sqlite_connection.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/statvfs.h>

#include "service/limits.h"
#include "service/store/sqlite_schema.h"

enum statement {
    SQL_BEGIN_READ,
    SQL_BEGIN_WRITE,
    SQL_COMMIT,
    SQL_ROLLBACK,
    SQL_GET,
    SQL_LIST,
    SQL_PUT,
    SQL_REMOVE,
    STATEMENT_COUNT,
};

static const char *const statement_texts[STATEMENT_COUNT] = {
    [SQL_BEGIN_READ] = "BEGIN",
    [SQL_BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [SQL_COMMIT] = "COMMIT",
    [SQL_ROLLBACK] = "ROLLBACK",
    [SQL_GET] = "SELECT id, version, track FROM tracks WHERE id = ?1",
    [SQL_LIST] = "SELECT id, version, track FROM tracks WHERE id > ?1 ORDER BY id",
    [SQL_PUT] = "INSERT INTO tracks (id, version, track) VALUES (?1, ?2, ?3)"
                " ON CONFLICT (id) DO UPDATE SET version = excluded.version, track = excluded.track",
    [SQL_REMOVE] = "DELETE FROM tracks WHERE id = ?1",
};

struct sqlite_connection {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENT_COUNT];
};

/* ---- Errors ---- */

static enum status_code code_of(int result)
{
    switch (result & 0xff) { /* the higher bits say what exactly failed */
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PROTOCOL:
    case SQLITE_NOMEM: return STATUS_UNAVAILABLE;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return STATUS_DATA_LOSS;
    case SQLITE_TOOBIG: return STATUS_RESOURCE_EXHAUSTED;
    default: return STATUS_INTERNAL;
    }
}

/* Sets st from the connection's latest error. */
static bool fail(const struct sqlite_connection *connection, struct status *st)
{
    int result = sqlite3_extended_errcode(connection->db);
    return status_fail(st, code_of(result), "%s (SQLite result %d)", sqlite3_errmsg(connection->db), result);
}

/* ---- Opening and closing ---- */

bool sqlite_open(const char *path, struct sqlite_connection **ret_connection, struct status *st)
{
    struct sqlite_connection *connection = calloc(1, sizeof(*connection));
    if (!connection)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for a database connection");
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    if (sqlite3_open_v2(path, &connection->db, flags, NULL) != SQLITE_OK) {
        fail(connection, st);
        sqlite_close(connection);
        return false;
    }
    sqlite3_busy_timeout(connection->db, STORE_BUSY_MS);
    *ret_connection = connection;
    return true;
}

void sqlite_close(struct sqlite_connection *connection)
{
    if (!connection)
        return;
    for (int i = 0; i < STATEMENT_COUNT; i++)
        sqlite3_finalize(connection->statements[i]);
    sqlite3_close(connection->db);
    free(connection);
}

static bool prepare_statements(struct sqlite_connection *connection, struct status *st)
{
    for (int i = 0; i < STATEMENT_COUNT; i++)
        if (sqlite3_prepare_v3(connection->db, statement_texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &connection->statements[i], NULL) != SQLITE_OK)
            return fail(connection, st);
    return true;
}

static bool execute(const struct sqlite_connection *connection, const char *sql, struct status *st)
{
    return sqlite3_exec(connection->db, sql, NULL, NULL, NULL) == SQLITE_OK || fail(connection, st);
}

bool sqlite_prepare_reader(struct sqlite_connection *connection, struct status *st)
{
    return execute(connection, "PRAGMA query_only = ON", st) && prepare_statements(connection, st);
}

/* The one value that a query gives, as a text; a longer one is cut. */
struct value {
    char text[128];
};

static bool query(const struct sqlite_connection *connection, const char *sql, struct value *ret_value,
                  struct status *st)
{
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(connection->db, sql, -1, &statement, NULL) != SQLITE_OK)
        return fail(connection, st);
    bool ok = sqlite3_step(statement) == SQLITE_ROW || fail(connection, st);
    if (ok)
        snprintf(ret_value->text, sizeof(ret_value->text), "%s", (const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    return ok;
}

static bool query_number(const struct sqlite_connection *connection, const char *sql, int *ret_number,
                         struct status *st)
{
    struct value value;
    if (!query(connection, sql, &value, st))
        return false;
    *ret_number = atoi(value.text);
    return true;
}

/* The check does not fail when the disk does; it says "unable to get the page. error code=266" then. */
static enum status_code verdict_code(const char *verdict)
{
    static const char mark[] = "error code=";
    const char *found = strstr(verdict, mark);
    return found ? code_of(atoi(found + strlen(mark))) : STATUS_DATA_LOSS;
}

static bool check_content(const struct sqlite_connection *connection, struct status *st)
{
    struct value verdict;
    if (!query(connection, "PRAGMA quick_check(1)", &verdict, st))
        return false;
    if (strcmp(verdict.text, "ok") == 0)
        return true;
    enum status_code code = verdict_code(verdict.text);
    return status_fail(st, code, code == STATUS_DATA_LOSS ? "is damaged: %s" : "cannot be read: %s", verdict.text);
}

/* Before anything is written: the statements that need the table are prepared after that. */
static bool check_table(const struct sqlite_connection *connection, struct status *st)
{
    return execute(connection, "SELECT id, version, track FROM tracks LIMIT 0", st);
}

static bool check_file(const struct sqlite_connection *connection, int *ret_version, struct status *st)
{
    int application, version, objects;
    if (!query_number(connection, "PRAGMA application_id", &application, st) ||
        !query_number(connection, "PRAGMA user_version", &version, st) ||
        !query_number(connection, "SELECT count(*) FROM sqlite_schema", &objects, st))
        return false;
    bool blank = application == 0 && version == 0 && objects == 0;
    if (!blank && application != SQLITE_SCHEMA_APPLICATION_ID)
        return status_fail(st, STATUS_FAILED_PRECONDITION, "is a database of another program");
    if (version < 0 || version > sqlite_schema_version)
        return status_fail(st, STATUS_FAILED_PRECONDITION,
                           "was written by a later version of this program (schema %d, this one knows %d)", version,
                           sqlite_schema_version);
    *ret_version = version;
    return check_content(connection, st) && (version < sqlite_schema_version || check_table(connection, st));
}

/* Whether the disk has room for a log of full length and for what it brings into the file. */
static bool has_room_for_log(const char *path)
{
    struct statvfs disk;
    return statvfs(path, &disk) == 0 && (uint64_t)disk.f_bavail * disk.f_frsize >= STORE_LOG_ROOM_BYTES;
}

/* After each commit. A log that cannot be copied now is with the next commit; it is as durable as the file. */
static int copy_log_when_due(void *ctx, sqlite3 *db, const char *schema, int pages)
{
    (void)ctx;
    if (pages >= STORE_LOG_PAGES_MAX ||
        (pages >= STORE_LOG_PAGES_MIN && !has_room_for_log(sqlite3_db_filename(db, schema))))
        sqlite3_wal_checkpoint_v2(db, schema, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    return SQLITE_OK;
}

static bool set_modes(const struct sqlite_connection *connection, struct status *st)
{
    struct value mode;
    if (!query(connection, "PRAGMA journal_mode = WAL", &mode, st) ||
        !execute(connection, "PRAGMA synchronous = FULL", st))
        return false;
    sqlite3_wal_hook(connection->db, copy_log_when_due, NULL);
    return strcmp(mode.text, "wal") == 0 ||
           status_fail(st, STATUS_FAILED_PRECONDITION, "cannot have a write-ahead log (its mode is %s)", mode.text);
}

/* All missing steps in one transaction, so that a file is of one version or of another, never between. */
static bool migrate(const struct sqlite_connection *connection, int version, struct status *st)
{
    if (version == sqlite_schema_version)
        return true;
    bool ok = execute(connection, "BEGIN IMMEDIATE", st);
    for (; ok && version < sqlite_schema_version; version++)
        ok = execute(connection, sqlite_schema_steps[version], st);
    char sql[128];
    snprintf(sql, sizeof(sql), "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT",
             SQLITE_SCHEMA_APPLICATION_ID, sqlite_schema_version);
    return ok && execute(connection, sql, st); /* what is left open is rolled back when the connection is closed */
}

/* Whether closing the last connection copies the log into the file. */
static void set_copying(const struct sqlite_connection *connection, bool wanted)
{
    sqlite3_db_config(connection->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, !wanted, NULL);
}

bool sqlite_prepare_writer(struct sqlite_connection *connection, struct status *st)
{
    int version = 0;
    set_copying(connection, false); /* into a file that is refused */
    if (!check_file(connection, &version, st))
        return false;
    set_copying(connection, true);
    return set_modes(connection, st) && migrate(connection, version, st) && prepare_statements(connection, st);
}

/* ---- Statements ---- */

/* Runs a statement that gives no rows. */
static bool run(struct sqlite_connection *connection, enum statement which, struct status *st)
{
    bool ok = sqlite3_step(connection->statements[which]) == SQLITE_DONE || fail(connection, st);
    sqlite3_reset(connection->statements[which]);
    return ok;
}

bool sqlite_begin_read(struct sqlite_connection *connection, struct status *st)
{
    return run(connection, SQL_BEGIN_READ, st);
}

bool sqlite_begin_write(struct sqlite_connection *connection, struct status *st)
{
    return run(connection, SQL_BEGIN_WRITE, st);
}

bool sqlite_commit(struct sqlite_connection *connection, struct status *st)
{
    return run(connection, SQL_COMMIT, st);
}

void sqlite_rollback(struct sqlite_connection *connection)
{
    struct status ignored; /* a transaction that stays open shows at the next BEGIN */
    if (!sqlite3_get_autocommit(connection->db) && !run(connection, SQL_ROLLBACK, &ignored))
        return;
}

static void bind_id(sqlite3_stmt *statement, struct view id)
{
    sqlite3_bind_text64(statement, 1, id.data, id.len, SQLITE_STATIC, SQLITE_UTF8);
}

/* A text or blob column of the current row. */
static struct view column(sqlite3_stmt *statement, int index)
{
    const char *data = sqlite3_column_blob(statement, index);
    return view_make(data, (size_t)sqlite3_column_bytes(statement, index));
}

/* Hands every row that the statement gives to the callback. */
static bool visit(struct sqlite_connection *connection, enum statement which, struct status *st,
                  sqlite_row_callback *callback, void *ctx)
{
    sqlite3_stmt *statement = connection->statements[which];
    bool ok = true;
    int result;
    while (ok && (result = sqlite3_step(statement)) != SQLITE_DONE) {
        if (result != SQLITE_ROW) {
            ok = fail(connection, st);
            break;
        }
        struct store_row row = {column(statement, 0), sqlite3_column_int64(statement, 1), column(statement, 2)};
        ok = callback(ctx, &row, st);
    }
    sqlite3_reset(statement);
    return ok;
}

bool sqlite_get(struct sqlite_connection *connection, struct view id, struct status *st, sqlite_row_callback *callback,
                void *ctx)
{
    bind_id(connection->statements[SQL_GET], id);
    return visit(connection, SQL_GET, st, callback, ctx);
}

bool sqlite_list(struct sqlite_connection *connection, struct view after, struct status *st,
                 sqlite_row_callback *callback, void *ctx)
{
    bind_id(connection->statements[SQL_LIST], after.len ? after : view_of(""));
    return visit(connection, SQL_LIST, st, callback, ctx);
}

bool sqlite_put(struct sqlite_connection *connection, const struct store_row *row, struct status *st)
{
    sqlite3_stmt *statement = connection->statements[SQL_PUT];
    bind_id(statement, row->id);
    sqlite3_bind_int64(statement, 2, row->version);
    sqlite3_bind_blob64(statement, 3, row->bytes.len ? row->bytes.data : "", row->bytes.len, SQLITE_STATIC);
    return run(connection, SQL_PUT, st);
}

bool sqlite_remove(struct sqlite_connection *connection, struct view id, struct status *st)
{
    bind_id(connection->statements[SQL_REMOVE], id);
    return run(connection, SQL_REMOVE, st);
}
