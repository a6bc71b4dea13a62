/*
 * The client before two replicas of a service, which fail as they are told to. A reply is the number of the replica that
 * gave it.
 */
#include "grpc/client/grpc_client.h"

#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
/* after the above */
#include <cmocka.h>

#include "grpc/client/limits.h"
#include "tests/grpc/client/grpc_service.h"

#define IDEMPOTENT "/test.Service/Get"
#define OTHER      "/test.Service/Create"
#define CALLS      200

struct replica {
    struct grpc_service *service;
    char name;
    atomic_uint fail; /* this many calls, with the code below */
    _Atomic(enum status_code) code;
    atomic_uint calls;
};

struct fixture {
    struct replica replicas[2];
    struct grpc_client *client;
    struct arena arena;
    struct buf message;
    sem_t done;
};

static void serve(struct grpc_service_call *call, void *ctx)
{
    struct replica *replica = ctx;
    atomic_fetch_add(&replica->calls, 1);
    if (atomic_load(&replica->fail) > 0) {
        atomic_fetch_sub(&replica->fail, 1);
        call->code = (int)atomic_load(&replica->code);
        call->message = "as told";
        return;
    }
    assert_true(buf_append(&call->reply, view_make(&replica->name, 1)));
}

static void post(void *ctx)
{
    sem_post(ctx);
}

/* One call, without a message of note: how it ended, and who replied. */
static enum status_code call_as(struct fixture *fixture, const char *path, bool sent_once, char *ret_replica)
{
    struct grpc_client_request request = {.message = &fixture->message, .deadline_ms = 60000, .sent_once = sent_once};
    struct grpc_client_call *call;
    struct view reply;
    struct status st;
    status_clear(&st);
    assert_true(grpc_client_register(fixture->client, path, &request.method, &st));
    assert_true(grpc_client_call_start(fixture->client, &request, &fixture->arena, post, &fixture->done, &call, &st));
    sem_wait(&fixture->done);
    if (grpc_client_call_result(call, &reply, &st)) {
        assert_int_equal(reply.len, 1);
        *ret_replica = reply.data[0];
    }
    grpc_client_call_destroy(call);
    return st.code;
}

static enum status_code call(struct fixture *fixture, const char *path, char *ret_replica)
{
    return call_as(fixture, path, false, ret_replica);
}

/* Calls until both replicas have replied: they are connected one after the other. */
static void await_both(struct fixture *fixture)
{
    bool seen[2] = {false, false};
    while (!seen[0] || !seen[1]) {
        char replica;
        assert_int_equal(call(fixture, IDEMPOTENT, &replica), STATUS_OK);
        seen[replica - 'a'] = true;
    }
}

static int set_up(void **state)
{
    static const char *const idempotent[] = {IDEMPOTENT};
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct status st;
    char target[80];
    for (int i = 0; i < 2; i++) {
        fixture->replicas[i].name = (char)('a' + i);
        fixture->replicas[i].service = grpc_service_start(serve, &fixture->replicas[i]);
    }
    snprintf(target, sizeof(target), "%s,%s", grpc_service_address(fixture->replicas[0].service),
             grpc_service_address(fixture->replicas[1].service));
    struct grpc_client_options options = {
        .target = target, .threads = 1, .calls_max = 100, .idempotent = idempotent, .idempotent_count = 1};
    assert_true(grpc_client_create(&options, &fixture->client, &st));
    arena_init(&fixture->arena, 64 << 20);
    buf_init(&fixture->message, 1024);
    sem_init(&fixture->done, 0, 0);
    await_both(fixture);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    grpc_client_destroy(fixture->client);
    grpc_service_stop(fixture->replicas[0].service);
    grpc_service_stop(fixture->replicas[1].service);
    arena_free(&fixture->arena);
    buf_free(&fixture->message);
    sem_destroy(&fixture->done);
    free(fixture);
    return 0;
}

static void tell_to_fail(struct fixture *fixture, enum status_code code, unsigned times)
{
    for (int i = 0; i < 2; i++) {
        atomic_store(&fixture->replicas[i].code, code);
        atomic_store(&fixture->replicas[i].calls, 0);
        atomic_store(&fixture->replicas[i].fail, times);
    }
}

static unsigned count_calls(struct fixture *fixture)
{
    return atomic_load(&fixture->replicas[0].calls) + atomic_load(&fixture->replicas[1].calls);
}

