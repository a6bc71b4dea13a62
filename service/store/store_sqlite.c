/*
 * A file in WAL mode with synchronous=FULL: a commit is one fsync of the log, readers go on with the snapshot they began
 * with, and what was acknowledged survives a power failure.
 *
 * One connection writes, on the committer's threads in turn. Reads run on their caller's thread, on a connection from a pool that
 * grows to as many as are ever in use at once; rows in the page cache take some ten microseconds, so nobody minds.
 *
 * The file is ours while it is open: flock() on it, which SQLite does not use itself, turns a second service away. SQLite
 * could arbitrate between two, but each would then stall on the other's transactions, and a second instance on one file is
 * far more often a mistake than a plan. Shells and backups are not concerned by the lock: SQLite's own locks serve them.
 *
 * After a failed write SQLite has rolled back or is told to; the next batch starts from the file as it is, so the store
 * works again as soon as the disk does. A read connection that failed is closed rather than put back; then the store is down
 * until a row can be read again, which the committer tries while nobody else does.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "service/limits.h"
#include "service/store/committer.h"
#include "service/store/sqlite_connection.h"
#include "service/store/store_backend.h"

struct store_sqlite {
    struct store store;
    struct batch_table table;
    struct committer *committer;
    struct sqlite_connection *writer;
    char *path;
    int owned_fd;        /* open and locked from before the first connection until after the last; -1: not yet */
    bool writes_failing; /* the latest transaction has; the committer's */

    pthread_mutex_t pool_lock; /* guards what follows */
    struct sqlite_connection *idle[STORE_READERS_MAX];
    size_t idle_count;
    size_t reader_count; /* idle and in use */
};

/* ---- Reading ---- */

/* An idle reader, or NULL and the right to open one, or neither. */
static struct sqlite_connection *find_reader(struct store_sqlite *sqlite, bool *ret_may_open)
{
    struct sqlite_connection *reader = NULL;
    pthread_mutex_lock(&sqlite->pool_lock);
    if (sqlite->idle_count)
        reader = sqlite->idle[--sqlite->idle_count];
    *ret_may_open = !reader && sqlite->reader_count < STORE_READERS_MAX;
    sqlite->reader_count += *ret_may_open;
    pthread_mutex_unlock(&sqlite->pool_lock);
    return reader;
}

static void put_back(struct store_sqlite *sqlite, struct sqlite_connection *reader)
{
    pthread_mutex_lock(&sqlite->pool_lock);
    sqlite->idle[sqlite->idle_count++] = reader;
    pthread_mutex_unlock(&sqlite->pool_lock);
}

static void drop(struct store_sqlite *sqlite, struct sqlite_connection *reader)
{
    sqlite_close(reader);
    pthread_mutex_lock(&sqlite->pool_lock);
    sqlite->reader_count--;
    pthread_mutex_unlock(&sqlite->pool_lock);
}

/* NULL, with st set, when there is none to be had. */
static struct sqlite_connection *take_reader(struct store_sqlite *sqlite, struct status *st)
{
    bool may_open;
    struct sqlite_connection *reader = find_reader(sqlite, &may_open);
    if (reader)
        return reader;
    if (!may_open) {
        status_fail(st, STATUS_RESOURCE_EXHAUSTED, "%d reads are running already, try again later", STORE_READERS_MAX);
        return NULL;
    }
    if (sqlite_open(sqlite->path, &reader, st) && sqlite_prepare_reader(reader, st))
        return reader;
    drop(sqlite, reader);
    return NULL;
}

/* After a read on whatever connection: an error of the disk's or the file's, not of who reads, is the store's. What is short
 * of memory or of connections tells nothing. */
static void note_outcome(struct store_sqlite *sqlite, const struct status *st)
{
    if (st->code == STATUS_RESOURCE_EXHAUSTED)
        return;
    bool is_down = st->code == STATUS_UNAVAILABLE || st->code == STATUS_DATA_LOSS;
    availability_set(&sqlite->store.availability, !is_down, is_down ? st->message : "");
}

