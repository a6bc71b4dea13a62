/* The lengths of nested messages, which are written behind their content: every width, alone and inside of others. */
#include <stdio.h>
#include <stdlib.h>

#include "codec/wire/wire.h"
#include "tests/codec/transcode/codec_case.h"

/* Lengths around those where a length gets a byte more. */
static const size_t lengths[] = {1,     100,   118,   119,   120,   121,   122,   123,   124,   125,   126,   127,
                                 128,   129,   130,   131,   132,   250,   254,   255,   256,   257,   16370, 16375,
                                 16376, 16377, 16378, 16379, 16380, 16381, 16382, 16383, 16384, 16385, 16386, 16400};

static void append(struct buf *out, const char *text)
{
    assert_true(buf_append_text(out, text));
}

static void append_letters(struct buf *out, size_t count)
{
    assert_true(buf_reserve(out, count + 1));
    memset(out->data + out->len, 'x', count);
    out->len += count;
}

static void append_varint(struct buf *out, uint64_t value)
{
    char bytes[WIRE_VARINT_BYTES_MAX];
    assert_true(buf_append(out, view_make(bytes, (size_t)(wire_write_varint(bytes, value) - bytes))));
}

/* Node.name of `count` letters inside of `depth` Node.child. */
static void make_nested_name(size_t count, unsigned depth, struct buf *json, struct buf *wire)
{
    for (unsigned i = 0; i < depth; i++)
        append(json, "{\"child\":");
    append(json, "{\"name\":\"");
    append_letters(json, count);
    append(json, "\"}");
    for (unsigned i = 0; i < depth; i++)
        append(json, "}");

    size_t sizes[TRANSCODE_DEPTH_MAX];
    sizes[0] = count ? 1 + wire_varint_len(count) + count : 0;
    for (unsigned i = 1; i <= depth; i++)
        sizes[i] = 1 + wire_varint_len(sizes[i - 1]) + sizes[i - 1];
    for (unsigned i = depth; i > 0; i--) {
        append_varint(wire, WIRE_TAG(3, WIRE_LENGTH));
        append_varint(wire, sizes[i - 1]);
    }
    if (count) {
        append_varint(wire, WIRE_TAG(2, WIRE_LENGTH));
        append_varint(wire, count);
        append_letters(wire, count);
    }
}

static void check(struct buf *json, struct buf *wire)
{
    struct buf out;
    struct status st;
    const struct transcode_options options = codec_options();
    buf_init(&out, SIZE_MAX / 2);
    assert_true(transcode_json_to_binary(codec_message("Node"), NULL, buf_view(json), &options, &out, &st));
    assert_int_equal(out.len, wire->len);
    assert_memory_equal(out.data, wire->data, wire->len);
    buf_clear(&out);
    assert_true(transcode_binary_to_json(codec_message("Node"), NULL, buf_view(wire), &options, &out, &st));
    assert_int_equal(out.len, json->len);
    assert_memory_equal(out.data, json->data, json->len);
    buf_free(&out);
}

static void writes_lengths_of_every_width_at_every_depth(void **state)
{
    (void)state;
    struct buf json, wire;
    buf_init(&json, SIZE_MAX / 2);
    buf_init(&wire, SIZE_MAX / 2);
    for (unsigned depth = 0; depth < TRANSCODE_DEPTH_MAX; depth += depth < 5 ? 1 : 47) {
        for (size_t i = 0; i < COUNT(lengths); i++) {
            buf_clear(&json);
            buf_clear(&wire);
            make_nested_name(lengths[i], depth, &json, &wire);
            check(&json, &wire);
        }
    }
    buf_free(&json);
    buf_free(&wire);
}

static void writes_lengths_of_four_bytes(void **state)
{
    (void)state;
    struct buf json, wire;
    buf_init(&json, SIZE_MAX / 2);
    buf_init(&wire, SIZE_MAX / 2);
    for (size_t count = 2097140; count <= 2097156; count += 4) {
        buf_clear(&json);
        buf_clear(&wire);
        make_nested_name(count, 3, &json, &wire);
        check(&json, &wire);
    }
    buf_free(&json);
    buf_free(&wire);
}

