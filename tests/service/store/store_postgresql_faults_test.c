/* A database that is cut off, killed, locked, read-only, or without its standby: what is answered, and what is there then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "service/limits.h"
#include "tests/service/store/postgresql_database.h"
#include "tests/service/store/store_client.h"
#include "tests/support/postgresql_proxy.h"

/* Both writers have a connection afterwards: while one holds a row, the other makes one. */
static void use_both_writers(struct store *store)
{
    struct held_write held;
    hold_row(store, &held, "a");
    client_put(store, "b", "1");
    assert_int_equal(release_row(&held), STATUS_OK);
}

/* ---- Connections that are cut ---- */

struct line {
    char directory[32];
    struct postgresql_proxy *proxy;
    struct store *store;
};

static void line_open(struct line *line, const struct database *database)
{
    strcpy(line->directory, "/tmp/proxy_XXXXXX");
    assert_non_null(mkdtemp(line->directory));
    line->proxy = proxy_start(line->directory, database->server->directory);
    line->store = database_open_through(database, line->directory);
}

static void line_close(struct line *line)
{
    store_close(line->store);
    proxy_end(line->proxy);
    rmdir(line->directory);
}

static bool put_two(struct store_write *write, struct status *st)
{
    (void)st;
    for (size_t i = 0; i < 2; i++) {
        write->entries[i].action = STORE_PUT;
        write->entries[i].next = view_of("2");
    }
    return true;
}

/* Replaces row "a" and puts another one. */
static enum status_code write_two(struct store *store, const char *other_id)
{
    struct store_entry entries[] = {{.id = VIEW("a")}, {.id = view_of(other_id)}};
    struct store_write write = {.entries = entries, .entry_count = 2, .decide = put_two};
    client_write(store, &write);
    return write.st.code;
}

static void write_that_is_cut_is_whole_or_absent_and_never_called_done_in_vain(void **state)
{
    static const struct {
        const char *statement;
        enum proxy_cut cut;
        enum status_code code;
        bool is_there;
    } cases[] = {
        {"begin", PROXY_CUT_BEFORE, STATUS_OK, true}, /* what has had no effect is tried again */
        {"begin", PROXY_CUT_AFTER, STATUS_OK, true},
        {"lock", PROXY_CUT_BEFORE, STATUS_OK, true},
        {"update", PROXY_CUT_BEFORE, STATUS_UNAVAILABLE, false},
        {"insert", PROXY_CUT_BEFORE, STATUS_UNAVAILABLE, false},
        {"commit", PROXY_CUT_BEFORE, STATUS_UNAVAILABLE, false},
        {"update", PROXY_CUT_AFTER, STATUS_UNAVAILABLE, true}, /* the commit is in its group */
        {"commit", PROXY_CUT_AFTER, STATUS_UNAVAILABLE, true},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct line line;
        char id[] = {'0', (char)('0' + i), '\0'}; /* not there before, nor deleted */
        char rows[32] = "a=held b=1";
        if (cases[i].is_there)
            snprintf(rows, sizeof(rows), "%s=2 a=2 b=1", id);
        line_open(&line, *state);
        use_both_writers(line.store);
        proxy_cut(line.proxy, cases[i].cut, cases[i].statement);
        assert_int_equal(write_two(line.store, id), cases[i].code);
        client_expect_rows(line.store, NULL, rows);
        client_put(line.store, "a", "3"); /* by itself, it works again */
        client_remove(line.store, id);
        line_close(&line);
    }
}

static bool count_row(struct store_read *read, const struct store_row *row, struct status *st)
{
    (void)row;
    (void)st;
    ++*(int *)read->ctx;
    return true;
}

static enum status_code read_rows(struct store *store, const struct view *ids, size_t id_count, int *ret_count)
{
    *ret_count = 0;
    struct store_read read = {.ids = ids, .id_count = id_count, .row = count_row, .ctx = ret_count};
    client_run_read(store, &read);
    return read.st.code;
}