static bool hand_on(void *ctx, const struct store_row *row, struct status *st)
{
    struct store_read *read = ctx;
    return read->row(read, row, st);
}

static bool read_each(struct sqlite_connection *reader, struct store_read *read, struct status *st)
{
    for (size_t i = 0; i < read->id_count; i++)
        if (!sqlite_get(reader, read->ids[i], st, hand_on, read))
            return false;
    return true;
}

/* A statement sees one moment; several need a transaction for that. */
static bool read_rows(struct sqlite_connection *reader, struct store_read *read, struct status *st)
{
    if (read->id_count == 0)
        return sqlite_list(reader, read->after, st, hand_on, read);
    if (read->id_count == 1)
        return read_each(reader, read, st);
    bool ok = sqlite_begin_read(reader, st) && read_each(reader, read, st);
    sqlite_rollback(reader);
    return ok;
}

static void read_method(struct store *store, struct store_read *read)
{
    struct store_sqlite *sqlite = (struct store_sqlite *)store;
    status_clear(&read->st);
    struct sqlite_connection *reader = take_reader(sqlite, &read->st);
    /* A reading that ended early without an error leaves the connection as good as it was. */
    if (reader && (read_rows(reader, read, &read->st) || read->st.code == STATUS_OK))
        put_back(sqlite, reader);
    else if (reader)
        drop(sqlite, reader);
    note_outcome(sqlite, &read->st);
    read->done(read);
}

/* ---- Writing: a batch table ---- */

static struct store_sqlite *of_table(struct batch_table *table)
{
    return (struct store_sqlite *)((char *)table - offsetof(struct store_sqlite, table));
}

static struct sqlite_connection *writer_of(struct batch_table *table)
{
    return of_table(table)->writer;
}

static void rollback(struct batch_table *table)
{
    sqlite_rollback(writer_of(table));
}

/* Of a row of failures the first is told: as long as the disk is full there is one a batch. */
static bool note_transaction(struct store_sqlite *sqlite, bool ok, const struct status *st)
{
    if (!ok && !sqlite->writes_failing)
        availability_tell_failure(&sqlite->store.availability, st->message);
    sqlite->writes_failing = !ok;
    return ok;
}

struct loading {
    struct batch_row *row;
    struct arena *arena;
};

static bool keep_row(void *ctx, const struct store_row *found, struct status *st)
{
    struct loading *loading = ctx;
    char *copy = arena_copy(loading->arena, found->bytes);
    if (!copy)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for the rows of a transaction");
    loading->row->existed = true;
    loading->row->version = found->version;
    loading->row->bytes = view_make(copy, found->bytes.len);
    return true;
}

static bool load(struct batch_table *table, struct batch_row *rows, size_t row_count, struct arena *arena,
                 struct status *st)
{
    struct sqlite_connection *writer = writer_of(table);
    bool ok = sqlite_begin_write(writer, st);
    for (size_t i = 0; ok && i < row_count; i++) {
        struct loading loading = {&rows[i], arena};
        ok = sqlite_get(writer, rows[i].id, st, keep_row, &loading);
    }
    if (ok)
        return true;
    sqlite_rollback(writer);
    return note_transaction(of_table(table), false, st);
}

static bool write_row(struct sqlite_connection *writer, const struct batch_row *row, struct status *st)
{
    if (row->version) {
        struct store_row now = {row->id, row->version, row->bytes};
        return sqlite_put(writer, &now, st);
    }
    return !row->existed || sqlite_remove(writer, row->id, st);
}

static bool commit(struct batch_table *table, struct batch_row *rows, size_t row_count, struct status *st)
{
    struct sqlite_connection *writer = writer_of(table);
    bool ok = true;
    for (size_t i = 0; ok && i < row_count; i++)
        ok = !rows[i].changed || write_row(writer, &rows[i], st);
    ok = ok && sqlite_commit(writer, st);
    if (!ok)
        sqlite_rollback(writer);
    return note_transaction(of_table(table), ok, st);
}

