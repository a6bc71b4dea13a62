/* What only a file can do: be somebody else's, damaged, locked, full, and there after a crash. */
#include <fcntl.h>
#include <linux/capability.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "service/store/sqlite_schema.h"
#include "tests/service/store/store_client.h"

struct fixture {
    char directory[512];
    char path[576];
    char uri[640];
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    snprintf(fixture->directory, sizeof(fixture->directory), "%s/sqlite_test_XXXXXX", getenv("TEST_TMPDIR") ?: "/tmp");
    assert_non_null(mkdtemp(fixture->directory));
    snprintf(fixture->path, sizeof(fixture->path), "%s/tracks.db", fixture->directory);
    snprintf(fixture->uri, sizeof(fixture->uri), "sqlite:%s", fixture->path);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < 3; i++) {
        char path[640];
        snprintf(path, sizeof(path), "%s%s", fixture->path, suffixes[i]);
        unlink(path);
    }
    rmdir(fixture->directory);
    free(fixture);
    return 0;
}

static struct store *open_store(const struct fixture *fixture)
{
    struct store *store;
    struct status st;
    if (!store_open(fixture->uri, &store, &st))
        fail_msg("%s", st.message);
    return store;
}

static void expect_refusal(const struct fixture *fixture, enum status_code code, const char *words)
{
    struct store *store;
    struct status st;
    assert_false(store_open(fixture->uri, &store, &st));
    if (st.code != code || !strstr(st.message, words) || !strstr(st.message, fixture->path))
        fail_msg("%s: %s", status_code_name(st.code), st.message);
}

/* Makes a file with a row in it. */
static void make_file(const struct fixture *fixture)
{
    struct store *store = open_store(fixture);
    client_put(store, "a", "1");
    store_close(store);
}

static void run_sql(const struct fixture *fixture, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(fixture->path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    sqlite3_close(db);
}

static void write_bytes(const struct fixture *fixture, off_t offset, const char *bytes, size_t len)
{
    int fd = open(fixture->path, O_WRONLY | O_CREAT, 0644);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, len, offset), len);
    close(fd);
}

/* What the file holds, and its log, which need not be there. */
struct content {
    size_t len;
    size_t log_len;
    char bytes[1 << 18];
    char log_bytes[1 << 18];
};

static size_t read_file(const char *path, char *bytes, size_t len_max)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return 0;
    size_t len = fread(bytes, 1, len_max, file);
    fclose(file);
    assert_true(len < len_max);
    return len;
}

static struct content *read_content(const struct fixture *fixture)
{
    char log_path[640];
    struct content *content = calloc(1, sizeof(*content));
    assert_non_null(content);
    snprintf(log_path, sizeof(log_path), "%s-wal", fixture->path);
    content->len = read_file(fixture->path, content->bytes, sizeof(content->bytes));
    content->log_len = read_file(log_path, content->log_bytes, sizeof(content->log_bytes));
    return content;
}

/* Opening must be refused and must leave every byte as it is. */
static void expect_refusal_without_damage(const struct fixture *fixture, enum status_code code, const char *words)
{
    struct content *before = read_content(fixture);
    expect_refusal(fixture, code, words);
    struct content *after = read_content(fixture);
    assert_memory_equal(before, after, sizeof(*before));
    free(before);
    free(after);
}

static void refuses_a_second_service_on_one_file(void **state)
{
    struct store *store = open_store(*state);
    expect_refusal(*state, STATUS_FAILED_PRECONDITION, "in use by another track_service");
    client_put(store, "a", "1");
    store_close(store);
    store_close(open_store(*state));
}

static void refuses_a_file_of_a_later_version(void **state)
{
    make_file(*state);
    run_sql(*state, "PRAGMA user_version = 1000");
    expect_refusal_without_damage(*state, STATUS_FAILED_PRECONDITION, "later version");
}

static void refuses_a_database_of_another_program(void **state)
{
    run_sql(*state, "CREATE TABLE tracks (name TEXT)");
    expect_refusal_without_damage(*state, STATUS_FAILED_PRECONDITION, "another program");
}

static void refuses_a_file_whose_table_is_gone(void **state)
{
    make_file(*state);
    run_sql(*state, "PRAGMA journal_mode = DELETE; DROP TABLE tracks");
    expect_refusal_without_damage(*state, STATUS_INTERNAL, "no such table");
}

