/* What only a database can be: somebody else's, of another version, and shared by several services. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/service/store/postgresql_database.h"
#include "tests/service/store/store_client.h"

static void own_uri(const struct database *database, char *uri, size_t uri_bytes)
{
    postgresql_server_uri(database->server, NULL, database->schema, uri, uri_bytes);
}

/* ---- Opening ---- */

static void refuses_tables_of_a_later_version(void **state)
{
    const struct database *database = *state;
    char uri[512];
    own_uri(database, uri, sizeof(uri));
    store_close(database_open(database, NULL));
    database_command(database, "sql UPDATE $.tracks_schema SET version = 99");
    database_expect_refusal(uri, STATUS_FAILED_PRECONDITION, "later version");
    assert_string_equal(database_command(database, "sql SELECT version FROM $.tracks_schema"), "99");
}

static void refuses_a_table_of_another_program(void **state)
{
    const struct database *database = *state;
    char uri[512];
    own_uri(database, uri, sizeof(uri));
    database_command(database, "sql CREATE TABLE $.tracks (artist text)");
    database_expect_refusal(uri, STATUS_FAILED_PRECONDITION, "another program");
    database_command(database, "sql DROP TABLE $.tracks");
    store_close(database_open(database, NULL));
}

static void takes_the_steps_that_an_earlier_version_had_not(void **state)
{
    const struct database *database = *state;
    database_command(database,
                     "sql CREATE TABLE $.tracks_schema (row_number integer PRIMARY KEY, version integer NOT NULL)");
    struct store *store = database_open(database, NULL);
    client_put(store, "a", "1");
    store_close(store);
    assert_string_equal(database_command(database, "sql SELECT row_number, version FROM $.tracks_schema"), "1|1");
}

static void needs_no_right_to_make_tables_that_are_there(void **state)
{
    const struct database *database = *state;
    char uri[512];
    snprintf(uri, sizeof(uri), "postgresql://clerk:secret@/postgres?host=%s&options=-csearch_path%%3D%s",
             database->server->directory, database->schema);
    database_command(database, "sql CREATE ROLE clerk LOGIN PASSWORD 'secret'");
    database_command(database, "sql GRANT USAGE ON SCHEMA $ TO clerk");
    database_expect_refusal(uri, STATUS_FAILED_PRECONDITION, "permission denied");
    store_close(database_open(database, NULL));
    database_command(database, "sql GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA $ TO clerk");
    struct store *store;
    struct status st;
    assert_true(store_open(uri, &store, &st));
    client_put(store, "a", "1");
    store_close(store);
}

static void refuses_what_cannot_be_reached(void **state)
{
    const struct database *database = *state;
    char uri[512];
    database_expect_refusal("postgresql://tracks:tracks@/postgres?host=/nowhere", STATUS_UNAVAILABLE, "/nowhere");
    snprintf(uri, sizeof(uri), "postgresql://tracks:wrong@/postgres?host=%s", database->server->directory);
    database_expect_refusal(uri, STATUS_UNAVAILABLE, "password authentication failed");
    snprintf(uri, sizeof(uri), "postgresql://tracks:tracks@/none?host=%s", database->server->directory);
    database_expect_refusal(uri, STATUS_UNAVAILABLE, "does not exist");
}

static void takes_the_first_of_several_hosts_that_is_there(void **state)
{
    const struct database *database = *state;
    char directories[128];
    snprintf(directories, sizeof(directories), "/nowhere,%s", database->server->directory);
    struct store *store = database_open_through(database, directories);
    client_put(store, "a", "1");
    client_expect_rows(store, NULL, "a=1");
    store_close(store);
}

#define REPLICAS 6

struct opening {
    const struct database *database;
    pthread_barrier_t *together;
};

static void *open_together(void *ctx)
{
    struct opening *opening = ctx;
    pthread_barrier_wait(opening->together);
    return database_open(opening->database, NULL);
}

