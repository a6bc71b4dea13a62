/*
 * Every allocation failed once: what was asked for ends in RESOURCE_EXHAUSTED or does without, the output is as it was, and nothing is
 * lost. malloc, calloc, realloc and free are wrapped by the linker.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/codec/transcode/codec_case.h"
#include "tests/codec/transcode/codec_golden.h"
#include "tests/codec/wire/wire_text.h"

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t bytes);
void __real_free(void *memory);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t bytes);
void __wrap_free(void *memory);

static bool failing;     /* whether an allocation is to fail at all */
static size_t countdown; /* allocations before the one that fails */
static bool failed;      /* whether it has come to that */
static long live;        /* allocations that were not freed */

static bool is_to_fail(void)
{
    if (!failing || failed || countdown-- > 0)
        return false;
    failed = true;
    return true;
}

static void *count(void *memory)
{
    live += memory != NULL;
    return memory;
}

void *__wrap_malloc(size_t bytes)
{
    return is_to_fail() ? NULL : count(__real_malloc(bytes));
}

void *__wrap_calloc(size_t number, size_t size)
{
    return is_to_fail() ? NULL : count(__real_calloc(number, size));
}

void *__wrap_realloc(void *memory, size_t bytes)
{
    if (is_to_fail())
        return NULL;
    return memory ? __real_realloc(memory, bytes) : count(__real_realloc(NULL, bytes));
}

void __wrap_free(void *memory)
{
    live -= memory != NULL;
    __real_free(memory);
}

/* One piece of work on an output that has hardly any room. Returns whether it was done. */
typedef bool (*work)(const void *input, struct buf *out, struct status *st);

/* Does it again and again, each time with the next allocation failing, until none is left to fail. */
static void fail_each_allocation(work do_work, const void *input, const char *name, size_t allocations_min)
{
    struct buf expected;
    struct status st;
    buf_init(&expected, SIZE_MAX / 2);
    assert_true(do_work(input, &expected, &st));
    size_t refused = 0;
    bool more = true;
    for (size_t i = 0; more; i++) {
        struct buf out;
        buf_init(&out, SIZE_MAX / 2);
        assert_true(buf_append_text(&out, "before"));
        out.cap = out.len; /* no room, so that the output's own growth is among what fails */
        long live_before = live;
        failing = true, failed = false, countdown = i;
        bool done = do_work(input, &out, &st);
        failing = false;
        more = failed;
        if (live != live_before)
            fail_msg("%s, allocation %zu: %ld were not freed", name, i, live - live_before);
        assert_true(out.len >= 6 && memcmp(out.data, "before", 6) == 0);
        struct view made = view_make(out.data + 6, out.len - 6);
        if (done && !view_equal(made, buf_view(&expected)))
            fail_msg("%s, allocation %zu: another result", name, i);
        if (!done && (made.len != 0 || st.code != STATUS_RESOURCE_EXHAUSTED))
            fail_msg("%s, allocation %zu: %s", name, i, st.message);
        refused += !done;
        buf_free(&out);
    }
    if (refused < allocations_min)
        fail_msg("%s: only %zu allocations were failed", name, refused);
    buf_free(&expected);
}

static bool do_case(const void *input, struct buf *out, struct status *st)
{
    const struct codec_case *codec_case = input;
    const struct schema_message *message = codec_message(codec_case->message);
    return codec_case->to_json
               ? transcode_binary_to_json(message, NULL, codec_case->input, &codec_case->options, out, st)
               : transcode_json_to_binary(message, NULL, codec_case->input, &codec_case->options, out, st);
}

/* {"k0":VALUE,"k1":VALUE,…} */
static void append_object(struct buf *json, size_t keys, const char *value)
{
    assert_true(buf_append_text(json, "{"));
    for (size_t i = 0; i < keys; i++)
        assert_true(buf_printf(json, "%s\"k%zu\":%s", i ? "," : "", i, value));
    assert_true(buf_append_text(json, "}"));
}

static void json_of_many_keys_and_fields(void **state)
{
    (void)state;
    struct buf json;
    buf_init(&json, SIZE_MAX / 2);
    assert_true(buf_append_text(&json, "{\"struct\":"));
    append_object(&json, 100, "{\"a\":[1,2,3]}");
    assert_true(buf_append_text(&json, ",\"bytesValue\":\"\\/\\/\\/\\/\",\"mask\":\"a,\\u0062\",\"any\":{"));
    assert_true(buf_append_text(&json, "\"byString\":"));
    append_object(&json, 100, "\"some text\"");
    assert_true(buf_append_text(&json, ",\"\\u0040type\":\"x\\/codec.test.Maps\"}}"));
    const struct codec_case many_keys = {"WellKnown", NULL, buf_view(&json), false, codec_options()};
    fail_each_allocation(do_case, &many_keys, "many keys", 5);
    buf_clear(&json);
    assert_true(buf_append_text(&json, "{"));
    for (int i = 1; i <= 300; i++)
        assert_true(buf_printf(&json, "%s\"field%d\":%d", i == 1 ? "" : ",", i, i));
    assert_true(buf_append_text(&json, "}"));
    const struct codec_case many_fields = {"Wide300", NULL, buf_view(&json), false, codec_options()};
    fail_each_allocation(do_case, &many_fields, "many fields", 1);
    buf_free(&json);
}

