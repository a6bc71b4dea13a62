/*
 * The store on a disk that fails, at each step of its work: what fails is UNAVAILABLE, what was acknowledged stays, and all is
 * well again when the disk is, in the same process and in the next.
 *
 * One scenario is run again and again. In the nth run the nth operation of a kind fails and all that follow, until the disk is
 * healed; the last run is the one that no fault was met in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/service/store/faulty_vfs.h"
#include "tests/service/store/store_client.h"

#define ROWS       4
#define ROUNDS     3
#define RUNS_MAX   1000
#define LARGE_LEN  (1024 * 1024) /* with it the log is copied into the file in the middle of a scenario */
#define LARGE_RUNS 8

struct scenario {
    char directory[512];
    char path[576];
    char uri[640];
    struct store *store;
    size_t padding;         /* bytes behind the number in each row */
    int acknowledged[ROWS]; /* the number in each row; 0: absent */
    int sent[ROWS];         /* the latest that was sent, and perhaps not acknowledged */
    int number;
};

static int set_up(void **state)
{
    struct scenario *scenario = calloc(1, sizeof(*scenario));
    assert_non_null(scenario);
    snprintf(scenario->directory, sizeof(scenario->directory), "%s/faults_XXXXXX", getenv("TEST_TMPDIR") ?: "/tmp");
    assert_non_null(mkdtemp(scenario->directory));
    snprintf(scenario->path, sizeof(scenario->path), "%s/tracks.db", scenario->directory);
    snprintf(scenario->uri, sizeof(scenario->uri), "sqlite:%s", scenario->path);
    *state = scenario;
    return 0;
}

static void remove_files(const struct scenario *scenario)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        char path[640];
        snprintf(path, sizeof(path), "%s%s", scenario->path, suffixes[i]);
        unlink(path);
    }
}

static int tear_down(void **state)
{
    struct scenario *scenario = *state;
    remove_files(scenario);
    rmdir(scenario->directory);
    free(scenario);
    return 0;
}

static void open_store(struct scenario *scenario)
{
    struct status st;
    if (!store_open(scenario->uri, &scenario->store, &st))
        fail_msg("%s", st.message);
}

/* ---- Writing ---- */

static bool put(struct store_write *write, struct status *st)
{
    (void)st;
    write->entries[0].action = STORE_PUT;
    write->entries[0].next = *(const struct view *)write->ctx;
    return true;
}

/* Puts the next number into a row, and notes what came of it. */
static bool put_next(struct scenario *scenario, int row)
{
    char id[8];
    char *text = malloc(scenario->padding + 16);
    assert_non_null(text);
    snprintf(id, sizeof(id), "row-%d", row);
    int len = snprintf(text, 16, "%d ", ++scenario->number);
    memset(text + len, 'x', scenario->padding);
    struct view bytes = view_make(text, (size_t)len + scenario->padding);
    struct store_entry entry = {.id = view_of(id)};
    struct store_write write = {.entries = &entry, .entry_count = 1, .decide = put, .ctx = &bytes};
    scenario->sent[row] = scenario->number;
    client_write(scenario->store, &write);
    free(text);
    if (write.st.code == STATUS_OK)
        scenario->acknowledged[row] = scenario->number;
    else if (write.st.code != STATUS_UNAVAILABLE)
        fail_msg("%s: %s", status_code_name(write.st.code), write.st.message);
    return write.st.code == STATUS_OK;
}

/* ---- Reading ---- */

static bool note_row(struct store_read *read, const struct store_row *row, struct status *st)
{
    (void)st;
    int *found = read->ctx;
    found[row->id.data[row->id.len - 1] - '0'] = atoi(row->bytes.data);
    return true;
}

/* The number in each row, or false when the disk does not give them. */
static bool read_rows(struct scenario *scenario, int *found)
{
    struct store_read read = {.row = note_row, .ctx = found};
    memset(found, 0, ROWS * sizeof(*found));
    client_run_read(scenario->store, &read);
    if (read.st.code != STATUS_OK && read.st.code != STATUS_UNAVAILABLE)
        fail_msg("%s: %s", status_code_name(read.st.code), read.st.message);
    return read.st.code == STATUS_OK;
}