static void makes_tables_once_when_replicas_start_together(void **state)
{
    pthread_t threads[REPLICAS];
    pthread_barrier_t together;
    pthread_barrier_init(&together, NULL, REPLICAS);
    struct opening opening = {*state, &together};
    for (int i = 0; i < REPLICAS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, open_together, &opening), 0);
    for (int i = 0; i < REPLICAS; i++) {
        void *store;
        pthread_join(threads[i], &store);
        assert_non_null(store);
        client_put(store, "a", "1");
        store_close(store);
    }
    pthread_barrier_destroy(&together);
}

/* ---- Several services ---- */

#define INCREMENTS 60

static void *increment_often(void *ctx)
{
    for (int i = 0; i < INCREMENTS; i++)
        if (client_increment(ctx, "counter") != STATUS_OK)
            return "failed";
    return NULL;
}

static void loses_no_update_of_two_services_on_one_row(void **state)
{
    struct store *stores[] = {database_open(*state, NULL), database_open(*state, NULL)};
    pthread_t threads[8];
    for (int i = 0; i < 8; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, increment_often, stores[i % 2]), 0);
    for (int i = 0; i < 8; i++) {
        void *fault;
        pthread_join(threads[i], &fault);
        assert_null(fault);
    }
    client_expect_rows(stores[0], NULL, "counter=480");
    store_close(stores[0]);
    store_close(stores[1]);
}

static bool create_both(struct store_write *write, struct status *st)
{
    for (size_t i = 0; i < 2; i++) {
        if (write->entries[i].version)
            return status_fail(st, STATUS_ALREADY_EXISTS, "there already");
        write->entries[i].action = STORE_PUT;
        write->entries[i].next = view_of("1");
    }
    return true;
}

struct creating {
    struct store *store;
    pthread_barrier_t *together;
    int created;
};

/* Pairs of rows that the other service makes at the same time, named in the other order. */
static void *create_often(void *ctx)
{
    struct creating *creating = ctx;
    for (int i = 0; i < INCREMENTS; i++) {
        char ids[2][24];
        snprintf(ids[0], sizeof(ids[0]), "left-%d", i);
        snprintf(ids[1], sizeof(ids[1]), "right-%d", i);
        struct store_entry entries[] = {{.id = view_of(ids[0])}, {.id = view_of(ids[1])}};
        struct store_write write = {.entries = entries, .entry_count = 2, .decide = create_both};
        pthread_barrier_wait(creating->together);
        client_write(creating->store, &write);
        if (write.st.code != STATUS_OK && write.st.code != STATUS_ALREADY_EXISTS)
            return "failed";
        creating->created += write.st.code == STATUS_OK;
    }
    return NULL;
}

static void lets_one_of_two_services_create_a_row(void **state)
{
    pthread_barrier_t together;
    pthread_t threads[2];
    struct creating creating[2];
    pthread_barrier_init(&together, NULL, 2);
    for (int i = 0; i < 2; i++) {
        creating[i] = (struct creating){database_open(*state, NULL), &together, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, create_often, &creating[i]), 0);
    }
    for (int i = 0; i < 2; i++) {
        void *fault;
        pthread_join(threads[i], &fault);
        assert_null(fault);
        store_close(creating[i].store);
    }
    pthread_barrier_destroy(&together);
    assert_int_equal(creating[0].created + creating[1].created, INCREMENTS);
}

/* The clock of the service that has deleted the row was ahead of the other's. */
static void gives_higher_versions_after_a_delete_whatever_clocks_say(void **state)
{
    const struct database *database = *state;
    struct store *ahead = database_open(database, NULL);
    struct store *behind = database_open(database, NULL);
    client_put(ahead, "a", "1");
    database_command(database, "sql UPDATE $.tracks SET version = version + 1000000000000000");
    int64_t version = client_version(ahead, "a");
    client_remove(ahead, "a");
    client_expect_rows(behind, NULL, "");
    assert_int_equal(client_put(behind, "a", "2"), version + 1);
    store_close(ahead);
    store_close(behind);
}

