/* Descriptor sets that must not load, and what is said of them: broken_sets.txtpb has them with their verdicts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "codec/schema/schema.h"
#include "tests/codec/schema/broken_set_file.h"
#include "tests/codec/wire/wire_text.h"
#include "tests/support/test_file.h"

/* Loads from memory of exactly the set's length. */
static bool load(struct view set, struct status *st)
{
    char *tight = malloc(set.len ? set.len : 1);
    if (set.len)
        memcpy(tight, set.data, set.len);
    struct schema *schema = NULL;
    bool loaded = schema_load(view_make(tight, set.len), &schema, st);
    free(tight);
    assert_int_equal(loaded, schema != NULL);
    schema_destroy(schema);
    return loaded;
}

static void says_what_is_wrong_with_a_set(void **state)
{
    (void)state;
    assert_true(broken_set_file_check("tests/codec/schema/broken_sets.binpb", load) > 60);
}

static void refuses_what_is_no_descriptor_set(void **state)
{
    (void)state;
    static const char *const cases[] = {"`00`", "`0a`", "`0a05`", "`ff`", "1: {4: {2: {3: \"x\"}}} `08`", "1: {`0b`}"};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf set;
        struct status st;
        buf_init(&set, SIZE_MAX / 2);
        wire_text_append(&set, cases[i]);
        assert_false(load(buf_view(&set), &st));
        assert_int_equal(st.code, STATUS_INVALID_ARGUMENT);
        assert_non_null(strstr(st.message, "expected an encoded google.protobuf.FileDescriptorSet"));
        buf_free(&set);
    }
    struct status st;
    assert_false(load((struct view){0}, &st));
    assert_string_equal(st.message, "the descriptor set is empty");
}

/* A set that ends behind a file may be sound; any other end is refused, and none of them does harm. */
static void survives_a_set_that_is_cut_short_or_spoilt_anywhere(void **state)
{
    (void)state;
    struct buf set = test_file_read("tests/codec/schema/routes_descriptors.binpb");
    struct status st;
    assert_true(load(buf_view(&set), &st));
    size_t loaded = 0;
    for (size_t len = 0; len < set.len; len++)
        loaded += load(view_make(set.data, len), &st);
    assert_true(loaded < 10);
    static const char spoils[] = {0x01, 0x02, 0x08, 0x10, 0x7f, (char)0x80, (char)0xff};
    for (size_t i = 0; i < set.len; i++) {
        set.data[i] ^= spoils[i % sizeof(spoils)];
        (void)!load(buf_view(&set), &st);
        set.data[i] ^= spoils[i % sizeof(spoils)];
    }
    buf_free(&set);
}

/* A message around the bytes of what is inside: its tag and length before them. */
static void wrap(struct buf *bytes, const char *tag)
{
    struct buf outer;
    char length[24];
    buf_init(&outer, SIZE_MAX / 2);
    snprintf(length, sizeof(length), "%zu", bytes->len);
    wire_text_append(&outer, tag);
    wire_text_append(&outer, length);
    assert_true(buf_append(&outer, buf_view(bytes)));
    buf_free(bytes);
    *bytes = outer;
}

static void refuses_types_nested_too_deep(void **state)
{
    (void)state;
    for (int levels = 30; levels < 4000; levels += levels < 40 ? 1 : 1000) {
        struct buf set;
        struct status st;
        buf_init(&set, SIZE_MAX / 2);
        wire_text_append(&set, "1: \"M\"");
        for (int i = 0; i < levels; i++) {
            wrap(&set, "`1a`"); /* nested_type */
            wire_text_append(&set, "1: \"M\"");
        }
        wrap(&set, "`22`"); /* message_type */
        wrap(&set, "`0a`"); /* file */
        assert_int_equal(load(buf_view(&set), &st), levels <= 32);
        if (levels > 32)
            assert_string_equal(st.message, "expected an encoded google.protobuf.FileDescriptorSet with types nested "
                                            "at most 32 deep");
        buf_free(&set);
    }
}

