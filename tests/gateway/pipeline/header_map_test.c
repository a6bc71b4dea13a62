#include "gateway/pipeline/header_map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
/* after the above */
#include <cmocka.h>

static struct arena arena;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, 65536);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

static enum header_map_outcome map(struct view name, struct view value, struct upstream_metadata *ret_metadata)
{
    struct status st;
    return header_map_request(name, value, &arena, ret_metadata, &st);
}

static void makes_metadata_of_the_fields_that_are_meant_for_the_service(void **state)
{
    static const struct {
        struct view name, value, key, expected;
    } cases[] = {
        {VIEW("If-Match"), VIEW("\"a\", *"), VIEW("if-match"), VIEW("\"a\", *")},
        {VIEW("if-none-match"), VIEW(""), VIEW("if-none-match"), VIEW("")},
        {VIEW("AUTHORIZATION"), VIEW("Bearer x.y"), VIEW("authorization"), VIEW("Bearer x.y")},
        {VIEW("TraceParent"), VIEW("00-1-2-01"), VIEW("traceparent"), VIEW("00-1-2-01")},
        {VIEW("tracestate"), VIEW("a=b,c=d"), VIEW("tracestate"), VIEW("a=b,c=d")},
        {VIEW("X-Request-ID"), VIEW("7"), VIEW("x-request-id"), VIEW("7")},
        {VIEW("Grpc-Metadata-Tenant"), VIEW("North ~"), VIEW("tenant"), VIEW("North ~")},
        {VIEW("grpc-metadata-a_b.C-9"), VIEW("x"), VIEW("a_b.c-9"), VIEW("x")},
        {VIEW("Grpc-Metadata-Key-Bin"), VIEW("AAEC/w=="), VIEW("key-bin"), VIEW("\0\1\2\xff")},
        {VIEW("Grpc-Metadata-Key-bin"), VIEW("AAEC_w"), VIEW("key-bin"), VIEW("\0\1\2\xff")},
        {VIEW("Grpc-Metadata-Key-bin"), VIEW(""), VIEW("key-bin"), VIEW("")},
        {VIEW("Grpc-Metadata--bin"), VIEW("x"), VIEW("-bin"), VIEW("x")},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct upstream_metadata metadata;
        if (map(cases[i].name, cases[i].value, &metadata) != HEADER_MAP_MAPPED)
            fail_msg("%s: %s", cases[i].name.data, cases[i].value.data);
        assert_true(view_equal(metadata.key, cases[i].key));
        assert_true(view_equal(metadata.value, cases[i].expected));
    }
}

static void leaves_out_what_is_not_meant_for_the_service(void **state)
{
    static const struct {
        struct view name, value;
    } cases[] = {
        {VIEW("Host"), VIEW("x")},
        {VIEW("Content-Type"), VIEW("application/json")},
        {VIEW("Cookie"), VIEW("a=b")},
        {VIEW("ETag"), VIEW("\"a\"")},
        {VIEW("Grpc-Metadata"), VIEW("x")},
        {VIEW("Grpc-Timeout"), VIEW("1S")},
        {VIEW("Grpc-Encoding"), VIEW("gzip")},
        {VIEW("If-Matc"), VIEW("x")},
        {VIEW("If-Match-"), VIEW("x")},
        {VIEW("traceparent"), VIEW("\xff")},
        {VIEW("X-Request-Id"), VIEW("a\tb")},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct upstream_metadata metadata;
        if (map(cases[i].name, cases[i].value, &metadata) != HEADER_MAP_LEFT_OUT)
            fail_msg("%s", cases[i].name.data);
    }
}