static void forgets_versions_of_rows_that_were_deleted_long_ago(void **state)
{
    const struct database *database = *state;
    struct store *store = database_open(database, NULL);
    client_put(store, "kept", "1");
    client_put(store, "young", "1");
    client_remove(store, "young");
    store_close(store);
    database_command(database, "sql INSERT INTO $.tracks VALUES ('old', 1, NULL), ('old-kept', 1, '1')");
    store = database_open(database, NULL);
    while (strcmp(database_command(database, "sql SELECT count(*) FROM $.tracks"), "3") != 0)
        ;
    client_expect_rows(store, NULL, "kept=1 old-kept=1");
    assert_string_equal(database_command(database, "sql SELECT count(*) FROM $.tracks WHERE id = 'young'"), "1");
    store_close(store);
}

static void reads_while_another_service_has_the_row(void **state)
{
    struct store *writer = database_open(*state, NULL);
    struct store *reader = database_open(*state, NULL);
    struct held_write held;
    client_put(writer, "a", "1");
    hold_row(writer, &held, "a");
    client_expect_rows(reader, NULL, "a=1");
    assert_true(client_version(reader, "a") > 0);
    assert_int_equal(release_row(&held), STATUS_OK);
    client_expect_rows(reader, NULL, "a=held");
    store_close(writer);
    store_close(reader);
}

static void neighbours_are_written_while_another_service_has_a_row(void **state)
{
    struct store *holder = database_open(*state, NULL);
    struct store *store = database_open(*state, NULL);
    struct held_write held;
    hold_row(holder, &held, "a");
    client_put(store, "b", "1");
    assert_int_equal(release_row(&held), STATUS_OK);
    client_expect_rows(store, NULL, "a=held b=1");
    store_close(holder);
    store_close(store);
}

/* ---- Lists ---- */

enum { ROW_COUNT = 300 };

struct listing {
    struct store *store;
    int rows;
    int changed;
};

/* With the first row at hand, the last one changes. */
static bool change_last_row(struct store_read *read, const struct store_row *row, struct status *st)
{
    struct listing *listing = read->ctx;
    (void)st;
    if (listing->rows++ == 0)
        client_put(listing->store, "299", "changed");
    listing->changed += view_equal(row->bytes, view_of("changed"));
    return true;
}

static bool put_ones(struct store_write *write, struct status *st)
{
    (void)st;
    for (size_t i = 0; i < write->entry_count; i++) {
        write->entries[i].action = STORE_PUT;
        write->entries[i].next = view_of("1");
    }
    return true;
}

static void lists_in_portions_what_was_there_at_one_moment(void **state)
{
    struct store *store = database_open(*state, NULL);
    char ids[ROW_COUNT][16];
    struct store_entry entries[ROW_COUNT] = {0};
    for (int i = 0; i < ROW_COUNT; i++) {
        snprintf(ids[i], sizeof(ids[i]), "%03d", i);
        entries[i].id = view_of(ids[i]);
    }
    struct store_write write = {.entries = entries, .entry_count = ROW_COUNT, .decide = put_ones};
    client_write(store, &write);
    assert_int_equal(write.st.code, STATUS_OK);
    struct listing listing = {.store = store};
    struct store_read read = {.row = change_last_row, .ctx = &listing};
    client_run_read(store, &read);
    assert_int_equal(read.st.code, STATUS_OK);
    assert_int_equal(listing.rows, ROW_COUNT);
    assert_int_equal(listing.changed, 0);
    store_close(store);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, database_setup, database_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(refuses_tables_of_a_later_version),
        CASE(refuses_a_table_of_another_program),
        CASE(takes_the_steps_that_an_earlier_version_had_not),
        CASE(needs_no_right_to_make_tables_that_are_there),
        CASE(refuses_what_cannot_be_reached),
        CASE(takes_the_first_of_several_hosts_that_is_there),
        CASE(makes_tables_once_when_replicas_start_together),
        CASE(loses_no_update_of_two_services_on_one_row),
        CASE(lets_one_of_two_services_create_a_row),
        CASE(gives_higher_versions_after_a_delete_whatever_clocks_say),
        CASE(forgets_versions_of_rows_that_were_deleted_long_ago),
        CASE(reads_while_another_service_has_the_row),
        CASE(neighbours_are_written_while_another_service_has_a_row),
        CASE(lists_in_portions_what_was_there_at_one_moment),
    };
    return cmocka_run_group_tests(tests, database_server_start, database_server_end);
}
