#include "service/server/health.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "service/server/server.h"
#include "tests/service/server/client.h"
#include "tests/service/server/echo.h"
#include "tests/service/server/stream_client.h"

#define CHECK "/grpc.health.v1.Health/Check"
#define WATCH "/grpc.health.v1.Health/Watch"

/* Encoded HealthCheckResponse: field 1. */
#define SERVING         "\x08\x01"
#define NOT_SERVING     "\x08\x02"
#define SERVICE_UNKNOWN "\x08\x03"

struct fixture {
    struct echo echo;
    struct server *server;
    struct health *health;
    struct client client;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct status st;
    int port;
    echo_start(&fixture->echo);
    if (!server_create(&(struct server_options){.threads = 1}, &fixture->server, &st) ||
        !server_add_service(fixture->server, &fixture->echo.service.base, &st) ||
        !health_create(fixture->server, &fixture->health, &st) ||
        !server_start(fixture->server, "127.0.0.1:0", &port, &st))
        fail_msg("%s", st.message);
    client_open(&fixture->client, port);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    client_close(&fixture->client);
    server_destroy(fixture->server);
    health_destroy(fixture->health);
    echo_stop(&fixture->echo);
    free(fixture);
    return 0;
}

static void tells_of_the_server_and_its_services(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        struct view request;
        enum status_code code;
    } cases[] = {
        {{0}, STATUS_OK},
        {VIEW("\x0a\x00"), STATUS_OK},
        {VIEW("\x0a\x10server.test.Echo"), STATUS_OK},
        {VIEW("\x0a\x15grpc.health.v1.Health"), STATUS_OK},
        {VIEW("\x0a\x0fserver.test.Ech"), STATUS_NOT_FOUND},
        {VIEW("\x0a\x14server.test.Echo/Say"), STATUS_NOT_FOUND},
        {VIEW("\x0a\x11server.test.Echo\x00"), STATUS_NOT_FOUND},
        {VIEW("\x0a\x01\x00"), STATUS_NOT_FOUND},
        {VIEW("\x0a\x10server"), STATUS_INVALID_ARGUMENT},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct client_result result = client_call(&fixture->client, CHECK, cases[i].request);
        if (result.code != cases[i].code)
            fail_msg("case %zu: %s: %s", i, status_code_name(result.code), result.message);
        if (result.code == STATUS_OK) {
            assert_int_equal(result.reply_len, 2);
            assert_memory_equal(result.reply, SERVING, 2);
        }
        client_result_free(&result);
    }
}

static void refuses_a_name_that_no_service_can_have(void **state)
{
    struct fixture *fixture = *state;
    char request[3 + 257] = "\x0a\x81\x02";
    memset(request + 3, 'x', 257);
    struct client_result result = client_call(&fixture->client, CHECK, view_make(request, sizeof(request)));
    assert_int_equal(result.code, STATUS_INVALID_ARGUMENT);
    client_result_free(&result);
}

static void *drain(void *server)
{
    server_drain(server, 60000);
    return NULL;
}

/* The checks themselves are calls that keep the drain waiting for quiet, so one of them sees it. */
static void turns_when_the_server_drains(void **state)
{
    struct fixture *fixture = *state;
    pthread_t thread;
    bool draining = false, seen = false;
    while (!seen) {
        struct client_result result = client_call(&fixture->client, CHECK, (struct view){0});
        assert_int_equal(result.code, STATUS_OK);
        assert_int_equal(result.reply_len, 2);
        seen = memcmp(result.reply, NOT_SERVING, 2) == 0;
        client_result_free(&result);
        if (!draining)
            pthread_create(&thread, NULL, drain, fixture->server);
        draining = true;
    }
    health_set_serving(fixture->health, true); /* has no effect any more */
    pthread_join(thread, NULL);
}

static void turns_with_what_it_is_told(void **state)
{
    struct fixture *fixture = *state;
    for (int i = 0; i < 4; i++) {
        health_set_serving(fixture->health, i % 2);
        struct client_result result =
            client_call(&fixture->client, CHECK, (struct view)VIEW("\x0a\x10server.test.Echo"));
        assert_int_equal(result.reply_len, 2);
        assert_memory_equal(result.reply, i % 2 ? SERVING : NOT_SERVING, 2);
        client_result_free(&result);
    }
}

