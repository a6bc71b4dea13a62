/*
 * The client against a real gRPC server in the same process. Each call's done() posts a semaphore that the test waits
 * for.
 */
#include "grpc/client/grpc_client.h"

#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
/* after the above */
#include <cmocka.h>

#include "tests/grpc/client/grpc_service.h"

#define CALLS_MAX 3

struct fixture {
    struct grpc_service *service;
    struct grpc_client *client;
    struct arena arena;
    struct buf message;
    sem_t done;
};

static void serve(struct grpc_service_call *call, void *ctx)
{
    (void)ctx;
    if (view_equal_text(call->path, "/test.Service/Echo")) {
        assert_true(buf_append(&call->reply, call->request));
        call->header_key = "etag";
        call->header_value = "\"7\"";
    } else if (view_equal_text(call->path, "/test.Service/Fail")) {
        call->code = STATUS_NOT_FOUND;
        call->message = "no such thing: caf\xc3\xa9";
        call->details = view_make("\x08\x05\0\xff", 4);
    } else if (view_equal_text(call->path, "/test.Service/Odd")) {
        call->code = 99;
    } else if (view_equal_text(call->path, "/test.Service/Silent")) {
        call->without_reply = true;
    } else if (view_equal_text(call->path, "/test.Service/Metadata")) {
        assert_true(buf_append(&call->reply, grpc_service_metadata(call, "if-match")));
        assert_true(buf_append(&call->reply, grpc_service_metadata(call, "x-bin")));
    } else if (view_equal_text(call->path, "/test.Service/Deadline")) {
        assert_true(buf_printf(&call->reply, "%d", call->remaining_ms > 50000 && call->remaining_ms < 61000));
    } else {
        call->never = true;
    }
}

static void post(void *ctx)
{
    sem_post(ctx);
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct status st;
    fixture->service = grpc_service_start(serve, NULL);
    struct grpc_client_options options = {
        .target = grpc_service_address(fixture->service), .threads = 1, .calls_max = CALLS_MAX};
    assert_true(grpc_client_create(&options, &fixture->client, &st));
    arena_init(&fixture->arena, 1 << 20);
    buf_init(&fixture->message, 32 * 1024 * 1024);
    sem_init(&fixture->done, 0, 0);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    grpc_client_destroy(fixture->client);
    grpc_service_stop(fixture->service);
    arena_free(&fixture->arena);
    buf_free(&fixture->message);
    sem_destroy(&fixture->done);
    free(fixture);
    return 0;
}

/* Starts a call with the fixture's message; the test waits for `done` when it wants to. */
static bool start(struct fixture *fixture, const char *path, uint32_t deadline_ms, struct grpc_client_call **call,
                  struct status *st)
{
    struct grpc_client_request request = {.message = &fixture->message, .deadline_ms = deadline_ms};
    return grpc_client_register(fixture->client, path, &request.method, st) &&
           grpc_client_call_start(fixture->client, &request, &fixture->arena, post, &fixture->done, call, st);
}

static struct grpc_client_call *call(struct fixture *fixture, const char *path)
{
    struct grpc_client_call *ended;
    struct status st;
    assert_true(start(fixture, path, 60000, &ended, &st));
    sem_wait(&fixture->done);
    return ended;
}

static void gives_the_reply_and_its_metadata(void **state)
{
    struct fixture *fixture = *state;
    assert_true(buf_append_text(&fixture->message, "hello"));
    struct grpc_client_call *ended = call(fixture, "/test.Service/Echo");
    struct view reply;
    struct status st;
    assert_true(grpc_client_call_result(ended, &reply, &st));
    assert_true(view_equal_text(reply, "hello"));
    assert_true(view_equal_text(grpc_client_call_metadata(ended, "etag"), "\"7\""));
    assert_null(grpc_client_call_metadata(ended, "absent").data);
    grpc_client_call_destroy(ended);
}

static void carries_messages_of_any_size_up_to_the_limit(void **state)
{
    static const size_t sizes[] = {0, 1, 8192, 16384, 16385, 100000, 3 * 1024 * 1024};
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        char *expected = malloc(sizes[i] + 1);
        for (size_t j = 0; j < sizes[i]; j++)
            expected[j] = (char)(j * 7 + i);
        buf_clear(&fixture->message);
        assert_true(buf_append(&fixture->message, view_make(expected, sizes[i])));
        struct grpc_client_call *ended = call(fixture, "/test.Service/Echo");
        struct view reply;
        struct status st;
        assert_true(grpc_client_call_result(ended, &reply, &st));
        assert_true(view_equal(reply, view_make(expected, sizes[i])));
        grpc_client_call_destroy(ended);
        free(expected);
    }
}

