#include "service/server/server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "service/limits.h"
#include "tests/service/server/client.h"
#include "tests/service/server/echo.h"

#define SAY       "/server.test.Echo/Say"
#define SAY_LATER "/server.test.Echo/SayLater"
#define HOLD      "/server.test.Echo/Hold"
#define FAIL      "/server.test.Echo/Fail"

#define REQUEST_BYTES_MAX 100000

struct fixture {
    struct echo echo;
    struct server *server;
    int port;
    struct client client;
    atomic_bool is_draining;
};

static void note_drain(void *ctx)
{
    struct fixture *fixture = ctx;
    atomic_store(&fixture->is_draining, true);
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct status st;
    struct server_options options = {.threads = 2, .request_bytes_max = REQUEST_BYTES_MAX};
    echo_start(&fixture->echo);
    if (!server_create(&options, &fixture->server, &st))
        fail_msg("%s", st.message);
    server_on_drain(fixture->server, note_drain, fixture);
    if (!server_add_service(fixture->server, &fixture->echo.service.base, &st) ||
        !server_start(fixture->server, "127.0.0.1:0", &fixture->port, &st))
        fail_msg("%s", st.message);
    client_open(&fixture->client, fixture->port);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    if (echo_is_holding(&fixture->echo)) /* the test has failed, and is to say so instead of waiting for an answer */
        echo_answer_held(&fixture->echo);
    server_destroy(fixture->server);
    client_close(&fixture->client);
    echo_stop(&fixture->echo);
    free(fixture);
    return 0;
}

/* ---- Requests and replies ---- */

static struct view pack(const Server__Test__EchoRequest *request)
{
    char *bytes = malloc(server__test__echo_request__get_packed_size(request) + 1);
    size_t len = server__test__echo_request__pack(request, (uint8_t *)bytes);
    return (struct view){bytes, len};
}

static struct client_call *begin(struct fixture *fixture, const char *path, const char *text, int number,
                                 struct view payload, int deadline_ms)
{
    Server__Test__EchoRequest request = SERVER__TEST__ECHO_REQUEST__INIT;
    request.text = (char *)text;
    request.number = number;
    request.payload.data = (uint8_t *)payload.data;
    request.payload.len = payload.len;
    struct view bytes = pack(&request);
    struct client_call *call = client_begin(&fixture->client, path, bytes, deadline_ms);
    free((char *)bytes.data);
    return call;
}

static struct client_result call(struct fixture *fixture, const char *path, const char *text, int number,
                                 struct view payload)
{
    return client_await(&fixture->client, begin(fixture, path, text, number, payload, CLIENT_NO_DEADLINE));
}

/* Checks that the result is an echo of this, and frees it. */
static void expect_echo(struct client_result *result, const char *text, int number, size_t payload_len)
{
    if (result->code != STATUS_OK)
        fail_msg("%s: %s", status_code_name(result->code), result->message);
    Server__Test__EchoReply *reply =
        server__test__echo_reply__unpack(NULL, result->reply_len, (const uint8_t *)result->reply);
    assert_non_null(reply);
    assert_string_equal(reply->text, text);
    assert_int_equal(reply->number, number);
    assert_int_equal(reply->payload.len, payload_len);
    server__test__echo_reply__free_unpacked(reply, NULL);
    client_result_free(result);
}

static void expect_error(struct client_result *result, enum status_code code, const char *message_part)
{
    assert_string_equal(status_code_name(result->code), status_code_name(code));
    if (!strstr(result->message, message_part))
        fail_msg("expected \"%s\" in \"%s\"", message_part, result->message);
    client_result_free(result);
}

static void answers_a_call(void **state)
{
    struct fixture *fixture = *state;
    struct client_result result = call(fixture, SAY, "grüß Gott", 7, (struct view){0});
    expect_echo(&result, "grüß Gott", 7, 0);
}

static void answers_an_empty_request(void **state)
{
    struct fixture *fixture = *state;
    struct client_result result = client_call(&fixture->client, SAY, (struct view){0});
    expect_echo(&result, "", 0, 0);
}

static void answers_from_another_thread(void **state)
{
    struct fixture *fixture = *state;
    struct client_result result = call(fixture, SAY_LATER, "later", 8, (struct view){0});
    expect_echo(&result, "later", 8, 0);
}

static void joins_a_request_that_arrives_in_many_pieces(void **state)
{
    struct fixture *fixture = *state;
    size_t len = REQUEST_BYTES_MAX - 100;
    char *payload = malloc(len);
    memset(payload, 'x', len);
    struct client_result result = call(fixture, SAY, "large", 1, view_make(payload, len));
    expect_echo(&result, "large", 1, len);
    free(payload);
}

