/*
 * A child process logs to a pipe or a socket, which the test reads as slowly as it likes. An alarm ends a child that waits where it
 * must not.
 */
#include "base/log_queue.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <cjson/cJSON.h>

#include "base/log.h"
#include "base/monotonic.h"

#define CHILD_SECONDS_MAX 20
#define PIPE_BYTES        4096
#define FLOOD             4000 /* records of FLOOD_BYTES: several times what the queue holds */
#define FLOOD_BYTES       1000
#define THREADS           4
#define RECORDS_A_THREAD  500

struct child {
    pid_t pid;
    int log;  /* what it logs is read here */
    int said; /* it says that it came to some point by a byte */
    int told; /* and waits for one here */
};

/* What a child does; the descriptors are its ends of `said` and `told`. */
typedef void (*child_main)(int say, int listen);

static void log_to_pipe(int ends[2], int flags)
{
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_true(fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES) >= PIPE_BYTES);
    assert_int_equal(fcntl(ends[1], F_SETFL, flags), 0);
}

static struct child start_child(const int log_ends[2], child_main run)
{
    int said[2], told[2];
    assert_int_equal(pipe2(said, O_CLOEXEC), 0);
    assert_int_equal(pipe2(told, O_CLOEXEC), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        alarm(CHILD_SECONDS_MAX);
        dup2(log_ends[1], STDERR_FILENO);
        close(log_ends[0]);
        close(log_ends[1]);
        log_start("child", LOG_INFO);
        run(said[1], told[0]);
        exit(EXIT_SUCCESS);
    }
    close(log_ends[1]);
    close(said[1]);
    close(told[0]);
    return (struct child){pid, log_ends[0], said[0], told[1]};
}

/* Returns how long the child took to end from now on. */
static uint64_t end_child(struct child *child)
{
    int status;
    uint64_t start_ms = monotonic_ms();
    assert_int_equal(waitpid(child->pid, &status, 0), child->pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), EXIT_SUCCESS);
    close(child->log);
    close(child->said);
    close(child->told);
    return monotonic_ms() - start_ms;
}

static void say(int fd)
{
    assert_int_equal(write(fd, "", 1), 1);
}

static void hear(int fd)
{
    char byte;
    assert_int_equal(read(fd, &byte, 1), 1);
}

static void flood(void)
{
    char text[FLOOD_BYTES + 1];
    memset(text, 'x', FLOOD_BYTES);
    text[FLOOD_BYTES] = '\0';
    for (int i = 0; i < FLOOD; i++)
        log_write(LOG_INFO, text, LOG_INT("number", i));
}

/* The next line as JSON, and as text; NULL at the end. The caller deletes it. */
static cJSON *next_record(FILE *log)
{
    static char *line;
    static size_t capacity;
    if (getline(&line, &capacity, log) < 0) {
        free(line);
        line = NULL;
        capacity = 0;
        return NULL;
    }
    cJSON *record = cJSON_Parse(line);
    assert_non_null(record);
    return record;
}

static int number_of(const cJSON *record, const char *key)
{
    const cJSON *number = cJSON_GetObjectItem(record, key);
    return number ? number->valueint : -1;
}

static void flood_and_one_more(int say_fd, int listen)
{
    flood();
    say(say_fd);
    hear(listen);
    log_write(LOG_INFO, "after", LOG_INT("number", FLOOD));
}

static void nobody_waits_for_a_full_pipe_and_what_was_dropped_is_told(void **state)
{
    (void)state;
    int ends[2];
    log_to_pipe(ends, 0);
    struct child child = start_child(ends, flood_and_one_more);
    hear(child.said); /* it came through the flood while nobody read */
    FILE *log = fdopen(dup(child.log), "r");
    int next = 0, told = 0;
    for (cJSON *record; (record = next_record(log)); cJSON_Delete(record)) {
        int number = number_of(record, "number"), count = number_of(record, "count");
        if (next == 100)
            say(child.told); /* by then there is room again */
        if (count > 0) {
            told += count;
            next += count;
        } else {
            assert_int_equal(number, next);
            next++;
        }
    }
    fclose(log);
    assert_int_equal(next, FLOOD + 1);
    assert_in_range(told, FLOOD / 4, FLOOD - LOG_QUEUE_BYTES_MAX / (2 * FLOOD_BYTES));
    end_child(&child);
}

static void flood_and_end(int say_fd, int listen)
{
    flood();
    say(say_fd);
    hear(listen);
}