static void calls_go_round(void **state)
{
    struct fixture *fixture = *state;
    char before, replica;
    assert_int_equal(call(fixture, OTHER, &before), STATUS_OK);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(call(fixture, i % 2 ? OTHER : IDEMPOTENT, &replica), STATUS_OK);
        assert_int_not_equal(replica, before);
        before = replica;
    }
}

static void an_idempotent_call_that_the_service_broke_off_is_tried_again(void **state)
{
    static const enum status_code codes[] = {STATUS_UNAVAILABLE, STATUS_CANCELLED};
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        char replica;
        tell_to_fail(*state, codes[i], 1);
        assert_int_equal(call(*state, IDEMPOTENT, &replica), STATUS_OK);
        assert_int_equal(count_calls(*state), 3);
    }
}

static void the_attempts_are_bounded(void **state)
{
    char replica;
    tell_to_fail(*state, STATUS_UNAVAILABLE, 100);
    assert_int_equal(call(*state, IDEMPOTENT, &replica), STATUS_UNAVAILABLE);
    assert_int_equal(count_calls(*state), GRPC_CLIENT_ATTEMPTS_MAX);
}

static void no_other_call_and_no_other_outcome_is_tried_again(void **state)
{
    static const struct {
        const char *path;
        enum status_code code;
    } cases[] = {
        {OTHER, STATUS_UNAVAILABLE},   {OTHER, STATUS_CANCELLED},
        {IDEMPOTENT, STATUS_INTERNAL}, {IDEMPOTENT, STATUS_RESOURCE_EXHAUSTED},
        {IDEMPOTENT, STATUS_ABORTED},  {IDEMPOTENT, STATUS_NOT_FOUND},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char replica;
        tell_to_fail(*state, cases[i].code, 1);
        assert_int_equal(call(*state, cases[i].path, &replica), cases[i].code);
        assert_int_equal(count_calls(*state), 1);
    }
}

static void a_request_that_is_to_be_sent_once_is_not_tried_again(void **state)
{
    char replica;
    tell_to_fail(*state, STATUS_UNAVAILABLE, 1);
    assert_int_equal(call_as(*state, IDEMPOTENT, true, &replica), STATUS_UNAVAILABLE);
    assert_int_equal(count_calls(*state), 1);
}

static void a_large_request_is_tried_again_too(void **state)
{
    struct fixture *fixture = *state;
    char replica;
    tell_to_fail(fixture, STATUS_UNAVAILABLE, 1);
    buf_free(&fixture->message);
    buf_init(&fixture->message, 2 << 20);
    assert_true(buf_reserve(&fixture->message, 2 << 20));
    memset(fixture->message.data, 'x', 2 << 20);
    fixture->message.len = 2 << 20;
    assert_int_equal(call(fixture, IDEMPOTENT, &replica), STATUS_OK);
    assert_int_equal(count_calls(fixture), 3);
}

static void a_replica_that_goes_is_left_out_without_a_failed_call(void **state)
{
    struct fixture *fixture = *state;
    char replica = 0;
    grpc_service_stop(fixture->replicas[0].service);
    fixture->replicas[0].service = NULL;
    for (int i = 0; i < CALLS; i++) {
        assert_int_equal(call(fixture, IDEMPOTENT, &replica), STATUS_OK);
        assert_int_equal(replica, 'b');
    }
}

static void when_all_are_gone_calls_are_unavailable_soon(void **state)
{
    struct fixture *fixture = *state;
    char replica;
    for (int i = 0; i < 2; i++) {
        grpc_service_stop(fixture->replicas[i].service);
        fixture->replicas[i].service = NULL;
    }
    assert_int_equal(call(fixture, IDEMPOTENT, &replica), STATUS_UNAVAILABLE);
    assert_int_equal(call(fixture, OTHER, &replica), STATUS_UNAVAILABLE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(calls_go_round),
        TEST(an_idempotent_call_that_the_service_broke_off_is_tried_again),
        TEST(the_attempts_are_bounded),
        TEST(no_other_call_and_no_other_outcome_is_tried_again),
        TEST(a_request_that_is_to_be_sent_once_is_not_tried_again),
        TEST(a_large_request_is_tried_again_too),
        TEST(a_replica_that_goes_is_left_out_without_a_failed_call),
        TEST(when_all_are_gone_calls_are_unavailable_soon),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
