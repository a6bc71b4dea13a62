/*
 * A statement that fails ends its group, so the reads behind it have not been run and go into the next group. A read whose
 * connection turns out to be lost is tried again, once, when the connection was an old one and no row was handed out yet.
 */
#include "service/store/postgresql_reading.h"

#include "service/limits.h"

/* How far a read has come. */
struct reading {
    struct store_read *read;
    size_t row_count; /* that were handed out */
    bool has_ended;   /* as its reader wanted: with its st, or OK */
    struct view last; /* id of the row_count-th row of a list's portion, from the arena */
    size_t row_count_wanted;
    struct arena *arena;
};

static void answer(struct store_read *read, const struct status *st)
{
    read->st = *st;
    read->done(read);
}

static void answer_all(struct store_read *reads, const struct status *st)
{
    while (reads) {
        struct store_read *next = reads->next_; /* done() may free the read */
        answer(reads, st);
        reads = next;
    }
}

/* A reader who has enough, or fails, is no failure of the statement: its other rows are passed over. */
static bool hand_on(void *ctx, const struct view *columns, struct status *st)
{
    struct reading *reading = ctx;
    struct store_row row = postgresql_row(columns);
    if (reading->has_ended)
        return true;
    reading->row_count++;
    reading->has_ended = !reading->read->row(reading->read, &row, &reading->read->st);
    if (reading->row_count != reading->row_count_wanted || reading->has_ended)
        return true;
    char *copy = arena_copy(reading->arena, row.id);
    if (!copy)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory to go on with a list");
    reading->last = view_make(copy, row.id.len);
    return true;
}

/* ---- Rows by id ---- */

static bool send_get(struct postgresql_connection *connection, const struct store_read *read, struct arena *arena,
                     struct status *st)
{
    struct view array;
    if (read->id_count == 1)
        return postgresql_send(connection, POSTGRESQL_GET, read->ids, st);
    if (!postgresql_ids(read->ids, read->id_count, arena, &array))
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for the ids of a reading");
    return postgresql_send(connection, POSTGRESQL_GET_EACH, &array, st);
}

/* Answers reads until one fails; returns that one and those behind it, or NULL. */
static struct store_read *run_group(struct postgresql_connection *connection, struct store_read *reads,
                                    struct arena *arena, struct reading *ret_failed, struct status *st)
{
    bool ok = true;
    arena_reset(arena);
    *ret_failed = (struct reading){0};
    for (const struct store_read *read = reads; ok && read; read = read->next_)
        ok = send_get(connection, read, arena, st);
    ok = ok && postgresql_sync(connection, st);
    while (ok && reads) {
        struct store_read *next = reads->next_;
        struct reading reading = {.read = reads};
        status_clear(&reads->st);
        ok = postgresql_receive(connection, "SELECT", hand_on, &reading, st);
        if (ok) {
            reads->done(reads);
            reads = next;
        } else {
            *ret_failed = reading;
        }
    }
    postgresql_finish(connection);
    return reads;
}

void reading_run_gets(struct postgresql_session *session, struct store_read *reads, struct arena *arena)
{
    struct status st;
    while (reads) {
        struct reading failed;
        if (!session_use(session, &st)) {
            answer_all(reads, &st);
            return;
        }
        reads = run_group(session->connection, reads, arena, &failed, &st);
        if (!reads)
            return;
        session_failed(session, &st);
        bool is_lost = !postgresql_is_connected(session->connection);
        if (is_lost && !session_was_stale(session)) {
            answer_all(reads, &st);
            return;
        }
        if (is_lost && failed.row_count == 0)
            continue;
        struct store_read *next = reads->next_;
        answer(reads, &st);
        reads = next;
    }
}

/* ---- Lists ---- */

/* Reads the next portion; the first begins the transaction. */
static bool read_portion(struct postgresql_connection *connection, struct reading *reading, struct view after,
                         bool is_first, struct status *st)
{
    char count[8];
    const struct view values[] = {postgresql_bytes(after),
                                  postgresql_number((int64_t)reading->row_count_wanted, count)};
    reading->row_count = 0;
    bool ok = (!is_first || postgresql_send(connection, POSTGRESQL_BEGIN_READ, NULL, st)) &&
              postgresql_send(connection, POSTGRESQL_LIST, values, st) && postgresql_sync(connection, st) &&
              (!is_first || postgresql_receive(connection, "BEGIN", NULL, NULL, st)) &&
              postgresql_receive(connection, "SELECT", hand_on, reading, st);
    postgresql_finish(connection);
    return ok;
}

/* False: st says why, and ret_rows_handed whether it is too late to begin again. */
static bool read_list(struct postgresql_connection *connection, struct store_read *read, struct arena *arena,
                      bool *ret_rows_handed, struct status *st)
{
    struct reading reading = {.read = read, .arena = arena, .row_count_wanted = POSTGRESQL_LIST_ROWS_MIN};
    struct view after = read->after;
    bool is_first = true;
    arena_reset(arena);
    status_clear(&read->st);
    *ret_rows_handed = false;
    do {
        bool ok = read_portion(connection, &reading, after, is_first, st);
        *ret_rows_handed |= reading.row_count > 0;
        if (!ok)
            return false;
        is_first = false;
        after = reading.last;
        if (reading.row_count < reading.row_count_wanted)
            return true;
        if (reading.row_count_wanted < POSTGRESQL_LIST_ROWS_MAX)
            reading.row_count_wanted *= 2;
    } while (!reading.has_ended);
    return true;
}

void reading_run_list(struct postgresql_session *session, struct store_read *read, struct arena *arena)
{
    struct status st;
    bool is_too_late = false;
    for (;;) {
        if (!session_use(session, &st)) {
            answer(read, &st);
            return;
        }
        if (read_list(session->connection, read, arena, &is_too_late, &st))
            break;
        session_failed(session, &st);
        if (is_too_late || !session_was_stale(session)) {
            postgresql_rollback(session->connection);
            answer(read, &st);
            return;
        }
    }
    read->done(read);
    postgresql_rollback(session->connection);
}
