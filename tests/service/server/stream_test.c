/* Streams over a real connection, with a method that sends back what it gets. */
#include "service/server/server_stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>

#include "service/limits.h"
#include "tests/service/server/client.h"
#include "tests/service/server/stream_client.h"

#define ECHO      "/server.test.Streams/Echo"
#define KNOCK     "/server.test.Streams/Knock"
#define BYTES_MAX 100000

struct fixture {
    struct server *server;
    int port;
    struct client client;
    sem_t ended;                   /* streams of either method */
    sem_t knocked;                 /* a stream of Knock is there */
    struct server_stream *knocker; /* that one */
};

/* Echo: each message comes back, until the client has no more, or says "refuse". */

static void echo(void *ctx, struct server_stream *stream, struct view message)
{
    (void)ctx;
    struct status st;
    if (view_equal_text(message, "refuse")) {
        status_fail(&st, STATUS_ABORTED, "refused as asked for");
        server_stream_finish(stream, &st);
        status_fail(&st, STATUS_INTERNAL, "finished twice");
        server_stream_finish(stream, &st);
        server_stream_receive(stream);
    }
    server_stream_send(stream, message);
}

static void echo_end(void *ctx, struct server_stream *stream)
{
    (void)ctx;
    struct status st;
    status_clear(&st);
    server_stream_finish(stream, &st);
}

static void echo_sent(void *ctx, struct server_stream *stream)
{
    (void)ctx;
    server_stream_receive(stream);
}

static void note_end(void *ctx, struct server_stream *stream)
{
    (void)stream;
    struct fixture *fixture = ctx;
    sem_post(&fixture->ended);
}

static const struct server_stream_handler echo_handler = {echo, echo_end, echo_sent, note_end};

/* Knock: the test itself answers. */

static void knock(void *ctx, struct server_stream *stream, struct view message)
{
    struct fixture *fixture = ctx;
    (void)message;
    server_stream_set_data(stream, fixture);
    fixture->knocker = stream;
    sem_post(&fixture->knocked);
}

static void ignore(void *ctx, struct server_stream *stream)
{
    assert_ptr_equal(server_stream_data(stream), ctx);
}

static const struct server_stream_handler knock_handler = {knock, ignore, ignore, note_end};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct status st;
    sem_init(&fixture->ended, 0, 0);
    sem_init(&fixture->knocked, 0, 0);
    struct server_options options = {.threads = 2, .request_bytes_max = BYTES_MAX};
    if (!server_create(&options, &fixture->server, &st) ||
        !server_add_stream_method(fixture->server, "server.test.Streams", "Echo", &echo_handler, fixture, &st) ||
        !server_add_stream_method(fixture->server, "server.test.Streams", "Knock", &knock_handler, fixture, &st) ||
        !server_start(fixture->server, "127.0.0.1:0", &fixture->port, &st))
        fail_msg("%s", st.message);
    client_open(&fixture->client, fixture->port);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    client_close(&fixture->client);
    server_destroy(fixture->server);
    sem_destroy(&fixture->ended);
    sem_destroy(&fixture->knocked);
    free(fixture);
    return 0;
}

static void expect_end(struct stream *stream, enum status_code code, const char *message_part)
{
    struct client_result result = stream_end(stream);
    assert_string_equal(status_code_name(result.code), status_code_name(code));
    if (!strstr(result.message, message_part))
        fail_msg("expected \"%s\" in \"%s\"", message_part, result.message);
    client_result_free(&result);
}

static void expect_echo(struct stream *stream, struct view message)
{
    struct view reply;
    assert_true(stream_send(stream, message));
    assert_true(stream_receive(stream, &reply));
    assert_int_equal(reply.len, message.len);
    assert_memory_equal(reply.data, message.data, message.len);
}

static void sends_messages_back_and_forth(void **state)
{
    struct fixture *fixture = *state;
    struct stream stream;
    struct view nothing;
    char *large = malloc(BYTES_MAX);
    memset(large, 'x', BYTES_MAX);
    stream_open(&stream, &fixture->client, ECHO, CLIENT_NO_DEADLINE);
    for (int i = 0; i < 100; i++)
        expect_echo(&stream, view_of(i % 2 ? "one" : "another"));
    expect_echo(&stream, view_of(""));
    expect_echo(&stream, view_make(large, BYTES_MAX));
    stream_half_close(&stream);
    assert_false(stream_receive(&stream, &nothing));
    expect_end(&stream, STATUS_OK, "");
    sem_wait(&fixture->ended);
    free(large);
}

static void keeps_streams_apart(void **state)
{
    struct fixture *fixture = *state;
    struct stream streams[20];
    for (size_t i = 0; i < 20; i++)
        stream_open(&streams[i], &fixture->client, ECHO, CLIENT_NO_DEADLINE);
    for (size_t round = 0; round < 3; round++)
        for (size_t i = 0; i < 20; i++)
            expect_echo(&streams[i], view_make("abcdefghijklmnopqrst", i));
    for (size_t i = 0; i < 20; i++) {
        stream_half_close(&streams[i]);
        expect_end(&streams[i], STATUS_OK, "");
        sem_wait(&fixture->ended);
    }
}

