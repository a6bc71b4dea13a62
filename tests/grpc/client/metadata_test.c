#include "grpc/client/metadata.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
/* after the above */
#include <cmocka.h>

#include "grpc/client/limits.h"

static void lets_pass_what_belongs_to_the_service(void **state)
{
    static const struct grpc_client_metadata cases[] = {
        {VIEW("a"), VIEW("")},
        {VIEW("if-match"), VIEW("\"7\"")},
        {VIEW("authorization"), VIEW("Bearer x.y")},
        {VIEW("a_b.c-9"), VIEW(" ~")},
        {VIEW("grpcx"), VIEW("x")},
        {VIEW("lb-tokens"), VIEW("x")},
        {VIEW("x-te"), VIEW("x")},
        {VIEW("key-bin"), VIEW("\0\1\xff\r\n")},
        {VIEW("-bin"), VIEW("\xff")},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct status st;
        if (!grpc_client_metadata_check(&cases[i], 1, &st))
            fail_msg("%s: %s", cases[i].key.data, st.message);
    }
}

static void refuses_what_core_and_http_keep_for_themselves(void **state)
{
    static const char *const keys[] = {
        "grpclb_client_stats", /* core aborts */
        "lb-token",
        "lb-cost-bin",
        "x-envoy-peer-metadata",
        "endpoint-load-metrics-bin",
        "grpc-",
        "grpc-accept-encoding",
        "grpc-encoding",
        "grpc-internal-encoding-request",
        "grpc-message",
        "grpc-previous-rpc-attempts",
        "grpc-retry-pushback-ms",
        "grpc-server-stats-bin",
        "grpc-status",
        "grpc-status-details-bin",
        "grpc-tags-bin",
        "grpc-timeout",
        "grpc-trace-bin",
        "te",
        "host",
        "user-agent",
        "content-type",
        "content-length",
        "content-encoding",
        "accept-encoding",
        "connection",
        "keep-alive",
        "proxy-connection",
        "transfer-encoding",
        "trailer",
        "upgrade",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        struct grpc_client_metadata metadata[] = {{VIEW("a"), VIEW("x")}, {view_of(keys[i]), VIEW("x")}};
        struct status st;
        if (grpc_client_metadata_check(metadata, 2, &st))
            fail_msg("%s", keys[i]);
        assert_int_equal(st.code, STATUS_INVALID_ARGUMENT);
    }
}

static void refuses_what_is_no_metadata(void **state)
{
    static const struct grpc_client_metadata cases[] = {
        {VIEW(""), VIEW("x")},          {VIEW(":path"), VIEW("/x")}, {VIEW("Upper"), VIEW("x")},
        {VIEW("a b"), VIEW("x")},       {VIEW("a\0b"), VIEW("x")},   {VIEW("\xc3\xa9"), VIEW("x")},
        {VIEW("a"), VIEW("x\r\ny: z")}, {VIEW("a"), VIEW("x\0y")},   {VIEW("a"), VIEW("\xc3\xa9")},
        {VIEW("a"), VIEW("\t")},        {VIEW("bin"), VIEW("\xff")}, {VIEW("a-bin-"), VIEW("\x7f")},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct status st;
        if (grpc_client_metadata_check(&cases[i], 1, &st))
            fail_msg("%zu: %s", i, cases[i].key.data);
        assert_int_equal(st.code, STATUS_INVALID_ARGUMENT);
    }
}

static void refuses_more_than_are_copied(void **state)
{
    struct grpc_client_metadata metadata[GRPC_CLIENT_SENT_METADATA_MAX + 1];
    struct status st;
    (void)state;
    for (size_t i = 0; i < sizeof(metadata) / sizeof(metadata[0]); i++)
        metadata[i] = (struct grpc_client_metadata){VIEW("a"), VIEW("x")};
    assert_true(grpc_client_metadata_check(metadata, GRPC_CLIENT_SENT_METADATA_MAX, &st));
    assert_false(grpc_client_metadata_check(metadata, GRPC_CLIENT_SENT_METADATA_MAX + 1, &st));
    assert_int_equal(st.code, STATUS_RESOURCE_EXHAUSTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lets_pass_what_belongs_to_the_service),
        cmocka_unit_test(refuses_what_core_and_http_keep_for_themselves),
        cmocka_unit_test(refuses_what_is_no_metadata),
        cmocka_unit_test(refuses_more_than_are_copied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
