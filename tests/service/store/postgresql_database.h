/*
 * A test's own schema in the PostgreSQL server of its program, and stores on it.
 *
 * Every function fails the running test when the outcome is not the expected one.
 */
#ifndef TESTS_SERVICE_STORE_POSTGRESQL_DATABASE_H
#define TESTS_SERVICE_STORE_POSTGRESQL_DATABASE_H

#include <semaphore.h>

#include "service/store/store.h"
#include "tests/support/postgresql_server.h"

struct database {
    struct postgresql_server *server; /* the program's */
    char schema[24];
};

/* For a group of tests: starts the server, ends it. */
int database_server_start(void **state);
int database_server_end(void **state);

/* For a test: a schema with nothing in it; *state becomes its struct database. */
int database_setup(void **state);
int database_teardown(void **state);

/* Runs a command of the server's script, with "$" standing for the schema's name; returns the answer. */
const char *database_command(const struct database *database, const char *command);

/* Opens a store on the schema. `parameters` are added to the URI, such as "&connect_timeout=1"; NULL: none. */
struct store *database_open(const struct database *database, const char *parameters);

/* The same, through the socket in this directory. */
struct store *database_open_through(const struct database *database, const char *socket_directory);

/* Expects the store to be refused, in these words among others. */
void database_expect_refusal(const char *uri, enum status_code code, const char *words);

/* ---- Events ---- */

struct watch {
    struct store *store;
    sem_t went_down, came_back;
};

void watch_start(struct watch *watch, struct store *store);
void watch_await(sem_t *event);
void watch_end(struct watch *watch);

/* ---- Writes that stop in the middle ---- */

struct held_write {
    struct store_write write;
    struct store_entry entry;
    sem_t deciding, may_go_on, done;
};

/* Starts a write that puts "held" into the row, and returns when it has the row and before it commits. */
void hold_row(struct store *store, struct held_write *held, const char *id);

/* Lets it go on; returns its outcome. */
enum status_code release_row(struct held_write *held);

/* Starts a write that puts the same without stopping, and does not wait for it. Keeps the id. */
void start_write(struct store *store, struct held_write *write, const char *id);

/* Its outcome, once it is answered. */
enum status_code await_write(struct held_write *write);

#endif