/* As a program leaves it that is killed: what it has written last is in the log. */
static void refuses_a_file_and_leaves_its_log_alone(void **state)
{
    const struct fixture *fixture = *state;
    sqlite3 *db;
    assert_int_equal(sqlite3_open(fixture->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA journal_mode = WAL; CREATE TABLE other (name TEXT)", NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
    expect_refusal_without_damage(fixture, STATUS_FAILED_PRECONDITION, "another program");
    struct content *content = read_content(fixture);
    assert_true(content->log_len > 0);
    free(content);
}

static void refuses_a_file_that_is_no_database(void **state)
{
    write_bytes(*state, 0, "id,name\na,1\nthis is no database but a table of comma-separated values, as text\n", 80);
    expect_refusal_without_damage(*state, STATUS_DATA_LOSS, "not a database");
}

static void refuses_a_damaged_file(void **state)
{
    make_file(*state);
    char garbage[64];
    memset(garbage, 0x5a, sizeof(garbage));
    write_bytes(*state, 4096, garbage, sizeof(garbage));
    expect_refusal_without_damage(*state, STATUS_DATA_LOSS, "store ");
}

static void refuses_a_file_that_was_cut_short(void **state)
{
    const struct fixture *fixture = *state;
    make_file(fixture);
    assert_int_equal(truncate(fixture->path, 4096 + 100), 0);
    expect_refusal_without_damage(fixture, STATUS_DATA_LOSS, "store ");
}

static void refuses_a_directory_that_does_not_exist(void **state)
{
    struct fixture *fixture = *state;
    struct fixture missing = *fixture;
    snprintf(missing.path, sizeof(missing.path), "%s/missing/tracks.db", fixture->directory);
    snprintf(missing.uri, sizeof(missing.uri), "sqlite:%s", missing.path);
    expect_refusal(&missing, STATUS_FAILED_PRECONDITION, "No such file or directory");
}

static void refuses_a_directory_in_place_of_a_file(void **state)
{
    struct fixture *fixture = *state;
    struct fixture directory = *fixture;
    snprintf(directory.path, sizeof(directory.path), "%s", fixture->directory);
    snprintf(directory.uri, sizeof(directory.uri), "sqlite:%s", directory.path);
    expect_refusal(&directory, STATUS_FAILED_PRECONDITION, "Is a directory");
}

/* The super-user may write everywhere, unless he lays down the capability for it. */
static void set_super_powers(bool wanted)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
    assert_int_equal(syscall(SYS_capget, &header, data), 0);
    if (wanted)
        data[0].effective |= data[0].permitted & (1u << CAP_DAC_OVERRIDE);
    else
        data[0].effective &= ~(1u << CAP_DAC_OVERRIDE);
    assert_int_equal(syscall(SYS_capset, &header, data), 0);
}

static void refuses_a_read_only_directory_and_a_read_only_file(void **state)
{
    const struct fixture *fixture = *state;
    assert_int_equal(chmod(fixture->directory, 0555), 0);
    set_super_powers(false);
    expect_refusal(fixture, STATUS_FAILED_PRECONDITION, "Permission denied");
    set_super_powers(true);
    assert_int_equal(chmod(fixture->directory, 0755), 0);

    make_file(fixture);
    assert_int_equal(chmod(fixture->path, 0444), 0);
    set_super_powers(false);
    expect_refusal(fixture, STATUS_FAILED_PRECONDITION, "Permission denied");
    set_super_powers(true);
}

static void refuses_a_file_that_another_program_locks(void **state)
{
    const struct fixture *fixture = *state;
    make_file(fixture);
    sqlite3 *other;
    assert_int_equal(sqlite3_open(fixture->path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE", NULL, NULL, NULL),
                     SQLITE_OK);
    expect_refusal(fixture, STATUS_UNAVAILABLE, "locked");
    sqlite3_close(other);
    store_close(open_store(fixture));
}

static void refuses_writes_while_another_program_locks_and_recovers(void **state)
{
    const struct fixture *fixture = *state;
    struct store *store = open_store(fixture);
    client_put(store, "a", "1");
    sqlite3 *other;
    assert_int_equal(sqlite3_open(fixture->path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    client_put_expecting(store, "a", view_of("2"), STATUS_UNAVAILABLE);
    char *rows = client_read(store, NULL);
    assert_string_equal(rows, "a=1");
    free(rows);
    sqlite3_close(other);
    client_put(store, "a", "2");
    store_close(store);
}

/* A limit on the size of files stands for a disk that is full. */
static void refuses_writes_on_a_full_disk_and_recovers(void **state)
{
    struct store *store = open_store(*state);
    client_put(store, "a", "1");
    char *large = malloc(200001);
    assert_non_null(large);
    memset(large, 'x', 200000);
    large[200000] = '\0';

    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    struct rlimit small = {.rlim_cur = 100000, .rlim_max = before.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    for (int i = 0; i < 3; i++)
        client_put_expecting(store, "a", view_of(large), STATUS_UNAVAILABLE);
    char *rows = client_read(store, NULL);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, SIG_DFL);
    assert_string_equal(rows, "a=1");
    free(rows);

    client_put(store, "b", large);
    client_put(store, "a", "2");
    store_close(store);
    store = open_store(*state);
    rows = client_read(store, (const char *[]){"a", NULL});
    assert_string_equal(rows, "a=2");
    free(rows);
    free(large);
    store_close(store);
}

struct watch {
    sem_t went_down, came_back;
};

static void post_event(void *ctx, enum store_event event, const char *detail)
{
    struct watch *watch = ctx;
    (void)detail;
    if (event == STORE_WENT_DOWN)
        sem_post(&watch->went_down);
    if (event == STORE_CAME_BACK)
        sem_post(&watch->came_back);
}

static void ignore_read(struct store_read *read)
{
    assert_int_equal(read->st.code, STATUS_UNAVAILABLE);
}

/* The reader's first read opens a connection, for which there is no file descriptor. */
static void is_down_while_it_cannot_be_read_and_comes_back_by_itself(void **state)
{
    struct store *store = open_store(*state);
    struct watch watch;
    sem_init(&watch.went_down, 0, 0);
    sem_init(&watch.came_back, 0, 0);
    store_watch(store, post_event, &watch);
    assert_true(store_is_available(store));

    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct rlimit none = {.rlim_cur = 0, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    struct store_read read = {.done = ignore_read};
    store_read(store, &read);
    assert_int_equal(sem_wait(&watch.went_down), 0);
    assert_false(store_is_available(store));

    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(sem_wait(&watch.came_back), 0);
    assert_true(store_is_available(store));
    store_watch(store, NULL, NULL);
    store_close(store);
    sem_destroy(&watch.went_down);
    sem_destroy(&watch.came_back);
}

/* The child tells on a pipe what was acknowledged, and dies in the middle of it. */
static void keeps_what_was_acknowledged_when_killed(void **state)
{
    int acknowledged[2];
    assert_int_equal(pipe(acknowledged), 0);
    pid_t child = fork();
    if (child == 0) {
        struct store *store = open_store(*state);
        for (int i = 0;; i++) {
            char text[24];
            snprintf(text, sizeof(text), "%d", i);
            client_put(store, "a", text);
            if (write(acknowledged[1], &i, sizeof(i)) != sizeof(i))
                _exit(1);
        }
    }
    int last = -1;
    while (last < 50)
        assert_int_equal(read(acknowledged[0], &last, sizeof(last)), sizeof(last));
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(acknowledged[1]);
    while (read(acknowledged[0], &last, sizeof(last)) == sizeof(last))
        ;
    close(acknowledged[0]);

    struct store *store = open_store(*state);
    char *rows = client_read(store, NULL);
    int found;
    assert_int_equal(sscanf(rows, "a=%d", &found), 1);
    assert_true(found == last || found == last + 1);
    free(rows);
    store_close(store);
}

/* As a program that knew so many steps has left it. */
static void make_file_of_version(const struct fixture *fixture, int version)
{
    char sql[96];
    for (int step = 0; step < version; step++)
        run_sql(fixture, sqlite_schema_steps[step]);
    snprintf(sql, sizeof(sql), "PRAGMA application_id = %d; PRAGMA user_version = %d", SQLITE_SCHEMA_APPLICATION_ID,
             version);
    run_sql(fixture, sql);
}

static void takes_the_steps_that_a_file_of_any_earlier_version_lacks(void **state)
{
    const struct fixture *fixture = *state;
    for (int version = 0; version <= sqlite_schema_version; version++) {
        make_file_of_version(fixture, version);
        for (int opening = 0; opening < 2; opening++) { /* of the earlier version, and of the present one */
            struct store *store = open_store(fixture);
            client_put(store, "a", "1");
            char *rows = client_read(store, NULL);
            assert_string_equal(rows, "a=1");
            free(rows);
            store_close(store);
        }
        assert_int_equal(unlink(fixture->path), 0);
    }
}

static void path_is_only_a_path(void **state)
{
    struct fixture *fixture = *state;
    char *before = getcwd(NULL, 0);
    assert_int_equal(chdir(fixture->directory), 0);
    static const char *const names[] = {":memory:", "file:a?mode=memory"};
    for (size_t i = 0; i < 2; i++) {
        char uri[64];
        struct store *store;
        struct status st;
        snprintf(uri, sizeof(uri), "sqlite:%s", names[i]);
        assert_true(store_open(uri, &store, &st));
        client_put(store, "a", "1");
        store_close(store);
        assert_int_equal(unlink(names[i]), 0);
    }
    assert_int_equal(chdir(before), 0);
    free(before);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(refuses_a_second_service_on_one_file),
        CASE(refuses_a_file_of_a_later_version),
        CASE(refuses_a_database_of_another_program),
        CASE(refuses_a_file_whose_table_is_gone),
        CASE(refuses_a_file_and_leaves_its_log_alone),
        CASE(refuses_a_file_that_is_no_database),
        CASE(refuses_a_damaged_file),
        CASE(refuses_a_file_that_was_cut_short),
        CASE(refuses_a_directory_that_does_not_exist),
        CASE(refuses_a_directory_in_place_of_a_file),
        CASE(refuses_a_read_only_directory_and_a_read_only_file),
        CASE(refuses_a_file_that_another_program_locks),
        CASE(refuses_writes_while_another_program_locks_and_recovers),
        CASE(refuses_writes_on_a_full_disk_and_recovers),
        CASE(is_down_while_it_cannot_be_read_and_comes_back_by_itself),
        CASE(keeps_what_was_acknowledged_when_killed),
        CASE(takes_the_steps_that_a_file_of_any_earlier_version_lacks),
        CASE(path_is_only_a_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
