#include "gateway/pipeline/error_body.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
/* after the above */
#include <cmocka.h>

#include "tests/gateway/pipeline/library_schema.h"

static void every_code_has_the_http_status_and_name_that_clients_know(void **state)
{
    static const struct {
        enum status_code code;
        unsigned http_status;
        const char *name;
    } cases[] = {
        {STATUS_INVALID_ARGUMENT, 400, "InputError"},
        {STATUS_FAILED_PRECONDITION, 400, "InputError"},
        {STATUS_OUT_OF_RANGE, 400, "InputError"},
        {STATUS_UNAUTHENTICATED, 401, "AuthenticationError"},
        {STATUS_PERMISSION_DENIED, 403, "NotAllowedError"},
        {STATUS_NOT_FOUND, 404, "NotFoundError"},
        {STATUS_ALREADY_EXISTS, 409, "ConflictError"},
        {STATUS_ABORTED, 409, "ConflictError"},
        {STATUS_RESOURCE_EXHAUSTED, 429, "TooManyRequestsError"},
        {STATUS_CANCELLED, 499, "Error"},
        {STATUS_UNKNOWN, 500, "Error"},
        {STATUS_INTERNAL, 500, "Error"},
        {STATUS_DATA_LOSS, 500, "Error"},
        {STATUS_UNIMPLEMENTED, 501, "NotImplementedError"},
        {STATUS_UNAVAILABLE, 503, "ServiceUnavailableError"},
        {STATUS_DEADLINE_EXCEEDED, 504, "Error"},
        {(enum status_code)17, 500, "Error"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(http_status_of_code(cases[i].code), cases[i].http_status);
        assert_string_equal(http_status_backstage_name(cases[i].http_status), cases[i].name);
    }
    assert_int_equal(http_status_of_code(STATUS_OK), 200);
    assert_string_equal(http_status_backstage_name(405), "MethodNotAllowedError");
    assert_string_equal(http_status_backstage_name(412), "PreconditionFailedError");
    assert_string_equal(http_status_backstage_name(413), "PayloadTooLargeError");
    assert_string_equal(http_status_backstage_name(415), "UnsupportedMediaTypeError");
}

/* Writes the body into a static buffer. */
static const char *write_body(enum error_body_form form, const struct schema *schema, const struct refusal *refusal,
                              size_t arena_bytes)
{
    static char shown[4096];
    struct transcode_options json = {.schema = schema};
    struct error_body_options options = {form, &json};
    struct arena arena;
    struct buf out;
    arena_init(&arena, arena_bytes);
    buf_init(&out, sizeof(shown) - 1);
    assert_true(buf_append_text(&out, "half a reply"));
    error_body_write(&options, refusal, view_of("GET"), view_of("/a?b=%22"), &arena, &out);
    memcpy(shown, out.data, out.len);
    shown[out.len] = '\0';
    buf_free(&out);
    arena_free(&arena);
    return shown;
}

static void writes_both_forms(void **state)
{
    struct refusal refusal = {.http_status = 405};
    (void)state;
    status_fail(&refusal.status, STATUS_UNIMPLEMENTED, "not \"so\": %s", "\xff\n\xc3\xa9");
    assert_string_equal(write_body(ERROR_BODY_STATUS, NULL, &refusal, 1 << 16),
                        "{\"code\":12,\"message\":\"not \\\"so\\\": ?\\n\xc3\xa9\"}");
    assert_string_equal(write_body(ERROR_BODY_BACKSTAGE, NULL, &refusal, 1 << 16),
                        "{\"error\":{\"name\":\"MethodNotAllowedError\","
                        "\"message\":\"not \\\"so\\\": ?\\n\xc3\xa9\"},"
                        "\"request\":{\"method\":\"GET\",\"url\":\"/a?b=%22\"},\"response\":{\"statusCode\":405}}");
}

static void is_never_empty_even_without_memory(void **state)
{
    struct refusal refusal = {.status = {.code = STATUS_NOT_FOUND, .message = "x"}};
    (void)state;
    assert_string_equal(write_body(ERROR_BODY_STATUS, NULL, &refusal, 0), "{\"code\":8,\"message\":\"out of memory\"}");
    assert_string_equal(write_body(ERROR_BODY_BACKSTAGE, NULL, &refusal, 0),
                        "{\"error\":{\"name\":\"Error\",\"message\":\"out of memory\"},"
                        "\"response\":{\"statusCode\":404}}");
}

/* ---- details: encoded by hand, length-delimited fields only ---- */

static void add_field(struct buf *out, unsigned number, struct view content)
{
    char head[2] = {(char)(number << 3 | 2), (char)content.len};
    assert_true(content.len < 128);
    assert_true(buf_append(out, view_make(head, 2)) && buf_append(out, content));
}

/* google.rpc.Status.details, one more element */
static void add_any(struct buf *status, const char *type_url, struct view value)
{
    struct buf any;
    buf_init(&any, 256);
    add_field(&any, 1, view_of(type_url));
    add_field(&any, 2, value);
    add_field(status, 3, buf_view(&any));
    buf_free(&any);
}

static void shows_known_details_with_their_fields_and_keeps_all_others(void **state)
{
    struct schema *schema = library_schema_load("library");
    struct refusal refusal = {.status = {.code = STATUS_INVALID_ARGUMENT, .message = "bad"}};
    struct buf status;
    (void)state;
    buf_init(&status, 1024);
    /* google.rpc.BadRequest{field_violations: {field: "id", description: "empty"}} */
    add_any(&status, "type.googleapis.com/google.rpc.BadRequest",
            view_of("\x0a\x0b\x0a\x02id\x12\x05"
                    "empty"));
    add_any(&status, "type.googleapis.com/google.rpc.BadRequest", view_of(""));
    add_any(&status, "type.googleapis.com/google.protobuf.Duration", view_of("\x08\x05"));
    add_any(&status, "type.googleapis.com/google.rpc.BadRequest", view_of("\x0a\x7f"));
    add_any(&status, "example.org/unknown.\"Type\"", view_make("\x00\xff", 2));
    add_any(&status, "no slash", view_of(""));
    refusal.status.details = buf_view(&status);
#define DETAILS                                                                                                        \
    "\"details\":["                                                                                                    \
    "{\"@type\":\"type.googleapis.com/google.rpc.BadRequest\","                                                        \
    "\"fieldViolations\":[{\"field\":\"id\",\"description\":\"empty\"}]},"                                             \
    "{\"@type\":\"type.googleapis.com/google.rpc.BadRequest\"},"                                                       \
    "{\"@type\":\"type.googleapis.com/google.protobuf.Duration\",\"value\":\"5s\"},"                                   \
    "{\"@type\":\"type.googleapis.com/google.rpc.BadRequest\",\"value\":\"Cn8=\"},"                                    \
    "{\"@type\":\"example.org/unknown.\\\"Type\\\"\",\"value\":\"AP8=\"},"                                             \
    "{\"@type\":\"no slash\",\"value\":\"\"}]"
    assert_string_equal(write_body(ERROR_BODY_STATUS, schema, &refusal, 1 << 16),
                        "{\"code\":3,\"message\":\"bad\"," DETAILS "}");
    assert_string_equal(write_body(ERROR_BODY_BACKSTAGE, schema, &refusal, 1 << 16),
                        "{\"error\":{\"name\":\"InputError\",\"message\":\"bad\"," DETAILS "},"
                        "\"request\":{\"method\":\"GET\",\"url\":\"/a?b=%22\"},\"response\":{\"statusCode\":400}}");
    buf_free(&status);
    schema_destroy(schema);
}

static void shows_the_error_without_details_that_are_none(void **state)
{
    static const struct view malformed[] = {VIEW("\x08\x03"), VIEW("\x1a\x7f"), VIEW("\xff"), VIEW("\x1a\x01\x0a")};
    (void)state;
    for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
        struct refusal refusal = {
            .status = {.code = STATUS_INVALID_ARGUMENT, .message = "bad", .details = malformed[i]}};
        assert_string_equal(write_body(ERROR_BODY_STATUS, NULL, &refusal, 1 << 16), "{\"code\":3,\"message\":\"bad\"}");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_the_http_status_and_name_that_clients_know),
        cmocka_unit_test(writes_both_forms),
        cmocka_unit_test(is_never_empty_even_without_memory),
        cmocka_unit_test(shows_known_details_with_their_fields_and_keeps_all_others),
        cmocka_unit_test(shows_the_error_without_details_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