static void refuses_what_cannot_be_metadata(void **state)
{
    static const struct {
        struct view name, value;
    } cases[] = {
        {VIEW("If-Match"), VIEW("\"\xc3\xa9\"")},
        {VIEW("If-None-Match"), VIEW("\"a\tb\"")},
        {VIEW("Authorization"), VIEW("Bearer \x7f")},
        {VIEW("Grpc-Metadata-"), VIEW("x")},
        {VIEW("Grpc-Metadata-a:b"), VIEW("x")},
        {VIEW("Grpc-Metadata-a b"), VIEW("x")},
        {VIEW("Grpc-Metadata-\xc3\xa9"), VIEW("x")},
        {VIEW("Grpc-Metadata-a"), VIEW("x\r\ny: z")},
        {VIEW("Grpc-Metadata-a"), VIEW("x\0y")},
        {VIEW("Grpc-Metadata-a-bin"), VIEW("?")},
        {VIEW("Grpc-Metadata-a-bin"), VIEW("AAEC,AAEC")},
        {VIEW("Grpc-Metadata-:path"), VIEW("/x")},
        {VIEW("Grpc-Metadata-Grpc-Timeout"), VIEW("99H")},
        {VIEW("Grpc-Metadata-grpc-encoding"), VIEW("gzip")},
        {VIEW("Grpc-Metadata-TE"), VIEW("trailers")},
        {VIEW("Grpc-Metadata-Content-Type"), VIEW("x")},
        {VIEW("Grpc-Metadata-Host"), VIEW("x")},
        {VIEW("Grpc-Metadata-Connection"), VIEW("close")},
        {VIEW("Grpc-Metadata-grpclb_client_stats"), VIEW("x")},
        {VIEW("Grpc-Metadata-LB-Token"), VIEW("x")},
        {VIEW("Grpc-Metadata-lb-cost-bin"), VIEW("AAEC")},
        {VIEW("Grpc-Metadata-X-Envoy-Peer-Metadata"), VIEW("x")},
        {VIEW("Grpc-Metadata-endpoint-load-metrics-bin"), VIEW("AAEC")},
        {VIEW("Grpc-Metadata-Authorization"), VIEW("Bearer x.y")},
        {VIEW("grpc-metadata-if-match"), VIEW("*")},
        {VIEW("Grpc-Metadata-If-None-Match"), VIEW("*")},
        {VIEW("Grpc-Metadata-traceparent"), VIEW("00-1-2-01")},
        {VIEW("Grpc-Metadata-TraceState"), VIEW("a=b")},
        {VIEW("Grpc-Metadata-X-Request-Id"), VIEW("7")},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct upstream_metadata metadata;
        struct status st;
        if (header_map_request(cases[i].name, cases[i].value, &arena, &metadata, &st) != HEADER_MAP_REFUSED)
            fail_msg("%s: %s", cases[i].name.data, cases[i].value.data);
        assert_int_equal(st.code, STATUS_INVALID_ARGUMENT);
    }
}

static void refuses_when_memory_ends(void **state)
{
    (void)state;
    struct arena empty;
    struct upstream_metadata metadata;
    struct status st;
    arena_init(&empty, 0);
    assert_int_equal(
        header_map_request((struct view)VIEW("Grpc-Metadata-a"), (struct view)VIEW("x"), &empty, &metadata, &st),
        HEADER_MAP_REFUSED);
    assert_int_equal(st.code, STATUS_RESOURCE_EXHAUSTED);
}

static void makes_fields_of_metadata(void **state)
{
    static const struct {
        struct upstream_metadata metadata;
        const char *name, *value; /* NULL: left out */
    } cases[] = {
        {{VIEW("etag"), VIEW("\"a\"")}, "ETag", "\"a\""},
        {{VIEW("retry-after"), VIEW("7")}, "Retry-After", "7"},
        {{VIEW("tenant"), VIEW("north")}, "Grpc-Metadata-tenant", "north"},
        {{VIEW("location"), VIEW("http://x")}, "Grpc-Metadata-location", "http://x"},
        {{VIEW("if-match"), VIEW("x")}, "Grpc-Metadata-if-match", "x"},
        {{VIEW("key-bin"), VIEW("\0\1\2\xff")}, "Grpc-Metadata-key-bin", "AAEC/w=="},
        {{VIEW("etag"), VIEW("\"a\"\r\nSet-Cookie: x")}, NULL, NULL},
        {{VIEW("tenant"), VIEW("a\nb")}, NULL, NULL},
        {{VIEW("tenant"), VIEW("\xc3\xa9")}, NULL, NULL},
        {{VIEW("a\r\nb"), VIEW("x")}, NULL, NULL},
        {{VIEW("a: b"), VIEW("x")}, NULL, NULL},
        {{VIEW(""), VIEW("x")}, NULL, NULL},
        {{VIEW("tenant"), VIEW("")}, NULL, NULL},
        {{VIEW("key-bin"), VIEW("")}, NULL, NULL},
        {{VIEW("grpc-status-details-bin"), VIEW("x")}, NULL, NULL},
        {{VIEW("grpc-encoding"), VIEW("gzip")}, NULL, NULL},
        {{VIEW("content-type"), VIEW("application/grpc")}, NULL, NULL},
        {{VIEW("server"), VIEW("x")}, NULL, NULL},
        {{VIEW("lb-cost-bin"), VIEW("x")}, NULL, NULL},
        {{VIEW("endpoint-load-metrics-bin"), VIEW("x")}, NULL, NULL},
        {{VIEW("date"), VIEW("x")}, NULL, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct http_header header;
        if (header_map_reply(&cases[i].metadata, &arena, &header) != (cases[i].name != NULL))
            fail_msg("%s", cases[i].metadata.key.data);
        if (!cases[i].name)
            continue;
        assert_string_equal(header.name, cases[i].name);
        assert_string_equal(header.value, cases[i].value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_metadata_of_the_fields_that_are_meant_for_the_service),
        cmocka_unit_test(leaves_out_what_is_not_meant_for_the_service),
        cmocka_unit_test(refuses_what_cannot_be_metadata),
        cmocka_unit_test(refuses_when_memory_ends),
        cmocka_unit_test(makes_fields_of_metadata),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