/* A process sees just what it was told; the next one may find a write that had no good answer. */
static void check_rows(struct scenario *scenario, bool next_process)
{
    int found[ROWS];
    assert_true(read_rows(scenario, found));
    for (int row = 0; row < ROWS; row++)
        if (found[row] != scenario->acknowledged[row] && !(next_process && found[row] == scenario->sent[row]))
            fail_msg("row %d: %d, expected %d", row, found[row], scenario->acknowledged[row]);
}

/* ---- The scenario ---- */

static void write_all_rows(struct scenario *scenario)
{
    for (int row = 0; row < ROWS; row++)
        put_next(scenario, row);
}

static void begin(struct scenario *scenario, size_t padding)
{
    remove_files(scenario);
    memset(scenario->acknowledged, 0, sizeof(scenario->acknowledged));
    scenario->padding = padding;
    open_store(scenario);
    write_all_rows(scenario);
    check_rows(scenario, false);
}

/* Reads and writes while the nth operation fails. False: there are less than n of them. */
static bool run_with_fault(struct scenario *scenario, enum faulty_operation operation, unsigned nth)
{
    int found[ROWS];
    faulty_vfs_fail(operation, nth);
    for (int round = 0; round < ROUNDS; round++) {
        write_all_rows(scenario);
        if (read_rows(scenario, found))
            assert_memory_equal(found, scenario->acknowledged, sizeof(found));
    }
    return faulty_vfs_heal();
}

static void check_recovery(struct scenario *scenario)
{
    check_rows(scenario, false);
    for (int row = 0; row < ROWS; row++)
        assert_true(put_next(scenario, row));
    check_rows(scenario, false);
}

/* Closes while the disk fails, and opens again when it does not. */
static void check_next_process(struct scenario *scenario, enum faulty_operation operation)
{
    faulty_vfs_fail(operation, 1);
    put_next(scenario, 0);
    store_close(scenario->store);
    faulty_vfs_heal();
    open_store(scenario);
    check_rows(scenario, true);
    store_close(scenario->store);
}

static bool run(struct scenario *scenario, enum faulty_operation operation, unsigned nth, size_t padding)
{
    begin(scenario, padding);
    bool met = run_with_fault(scenario, operation, nth);
    check_recovery(scenario);
    check_next_process(scenario, operation);
    return met;
}

/* ---- Tests ---- */

static void survives_a_fault_of_each_operation(void **state)
{
    for (enum faulty_operation operation = 0; operation < FAULTY_OPERATIONS; operation++) {
        unsigned nth = 1;
        while (run(*state, operation, nth, 0))
            assert_true(++nth < RUNS_MAX);
    }
}

static void survives_a_fault_while_the_log_is_copied_into_the_file(void **state)
{
    static const enum faulty_operation operations[] = {FAULTY_WRITE, FAULTY_SYNC};
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
        for (unsigned n = 0; n < LARGE_RUNS; n++)
            run(*state, operations[i], operations[i] == FAULTY_WRITE ? 1 + n * 900 : 1 + n, LARGE_LEN);
}

static void refuses_to_start_on_a_disk_that_fails_and_starts_when_it_does_not(void **state)
{
    struct scenario *scenario = *state;
    for (enum faulty_operation operation = 0; operation < FAULTY_OPERATIONS; operation++) {
        bool met = true;
        for (unsigned nth = 1; met; nth++) {
            struct status st;
            begin(scenario, 0);
            store_close(scenario->store);
            faulty_vfs_fail(operation, nth);
            if (store_open(scenario->uri, &scenario->store, &st))
                store_close(scenario->store);
            else if (st.code != STATUS_UNAVAILABLE || !strstr(st.message, scenario->path))
                fail_msg("%s: %s", status_code_name(st.code), st.message);
            met = faulty_vfs_heal();
            open_store(scenario);
            check_rows(scenario, false);
            store_close(scenario->store);
        }
    }
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(survives_a_fault_of_each_operation),
        CASE(survives_a_fault_while_the_log_is_copied_into_the_file),
        CASE(refuses_to_start_on_a_disk_that_fails_and_starts_when_it_does_not),
    };
    faulty_vfs_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