static void refuses_a_target_that_grpc_does_not_know(void **state)
{
    static const char *const targets[] = {"dns:///", "ipv4:127.0.0.1:99999", "ipv4:localhost:80"};
    (void)state;
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        struct grpc_client_options options = {.target = targets[i], .threads = 1, .calls_max = CALLS_MAX};
        struct grpc_client *client;
        struct status st;
        if (grpc_client_create(&options, &client, &st))
            fail_msg("%s", targets[i]);
        assert_int_equal(st.code, STATUS_INVALID_ARGUMENT);
    }
}

static void refuses_a_message_over_the_limit(void **state)
{
    struct fixture *fixture = *state;
    struct view reply;
    struct status st;
    assert_true(buf_reserve(&fixture->message, 17 * 1024 * 1024));
    memset(fixture->message.data, 0, 17 * 1024 * 1024);
    fixture->message.len = 17 * 1024 * 1024;
    struct grpc_client_call *ended = call(fixture, "/test.Service/Echo");
    assert_false(grpc_client_call_result(ended, &reply, &st));
    assert_int_equal(st.code, STATUS_RESOURCE_EXHAUSTED);
    grpc_client_call_destroy(ended);
}

static void gives_code_message_and_details_of_a_failed_call(void **state)
{
    struct grpc_client_call *ended = call(*state, "/test.Service/Fail");
    struct view reply;
    struct status st;
    assert_false(grpc_client_call_result(ended, &reply, &st));
    assert_int_equal(st.code, STATUS_NOT_FOUND);
    assert_string_equal(st.message, "no such thing: caf\xc3\xa9");
    assert_true(view_equal(st.details, view_make("\x08\x05\0\xff", 4)));
    assert_null(grpc_client_call_local_error(ended));
    grpc_client_call_destroy(ended);
}

static void reports_what_a_service_must_not_do(void **state)
{
    static const struct {
        const char *path;
        enum status_code code;
    } cases[] = {{"/test.Service/Silent", STATUS_INTERNAL}, {"/test.Service/Odd", STATUS_UNKNOWN}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct grpc_client_call *ended = call(*state, cases[i].path);
        struct view reply;
        struct status st;
        assert_false(grpc_client_call_result(ended, &reply, &st));
        assert_int_equal(st.code, cases[i].code);
        grpc_client_call_destroy(ended);
    }
}

static void tells_the_service_its_deadline(void **state)
{
    struct grpc_client_call *ended = call(*state, "/test.Service/Deadline");
    struct view reply;
    struct status st;
    assert_true(grpc_client_call_result(ended, &reply, &st));
    assert_true(view_equal_text(reply, "1"));
    grpc_client_call_destroy(ended);
}

static void gives_up_at_the_deadline(void **state)
{
    struct fixture *fixture = *state;
    struct grpc_client_call *ended;
    struct view reply;
    struct status st;
    assert_true(start(fixture, "/test.Service/Hang", 20, &ended, &st));
    sem_wait(&fixture->done);
    assert_false(grpc_client_call_result(ended, &reply, &st));
    assert_int_equal(st.code, STATUS_DEADLINE_EXCEEDED);
    assert_string_equal(st.message, "the service has not answered in time");
    assert_non_null(grpc_client_call_local_error(ended));
    grpc_client_call_destroy(ended);
}

static void cancels_a_call_and_the_service_hears_of_it(void **state)
{
    struct fixture *fixture = *state;
    struct grpc_client_call *ended;
    struct view reply;
    struct status st;
    assert_true(start(fixture, "/test.Service/Hang", 60000, &ended, &st));
    grpc_client_call_cancel(ended);
    grpc_client_call_cancel(ended);
    sem_wait(&fixture->done);
    assert_false(grpc_client_call_result(ended, &reply, &st));
    assert_int_equal(st.code, STATUS_CANCELLED);
    grpc_client_call_destroy(ended);
}

static void refuses_calls_over_the_bound_until_others_end(void **state)
{
    struct fixture *fixture = *state;
    struct grpc_client_call *calls[CALLS_MAX + 1];
    struct status st;
    for (size_t i = 0; i < CALLS_MAX; i++)
        assert_true(start(fixture, "/test.Service/Hang", 60000, &calls[i], &st));
    assert_false(start(fixture, "/test.Service/Echo", 60000, &calls[CALLS_MAX], &st));
    assert_int_equal(st.code, STATUS_RESOURCE_EXHAUSTED);
    for (size_t i = 0; i < CALLS_MAX; i++)
        grpc_client_call_cancel(calls[i]);
    for (size_t i = 0; i < CALLS_MAX; i++)
        sem_wait(&fixture->done);
    for (size_t i = 0; i < CALLS_MAX; i++)
        grpc_client_call_destroy(calls[i]);
    grpc_client_call_destroy(call(fixture, "/test.Service/Echo"));
}