static void records_dropped_last_are_told_at_the_end(void **state)
{
    (void)state;
    int ends[2];
    log_to_pipe(ends, 0);
    struct child child = start_child(ends, flood_and_end);
    hear(child.said);
    say(child.told);
    FILE *log = fdopen(dup(child.log), "r");
    int seen = 0, told = 0, told_last = 0;
    for (cJSON *record; (record = next_record(log)); cJSON_Delete(record)) {
        told_last = number_of(record, "count");
        if (told_last > 0)
            told += told_last;
        else
            seen++;
    }
    fclose(log);
    assert_int_equal(seen + told, FLOOD);
    assert_true(told_last > 0);
    end_child(&child);
}

static void pipe_that_nobody_reads_does_not_hold_up_the_exit(void **state)
{
    (void)state;
    int ends[2];
    log_to_pipe(ends, 0);
    struct child child = start_child(ends, flood_and_end);
    hear(child.said);
    say(child.told);
    assert_in_range(end_child(&child), LOG_QUEUE_STOP_MS / 2, LOG_QUEUE_STOP_MS * 10);
}

static void fail_at_once(int say_fd, int listen)
{
    (void)say_fd;
    (void)listen;
    log_write(LOG_ERROR, "cannot start");
}

static void record_right_before_the_exit_comes_out(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        int ends[2];
        log_to_pipe(ends, 0);
        struct child child = start_child(ends, fail_at_once);
        FILE *log = fdopen(dup(child.log), "r");
        cJSON *record = next_record(log);
        assert_non_null(record);
        assert_string_equal(cJSON_GetObjectItem(record, "message")->valuestring, "cannot start");
        cJSON_Delete(record);
        assert_null(next_record(log));
        fclose(log);
        end_child(&child);
    }
}

static void *log_some(void *ctx)
{
    const char *name = ctx;
    for (int i = 0; i < RECORDS_A_THREAD; i++)
        log_write(LOG_INFO, "one of many", LOG_TEXT("thread", name), LOG_INT("number", i));
    return NULL;
}

static void log_in_threads(int say_fd, int listen)
{
    static char names[THREADS][2] = {"0", "1", "2", "3"};
    pthread_t threads[THREADS];
    (void)say_fd;
    (void)listen;
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, log_some, names[i]) != 0)
            abort();
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

static void check_threads(int pipe_flags)
{
    int ends[2], next[THREADS] = {0};
    log_to_pipe(ends, pipe_flags);
    struct child child = start_child(ends, log_in_threads);
    FILE *log = fdopen(dup(child.log), "r");
    for (cJSON *record; (record = next_record(log)); cJSON_Delete(record)) {
        int thread = cJSON_GetObjectItem(record, "thread")->valuestring[0] - '0';
        assert_int_equal(number_of(record, "number"), next[thread]);
        next[thread]++;
    }
    fclose(log);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(next[i], RECORDS_A_THREAD);
    end_child(&child);
}

static void lines_of_several_threads_are_whole_and_in_order(void **state)
{
    (void)state;
    check_threads(0);
}

static void descriptor_that_does_not_block_loses_nothing(void **state)
{
    (void)state;
    check_threads(O_NONBLOCK);
}

#define LONG_BYTES 60000

static void log_long_line(int say_fd, int listen)
{
    char *text = malloc(LONG_BYTES + 1);
    (void)say_fd;
    (void)listen;
    memset(text, 'x', LONG_BYTES);
    text[LONG_BYTES] = '\0';
    log_write(LOG_INFO, text);
    free(text);
}

/* Each write to such a socket is a message of its own. */
static void long_line_is_one_write(void **state)
{
    (void)state;
    int ends[2];
    static char message[LONG_BYTES * 2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    struct child child = start_child(ends, log_long_line);
    ssize_t len = recv(child.log, message, sizeof(message), 0);
    assert_true(len > LONG_BYTES);
    assert_int_equal(message[len - 1], '\n');
    assert_int_equal(recv(child.log, message, sizeof(message), 0), 0);
    end_child(&child);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_waits_for_a_full_pipe_and_what_was_dropped_is_told),
        cmocka_unit_test(records_dropped_last_are_told_at_the_end),
        cmocka_unit_test(pipe_that_nobody_reads_does_not_hold_up_the_exit),
        cmocka_unit_test(record_right_before_the_exit_comes_out),
        cmocka_unit_test(lines_of_several_threads_are_whole_and_in_order),
        cmocka_unit_test(descriptor_that_does_not_block_loses_nothing),
        cmocka_unit_test(long_line_is_one_write),
    };
    return cmocka_run_group_tests_name("log_queue", tests, NULL, NULL);
}
