#include "tests/codec/transcode/codec_case.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/codec/wire/wire_text.h"

#define DESCRIPTORS "tests/codec/transcode/every_kind_descriptors.binpb"

/* What stands in the output before the codec appends to it, and must stand there afterwards. */
static const struct view before = VIEW("before");

static struct schema *schema;

int codec_setup(void **state)
{
    (void)state;
    struct buf bytes;
    struct status st;
    buf_init(&bytes, SIZE_MAX / 2);
    FILE *file = fopen(DESCRIPTORS, "rb");
    assert_non_null(file);
    do {
        assert_true(buf_reserve(&bytes, 65536));
        bytes.len += fread(bytes.data + bytes.len, 1, bytes.cap - bytes.len, file);
    } while (!feof(file) && !ferror(file));
    fclose(file);
    if (!schema_load(buf_view(&bytes), &schema, &st))
        fail_msg("%s: %s", DESCRIPTORS, st.message);
    buf_free(&bytes);
    return 0;
}

int codec_teardown(void **state)
{
    (void)state;
    schema_destroy(schema);
    schema = NULL;
    return 0;
}

const struct schema *codec_schema(void)
{
    return schema;
}

const struct schema_message *codec_message(const char *name)
{
    char full_name[200];
    snprintf(full_name, sizeof(full_name), "%s%s", name[0] == '.' ? "" : "codec.test.", name + (name[0] == '.'));
    const struct schema_message *message = schema_find_message(schema, view_of(full_name));
    if (!message)
        fail_msg("no message %s", full_name);
    return message;
}

const struct schema_field *codec_field(const struct schema_message *message, const char *name)
{
    const struct schema_field *field = schema_find_field(message, view_of(name));
    if (!field)
        fail_msg("no field %s", name);
    return field;
}

struct transcode_options codec_options(void)
{
    return (struct transcode_options){.schema = schema};
}

void codec_append_json(struct buf *out, const char *json)
{
    size_t begin = out->len;
    assert_true(buf_append_text(out, json));
    for (size_t i = begin; i < out->len; i++)
        if (out->data[i] == '\'')
            out->data[i] = '"';
}

/* Text as it is, anything else as hex. */
static void print_bytes(const char *title, struct view bytes)
{
    bool text = true;
    for (size_t i = 0; i < bytes.len; i++)
        text &= (unsigned char)bytes.data[i] >= 0x20 && (unsigned char)bytes.data[i] < 0x7f;
    print_error("%s: ", title);
    if (text)
        print_error("%.*s", VIEW_ARG(bytes));
    for (size_t i = 0; !text && i < bytes.len && i < 1000; i++)
        print_error("%02x", (unsigned char)bytes.data[i]);
    print_error("\n");
}

__attribute__((noreturn)) static void fail_case(const struct codec_case *codec_case, const char *why)
{
    print_error("%s%s%s: %s\n", codec_case->message, codec_case->field ? "." : "",
                codec_case->field ? codec_case->field : "", why);
    print_bytes("input", codec_case->input);
    fail();
    abort();
}

/* One conversion into a buffer that has room for cap bytes at first and len_max in the end, behind what stands in it before. */
static bool convert(const struct codec_case *codec_case, size_t cap, size_t len_max, struct buf *out, struct status *st)
{
    const struct schema_message *message = codec_message(codec_case->message);
    const struct schema_field *field = codec_case->field ? codec_field(message, codec_case->field) : NULL;
    buf_init(out, before.len + len_max);
    assert_true(buf_append(out, before));
    out->data = realloc(out->data, before.len + cap);
    out->cap = before.len + cap;
    *st = (struct status){.code = STATUS_OK};
    bool done = codec_case->to_json
                    ? transcode_binary_to_json(message, field, codec_case->input, &codec_case->options, out, st)
                    : transcode_json_to_binary(message, field, codec_case->input, &codec_case->options, out, st);
    if (out->len < before.len || memcmp(out->data, before.data, before.len) != 0)
        fail_case(codec_case, "what stood in the output before was changed");
    if (!done && out->len != before.len)
        fail_case(codec_case, "an error changed the output");
    return done;
}

static struct view made(const struct buf *out)
{
    return view_make(out->data + before.len, out->len - before.len);
}