static void answers_a_thousand_calls_at_once(void **state)
{
    struct fixture *fixture = *state;
    enum { COUNT = 1000 };
    struct client_call *calls[COUNT];
    for (int i = 0; i < COUNT; i++)
        calls[i] = begin(fixture, i % 2 ? SAY : SAY_LATER, "many", i, (struct view){0}, CLIENT_NO_DEADLINE);
    for (int i = 0; i < COUNT; i++) {
        struct client_result result = client_await(&fixture->client, calls[i]);
        expect_echo(&result, "many", i, 0);
    }
}

/* ---- Errors ---- */

static void sends_code_message_and_details(void **state)
{
    struct fixture *fixture = *state;
    static const char details[] = "\x08\x05\x12\x04gone\0\xff";
    struct client_result result =
        call(fixture, FAIL, "no ›track‹ here", STATUS_NOT_FOUND, view_make(details, sizeof(details) - 1));
    assert_int_equal(result.details_len, sizeof(details) - 1);
    assert_memory_equal(result.details, details, sizeof(details) - 1);
    assert_null(result.reply);
    expect_error(&result, STATUS_NOT_FOUND, "no ›track‹ here");
}

static void sends_the_longest_message_with_the_largest_details(void **state)
{
    struct fixture *fixture = *state;
    char details[SERVER_DETAILS_BYTES_MAX];
    char message[STATUS_MESSAGE_BYTES_MAX];
    memset(details, 0xee, sizeof(details));
    memset(message, '\n', sizeof(message) - 1); /* sent as %0A */
    message[sizeof(message) - 1] = '\0';
    struct client_result result = call(fixture, FAIL, message, STATUS_ABORTED, view_make(details, sizeof(details)));
    assert_int_equal(result.details_len, sizeof(details));
    expect_error(&result, STATUS_ABORTED, message);
}

static void leaves_out_details_that_clients_would_not_accept(void **state)
{
    struct fixture *fixture = *state;
    static const char details[SERVER_DETAILS_BYTES_MAX + 1];
    struct client_result result =
        call(fixture, FAIL, "all wrong", STATUS_INVALID_ARGUMENT, view_make(details, sizeof(details)));
    assert_null(result.details);
    expect_error(&result, STATUS_INVALID_ARGUMENT, "all wrong");
}

static void refuses_a_method_that_nobody_added(void **state)
{
    struct fixture *fixture = *state;
    for (int i = 0; i < 20; i++) {
        struct client_result result = client_call(&fixture->client, "/server.test.Echo/Shout", (struct view)VIEW("x"));
        expect_error(&result, STATUS_UNIMPLEMENTED, "unknown method /server.test.Echo/Shout");
    }
}

static void refuses_a_request_that_is_too_large(void **state)
{
    struct fixture *fixture = *state;
    char *payload = calloc(1, REQUEST_BYTES_MAX);
    struct client_result result = call(fixture, SAY, "too large", 1, view_make(payload, REQUEST_BYTES_MAX));
    expect_error(&result, STATUS_RESOURCE_EXHAUSTED, "larger than max");
    free(payload);
    result = call(fixture, SAY, "and serves on", 1, (struct view){0});
    expect_echo(&result, "and serves on", 1, 0);
}

static void refuses_bytes_that_do_not_parse(void **state)
{
    struct fixture *fixture = *state;
    struct client_result result = client_call(&fixture->client, SAY,
                                              (struct view)VIEW("\x0a\x03"
                                                                "a\xff"
                                                                "b"));
    expect_error(&result, STATUS_INVALID_ARGUMENT, "text: expected UTF-8, byte 1 is not");
}

/* Encodes a request that is nested so deep: from the innermost outwards, each level is tag, length and the one within. */
static struct view nested_request(int depth)
{
    size_t room = (size_t)depth * 6;
    char *bytes = malloc(room);
    size_t at = room;
    for (int i = 0; i < depth; i++) {
        size_t len = room - at;
        char length[5];
        size_t count = 0;
        do {
            length[count++] = (char)((len & 0x7f) | (len > 0x7f ? 0x80 : 0));
            len >>= 7;
        } while (len > 0);
        at -= count;
        memcpy(bytes + at, length, count);
        bytes[--at] = 0x22; /* field 4, length-delimited */
    }
    memmove(bytes, bytes + at, room - at);
    return (struct view){bytes, room - at};
}

static void refuses_messages_nested_too_deep(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        int depth;
        bool good;
    } cases[] = {{SERVER_MESSAGE_DEPTH_MAX, true}, {SERVER_MESSAGE_DEPTH_MAX + 1, false}, {10000, false}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct view request = nested_request(cases[i].depth);
        struct client_result result = client_call(&fixture->client, SAY, request);
        free((char *)request.data);
        if (cases[i].good)
            expect_echo(&result, "", 0, 0);
        else
            expect_error(&result, STATUS_INVALID_ARGUMENT, "nested deeper than 100 levels");
    }
}

