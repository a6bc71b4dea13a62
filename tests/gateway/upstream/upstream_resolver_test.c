#include "gateway/upstream/upstream_resolver.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
/* after the above */
#include <cmocka.h>

#include "base/monotonic.h"
#include "gateway/upstream/limits.h"
#include "tests/gateway/upstream/dns_server.h"

/* Longer than any answer takes, also under a sanitizer on a busy machine. */
#define PATIENCE_MS 30000

/* What a resolver has said, and the server it asks. */
struct fixture {
    struct dns_server server;
    struct arena arena;
    struct upstream_target target;
    struct upstream_resolver *resolver;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned found;
    unsigned failed;
    char addresses[16384]; /* of the last answer, each followed by a blank */
    size_t address_count;
    char why[200];
};

static void on_found(const struct upstream_address *addresses, size_t count, void *ctx)
{
    struct fixture *fixture = ctx;
    size_t len = 0;
    pthread_mutex_lock(&fixture->lock);
    for (size_t i = 0; i < count; i++)
        len += (size_t)snprintf(fixture->addresses + len, sizeof(fixture->addresses) - len, "%s ", addresses[i].text);
    fixture->address_count = count;
    fixture->found++;
    pthread_cond_signal(&fixture->changed);
    pthread_mutex_unlock(&fixture->lock);
}

static void on_failed(const char *why, void *ctx)
{
    struct fixture *fixture = ctx;
    pthread_mutex_lock(&fixture->lock);
    snprintf(fixture->why, sizeof(fixture->why), "%s", why);
    fixture->failed++;
    pthread_cond_signal(&fixture->changed);
    pthread_mutex_unlock(&fixture->lock);
}

/* Waits until there were so many answers of each kind; fails when they do not come. */
static void wait_for(struct fixture *fixture, unsigned found, unsigned failed)
{
    struct timespec until;
    int result = 0;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_MS / 1000;
    pthread_mutex_lock(&fixture->lock);
    while ((fixture->found < found || fixture->failed < failed) && result == 0)
        result = pthread_cond_timedwait(&fixture->changed, &fixture->lock, &until);
    pthread_mutex_unlock(&fixture->lock);
    if (result != 0)
        fail_msg("%u answers and %u failures, the last one: %s", fixture->found, fixture->failed, fixture->why);
}

static void start_resolver(struct fixture *fixture)
{
    const struct upstream_resolver_events events = {on_found, on_failed, fixture};
    struct status st;
    if (!upstream_resolver_create(&fixture->target, &events, &fixture->resolver, &st))
        fail_msg("%s", st.message);
}

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct status st;
    char text[100];
    assert_non_null(fixture);
    dns_server_start(&fixture->server);
    pthread_mutex_init(&fixture->lock, NULL);
    pthread_cond_init(&fixture->changed, NULL);
    arena_init(&fixture->arena, 1 << 16);
    snprintf(text, sizeof(text), "dns://127.0.0.1:%u/tracks.test.:50051", (unsigned)fixture->server.port);
    assert_true(upstream_target_parse(text, &fixture->arena, &fixture->target, &st));
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    upstream_resolver_destroy(fixture->resolver);
    dns_server_stop(&fixture->server);
    pthread_cond_destroy(&fixture->changed);
    pthread_mutex_destroy(&fixture->lock);
    arena_free(&fixture->arena);
    free(fixture);
    return 0;
}

static void finds_addresses_of_both_kinds_sorted_and_each_once(void **state)
{
    static const uint32_t v4[] = {0x7f000003, 0x7f000001, 0x7f000002, 0x7f000001};
    struct fixture *fixture = *state;
    dns_server_set(&fixture->server, DNS_ANSWERS, v4, 4, 2);
    start_resolver(fixture);
    wait_for(fixture, 1, 0);
    assert_string_equal(fixture->addresses,
                        "127.0.0.1:50051 127.0.0.2:50051 127.0.0.3:50051 [fd00::1]:50051 [fd00::2]:50051 ");
    assert_int_equal(fixture->failed, 0);
}

static void one_kind_is_enough(void **state)
{
    static const uint32_t v4[] = {0x7f000001};
    struct fixture *fixture = *state;
    dns_server_set(&fixture->server, DNS_FAILS_FOR_IPV6, v4, 1, 2);
    start_resolver(fixture);
    wait_for(fixture, 1, 0);
    assert_string_equal(fixture->addresses, "127.0.0.1:50051 ");
}

