#include "gateway/upstream/grpc_response.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
/* after the above */
#include <cmocka.h>

#include "gateway/upstream/limits.h"

#define ARENA_BYTES_MAX (1 << 20)

/* A response is its header blocks: one line a field, "name: value"; a line "-" ends a block, and the end of the text the last one. */
static enum grpc_block read_response(struct grpc_response *response, struct arena *arena, const char *text)
{
    enum grpc_block block = GRPC_BLOCK_TRAILERS;
    grpc_response_init(response, arena);
    while (*text) {
        const char *end = strchrnul(text, '\n');
        const char *colon = memmem(text, (size_t)(end - text), ": ", 2);
        if (colon)
            assert_true(grpc_response_add(response, view_make(text, (size_t)(colon - text)),
                                          view_make(colon + 2, (size_t)(end - colon - 2))));
        else
            block = grpc_response_end_block(response, false);
        text = *end ? end + 1 : end;
    }
    assert_int_equal(grpc_response_end_block(response, true), GRPC_BLOCK_TRAILERS);
    return block;
}

#define GRPC    ":status: 200\ncontent-type: application/grpc\n"
#define HEADERS GRPC "-\n"

static void says_how_the_call_ended(void **state)
{
    static const struct {
        const char *text;
        enum status_code code;
        const char *message;
        bool is_malformed;
    } cases[] = {
        {HEADERS "grpc-status: 0", STATUS_OK, "", false},
        {HEADERS "grpc-status: 0\ngrpc-message: ignored", STATUS_OK, "", false},
        {HEADERS "grpc-status: 16\ngrpc-message: who?", STATUS_UNAUTHENTICATED, "who?", false},
        {GRPC "grpc-status: 5\ngrpc-message: no such track", STATUS_NOT_FOUND, "no such track", false},
        {GRPC "grpc-message: first\ngrpc-status: 5", STATUS_NOT_FOUND, "first", false},
        {GRPC "grpc-status: 5", STATUS_NOT_FOUND, "", false},
        /* other numbers, and what is none */
        {HEADERS "grpc-status: 17\ngrpc-message: x", STATUS_UNKNOWN, "the service sent the unknown status 17", false},
        {HEADERS "grpc-status: 123456", STATUS_UNKNOWN, "the service sent the unknown status 123456", false},
        {HEADERS "grpc-status: ", STATUS_INTERNAL, "the service sent a status that is no number", true},
        {HEADERS "grpc-status: -1", STATUS_INTERNAL, "the service sent a status that is no number", true},
        {HEADERS "grpc-status: 5 ", STATUS_INTERNAL, "the service sent a status that is no number", true},
        {HEADERS "grpc-status: 0x5", STATUS_INTERNAL, "the service sent a status that is no number", true},
        {HEADERS "grpc-status: 99999999999", STATUS_INTERNAL, "the service sent a status that is no number", true},
        {HEADERS "grpc-status: 0\ngrpc-status: 0", STATUS_INTERNAL, "the service sent its status twice", true},
        {HEADERS "grpc-status: 0\ngrpc-status: 5", STATUS_INTERNAL, "the service sent its status twice", true},
        {GRPC "grpc-status: 0\n-\ngrpc-message: x", STATUS_INTERNAL, "the service sent its status before its reply",
         true},
        /* no status */
        {HEADERS "x: y", STATUS_UNKNOWN, "the service ended the call without a status", true},
        {":status: 200\ncontent-type: text/html", STATUS_UNKNOWN, "the service did not answer with gRPC", true},
        {":status: 200", STATUS_UNKNOWN, "the service did not answer with gRPC", true},
        {"content-type: application/grpc\ngrpc-status: 0", STATUS_INTERNAL,
         "the service sent a response without a proper HTTP status", true},
        {":status: 200\n:status: 200\ngrpc-status: 0", STATUS_INTERNAL,
         "the service sent a response without a proper HTTP status", true},
        {":status: 2000", STATUS_INTERNAL, "the service sent a response without a proper HTTP status", true},
        {":status: ok", STATUS_INTERNAL, "the service sent a response without a proper HTTP status", true},
        {HEADERS "x: y\n-\ngrpc-status: 0", STATUS_INTERNAL, "the service sent its headers twice", true},
        /* a status that is said counts, whatever HTTP says */
        {":status: 503\ngrpc-status: 7\ngrpc-message: no", STATUS_PERMISSION_DENIED, "no", false},
        /* 1xx */
        {":status: 103\nlink: x\n-\n" HEADERS "grpc-status: 5", STATUS_NOT_FOUND, "", false},
        {":status: 100\n-\n:status: 103\n-\n" HEADERS "grpc-status: 0", STATUS_OK, "", false},
        {":status: 103\ngrpc-status: 5\n-\n" HEADERS "grpc-status: 0", STATUS_OK, "", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct grpc_response response;
        struct status st;
        struct arena arena;
        arena_init(&arena, ARENA_BYTES_MAX);
        read_response(&response, &arena, cases[i].text);
        bool is_ok = grpc_response_status(&response, &st);
        if (is_ok != (cases[i].code == STATUS_OK) || st.code != cases[i].code ||
            strcmp(st.message, cases[i].message) != 0 || grpc_response_is_malformed(&response) != cases[i].is_malformed)
            fail_msg("%s: %d, \"%s\", malformed: %d", cases[i].text, (int)st.code, st.message,
                     grpc_response_is_malformed(&response));
        arena_free(&arena);
    }
}

static void http_statuses_have_the_codes_of_grpcs_table(void **state)
{
    static const struct {
        unsigned http;
        enum status_code code;
    } cases[] = {
        {400, STATUS_INTERNAL},      {401, STATUS_UNAUTHENTICATED}, {403, STATUS_PERMISSION_DENIED},
        {404, STATUS_UNIMPLEMENTED}, {429, STATUS_UNAVAILABLE},     {431, STATUS_INTERNAL},
        {502, STATUS_UNAVAILABLE},   {503, STATUS_UNAVAILABLE},     {504, STATUS_UNAVAILABLE},
        {204, STATUS_UNKNOWN},       {301, STATUS_UNKNOWN},         {405, STATUS_UNKNOWN},
        {500, STATUS_UNKNOWN},       {999, STATUS_UNKNOWN},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[200], message[100];
        struct grpc_response response;
        struct status st;
        struct arena arena;
        arena_init(&arena, ARENA_BYTES_MAX);
        snprintf(text, sizeof(text), ":status: %u\ncontent-type: text/html\ngrpc-message: of a proxy", cases[i].http);
        snprintf(message, sizeof(message), "the service answered with HTTP status %u instead of gRPC", cases[i].http);
        read_response(&response, &arena, text);
        assert_false(grpc_response_has_messages(&response));
        assert_false(grpc_response_status(&response, &st));
        assert_int_equal(st.code, cases[i].code);
        assert_string_equal(st.message, message);
        assert_int_equal(grpc_response_is_malformed(&response),
                         cases[i].code == STATUS_INTERNAL || cases[i].code == STATUS_UNKNOWN);
        arena_free(&arena);
    }
}

static void knows_grpcs_content_types(void **state)
{
    static const struct {
        const char *type;
        bool is_grpc;
    } cases[] = {
        {"application/grpc", true},
        {"application/grpc+proto", true},
        {"application/grpc;charset=x", true},
        {"application/grpc ; q=1", true},
        {"Application/gRPC+proto", true},
        {"application/grpc-web", false},
        {"application/grpcx", false},
        {"application/grp", false},
        {"text/html", false},
        {"", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[200];
        struct grpc_response response;
        struct arena arena;
        arena_init(&arena, ARENA_BYTES_MAX);
        snprintf(text, sizeof(text), ":status: 200\ncontent-type: %s\n-", cases[i].type);
        assert_int_equal(read_response(&response, &arena, text), GRPC_BLOCK_HEADERS);
        if (grpc_response_has_messages(&response) != cases[i].is_grpc)
            fail_msg("%s", cases[i].type);
        arena_free(&arena);
    }
}

static void knows_the_encodings(void **state)
{
    static const struct {
        const char *text;
        enum grpc_encoding encoding;
    } cases[] = {
        {HEADERS, GRPC_IDENTITY},
        {GRPC "grpc-encoding: identity\n-\n", GRPC_IDENTITY},
        {GRPC "grpc-encoding: gzip\n-\n", GRPC_GZIP},
        {GRPC "grpc-encoding: deflate\n-\n", GRPC_DEFLATE},
        {GRPC "grpc-encoding: snappy\n-\n", GRPC_UNKNOWN_ENCODING},
        {GRPC "grpc-encoding: \n-\n", GRPC_UNKNOWN_ENCODING},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct grpc_response response;
        struct arena arena;
        arena_init(&arena, ARENA_BYTES_MAX);
        read_response(&response, &arena, cases[i].text);
        assert_int_equal(response.encoding, cases[i].encoding);
        assert_false(response.is_malformed); /* only a message in such an encoding is a fault */
        arena_free(&arena);
    }
}

static void decodes_messages(void **state)
{
    static const struct {
        const char *text;
        const char *message;
    } cases[] = {
        {"plain text", "plain text"},
        {"100%25", "100%"},
        {"gr%C3%bcn", "gr\xc3\xbcn"},
        {"line%0Abreak", "line\nbreak"},
        {"%", "%"},
        {"%2", "%2"},
        {"%zz%2g", "%zz%2g"},
        {"%%41", "%A"},
        {"%2541", "%41"},
        {"a%00b", "a%00b"},
        {"%ff%fe", "??"},
        {"%c3", "?"},
        {"", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[200];
        struct grpc_response response;
        struct status st;
        struct arena arena;
        arena_init(&arena, ARENA_BYTES_MAX);
        snprintf(text, sizeof(text), GRPC "grpc-status: 9\ngrpc-message: %s", cases[i].text);
        read_response(&response, &arena, text);
        assert_false(grpc_response_status(&response, &st));
        assert_int_equal(st.code, STATUS_FAILED_PRECONDITION);
        assert_string_equal(st.message, cases[i].message);
        arena_free(&arena);
    }
}

static void decodes_details_padded_or_not(void **state)
{
    static const struct {
        const char *text;
        struct view details;
    } cases[] = {
        {"CAU=", VIEW("\x08\x05")}, {"CAU", VIEW("\x08\x05")}, {"", VIEW("")},
        {"not base64", VIEW("")},   {"C", VIEW("")},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[200];
        struct grpc_response response;
        struct status st;
        struct arena arena;
        arena_init(&arena, ARENA_BYTES_MAX);
        snprintf(text, sizeof(text), GRPC "grpc-status: 5\ngrpc-status-details-bin: %s", cases[i].text);
        read_response(&response, &arena, text);
        assert_false(grpc_response_status(&response, &st));
        assert_int_equal(st.code, STATUS_NOT_FOUND);
        assert_true(view_equal(st.details, cases[i].details));
        assert_int_equal(response.metadata_count, 0);
        arena_free(&arena);
    }
}

static void gives_metadata_in_order_without_what_is_grpcs_own(void **state)
{
    static const char text[] = ":status: 200\ncontent-type: application/grpc\ngrpc-encoding: gzip\ndate: x\nserver: y\n"
                               "etag: \"1\"\nx-bin: AQI=, AwQ ,!,\nempty: \n-\n"
                               "grpc-status: 0\ngrpc-message: m\ngrpc-foo: bar\netag: \"2\"\n-bin: raw\ny-bin: //8";
    static const struct grpc_metadata expected[] = {
        {VIEW("etag"), VIEW("\"1\"")}, {VIEW("x-bin"), VIEW("\1\2")},     {VIEW("x-bin"), VIEW("\3\4")},
        {VIEW("x-bin"), VIEW("")},     {VIEW("empty"), VIEW("")},         {VIEW("etag"), VIEW("\"2\"")},
        {VIEW("-bin"), VIEW("raw")},   {VIEW("y-bin"), VIEW("\xff\xff")},
    };
    struct grpc_response response;
    struct arena arena;
    (void)state;
    arena_init(&arena, ARENA_BYTES_MAX);
    read_response(&response, &arena, text);
    assert_int_equal(response.metadata_count, sizeof(expected) / sizeof(expected[0]));
    for (size_t i = 0; i < response.metadata_count; i++) {
        assert_true(view_equal(response.metadata[i].key, expected[i].key));
        assert_true(view_equal(response.metadata[i].value, expected[i].value));
    }
    arena_free(&arena);
}

/* Adds fields that count 100 bytes each until one is refused, in blocks of 10. Returns how many were taken. */
static size_t fill(struct grpc_response *response, bool is_informational)
{
    char value[67] = {0};
    size_t count = 0;
    memset(value, 'v', sizeof(value));
    while (grpc_response_add(response, (struct view)VIEW("k"), view_make(value, sizeof(value)))) {
        count++;
        if (is_informational && count % 10 == 0) {
            assert_true(grpc_response_add(response, (struct view)VIEW(":status"), (struct view)VIEW("103")));
            assert_int_equal(grpc_response_end_block(response, false), GRPC_BLOCK_INFORMATIONAL);
        }
    }
    return count;
}

static void bounds_the_bytes_of_all_blocks_together(void **state)
{
    (void)state;
    for (int is_informational = 0; is_informational < 2; is_informational++) {
        struct grpc_response response;
        struct status st;
        struct arena arena;
        arena_init(&arena, ARENA_BYTES_MAX);
        grpc_response_init(&response, &arena);
        size_t count = fill(&response, is_informational);
        if (is_informational)
            assert_in_range(count, UPSTREAM_METADATA_BYTES_MAX / 105, UPSTREAM_METADATA_BYTES_MAX / 104 + 1);
        else
            assert_int_equal(count, UPSTREAM_METADATA_BYTES_MAX / 100);
        assert_true(grpc_response_is_malformed(&response));
        assert_false(grpc_response_status(&response, &st));
        assert_int_equal(st.code, STATUS_INTERNAL);
        assert_string_equal(st.message, "the service sent more metadata than is taken");
        arena_free(&arena);
    }
}

/* What an arena of any smaller size does: a fault that is told, never a field that is missing. */
static void an_exhausted_arena_makes_it_malformed(void **state)
{
    static const struct {
        const char *name;
        const char *value;
    } fields[] = {
        {":status", "200"},       {"content-type", "application/grpc"}, {"a", "b"},           {"x-bin", "AQI=,AwQ="},
        {"grpc-message", "text"}, {"grpc-status-details-bin", "CAU="},  {"grpc-status", "5"},
    };
    bool has_succeeded = false;
    (void)state;
    for (size_t bytes = 0; bytes < 2048; bytes += 16) {
        _Alignas(16) char memory[2048];
        struct grpc_response response;
        struct status st;
        struct arena arena;
        bool taken = true;
        arena_init_lent(&arena, memory, bytes, 0);
        grpc_response_init(&response, &arena);
        for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
            taken &= grpc_response_add(&response, view_of(fields[i].name), view_of(fields[i].value));
        assert_int_equal(grpc_response_end_block(&response, true), GRPC_BLOCK_TRAILERS);
        assert_false(grpc_response_status(&response, &st));
        assert_int_equal(grpc_response_is_malformed(&response), !taken);
        assert_int_equal(st.code, taken ? STATUS_NOT_FOUND : STATUS_INTERNAL);
        assert_string_equal(st.message, taken ? "text" : "no memory for the metadata of the service");
        assert_int_equal(st.details.len, taken ? 2 : 0);
        if (taken)
            assert_int_equal(response.metadata_count, 3);
        has_succeeded |= taken;
        arena_free(&arena);
    }
    assert_true(has_succeeded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_how_the_call_ended),
        cmocka_unit_test(http_statuses_have_the_codes_of_grpcs_table),
        cmocka_unit_test(knows_grpcs_content_types),
        cmocka_unit_test(knows_the_encodings),
        cmocka_unit_test(decodes_messages),
        cmocka_unit_test(decodes_details_padded_or_not),
        cmocka_unit_test(gives_metadata_in_order_without_what_is_grpcs_own),
        cmocka_unit_test(bounds_the_bytes_of_all_blocks_together),
        cmocka_unit_test(an_exhausted_arena_makes_it_malformed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