static enum status_code read_all(struct store *store)
{
    int count;
    return read_rows(store, NULL, 0, &count);
}

/* The reader whose connection is cut may be a new one, on which nothing is tried again. */
static void read_that_is_cut_gives_all_rows_or_fails(void **state)
{
    static const struct view ids[] = {VIEW("a"), VIEW("b")};
    static const struct {
        const char *statement;
        size_t id_count;
        int rows;
    } cases[] = {{"get", 1, 1}, {"get_each", 2, 2}, {"begin_read", 0, 2}, {"list", 0, 2}};
    for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
        struct line line;
        int count;
        line_open(&line, *state);
        client_put(line.store, "a", "1");
        client_put(line.store, "b", "1");
        proxy_cut(line.proxy, i % 2 ? PROXY_CUT_AFTER : PROXY_CUT_BEFORE, cases[i / 2].statement);
        enum status_code code = read_rows(line.store, ids, cases[i / 2].id_count, &count);
        assert_true(code == STATUS_OK || code == STATUS_UNAVAILABLE);
        assert_int_equal(count, code == STATUS_OK ? cases[i / 2].rows : 0);
        assert_int_equal(read_rows(line.store, ids, cases[i / 2].id_count, &count), STATUS_OK);
        assert_int_equal(count, cases[i / 2].rows);
        line_close(&line);
    }
}

struct cutting {
    struct postgresql_proxy *proxy;
    int rows;
};

static bool cut_at_first_row(struct store_read *read, const struct store_row *row, struct status *st)
{
    struct cutting *cutting = read->ctx;
    (void)row;
    (void)st;
    if (cutting->rows++ == 0)
        proxy_cut(cutting->proxy, PROXY_CUT_BEFORE, "list");
    return true;
}

static void list_that_is_cut_in_the_middle_fails(void **state)
{
    struct line line;
    line_open(&line, *state);
    for (int i = 0; i <= POSTGRESQL_LIST_ROWS_MIN; i++) {
        char id[16];
        snprintf(id, sizeof(id), "%03d", i);
        client_put(line.store, id, "1");
    }
    struct cutting cutting = {.proxy = line.proxy};
    struct store_read read = {.row = cut_at_first_row, .ctx = &cutting};
    client_run_read(line.store, &read);
    assert_int_equal(read.st.code, STATUS_UNAVAILABLE);
    assert_int_equal(cutting.rows, POSTGRESQL_LIST_ROWS_MIN);
    assert_int_equal(read_all(line.store), STATUS_OK);
    line_close(&line);
}

/* While one write holds the other writer, all that come queue up behind it, and are one batch. Heartbeats pass, too. */
static void batch_costs_two_round_trips(void **state)
{
    enum { COUNT = 100, HEARTBEATS_MAX = 10 };
    struct line line;
    struct held_write held;
    static struct held_write writes[COUNT];
    struct held_write first;
    line_open(&line, *state);
    use_both_writers(line.store);
    hold_row(line.store, &held, "held");
    hold_row(line.store, &first, "first");
    int groups_before = proxy_count_groups(line.proxy);
    char ids[COUNT][16];
    for (int i = 0; i < COUNT; i++) {
        snprintf(ids[i], sizeof(ids[i]), "%03d", i);
        start_write(line.store, &writes[i], ids[i]);
    }
    assert_int_equal(release_row(&first), STATUS_OK); /* its commit is one round trip more */
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(await_write(&writes[i]), STATUS_OK);
    int groups = proxy_count_groups(line.proxy) - groups_before;
    assert_in_range(groups, 3, 3 + HEARTBEATS_MAX);
    assert_int_equal(release_row(&held), STATUS_OK);
    line_close(&line);
}

/* ---- Servers that end ---- */

struct ending_write {
    struct store_write write;
    struct store_entry entry;
    const struct database *database;
    const char *command;
};

