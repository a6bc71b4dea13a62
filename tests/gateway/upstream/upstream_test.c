/* The service by its name: a name server of the test's, two loops of which the test runs one, and a gRPC server on the same. */
#include "gateway/upstream/upstream.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* after the above */
#include <cmocka.h>

#include "base/container_of.h"
#include "gateway/upstream/limits.h"
#include "gateway/upstream/upstream_call.h"
#include "tests/gateway/upstream/dns_server.h"
#include "tests/gateway/upstream/upstream_peer.h"
#include "tests/web/loop/loop_turns.h"

#define LOOPS 2

struct call {
    struct upstream_call call;
    struct arena arena;
    struct buf message;
    struct buf reply;
    bool has_ended;
    bool is_ok;
    struct status st;
};

static struct loop *loops[LOOPS];
static struct dns_server server;
static struct upstream_peer peer;
static struct upstream *upstream;
static char changes[64]; /* what on_change() told: + and - */

static void on_change(bool has_replica, const char *detail)
{
    size_t len = strlen(changes);
    assert_true(has_replica || detail[0] != '\0');
    if (len + 1 < sizeof(changes))
        changes[len] = has_replica ? '+' : '-';
}

static void serve(struct http2_peer_request *request, void *ctx)
{
    (void)ctx;
    if (request->has_ended && !request->was_answered)
        upstream_peer_answer(request, view_of("hello"), "grpc-status: 0\n");
}

static int set_up(void **state)
{
    struct status st;
    (void)state;
    memset(changes, 0, sizeof(changes));
    memset(&peer, 0, sizeof(peer));
    for (int i = 0; i < LOOPS; i++)
        assert_true(loop_create(&loops[i], &st));
    dns_server_start(&server);
    peer.serve = serve;
    upstream_peer_start(&peer, loops[0]);
    upstream = NULL;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    if (upstream) {
        upstream_stop(upstream);
        for (int i = 0; i < LOOPS; i++) /* takes what was posted, as loops do that end after it */
            loop_turns_for(loops[i], 1);
        for (unsigned i = 0; i < LOOPS; i++)
            upstream_pool_close(upstream_get_pool(upstream, i));
        upstream_destroy(upstream);
    }
    for (int i = 0; i < LOOPS; i++)
        loop_finish(loops[i]);
    upstream_peer_free(&peer);
    dns_server_stop(&server);
    for (int i = 0; i < LOOPS; i++)
        loop_destroy(loops[i]);
    return 0;
}

static bool create(const char *target, struct status *st)
{
    const struct upstream_options options = {.calls_max = 10, .wait_ms = 2500, .on_change = on_change};
    return upstream_create(target, &options, loops, LOOPS, &upstream, st);
}

/* Where the service is; and with 2, another address where nobody is. */
static void set_addresses(size_t count)
{
    static const uint32_t addresses[] = {INADDR_LOOPBACK, INADDR_LOOPBACK + 6};
    dns_server_set(&server, DNS_ANSWERS, addresses, count, 0);
}

static void start_by_name(void)
{
    char target[100];
    struct status st;
    snprintf(target, sizeof(target), "dns://127.0.0.1:%u/tracks.test.%s", server.port, strrchr(peer.address.text, ':'));
    if (!create(target, &st) || !upstream_start(upstream, &st))
        fail_msg("%s", st.message);
}

static void on_ended(struct upstream_call *upstream_call)
{
    struct call *call = CONTAINER_OF(upstream_call, struct call, call);
    call->has_ended = true;
    call->is_ok = upstream_call_status(upstream_call, &call->st);
}

static bool has_ended(void *ctx)
{
    return ((struct call *)ctx)->has_ended;
}

/* One call, from its beginning to its end. */
static struct status ask(void)
{
    static const struct upstream_call_events events = {.on_ended = on_ended};
    struct call *call = calloc(1, sizeof(*call));
    struct status st = {.code = STATUS_OK};
    arena_init(&call->arena, 1 << 20);
    buf_init(&call->message, 100);
    buf_init(&call->reply, 1000);
    assert_true(buf_append(&call->message, view_make("xxxxx", 5)));
    const struct upstream_request request = {.path = VIEW("/a"),
                                             .message = &call->message,
                                             .deadline_ms = 5000,
                                             .arena = &call->arena,
                                             .reply = &call->reply,
                                             .events = &events};
    if (upstream_call_start(upstream_get_pool(upstream, 0), &call->call, &request, &st)) {
        assert_true(loop_turns_until(loops[0], has_ended, call));
        st = call->st;
        if (call->is_ok)
            assert_true(view_equal_text(upstream_call_reply(&call->call), "hello"));
    }
    arena_free(&call->arena);
    buf_free(&call->message);
    buf_free(&call->reply);
    free(call);
    return st;
}

static void finds_the_service_by_its_name(void **state)
{
    (void)state;
    set_addresses(1);
    start_by_name();
    assert_int_equal(ask().code, STATUS_OK);
    assert_string_equal(changes, "+");
    assert_non_null(strstr(http2_peer_field(upstream_peer_request(&peer, 0), ":authority"), "tracks.test.:"));
}

static unsigned awaited_questions;

static bool have_been_asked(void *ctx)
{
    (void)ctx;
    return dns_server_queries(&server) >= awaited_questions;
}

/* Its connection is lost, it is looked for, and the name server fails: the address is still where it was. */
static void keeps_the_last_addresses_when_a_look_up_fails(void **state)
{
    (void)state;
    set_addresses(1);
    start_by_name();
    assert_int_equal(ask().code, STATUS_OK);
    for (int i = 0; i < 2; i++) {
        dns_server_set(&server, i ? DNS_NO_SUCH_NAME : DNS_FAILS, NULL, 0, 0);
        awaited_questions = dns_server_queries(&server) + 1;
        upstream_peer_break(peer.connections[peer.connection_count - 1]);
        assert_true(loop_turns_until(loops[0], have_been_asked, NULL));
        loop_turns_for(loops[0], 100);
        assert_int_equal(ask().code, STATUS_OK);
    }
}

static void takes_an_address_that_is_new_beside_the_old_one(void **state)
{
    (void)state;
    set_addresses(1);
    start_by_name();
    assert_int_equal(ask().code, STATUS_OK);
    set_addresses(2); /* one more, where nobody is: it is of no harm */
    awaited_questions = dns_server_queries(&server) + 1;
    upstream_peer_break(peer.connections[peer.connection_count - 1]);
    assert_true(loop_turns_until(loops[0], have_been_asked, NULL));
    loop_turns_for(loops[0], 100);
    for (int i = 0; i < 4; i++)
        assert_int_equal(ask().code, STATUS_OK);
}

static void refuses_a_target_that_is_none(void **state)
{
    struct status st;
    (void)state;
    assert_false(create("http://tracks:80", &st));
    assert_int_equal(st.code, STATUS_INVALID_ARGUMENT);
    upstream = NULL;
}

static void needs_no_thread_for_addresses(void **state)
{
    struct status st;
    (void)state;
    assert_true(create(peer.address.text, &st));
    assert_true(upstream_start(upstream, &st));
    assert_int_equal(ask().code, STATUS_OK);
    assert_int_equal(dns_server_queries(&server), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(finds_the_service_by_its_name),
        TEST(keeps_the_last_addresses_when_a_look_up_fails),
        TEST(takes_an_address_that_is_new_beside_the_old_one),
        TEST(refuses_a_target_that_is_none),
        TEST(needs_no_thread_for_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