static void takes_answers_of_any_length_and_no_more_addresses_than_the_limit(void **state)
{
    static uint32_t v4[UPSTREAM_ADDRESSES_MAX + 44]; /* more than a datagram holds, too */
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof(v4) / sizeof(v4[0]); i++)
        v4[i] = 0x7f000000 + (uint32_t)i;
    dns_server_set(&fixture->server, DNS_ANSWERS, v4, sizeof(v4) / sizeof(v4[0]), 0);
    start_resolver(fixture);
    wait_for(fixture, 1, 0);
    assert_int_equal(fixture->address_count, UPSTREAM_ADDRESSES_MAX);
}

static void tells_failures_and_asks_again_soon(void **state)
{
    static const uint32_t v4[] = {0x7f000001};
    static const enum dns_behaviour behaviours[] = {DNS_NO_SUCH_NAME, DNS_FAILS, DNS_SENDS_GARBAGE, DNS_ANSWERS};
    struct fixture *fixture = *state;
    for (unsigned i = 0; i < 4; i++) { /* the last one is an answer without an address */
        dns_server_set(&fixture->server, behaviours[i], NULL, 0, 0);
        if (i == 0)
            start_resolver(fixture);
        wait_for(fixture, 0, i + 1);
        assert_true(fixture->why[0]);
        assert_int_equal(fixture->found, 0);
    }
    dns_server_set(&fixture->server, DNS_ANSWERS, v4, 1, 0);
    wait_for(fixture, 1, 0);
    assert_string_equal(fixture->addresses, "127.0.0.1:50051 ");
}

static void questions_in_between_become_one_after_the_shortest_time(void **state)
{
    static const uint32_t before[] = {0x7f000001}, after[] = {0x7f000002};
    struct fixture *fixture = *state;
    uint64_t start_ms = monotonic_ms();
    dns_server_set(&fixture->server, DNS_ANSWERS, before, 1, 0);
    start_resolver(fixture);
    wait_for(fixture, 1, 0);
    unsigned queries = dns_server_queries(&fixture->server);
    dns_server_set(&fixture->server, DNS_ANSWERS, after, 1, 0);
    for (unsigned i = 0; i < 1000; i++)
        upstream_resolver_ask(fixture->resolver);
    wait_for(fixture, 2, 0);
    assert_true(monotonic_ms() - start_ms >= UPSTREAM_RESOLVE_MS_MIN);
    assert_string_equal(fixture->addresses, "127.0.0.2:50051 ");
    assert_int_equal(dns_server_queries(&fixture->server), queries + 1);
}

static void stops_at_once_in_the_middle_of_a_look_up(void **state)
{
    struct fixture *fixture = *state;
    dns_server_set(&fixture->server, DNS_SAYS_NOTHING, NULL, 0, 0);
    start_resolver(fixture);
    uint64_t until_ms = monotonic_ms() + PATIENCE_MS;
    while (!dns_server_queries(&fixture->server) && monotonic_ms() < until_ms)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    assert_true(dns_server_queries(&fixture->server) > 0);
    uint64_t stop_ms = monotonic_ms();
    upstream_resolver_stop(fixture->resolver);
    assert_true(monotonic_ms() - stop_ms < 1000);
    upstream_resolver_ask(fixture->resolver); /* nothing */
    upstream_resolver_stop(fixture->resolver);
    upstream_resolver_destroy(fixture->resolver);
    fixture->resolver = NULL;
    assert_int_equal(fixture->found + fixture->failed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(finds_addresses_of_both_kinds_sorted_and_each_once, setup, teardown),
        cmocka_unit_test_setup_teardown(one_kind_is_enough, setup, teardown),
        cmocka_unit_test_setup_teardown(takes_answers_of_any_length_and_no_more_addresses_than_the_limit, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(tells_failures_and_asks_again_soon, setup, teardown),
        cmocka_unit_test_setup_teardown(questions_in_between_become_one_after_the_shortest_time, setup, teardown),
        cmocka_unit_test_setup_teardown(stops_at_once_in_the_middle_of_a_look_up, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