static void refuses_a_service_that_was_added_before(void **state)
{
    struct fixture *fixture = *state;
    struct status st;
    struct server *server;
    assert_true(server_create(&(struct server_options){0}, &server, &st));
    assert_true(server_add_service(server, &fixture->echo.service.base, &st));
    assert_false(server_add_service(server, &fixture->echo.service.base, &st));
    assert_int_equal(st.code, STATUS_ALREADY_EXISTS);
    server_destroy(server);
}

static void refuses_an_address_in_use(void **state)
{
    struct fixture *fixture = *state;
    struct status st;
    struct server *server;
    int port;
    char address[32];
    snprintf(address, sizeof(address), "127.0.0.1:%d", fixture->port);
    assert_true(server_create(&(struct server_options){0}, &server, &st));
    assert_false(server_start(server, address, &port, &st));
    assert_int_equal(st.code, STATUS_UNAVAILABLE);
    assert_non_null(strstr(st.message, address));
    server_destroy(server);
}

/* ---- Deadlines and cancellation ---- */

static void shows_the_time_that_is_left(void **state)
{
    struct fixture *fixture = *state;
    struct client_call *calls[] = {
        begin(fixture, HOLD, "", 0, (struct view){0}, CLIENT_NO_DEADLINE),
        NULL,
    };
    assert_true(server_call_remaining_ms(echo_await_held(&fixture->echo)) == INT64_MAX);
    echo_answer_held(&fixture->echo);
    calls[1] = begin(fixture, HOLD, "", 0, (struct view){0}, 100000);
    int64_t left_ms = server_call_remaining_ms(echo_await_held(&fixture->echo));
    assert_in_range(left_ms, 1, 110000); /* the header rounds up */
    assert_false(server_call_cancelled(echo_await_held(&fixture->echo)));
    echo_answer_held(&fixture->echo);
    for (int i = 0; i < 2; i++) {
        struct client_result result = client_await(&fixture->client, calls[i]);
        expect_echo(&result, "held", 0, 0);
    }
}

static void await_cancelled(const struct server_call *held)
{
    while (!server_call_cancelled(held))
        sched_yield();
}

/* The server counts from the call's arrival, so its deadline is a little later than the client's. */
static void shows_that_the_deadline_has_passed(void **state)
{
    struct fixture *fixture = *state;
    struct client_result result = call(fixture, SAY, "connected", 0, (struct view){0});
    expect_echo(&result, "connected", 0, 0);
    struct client_call *late = begin(fixture, HOLD, "", 0, (struct view){0}, 500);
    struct server_call *held = echo_await_held(&fixture->echo);
    result = client_await(&fixture->client, late);
    expect_error(&result, STATUS_DEADLINE_EXCEEDED, "");
    await_cancelled(held);
    while (server_call_remaining_ms(held) > 0)
        sched_yield();
    assert_true(server_call_cancelled(held));
    echo_answer_held(&fixture->echo);
}

static void shows_that_the_client_has_cancelled(void **state)
{
    struct fixture *fixture = *state;
    struct client_call *call = begin(fixture, HOLD, "", 0, (struct view){0}, CLIENT_NO_DEADLINE);
    struct server_call *held = echo_await_held(&fixture->echo);
    client_cancel(call);
    await_cancelled(held);
    struct client_result result = client_await(&fixture->client, call);
    expect_error(&result, STATUS_CANCELLED, "");
    echo_answer_held(&fixture->echo);
}

static void shows_that_the_connection_is_gone(void **state)
{
    struct fixture *fixture = *state;
    struct client other;
    client_open(&other, fixture->port);
    struct client_call *call = client_begin(&other, HOLD, (struct view){0}, CLIENT_NO_DEADLINE);
    struct server_call *held = echo_await_held(&fixture->echo);
    client_cancel(call);
    struct client_result result = client_await(&other, call);
    client_result_free(&result);
    client_close(&other);
    await_cancelled(held);
    echo_answer_held(&fixture->echo);
}

/* ---- Draining ---- */

struct drain {
    struct server *server;
    int64_t timeout_ms;
    bool in_time;
    pthread_t thread;
};

static void *run_drain(void *ctx)
{
    struct drain *drain = ctx;
    drain->in_time = server_drain(drain->server, drain->timeout_ms);
    return NULL;
}

static void start_drain(struct drain *drain, struct fixture *fixture, int64_t timeout_ms)
{
    *drain = (struct drain){.server = fixture->server, .timeout_ms = timeout_ms};
    pthread_create(&drain->thread, NULL, run_drain, drain);
    while (!atomic_load(&fixture->is_draining))
        sched_yield();
}