static void refuses_bindings_nested_too_deep(void **state)
{
    (void)state;
    for (int levels = 0; levels < 4000; levels += levels < 5 ? 1 : 1000) {
        struct buf set;
        struct status st;
        buf_init(&set, SIZE_MAX / 2);
        wire_text_append(&set, "2: \"/x\"");
        for (int i = 0; i < levels; i++) {
            wrap(&set, "`5a`"); /* additional_bindings */
            wire_text_append(&set, "2: \"/x\"");
        }
        wrap(&set, "`82d3e49302`"); /* google.api.http */
        wrap(&set, "`22`");         /* options */
        wire_text_append(&set, "1: \"Get\" 2: \".M\" 3: \".M\"");
        wrap(&set, "`12`"); /* method */
        wire_text_append(&set, "1: \"S\"");
        wrap(&set, "`32`"); /* service */
        wire_text_append(&set, "1: \"a.proto\" 4: {1: \"M\"}");
        wrap(&set, "`0a`"); /* file */
        assert_int_equal(load(buf_view(&set), &st), levels <= 1);
        if (levels > 1)
            assert_string_equal(st.message, "a.proto: S/Get: google.api.http: additional_bindings inside of "
                                            "additional_bindings");
        buf_free(&set);
    }
}

static void refuses_options_that_are_malformed(void **state)
{
    (void)state;
    static const struct {
        const char *options;
        const char *error;
    } cases[] = {
        {"72295728: {}", "a.proto: S/Get: google.api.http: no get, put, post, delete, patch or custom pattern"},
        {"72295728: {`12`}", "a.proto: S/Get: google.api.http: does not parse"},
        {"72295728: {2: \"/x\"} 72295728: {`3a`}", "a.proto: S/Get: google.api.http: does not parse"},
        {"72295728: {8: {`0a`}}", "a.proto: S/Get: google.api.http: does not parse"},
        {"72295728: {2: \"/x\" 11: {`12`}}", "a.proto: S/Get: google.api.http: does not parse"},
        {"72295728: {8: {1: \"A\"}} 72295728: {8: {2: \"/x\"}}", NULL}, /* pieces of one pattern */
        {"72295728: {8: {1: \"A\"} 2: \"/x\" 8: {2: \"/x\"}}",          /* of two, with another one between */
         "a.proto: S/Get: google.api.http: an empty method or path template"},
        {"72295728: {2: \"/x\" 3: \"\"}", "a.proto: S/Get: google.api.http: an empty method or path template"},
        {"72295728: {2: \"/x\" 7: 5 `83018401` 99: 1}", NULL}, /* unknown fields */
        {"50861: {`08`}", "a.proto: S/Get: gateway.v1.http_response: does not parse"},
        {"50861: {1: 201} 50861: {1: 1000}",
         "a.proto: S/Get: gateway.v1.http_response: success_code 1000 is not between 200 and 299"},
        {"50861: {1: 1000} 50861: {1: 201}", NULL}, /* the last piece counts */
        {"50861: {}", NULL},
        {"50861: 5 72295728: 5", NULL}, /* of another wire type: not these options */
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf set;
        struct status st;
        buf_init(&set, SIZE_MAX / 2);
        wire_text_append(&set, cases[i].options);
        wrap(&set, "`22`");
        wire_text_append(&set, "1: \"Get\" 2: \".M\" 3: \".M\"");
        wrap(&set, "`12`");
        wire_text_append(&set, "1: \"S\"");
        wrap(&set, "`32`");
        wire_text_append(&set, "1: \"a.proto\" 4: {1: \"M\"}");
        wrap(&set, "`0a`");
        bool loaded = load(buf_view(&set), &st);
        if (loaded != !cases[i].error || (!loaded && strcmp(st.message, cases[i].error) != 0))
            fail_msg("%s: %s", cases[i].options, loaded ? "loaded" : st.message);
        buf_free(&set);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_is_wrong_with_a_set),
        cmocka_unit_test(refuses_what_is_no_descriptor_set),
        cmocka_unit_test(survives_a_set_that_is_cut_short_or_spoilt_anywhere),
        cmocka_unit_test(refuses_types_nested_too_deep),
        cmocka_unit_test(refuses_bindings_nested_too_deep),
        cmocka_unit_test(refuses_options_that_are_malformed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
