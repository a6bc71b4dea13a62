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

#define CHECK "/grpc.health.v1.Health/Check"

/* Encoded HealthCheckResponse: field 1. */
#define SERVING     "\x08\x01"
#define NOT_SERVING "\x08\x02"

struct fixture {
    struct echo echo;
    struct server *server;
    struct client client;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct status st;
    int port;
    echo_start(&fixture->echo);
    if (!server_create(&(struct server_options){.threads = 1}, &fixture->server, &st) ||
        !server_add_service(fixture->server, &fixture->echo.service.base, &st) || !health_add(fixture->server, &st) ||
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
    assert_false(server_is_ready(fixture->server));
    pthread_join(thread, NULL);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(tells_of_the_server_and_its_services),
        CASE(refuses_a_name_that_no_service_can_have),
        CASE(turns_when_the_server_drains),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