static void finds_a_service_that_is_down_unavailable_without_waiting_for_the_deadline(void **state)
{
    struct fixture *fixture = *state;
    grpc_client_call_destroy(call(fixture, "/test.Service/Echo"));
    grpc_service_stop(fixture->service);
    fixture->service = NULL;
    struct grpc_client_call *ended = call(fixture, "/test.Service/Echo");
    struct view reply;
    struct status st;
    assert_false(grpc_client_call_result(ended, &reply, &st));
    assert_int_equal(st.code, STATUS_UNAVAILABLE);
    assert_non_null(strstr(grpc_client_call_local_error(ended), "refused"));
    grpc_client_call_destroy(ended);
}

static void sends_metadata(void **state)
{
    struct fixture *fixture = *state;
    struct grpc_client_metadata metadata[] = {{VIEW("if-match"), VIEW("\"7\"")}, {VIEW("x-bin"), VIEW("\0\xff")}};
    struct grpc_client_request request = {
        .message = &fixture->message, .deadline_ms = 60000, .metadata = metadata, .metadata_count = 2};
    struct grpc_client_call *ended;
    struct view reply;
    struct status st;
    assert_true(grpc_client_register(fixture->client, "/test.Service/Metadata", &request.method, &st));
    assert_true(grpc_client_call_start(fixture->client, &request, &fixture->arena, post, &fixture->done, &ended, &st));
    sem_wait(&fixture->done);
    assert_true(grpc_client_call_result(ended, &reply, &st));
    assert_true(view_equal(reply, view_make("\"7\"\0\xff", 5)));
    grpc_client_call_destroy(ended);
}

/* Runs inside done(): all that the caller has of the call is gone before grpc_client_call_start() has returned. */
struct early_end {
    struct arena arena;
    struct grpc_client_call *call;
    sem_t done;
};

static void end_early(void *ctx)
{
    struct early_end *end = ctx;
    grpc_client_call_destroy(end->call);
    arena_free(&end->arena);
    sem_post(&end->done);
}

static void lets_done_destroy_the_call_and_free_its_memory(void **state)
{
    struct fixture *fixture = *state;
    static const char key[] = "x-bin";
    const struct grpc_client_method *method;
    struct status st;
    assert_true(grpc_client_register(fixture->client, "/test.Service/Metadata", &method, &st));
    for (int i = 0; i < 300; i++) {
        struct early_end end;
        arena_init(&end.arena, 1 << 20);
        sem_init(&end.done, 0, 0);
        struct grpc_client_metadata *metadata = arena_calloc(&end.arena, 1, sizeof(*metadata));
        struct grpc_client_request *request = arena_calloc(&end.arena, 1, sizeof(*request));
        *metadata = (struct grpc_client_metadata){view_of(key), view_of("value")};
        *request = (struct grpc_client_request){.method = method,
                                                .message = &fixture->message,
                                                .deadline_ms = i % 2 ? 60000 : 0, /* half of them end as they begin */
                                                .metadata = metadata,
                                                .metadata_count = 1};
        assert_true(grpc_client_call_start(fixture->client, request, &end.arena, end_early, &end, &end.call, &st));
        sem_wait(&end.done);
        sem_destroy(&end.done);
    }
}

static void refuses_metadata_that_may_not_be_sent(void **state)
{
    struct fixture *fixture = *state;
    struct grpc_client_metadata metadata = {VIEW("grpclb_client_stats"), VIEW("x")};
    struct grpc_client_request request = {
        .message = &fixture->message, .deadline_ms = 60000, .metadata = &metadata, .metadata_count = 1};
    struct grpc_client_call *call_;
    struct status st;
    assert_true(grpc_client_register(fixture->client, "/test.Service/Metadata", &request.method, &st));
    assert_false(grpc_client_call_start(fixture->client, &request, &fixture->arena, post, &fixture->done, &call_, &st));
    assert_int_equal(st.code, STATUS_INVALID_ARGUMENT);
    for (int i = 0; i < CALLS_MAX; i++) /* it counts as none of the calls in flight */
        grpc_client_call_destroy(call(fixture, "/test.Service/Echo"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(gives_the_reply_and_its_metadata),
        TEST(carries_messages_of_any_size_up_to_the_limit),
        TEST(refuses_a_target_that_grpc_does_not_know),
        TEST(refuses_a_message_over_the_limit),
        TEST(gives_code_message_and_details_of_a_failed_call),
        TEST(reports_what_a_service_must_not_do),
        TEST(tells_the_service_its_deadline),
        TEST(gives_up_at_the_deadline),
        TEST(cancels_a_call_and_the_service_hears_of_it),
        TEST(refuses_calls_over_the_bound_until_others_end),
        TEST(finds_a_service_that_is_down_unavailable_without_waiting_for_the_deadline),
        TEST(sends_metadata),
        TEST(lets_done_destroy_the_call_and_free_its_memory),
        TEST(refuses_metadata_that_may_not_be_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
