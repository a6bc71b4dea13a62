#include "tests/service/store/postgresql_database.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static struct postgresql_server server;

int database_server_start(void **state)
{
    (void)state;
    postgresql_server_start(&server);
    return 0;
}

int database_server_end(void **state)
{
    (void)state;
    postgresql_server_end(&server);
    return 0;
}

int database_setup(void **state)
{
    static int number;
    struct database *database = calloc(1, sizeof(*database));
    assert_non_null(database);
    database->server = &server;
    snprintf(database->schema, sizeof(database->schema), "test_%d", ++number);
    *state = database;
    database_command(database, "sql CREATE SCHEMA $");
    return 0;
}

int database_teardown(void **state)
{
    free(*state);
    return 0;
}

const char *database_command(const struct database *database, const char *command)
{
    char text[512] = "";
    for (; *command; command++)
        strncat(text, *command == '$' ? database->schema : (char[]){*command, '\0'}, sizeof(text) - strlen(text) - 1);
    return postgresql_server_command(database->server, "%s", text);
}

static struct store *open_uri(const char *uri)
{
    struct store *store;
    struct status st;
    if (!store_open(uri, &store, &st))
        fail_msg("%s", st.message);
    return store;
}

struct store *database_open(const struct database *database, const char *parameters)
{
    char uri[512];
    postgresql_server_uri(database->server, NULL, database->schema, uri, sizeof(uri));
    strncat(uri, parameters ? parameters : "", sizeof(uri) - strlen(uri) - 1);
    return open_uri(uri);
}

struct store *database_open_through(const struct database *database, const char *socket_directory)
{
    char uri[512];
    postgresql_server_uri(database->server, socket_directory, database->schema, uri, sizeof(uri));
    return open_uri(uri);
}

void database_expect_refusal(const char *uri, enum status_code code, const char *words)
{
    struct store *store;
    struct status st;
    assert_false(store_open(uri, &store, &st));
    if (st.code != code || !strstr(st.message, words) || strstr(st.message, "tracks:tracks"))
        fail_msg("%s: %s", status_code_name(st.code), st.message);
}

/* ---- Events ---- */

static void post_event(void *ctx, enum store_event event, const char *detail)
{
    struct watch *watch = ctx;
    (void)detail;
    if (event == STORE_WENT_DOWN)
        sem_post(&watch->went_down);
    if (event == STORE_CAME_BACK)
        sem_post(&watch->came_back);
}

void watch_start(struct watch *watch, struct store *store)
{
    watch->store = store;
    sem_init(&watch->went_down, 0, 0);
    sem_init(&watch->came_back, 0, 0);
    store_watch(store, post_event, watch);
}

void watch_await(sem_t *event)
{
    while (sem_wait(event) != 0)
        ;
}

void watch_end(struct watch *watch)
{
    store_watch(watch->store, NULL, NULL);
    sem_destroy(&watch->went_down);
    sem_destroy(&watch->came_back);
}

/* ---- Writes that stop in the middle ---- */

static bool decide_slowly(struct store_write *write, struct status *st)
{
    struct held_write *held = (struct held_write *)write;
    (void)st;
    sem_post(&held->deciding);
    watch_await(&held->may_go_on);
    held->entry.action = STORE_PUT;
    held->entry.next = view_of("held");
    return true;
}

static void post_done(struct store_write *write)
{
    sem_post(&((struct held_write *)write)->done);
}

static void start(struct store *store, struct held_write *held, const char *id, unsigned may_go_on)
{
    *held = (struct held_write){
        .write = {.entries = &held->entry, .entry_count = 1, .decide = decide_slowly, .done = post_done},
        .entry = {.id = view_of(id)},
    };
    sem_init(&held->deciding, 0, 0);
    sem_init(&held->may_go_on, 0, may_go_on);
    sem_init(&held->done, 0, 0);
    store_write(store, &held->write);
}

void hold_row(struct store *store, struct held_write *held, const char *id)
{
    start(store, held, id, 0);
    watch_await(&held->deciding);
}

enum status_code release_row(struct held_write *held)
{
    sem_post(&held->may_go_on);
    return await_write(held);
}

void start_write(struct store *store, struct held_write *write, const char *id)
{
    start(store, write, id, 1);
}

enum status_code await_write(struct held_write *write)
{
    watch_await(&write->done);
    sem_destroy(&write->deciding);
    sem_destroy(&write->may_go_on);
    sem_destroy(&write->done);
    return write->write.st.code;
}