static bool end_server(struct store_write *write, struct status *st)
{
    struct ending_write *ending = write->ctx;
    (void)st;
    database_command(ending->database, ending->command);
    ending->entry.action = STORE_PUT;
    ending->entry.next = view_of("2");
    return true;
}

static void server_that_ends_before_a_commit_has_not_done_it_and_comes_back(void **state)
{
    static const char *const commands[] = {"kill", "stop"};
    const struct database *database = *state;
    struct store *store = database_open(database, NULL);
    struct watch watch;
    watch_start(&watch, store);
    for (size_t i = 0; i < 2; i++) {
        client_put(store, "a", "1");
        struct ending_write ending = {
            .write = {.entries = &ending.entry, .entry_count = 1, .decide = end_server, .ctx = &ending},
            .entry = {.id = VIEW("a")},
            .database = database,
            .command = commands[i],
        };
        client_write(store, &ending.write);
        assert_int_equal(ending.write.st.code, STATUS_UNAVAILABLE);
        watch_await(&watch.went_down);
        assert_false(store_is_available(store));
        client_put_expecting(store, "a", view_of("3"), STATUS_UNAVAILABLE);
        assert_int_equal(read_all(store), STATUS_UNAVAILABLE);
        database_command(database, "start");
        watch_await(&watch.came_back);
        assert_true(store_is_available(store));
        client_expect_rows(store, NULL, "a=1");
    }
    watch_end(&watch);
    store_close(store);
}

static void idle_store_notices_that_the_server_is_gone_and_is_back(void **state)
{
    const struct database *database = *state;
    struct store *store = database_open(database, NULL);
    struct watch watch;
    watch_start(&watch, store);
    client_put(store, "a", "1");
    database_command(database, "kill");
    watch_await(&watch.went_down);
    database_command(database, "start");
    watch_await(&watch.came_back);
    client_put(store, "a", "2");
    client_expect_rows(store, NULL, "a=2");
    watch_end(&watch);
    store_close(store);
}

static void server_that_hangs_is_given_up_and_found_again(void **state)
{
    const struct database *database = *state;
    struct store *store = database_open(database, NULL);
    struct watch watch;
    watch_start(&watch, store);
    client_put(store, "a", "1");
    database_command(database, "freeze");
    client_put_expecting(store, "a", view_of("2"), STATUS_UNAVAILABLE);
    watch_await(&watch.went_down);
    client_put_expecting(store, "a", view_of("3"), STATUS_UNAVAILABLE);
    database_command(database, "thaw");
    watch_await(&watch.came_back);
    client_expect_rows(store, NULL, "a=1");
    client_put(store, "a", "4");
    watch_end(&watch);
    store_close(store);
}

static void closing_answers_everything_while_the_server_is_gone(void **state)
{
    enum { COUNT = 300 };
    const struct database *database = *state;
    struct store *store = database_open(database, NULL);
    static struct held_write writes[COUNT];
    hold_row(store, &writes[0], "a");
    database_command(database, "kill");
    for (int i = 1; i < COUNT; i++)
        start_write(store, &writes[i], "b");
    sem_post(&writes[0].may_go_on);
    store_close(store);
    for (int i = 0; i < COUNT; i++) {
        int answers = 0;
        sem_getvalue(&writes[i].done, &answers);
        assert_int_equal(answers, 1);
        assert_int_equal(await_write(&writes[i]), STATUS_UNAVAILABLE);
    }
    database_command(database, "start");
}