/* Content behind a long part must stand right too: what was made before a length grew moves with it. */
static void writes_what_stands_around_a_long_part(void **state)
{
    (void)state;
    struct buf json, wire, name;
    buf_init(&json, SIZE_MAX / 2);
    buf_init(&wire, SIZE_MAX / 2);
    buf_init(&name, SIZE_MAX / 2);
    append(&json, "{\"id\":1,\"child\":{\"id\":2,\"child\":{\"id\":3,\"name\":\"");
    append_letters(&json, 200);
    append(&json, "\",\"weight\":4},\"children\":[{\"id\":5},{\"name\":\"");
    append_letters(&json, 20000);
    append(&json, "\"}],\"weight\":6},\"weight\":7}");
    const size_t inner = 2 + 3 + 200 + 2, second = 1 + 3 + 20000;
    const size_t outer = 2 + 1 + 2 + inner + 4 + 1 + 3 + second + 2;
    append(&wire, "\x08\x01\x1a");
    append_varint(&wire, outer);
    append(&wire, "\x08\x02\x1a");
    append_varint(&wire, inner);
    append(&wire, "\x08\x03\x12");
    append_varint(&wire, 200);
    append_letters(&wire, 200);
    append(&wire, "\x30\x04\x22\x02\x08\x05\x22");
    append_varint(&wire, second);
    append(&wire, "\x12");
    append_varint(&wire, 20000);
    append_letters(&wire, 20000);
    append(&wire, "\x30\x06\x30\x07");
    check(&json, &wire);
    buf_free(&json);
    buf_free(&wire);
    buf_free(&name);
}

static void finds_long_map_keys_that_stand_twice(void **state)
{
    (void)state;
    static const struct {
        const char *message, *open, *value, *close, *error;
    } cases[] = {
        {"Maps", "{\"byString\":{", "\"\"", "}}", "this key stands twice in the map"},
        {"Maps", "{\"nodes\":{", "{}", "}}", "this key stands twice in the map"},
        {"WellKnown", "{\"struct\":{", "1", "}}", "this key stands twice in the object"},
        {"WellKnown", "{\"value\":{", "{}", "}}", "this key stands twice in the object"},
        {"WellKnown", "{\"list\":[[[{", "[]", "}]]]}", "this key stands twice in the object"},
    };
    const struct transcode_options options = codec_options();
    struct buf json, out;
    buf_init(&json, SIZE_MAX / 2);
    buf_init(&out, SIZE_MAX / 2);
    for (size_t i = 0; i < COUNT(cases); i++) {
        for (size_t j = 0; j < COUNT(lengths); j++) {
            struct status st;
            buf_clear(&json);
            append(&json, cases[i].open);
            for (int k = 0; k < 2; k++) {
                append(&json, k ? ",\"" : "\"");
                append_letters(&json, lengths[j]);
                append(&json, "\":");
                append(&json, cases[i].value);
            }
            append(&json, cases[i].close);
            assert_false(
                transcode_json_to_binary(codec_message(cases[i].message), NULL, buf_view(&json), &options, &out, &st));
            assert_non_null(strstr(st.message, cases[i].error));
        }
    }
    buf_free(&json);
    buf_free(&out);
}

/* The entry goes, and what its key had done to the lengths around it must not stay. */
static void drops_map_entries_of_unknown_enums_with_long_keys(void **state)
{
    (void)state;
    struct transcode_options options = codec_options();
    options.ignore_unknown_fields = true;
    struct buf json, out, back;
    buf_init(&json, SIZE_MAX / 2);
    buf_init(&out, SIZE_MAX / 2);
    buf_init(&back, SIZE_MAX / 2);
    for (size_t i = 0; i < COUNT(lengths); i++) {
        struct status st;
        buf_clear(&json);
        buf_clear(&out);
        buf_clear(&back);
        append(&json, "{\"another\":{\"another\":{\"anAny\":{\"@type\":\"x/codec.test.Maps\",\"levels\":{\"a\":1,\"");
        append_letters(&json, lengths[i]);
        append(&json, "b\":\"LEVEL_UNHEARD_OF\",\"c\":\"LEVEL_TWO\"}}}}}");
        if (!transcode_json_to_binary(codec_message("Choice"), NULL, buf_view(&json), &options, &out, &st) ||
            !transcode_binary_to_json(codec_message("Choice"), NULL, buf_view(&out), &options, &back, &st))
            fail_msg("key of %zu letters: %s", lengths[i], st.message);
        assert_true(view_equal_text(buf_view(&back),
                                    "{\"another\":{\"another\":{\"anAny\":{\"@type\":\"x/codec.test.Maps\","
                                    "\"levels\":{\"a\":\"LEVEL_ONE\",\"c\":\"LEVEL_TWO\"}}}}}"));
    }
    buf_free(&json);
    buf_free(&out);
    buf_free(&back);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_lengths_of_every_width_at_every_depth),
        cmocka_unit_test(writes_lengths_of_four_bytes),
        cmocka_unit_test(writes_what_stands_around_a_long_part),
        cmocka_unit_test(finds_long_map_keys_that_stand_twice),
        cmocka_unit_test(drops_map_entries_of_unknown_enums_with_long_keys),
    };
    return cmocka_run_group_tests(tests, codec_setup, codec_teardown);
}