/* ---- Watch ---- */

static void watch(struct fixture *fixture, struct stream *stream, struct view request)
{
    stream_open(stream, &fixture->client, WATCH, CLIENT_NO_DEADLINE);
    assert_true(stream_send(stream, request));
}

static void expect_told(struct stream *stream, const char *expected)
{
    struct view told;
    assert_true(stream_receive(stream, &told));
    assert_int_equal(told.len, 2);
    assert_memory_equal(told.data, expected, 2);
}

static void expect_end(struct stream *stream, enum status_code code, const char *message_part)
{
    struct client_result result = stream_end(stream);
    assert_string_equal(status_code_name(result.code), status_code_name(code));
    if (!strstr(result.message, message_part))
        fail_msg("expected \"%s\" in \"%s\"", message_part, result.message);
    client_result_free(&result);
}

static void tells_watchers_of_each_change(void **state)
{
    struct fixture *fixture = *state;
    static const struct view requests[] = {VIEW(""), VIEW("\x0a\x10server.test.Echo")};
    struct stream streams[6];
    for (int i = 0; i < 6; i++) {
        watch(fixture, &streams[i], requests[i % 2]);
        expect_told(&streams[i], SERVING);
    }
    for (int change = 0; change < 4; change++) {
        health_set_serving(fixture->health, change % 2);
        health_set_serving(fixture->health, change % 2); /* is no change */
        for (int i = 0; i < 6; i++)
            expect_told(&streams[i], change % 2 ? SERVING : NOT_SERVING);
    }
    for (int i = 0; i < 6; i++) {
        stream_cancel(&streams[i]);
        expect_end(&streams[i], STATUS_CANCELLED, "");
    }
}

/* It may have missed some, but the last one comes. */
static void tells_a_slow_watcher_of_the_last_change(void **state)
{
    struct fixture *fixture = *state;
    struct stream stream;
    struct view told;
    watch(fixture, &stream, (struct view){0});
    for (int i = 0; i < 100001; i++)
        health_set_serving(fixture->health, i % 2);
    health_set_serving(fixture->health, true);
    server_drain(fixture->server, 60000);
    char last[2] = "";
    while (stream_receive(&stream, &told)) {
        assert_int_equal(told.len, 2);
        assert_true(memcmp(last, told.data, 2) != 0);
        memcpy(last, told.data, 2);
    }
    assert_memory_equal(last, NOT_SERVING, 2);
    expect_end(&stream, STATUS_UNAVAILABLE, "the server is shutting down");
}

static void watches_a_service_that_does_not_exist(void **state)
{
    struct fixture *fixture = *state;
    struct stream stream;
    struct view nothing;
    watch(fixture, &stream, (struct view)VIEW("\x0a\x0fserver.test.Ech"));
    expect_told(&stream, SERVICE_UNKNOWN);
    health_set_serving(fixture->health, false);
    assert_true(server_drain(fixture->server, 60000));
    assert_false(stream_receive(&stream, &nothing));
    expect_end(&stream, STATUS_UNAVAILABLE, "the server is shutting down");
}

static void refuses_to_watch_what_it_cannot_read(void **state)
{
    struct fixture *fixture = *state;
    struct stream stream;
    watch(fixture, &stream, (struct view)VIEW("\x0a\x10server"));
    expect_end(&stream, STATUS_INVALID_ARGUMENT, "grpc.health.v1.HealthCheckRequest");
    stream_open(&stream, &fixture->client, WATCH, CLIENT_NO_DEADLINE);
    stream_half_close(&stream);
    expect_end(&stream, STATUS_UNIMPLEMENTED, "expected one request message");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(tells_of_the_server_and_its_services),  CASE(refuses_a_name_that_no_service_can_have),
        CASE(turns_when_the_server_drains),          CASE(turns_with_what_it_is_told),
        CASE(tells_watchers_of_each_change),         CASE(tells_a_slow_watcher_of_the_last_change),
        CASE(watches_a_service_that_does_not_exist), CASE(refuses_to_watch_what_it_cannot_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