static void ends_a_stream_without_messages(void **state)
{
    struct fixture *fixture = *state;
    struct stream stream;
    stream_open(&stream, &fixture->client, ECHO, CLIENT_NO_DEADLINE);
    stream_half_close(&stream);
    expect_end(&stream, STATUS_OK, "");
    sem_wait(&fixture->ended);
}

static void sends_the_first_status_that_it_is_given(void **state)
{
    struct fixture *fixture = *state;
    struct stream stream;
    struct view nothing;
    stream_open(&stream, &fixture->client, ECHO, CLIENT_NO_DEADLINE);
    expect_echo(&stream, view_of("hello"));
    assert_true(stream_send(&stream, view_of("refuse")));
    assert_false(stream_receive(&stream, &nothing));
    expect_end(&stream, STATUS_ABORTED, "refused as asked for");
    sem_wait(&fixture->ended);
}

static void refuses_a_message_that_is_too_large(void **state)
{
    struct fixture *fixture = *state;
    char *large = calloc(1, BYTES_MAX + 1);
    for (int first = 0; first < 2; first++) { /* it is the second message, or the first */
        struct stream stream;
        stream_open(&stream, &fixture->client, ECHO, CLIENT_NO_DEADLINE);
        if (!first)
            expect_echo(&stream, view_of("small"));
        (void)stream_send(&stream, view_make(large, BYTES_MAX + 1));
        expect_end(&stream, STATUS_RESOURCE_EXHAUSTED, "larger than max");
        if (!first) /* otherwise there was no stream */
            sem_wait(&fixture->ended);
    }
    free(large);
}

static void ends_when_the_client_cancels(void **state)
{
    struct fixture *fixture = *state;
    struct stream stream;
    stream_open(&stream, &fixture->client, ECHO, CLIENT_NO_DEADLINE);
    expect_echo(&stream, view_of("hello"));
    stream_cancel(&stream);
    sem_wait(&fixture->ended);
    expect_end(&stream, STATUS_CANCELLED, "");
}

static void ends_when_the_deadline_passes(void **state)
{
    struct fixture *fixture = *state;
    struct stream stream;
    stream_open(&stream, &fixture->client, KNOCK, 2000);
    assert_true(stream_send(&stream, view_of("knock")));
    sem_wait(&fixture->knocked);
    sem_wait(&fixture->ended);
    expect_end(&stream, STATUS_DEADLINE_EXCEEDED, "");
}

static void sends_and_finishes_from_another_thread(void **state)
{
    struct fixture *fixture = *state;
    struct stream stream;
    struct view message;
    struct status st;
    status_clear(&st);
    stream_open(&stream, &fixture->client, KNOCK, CLIENT_NO_DEADLINE);
    assert_true(stream_send(&stream, view_of("knock")));
    sem_wait(&fixture->knocked);
    server_stream_send(fixture->knocker, view_of("who is there?"));
    server_stream_finish(fixture->knocker, &st); /* behind the message */
    assert_true(stream_receive(&stream, &message));
    assert_true(view_equal_text(message, "who is there?"));
    expect_end(&stream, STATUS_OK, "");
    sem_wait(&fixture->ended);
}

static void bounds_the_streams_that_are_open(void **state)
{
    struct fixture *fixture = *state;
    struct stream *streams = calloc(SERVER_STREAMS_OPEN_MAX, sizeof(*streams));
    struct stream over;
    struct client other; /* one connection does not have so many streams at once */
    client_open(&other, fixture->port);
    for (int i = 0; i < SERVER_STREAMS_OPEN_MAX; i++) {
        stream_open(&streams[i], i % 2 ? &other : &fixture->client, ECHO, CLIENT_NO_DEADLINE);
        expect_echo(&streams[i], view_of("here"));
    }
    stream_open(&over, &other, ECHO, CLIENT_NO_DEADLINE);
    (void)stream_send(&over, view_of("too many"));
    expect_end(&over, STATUS_RESOURCE_EXHAUSTED, "more than 1024 streams are open");
    for (int i = 0; i < SERVER_STREAMS_OPEN_MAX; i++) {
        stream_half_close(&streams[i]);
        expect_end(&streams[i], STATUS_OK, "");
    }
    client_close(&other);
    free(streams);
}

static void ends_streams_when_the_server_drains(void **state)
{
    struct fixture *fixture = *state;
    struct stream streams[2];
    stream_open(&streams[0], &fixture->client, ECHO, CLIENT_NO_DEADLINE);
    expect_echo(&streams[0], view_of("hello"));
    stream_open(&streams[1], &fixture->client, KNOCK, CLIENT_NO_DEADLINE);
    assert_true(stream_send(&streams[1], view_of("hello")));
    sem_wait(&fixture->knocked);
    assert_true(server_drain(fixture->server, 60000));
    for (int i = 0; i < 2; i++)
        expect_end(&streams[i], STATUS_UNAVAILABLE, "the server is shutting down");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(sends_messages_back_and_forth),       CASE(keeps_streams_apart),
        CASE(ends_a_stream_without_messages),      CASE(sends_the_first_status_that_it_is_given),
        CASE(refuses_a_message_that_is_too_large), CASE(ends_when_the_client_cancels),
        CASE(ends_when_the_deadline_passes),       CASE(sends_and_finishes_from_another_thread),
        CASE(bounds_the_streams_that_are_open),    CASE(ends_streams_when_the_server_drains),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
