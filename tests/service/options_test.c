#include "service/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUTPUT_BYTES 4096

/* How a process that reads this command line ends. */
struct outcome {
    int exit_code; /* -1: it did not end by itself, and the options are set */
    struct options options;
    char output[OUTPUT_BYTES]; /* on stdout and stderr */
};

/* Reads the command line in a process of its own, for it may end and getopt has state. Texts in options are the arguments'. */
static struct outcome parse(char *const *arguments)
{
    struct outcome outcome = {.exit_code = -1};
    int options_pipe[2], output_pipe[2], argc = 0;
    while (arguments[argc])
        argc++;
    assert_int_equal(pipe(options_pipe), 0);
    assert_int_equal(pipe(output_pipe), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(output_pipe[1], STDOUT_FILENO);
        dup2(output_pipe[1], STDERR_FILENO);
        struct options options = options_parse(argc, (char **)arguments);
        _exit(write(options_pipe[1], &options, sizeof(options)) == sizeof(options) ? 0 : 99);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    close(options_pipe[1]);
    close(output_pipe[1]);
    if (read(options_pipe[0], &outcome.options, sizeof(outcome.options)) != sizeof(outcome.options))
        outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 99;
    ssize_t len = read(output_pipe[0], outcome.output, sizeof(outcome.output) - 1);
    outcome.output[len > 0 ? len : 0] = '\0';
    close(options_pipe[0]);
    close(output_pipe[0]);
    return outcome;
}

static void has_defaults(void **state)
{
    (void)state;
    struct outcome outcome = parse((char *[]){"track_service", NULL});
    assert_int_equal(outcome.exit_code, -1);
    assert_string_equal(outcome.options.listen, "127.0.0.1:50051");
    assert_string_equal(outcome.options.store, "sqlite:tracks.db");
    assert_int_equal(outcome.options.drain_timeout_ms, 10000);
    struct server_options server = {.threads = 0}; /* the server's defaults, all of them */
    assert_memory_equal(&outcome.options.server, &server, sizeof(server));
    assert_int_equal(outcome.options.log_level, LOG_INFO);
}

static void reads_every_flag(void **state)
{
    (void)state;
    struct outcome outcome = parse((char *[]){
        "track_service", "--listen=[::1]:0", "--store", "memory:", "--drain-timeout=3", "--grpc-threads=2",
        "--log-level=warning", "--keepalive-time=1", "--keepalive-timeout=2", "--keepalive-permit-without-calls",
        "--min-ping-interval-without-data=3", "--max-connection-idle=4", "--max-connection-age=5",
        "--max-connection-age-grace=1000000", "--max-receive-message-length=1048576", NULL});
    assert_int_equal(outcome.exit_code, -1);
    assert_string_equal(outcome.options.listen, "[::1]:0");
    assert_string_equal(outcome.options.store, "memory:");
    assert_int_equal(outcome.options.drain_timeout_ms, 3000);
    assert_int_equal(outcome.options.server.threads, 2);
    assert_int_equal(outcome.options.server.keepalive_time_ms, 1000);
    assert_int_equal(outcome.options.server.keepalive_timeout_ms, 2000);
    assert_true(outcome.options.server.keepalive_permit_without_calls);
    assert_int_equal(outcome.options.server.min_ping_interval_ms, 3000);
    assert_int_equal(outcome.options.server.connection_idle_ms_max, 4000);
    assert_int_equal(outcome.options.server.connection_age_ms_max, 5000);
    assert_int_equal(outcome.options.server.connection_age_grace_ms_max, 1000000000);
    assert_int_equal(outcome.options.server.request_bytes_max, 1048576);
    assert_int_equal(outcome.options.log_level, LOG_WARNING);
}

static void ends_when_there_is_nothing_to_serve(void **state)
{
    (void)state;
    static const struct {
        char *argument;
        int exit_code;
        const char *output;
    } cases[] = {
        {"--help", 0, "--store=URI"},
        {"--version", 0, "track_service 0."},
        {"--bogus", 2, "--bogus"},
        {"--listen", 2, "listen"},
        {"--help=me", 2, "help"},
        {"tracks", 2, "\"tracks\" is not expected"},
        {"--listen=localhost", 2, "--listen: expected HOST:PORT, found \"localhost\""},
        {"--listen=:80", 2, "--listen: expected HOST:PORT"},
        {"--listen=127.0.0.1:", 2, "--listen: expected HOST:PORT"},
        {"--listen=127.0.0.1:65536", 2, "--listen: expected HOST:PORT"},
        {"--listen=127.0.0.1:80x", 2, "--listen: expected HOST:PORT"},
        {"--drain-timeout=-1", 2, "--drain-timeout: expected a number from 0"},
        {"--drain-timeout=10s", 2, "--drain-timeout: expected a number from 0"},
        {"--drain-timeout=99999999999999999999", 2, "--drain-timeout: expected a number from 0"},
        {"--grpc-threads=0", 2, "--grpc-threads: expected a number from 1"},
        {"--keepalive-time=0", 2, "--keepalive-time: expected a number from 1"},
        {"--max-connection-age=1000001", 2, "--max-connection-age: expected a number from 1 to 1000000"},
        {"--max-receive-message-length=1", 2, "--max-receive-message-length: expected a number from 1024"},
        {"--log-level=loud", 2, "--log-level: \"loud\" is not one of its values"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct outcome outcome = parse((char *[]){"track_service", cases[i].argument, NULL});
        if (outcome.exit_code != cases[i].exit_code || !strstr(outcome.output, cases[i].output))
            fail_msg("%s: exit code %d, \"%s\"", cases[i].argument, outcome.exit_code, outcome.output);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_defaults),
        cmocka_unit_test(reads_every_flag),
        cmocka_unit_test(ends_when_there_is_nothing_to_serve),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