static void finishes_calls_in_flight_when_draining(void **state)
{
    struct fixture *fixture = *state;
    struct drain drain;
    struct client_call *call = begin(fixture, HOLD, "", 0, (struct view){0}, CLIENT_NO_DEADLINE);
    struct server_call *held = echo_await_held(&fixture->echo);
    start_drain(&drain, fixture, 60000);
    assert_false(server_call_cancelled(held));
    echo_answer_held(&fixture->echo);
    struct client_result result = client_await(&fixture->client, call);
    expect_echo(&result, "held", 0, 0);
    pthread_join(drain.thread, NULL);
    assert_true(drain.in_time);
    result = client_call(&fixture->client, SAY, (struct view){0});
    expect_error(&result, STATUS_UNAVAILABLE, "");
}

static void cancels_calls_that_outlast_the_drain(void **state)
{
    struct fixture *fixture = *state;
    struct drain drain;
    struct client_call *call = begin(fixture, HOLD, "", 0, (struct view){0}, CLIENT_NO_DEADLINE);
    struct server_call *held = echo_await_held(&fixture->echo);
    start_drain(&drain, fixture, 0);
    await_cancelled(held);
    echo_answer_held(&fixture->echo);
    pthread_join(drain.thread, NULL);
    assert_false(drain.in_time);
    struct client_result result = client_await(&fixture->client, call);
    assert_int_not_equal(result.code, STATUS_OK);
    client_result_free(&result);
}

/* A client that does not care for health, on a connection of its own. */
struct stubborn {
    struct fixture *fixture;
    const atomic_bool *stop;
    pthread_t thread;
    unsigned served;
    enum status_code other; /* an outcome that should not be */
    char message[200];
};

static void *call_on(void *ctx)
{
    struct stubborn *stubborn = ctx;
    struct client client;
    client_open(&client, stubborn->fixture->port);
    while (!atomic_load(stubborn->stop)) {
        struct client_result result = client_call(&client, SAY, (struct view){0});
        stubborn->served += result.code == STATUS_OK;
        if (result.code != STATUS_OK && result.code != STATUS_UNAVAILABLE) {
            stubborn->other = result.code;
            snprintf(stubborn->message, sizeof(stubborn->message), "%s", result.message);
        }
        client_result_free(&result);
    }
    client_close(&client);
    return NULL;
}

static void fails_new_calls_in_a_way_that_clients_try_again(void **state)
{
    struct fixture *fixture = *state;
    struct stubborn clients[8] = {{0}};
    atomic_bool stop = false;
    for (int i = 0; i < 8; i++) {
        clients[i] = (struct stubborn){.fixture = fixture, .stop = &stop};
        pthread_create(&clients[i].thread, NULL, call_on, &clients[i]);
    }
    struct client_result result = call(fixture, SAY, "warm", 1, (struct view){0});
    expect_echo(&result, "warm", 1, 0);
    assert_true(server_drain(fixture->server, 60000));
    atomic_store(&stop, true);
    for (int i = 0; i < 8; i++) {
        pthread_join(clients[i].thread, NULL);
        assert_int_not_equal(clients[i].served, 0);
        if (clients[i].other)
            fail_msg("%s: %s", status_code_name(clients[i].other), clients[i].message);
    }
}

static void drains_without_calls_and_only_once(void **state)
{
    struct fixture *fixture = *state;
    struct client_result result = call(fixture, SAY, "one", 1, (struct view){0});
    expect_echo(&result, "one", 1, 0);
    assert_true(server_drain(fixture->server, 60000));
    assert_true(server_drain(fixture->server, 60000));
    assert_true(atomic_load(&fixture->is_draining));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(answers_a_call),
        CASE(answers_an_empty_request),
        CASE(answers_from_another_thread),
        CASE(joins_a_request_that_arrives_in_many_pieces),
        CASE(answers_a_thousand_calls_at_once),
        CASE(sends_code_message_and_details),
        CASE(sends_the_longest_message_with_the_largest_details),
        CASE(leaves_out_details_that_clients_would_not_accept),
        CASE(refuses_a_method_that_nobody_added),
        CASE(refuses_a_request_that_is_too_large),
        CASE(refuses_bytes_that_do_not_parse),
        CASE(refuses_messages_nested_too_deep),
        CASE(refuses_a_service_that_was_added_before),
        CASE(refuses_an_address_in_use),
        CASE(shows_the_time_that_is_left),
        CASE(shows_that_the_deadline_has_passed),
        CASE(shows_that_the_client_has_cancelled),
        CASE(shows_that_the_connection_is_gone),
        CASE(finishes_calls_in_flight_when_draining),
        CASE(cancels_calls_that_outlast_the_drain),
        CASE(fails_new_calls_in_a_way_that_clients_try_again),
        CASE(drains_without_calls_and_only_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