static void one_connection_that_is_ended_by_hand_is_made_anew(void **state)
{
    const struct database *database = *state;
    struct store *store = database_open(database, NULL);
    use_both_writers(store);
    assert_int_equal(read_all(store), STATUS_OK);
    database_command(database, "sql SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                               " WHERE application_name = 'track_service'");
    client_put(store, "a", "2");
    client_expect_rows(store, NULL, "a=2 b=1");
    assert_true(store_is_available(store));
    store_close(store);
}

/* ---- Servers that refuse ---- */

static void write_that_waits_too_long_for_a_row_is_refused(void **state)
{
    const struct database *database = *state;
    struct store *holder = database_open(database, NULL);
    struct store *store = database_open(database, "%20-cstatement_timeout%3D100");
    struct held_write held;
    client_put(store, "a", "1");
    hold_row(holder, &held, "a");
    client_put_expecting(store, "a", view_of("2"), STATUS_UNAVAILABLE);
    assert_true(store_is_available(store));
    assert_int_equal(release_row(&held), STATUS_OK);
    client_put(store, "a", "2");
    client_expect_rows(holder, NULL, "a=2");
    store_close(holder);
    store_close(store);
}

static void set_for_all(const struct database *database, const char *setting)
{
    char command[128];
    snprintf(command, sizeof(command), "sql ALTER SYSTEM SET %s", setting);
    database_command(database, command);
    database_command(database, "sql SELECT pg_reload_conf()");
}

/* ALTER SYSTEM itself is no write. */
static void primary_that_becomes_read_only_is_down_until_it_takes_writes(void **state)
{
    const struct database *database = *state;
    struct store *store = database_open(database, NULL);
    struct watch watch;
    watch_start(&watch, store);
    client_put(store, "a", "1");
    set_for_all(database, "default_transaction_read_only = on");
    while (write_two(store, "b") == STATUS_OK)
        ; /* until the server has taken note */
    assert_int_equal(write_two(store, "b"), STATUS_UNAVAILABLE);
    watch_await(&watch.went_down);
    set_for_all(database, "default_transaction_read_only = off");
    watch_await(&watch.came_back);
    client_put(store, "a", "3");
    watch_end(&watch);
    store_close(store);
}

/* Asked to give up waiting, the server says that it has committed, with a warning; settings that would hide that are undone. */
static void commit_that_no_standby_confirms_is_not_called_done(void **state)
{
    const struct database *database = *state;
    enum status_code code;
    database_command(database, "sql ALTER ROLE tracks SET synchronous_commit = off");
    database_command(database, "sql ALTER ROLE tracks SET client_min_messages = error");
    struct store *store = database_open(database, NULL);
    client_put(store, "a", "1");
    set_for_all(database, "synchronous_standby_names = 'nobody'");
    do /* until the server has taken note */
        code = write_two(store, "b");
    while (code == STATUS_OK);
    assert_int_equal(code, STATUS_UNAVAILABLE);
    assert_true(store_is_available(store));
    assert_string_equal(
        database_command(database, "sql SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"), "0");
    set_for_all(database, "synchronous_standby_names = ''");
    database_command(database, "sql ALTER ROLE tracks RESET ALL");
    client_put(store, "a", "3");
    client_expect_rows(store, NULL, "a=3 b=2");
    store_close(store);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, database_setup, database_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(write_that_is_cut_is_whole_or_absent_and_never_called_done_in_vain),
        CASE(read_that_is_cut_gives_all_rows_or_fails),
        CASE(list_that_is_cut_in_the_middle_fails),
        CASE(batch_costs_two_round_trips),
        CASE(server_that_ends_before_a_commit_has_not_done_it_and_comes_back),
        CASE(idle_store_notices_that_the_server_is_gone_and_is_back),
        CASE(server_that_hangs_is_given_up_and_found_again),
        CASE(closing_answers_everything_while_the_server_is_gone),
        CASE(one_connection_that_is_ended_by_hand_is_made_anew),
        CASE(write_that_waits_too_long_for_a_row_is_refused),
        CASE(primary_that_becomes_read_only_is_down_until_it_takes_writes),
        CASE(commit_that_no_standby_confirms_is_not_called_done),
    };
    return cmocka_run_group_tests(tests, database_server_start, database_server_end);
}