static void field_masks(void **state)
{
    (void)state;
    static const char json[] = "{\"an_int32\":1,\"a_bool\":true,\"aString\":\"x\"}";
    struct buf mask;
    buf_init(&mask, SIZE_MAX / 2);
    struct transcode_options options = codec_options();
    options.field_mask = &mask;
    for (size_t i = 0; i < 4; i++) {
        struct buf out;
        struct status st;
        buf_init(&out, SIZE_MAX / 2);
        buf_free(&mask);
        failing = true, failed = false, countdown = i;
        bool done = transcode_json_to_binary(codec_message("Scalars"), NULL, view_of(json), &options, &out, &st);
        failing = false;
        assert_true(done || (st.code == STATUS_RESOURCE_EXHAUSTED && out.len == 0));
        buf_free(&out);
    }
    buf_free(&mask);
}

static void bytes_in_any_order(void **state)
{
    (void)state;
    static const struct {
        const char *message;
        const char *wire;
    } cases[] = {
        {"Node", "7: 1 1: 1 3: {2: \"a\"} 7: 2 3: {1: 2 3: {1: 3}} 4: {2: \"b\" 1: 1} 3: {3: {2: \"x\"}}"},
        {"Node", "5: {2: {1: 1} 1: \"a\"} 1: 5 5: {1: \"b\"} 5: {1: \"a\" 2: {2: \"n\" 1: 5}}"},
        {"Choice", "17: {1: 1} 3: 1 17: {2: \"a\"} 17: {7: 1}"},
        {"WellKnown",
         "5: {5: {1: {2: {1: 0} 1: \"a\"}}} 5: {5: {1: {1: \"a\" 2: {6: {}}}}} 4: {1: {1: \"k\" 2: {4: 1}}}"},
        {"WellKnown", "8: {2: {2: \"a\" 1: 1} 1: \"x/codec.test.Node\"} 1: {2: 5} 1: {1: 1}"},
        {"Legacy", "6: {1: \"a\" 2: 7} 4: 99 6: {1: \"b\" 2: 99} 4: {1 2} 9: !{1: 1} 9: !{2: {}}"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf wire;
        buf_init(&wire, SIZE_MAX / 2);
        wire_text_append(&wire, cases[i].wire);
        const struct codec_case bytes = {cases[i].message, NULL, buf_view(&wire), true, codec_options()};
        fail_each_allocation(do_case, &bytes, cases[i].wire, 2);
        buf_free(&wire);
    }
}

static void every_golden_message(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(codec_golden); i++) {
        struct buf json = codec_read_golden(codec_golden[i].name, "json");
        struct buf binary = codec_read_golden(codec_golden[i].name, "binpb");
        const struct codec_case to_binary = {codec_golden[i].message, NULL, buf_view(&json), false, codec_options()};
        const struct codec_case to_json = {codec_golden[i].message, NULL, buf_view(&binary), true, codec_options()};
        fail_each_allocation(do_case, &to_binary, codec_golden[i].name, 0);
        fail_each_allocation(do_case, &to_json, codec_golden[i].name, 0);
        buf_free(&json);
        buf_free(&binary);
    }
}

static bool do_text(const void *input, struct buf *out, struct status *st)
{
    const struct transcode_options options = codec_options();
    struct transcode_field_path path;
    return transcode_find_field_path(codec_message("WellKnown"), view_of(input), &path, st) &&
           transcode_text_to_binary(&path,
                                    view_of("{\"a\":{},\"b\":{},\"c\":{},\"d\":{},\"e\":{},\"f\":{},\"g\":{},"
                                            "\"h\":{},\"i\":{},\"j\":{}}"),
                                    &options, out, st);
}

static bool do_merge(const void *input, struct buf *out, struct status *st)
{
    return transcode_merge(codec_message("Node"), buf_view(input), out, st);
}

static void texts_and_pieces_of_requests(void **state)
{
    (void)state;
    struct buf pieces;
    buf_init(&pieces, SIZE_MAX / 2);
    wire_text_append(&pieces, "3: {3: {1: 1}} 1: 5 3: {2: \"a\"} 3: {3: {2: \"b\"}}");
    fail_each_allocation(do_text, "struct", "text", 1);
    fail_each_allocation(do_merge, &pieces, "pieces", 3);
    buf_free(&pieces);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_of_many_keys_and_fields), cmocka_unit_test(field_masks),
        cmocka_unit_test(bytes_in_any_order),           cmocka_unit_test(every_golden_message),
        cmocka_unit_test(texts_and_pieces_of_requests),
    };
    return cmocka_run_group_tests(tests, codec_setup, codec_teardown);
}