/* The buffer's limit is met exactly or the output is refused; a codec may ask for some bytes more than it writes in the end. */
static void check_limits(const struct codec_case *codec_case, size_t output_len)
{
    size_t step = output_len > 200 ? output_len / 50 : 1;
    for (size_t len_max = 1; len_max < output_len; len_max += step) {
        struct buf out;
        struct status st;
        if (convert(codec_case, 1, len_max, &out, &st))
            fail_case(codec_case, "wrote more than the buffer's limit");
        if (st.code != STATUS_RESOURCE_EXHAUSTED)
            fail_case(codec_case, "expected RESOURCE_EXHAUSTED in a buffer that is too small");
        buf_free(&out);
    }
}

static void check_caps(const struct codec_case *codec_case, struct view output)
{
    size_t most = output.len + codec_case->input.len + 200;
    size_t step = most > 600 ? most / 100 : 1;
    for (size_t cap = 1; cap < most; cap += step) {
        struct buf out;
        struct status st;
        if (!convert(codec_case, cap, SIZE_MAX / 4, &out, &st) || !view_equal(made(&out), output))
            fail_case(codec_case, "another buffer gives another result");
        buf_free(&out);
    }
}

/* The case with its input in memory of exactly its length. */
static struct codec_case in_tight_memory(const struct codec_case *codec_case)
{
    struct codec_case tight = *codec_case;
    char *bytes = malloc(tight.input.len ? tight.input.len : 1);
    if (tight.input.len)
        memcpy(bytes, tight.input.data, tight.input.len);
    tight.input.data = bytes;
    return tight;
}

void codec_expect(const struct codec_case *codec_case, struct view output)
{
    const struct codec_case tight = in_tight_memory(codec_case);
    struct buf out;
    struct status st;
    if (!convert(&tight, 1, SIZE_MAX / 4, &out, &st)) {
        print_error("refused: %s\n", st.message);
        fail_case(&tight, "expected to be accepted");
    }
    if (!view_equal(made(&out), output)) {
        print_bytes("expected", output);
        print_bytes("made", made(&out));
        fail_case(&tight, "not the expected output");
    }
    buf_free(&out);
    check_caps(&tight, output);
    check_limits(&tight, output.len);
    free((char *)tight.input.data);
}

void codec_expect_refused(const struct codec_case *codec_case, enum status_code code, const char *error)
{
    const struct codec_case tight = in_tight_memory(codec_case);
    struct buf out;
    struct status st;
    if (convert(&tight, 1, SIZE_MAX / 4, &out, &st)) {
        print_bytes("made", made(&out));
        fail_case(&tight, "expected to be refused");
    }
    if (st.code != code || strcmp(st.message, error) != 0) {
        print_error("expected: %s: %s\nfailed with: %s: %s\n", status_code_name(code), error, status_code_name(st.code),
                    st.message);
        fail_case(&tight, "not the expected error");
    }
    buf_free(&out);
    free((char *)tight.input.data);
}

void codec_expect_binary(const char *message, const char *json, const char *wire)
{
    struct buf input, output;
    buf_init(&input, SIZE_MAX / 2);
    buf_init(&output, SIZE_MAX / 2);
    codec_append_json(&input, json);
    wire_text_append(&output, wire);
    codec_expect(&(struct codec_case){message, NULL, buf_view(&input), false, codec_options()}, buf_view(&output));
    buf_free(&input);
    buf_free(&output);
}

void codec_expect_json_refused(const char *message, const char *json, const char *error)
{
    struct buf input;
    buf_init(&input, SIZE_MAX / 2);
    codec_append_json(&input, json);
    codec_expect_refused(&(struct codec_case){message, NULL, buf_view(&input), false, codec_options()},
                         STATUS_INVALID_ARGUMENT, error);
    buf_free(&input);
}

void codec_expect_json(const char *message, const char *wire, const char *json)
{
    struct buf input, output;
    buf_init(&input, SIZE_MAX / 2);
    buf_init(&output, SIZE_MAX / 2);
    wire_text_append(&input, wire);
    codec_append_json(&output, json);
    codec_expect(&(struct codec_case){message, NULL, buf_view(&input), true, codec_options()}, buf_view(&output));
    buf_free(&input);
    buf_free(&output);
}

void codec_expect_binary_refused(const char *message, const char *wire, enum status_code code, const char *error)
{
    struct buf input;
    buf_init(&input, SIZE_MAX / 2);
    wire_text_append(&input, wire);
    codec_expect_refused(&(struct codec_case){message, NULL, buf_view(&input), true, codec_options()}, code, error);
    buf_free(&input);
}

void codec_expect_both(const char *message, const char *json, const char *wire)
{
    codec_expect_binary(message, json, wire);
    codec_expect_json(message, wire, json);
}
