/*
 * The store's operations as tests want them: in one line, waited for.
 *
 * Every function fails the running test when the outcome is not the expected one. Bytes are texts here; those of a row
 * that is absent are NULL.
 */
#ifndef TESTS_SERVICE_STORE_STORE_CLIENT_H
#define TESTS_SERVICE_STORE_STORE_CLIENT_H

#include "service/store/store.h"

/* Runs a write to its end; the outcome is write->st. `ctx` stays the caller's, `done` is set here. */
void client_write(struct store *store, struct store_write *write);

/* Runs a read to its end; the outcome is read->st. `done` is set here. */
void client_run_read(struct store *store, struct store_read *read);

/* Runs the action on one row, whatever it is, and returns the row's version afterwards. */
int64_t client_put(struct store *store, const char *id, const char *text);
void client_remove(struct store *store, const char *id);

/* Adds one to the number that the row's bytes are, 0 when it is absent. For threads: asserts nothing, and returns the outcome. */
enum status_code client_increment(struct store *store, const char *id);

/* The same, with the outcome that is expected; 0 unless that is OK. */
int64_t client_put_expecting(struct store *store, const char *id, struct view bytes, enum status_code code);

/* Reads rows; the result is "id=text" of each with a blank between them, to be freed. NULL-terminated ids; none: all. */
char *client_read(struct store *store, const char *const *ids);

/* Reads rows and expects them in that form. */
void client_expect_rows(struct store *store, const char *const *ids, const char *expected);

/* The version of a row, 0 when there is none. */
int64_t client_version(struct store *store, const char *id);

#endif