static bool want_no_more(void *ctx, const struct store_row *row, struct status *st)
{
    (void)ctx;
    (void)row;
    (void)st;
    return false;
}

/* Reads a row, when the store is down; on a connection of its own, which has no page in memory. */
static void idle(struct batch_table *table)
{
    struct store_sqlite *sqlite = of_table(table);
    struct sqlite_connection *reader = NULL;
    struct status st;
    if (availability_get(&sqlite->store.availability))
        return;
    status_clear(&st);
    bool read = sqlite_open(sqlite->path, &reader, &st) && sqlite_prepare_reader(reader, &st) &&
                sqlite_list(reader, (struct view){0}, &st, want_no_more, NULL);
    (void)read; /* st says it */
    sqlite_close(reader);
    note_outcome(sqlite, &st);
}

static void write_method(struct store *store, struct store_write *write)
{
    committer_submit(((struct store_sqlite *)store)->committer, write);
}

/* ---- Opening and closing ---- */

/* Makes the file when there is none, and keeps it to this process. */
static bool own_file(struct store_sqlite *sqlite, struct status *st)
{
    sqlite->owned_fd = open(sqlite->path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (sqlite->owned_fd < 0)
        return status_fail(st, STATUS_FAILED_PRECONDITION, "cannot be opened for writing: %s", strerror(errno));
    if (flock(sqlite->owned_fd, LOCK_EX | LOCK_NB) == 0)
        return true;
    if (errno == EWOULDBLOCK)
        return status_fail(st, STATUS_FAILED_PRECONDITION, "is in use by another track_service");
    return status_fail(st, STATUS_UNAVAILABLE, "cannot be locked: %s", strerror(errno));
}

/* Also for a store that was opened half-way. */
static void close_method(struct store *store)
{
    struct store_sqlite *sqlite = (struct store_sqlite *)store;
    committer_destroy(sqlite->committer);
    for (size_t i = 0; i < sqlite->idle_count; i++)
        sqlite_close(sqlite->idle[i]);
    sqlite_close(sqlite->writer);
    /* Not before: closing any descriptor of a file drops all of the process's locks on it (fcntl(2)), SQLite's too. */
    if (sqlite->owned_fd >= 0)
        close(sqlite->owned_fd);
    pthread_mutex_destroy(&sqlite->pool_lock);
    availability_free(&sqlite->store.availability);
    free(sqlite->path);
    free(sqlite);
}

static bool open_all(struct store_sqlite *sqlite, struct status *st)
{
    struct batch_table *table = &sqlite->table;
    return own_file(sqlite, st) && sqlite_open(sqlite->path, &sqlite->writer, st) &&
           sqlite_prepare_writer(sqlite->writer, st) &&
           committer_create(&table, 1, STORE_QUEUE_MAX, &sqlite->committer, st);
}

bool store_sqlite_open(const char *path, struct store **ret_store, struct status *st)
{
    static const struct store_methods methods = {read_method, write_method, close_method};
    if (!*path)
        return status_fail(st, STATUS_INVALID_ARGUMENT, "store \"sqlite:\": expected a path behind the colon");
    struct store_sqlite *sqlite = malloc(sizeof(*sqlite));
    char *plain_path = NULL;
    /* "./" keeps SQLite from seeing a name of its own in the path, such as ":memory:". */
    if (!sqlite || asprintf(&plain_path, "%s%s", path[0] == '/' ? "" : "./", path) < 0) {
        free(sqlite);
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for a store");
    }
    *sqlite = (struct store_sqlite){
        .store.methods = &methods,
        .table = {load, commit, rollback, idle},
        .path = plain_path,
        .owned_fd = -1,
    };
    availability_init(&sqlite->store.availability);
    pthread_mutex_init(&sqlite->pool_lock, NULL);
    if (!open_all(sqlite, st)) {
        close_method(&sqlite->store);
        return status_prefix(st, "store %s: ", path);
    }
    *ret_store = &sqlite->store;
    return true;
}
