/*
 * What is said to PostgreSQL about tracks: the statements that every connection prepares.
 *
 * Their SQL is what PostgreSQL shares with the databases that speak its protocol (CockroachDB, YugabyteDB, Citus): rows found
 * by primary key, one at a time where they are locked or changed. Ids are bytea, so that they are equal and ordered by their
 * bytes whatever encoding and collation the database has.
 *
 * The row of a track that is deleted stays for a while, with its last version and NULL for bytes: so the next version of its id
 * is a later one whatever the clocks of several services say, and there is something to lock.
 */
#ifndef SERVICE_STORE_POSTGRESQL_STATEMENTS_H
#define SERVICE_STORE_POSTGRESQL_STATEMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "service/store/store.h"

#define POSTGRESQL_PARAMETERS_MAX 3

enum postgresql_statement {
    POSTGRESQL_PING,
    POSTGRESQL_BEGIN,
    POSTGRESQL_BEGIN_READ, /* statements of this transaction see one moment */
    POSTGRESQL_COMMIT,
    POSTGRESQL_LOCK, /* id: the row, also of a track that was deleted; nobody else's to change until the transaction ends */
    POSTGRESQL_GET,      /* id: the row */
    POSTGRESQL_GET_EACH, /* ids, an array: the rows, ordered by id */
    POSTGRESQL_LIST,     /* id, count: that many rows behind the id, ordered by id */
    POSTGRESQL_INSERT,   /* id, version, bytes; a conflict when the row is there */
    POSTGRESQL_UPDATE,   /* id, version, bytes */
    POSTGRESQL_FORGET,   /* version: removes rows below it whose tracks were deleted */
    POSTGRESQL_STATEMENT_COUNT,
};

struct postgresql_statement_text {
    const char *name; /* that it is prepared under */
    const char *sql;
    unsigned types[POSTGRESQL_PARAMETERS_MAX];
    int parameter_count;
};

extern const struct postgresql_statement_text postgresql_statement_texts[POSTGRESQL_STATEMENT_COUNT];

/*
 * Settings of a session, by one SELECT over pg_settings, so that a server that does not know one of them does without. Those
 * that the URI sets (?options=-cstatement_timeout%3D1000) stay, save for what acknowledged writes depend on:
 *
 *     synchronous_commit   is turned on where it is off. Other values are left, as they say which standbys are waited for
 *     client_min_messages  it is a warning that tells of a commit that no standby has confirmed
 *     enable_seqscan, jit  plans are kept for long, and one made while the table is small would read the whole of it later;
 *                          nothing here is worth compiling
 */
extern const char postgresql_settings_sql[];

/* ---- Values, in the binary form that they have in the protocol ---- */

/* A version or a count. The view borrows `bytes`. */
struct view postgresql_number(int64_t number, char bytes[8]);

/* Bytes: never NULL, which is what a view of none may say otherwise. */
struct view postgresql_bytes(struct view bytes);

/* An array of ids, from the arena. False: no memory. */
MUST_USE bool postgresql_ids(const struct view *ids, size_t id_count, struct arena *arena, struct view *ret_array);

/* The row whose columns LOCK, GET, GET_EACH and LIST give; its bytes are NULL when the track was deleted. */
struct store_row postgresql_row(const struct view *columns);

#endif
