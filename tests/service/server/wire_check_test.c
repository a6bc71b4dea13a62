#include "service/server/wire_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "service/limits.h"
#include "tests/service/server/shapes.pb-c.h"

static const ProtobufCMessageDescriptor *const shape = &server__test__shape__descriptor;

static bool unpacks(struct view bytes)
{
    ProtobufCMessage *message = protobuf_c_message_unpack(shape, NULL, bytes.len, (const uint8_t *)bytes.data);
    protobuf_c_message_free_unpacked(message, NULL);
    return message != NULL;
}

/* ---- Tables ---- */

static void accepts_what_protobuf_allows(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        struct view bytes;
    } cases[] = {
        {"nothing", {0}},
        {"a scalar", VIEW("\x08\x01")},
        {"the last of two scalars", VIEW("\x08\x01\x08\x02")},
        {"a negative int32 in ten bytes", VIEW("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")},
        {"a varint with needless bytes", VIEW("\x08\x81\x80\x80\x00")},
        {"a tag with needless bytes", VIEW("\x88\x80\x80\x00\x01")},
        {"a length with needless bytes", VIEW("\x7a\x81\x80\x00x")},
        {"fields that do not ascend", VIEW("\x7a\x01x\x08\x01")},
        {"an unknown varint", VIEW("\xf8\x07\x01")},
        {"unknown fixed numbers", VIEW("\xf9\x07"
                                       "12345678"
                                       "\xfd\x07"
                                       "1234")},
        {"unknown bytes that are not UTF-8", VIEW("\xfa\x07\x02\xff\x00")},
        {"the highest field number", VIEW("\xf8\xff\xff\xff\x0f\x01")},
        {"bytes that are not UTF-8", VIEW("\x82\x01\x02\xff\x00")},
        {"an empty string", VIEW("\x7a\x00")},
        {"four-byte UTF-8", VIEW("\x7a\x04\xf4\x8f\xbf\xbf")},
        {"a negative enum number in ten bytes", VIEW("\x70\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")},
        {"a negative enum number in five bytes", VIEW("\x70\xff\xff\xff\xff\x0f")},
        {"an empty message", VIEW("\x8a\x01\x00")},
        {"two elements", VIEW("\x92\x01\x00\x92\x01\x00")},
        {"packed numbers", VIEW("\x9a\x01\x03\x01\xac\x02")},
        {"numbers that are not packed", VIEW("\x98\x01\x01\x98\x01\x02")},
        {"both", VIEW("\x98\x01\x01\x9a\x01\x01\x02")},
        {"an empty packed run", VIEW("\x9a\x01\x00")},
        {"packed enum numbers", VIEW("\xa2\x01\x03\x00\x01\x05")},
        {"packed booleans", VIEW("\xaa\x01\x02\x00\x01")},
        {"packed fixed numbers", VIEW("\xb2\x01\x08"
                                      "12345678")},
        {"packed doubles", VIEW("\xba\x01\x08"
                                "12345678")},
        {"another member of the oneof", VIEW("\xd2\x01\x01x\xda\x01\x00\xe0\x01\x01")},
        {"a map entry", VIEW("\xc2\x3e\x05\x0a\x01k\x12\x00")},
        {"a map entry without key", VIEW("\xc2\x3e\x02\x12\x00")},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct status st;
        if (!wire_check(shape, cases[i].bytes, &st))
            fail_msg("%s: %s", cases[i].what, st.message);
        if (!unpacks(cases[i].bytes))
            fail_msg("%s: protobuf-c does not unpack it", cases[i].what);
    }
}

static void refuses_with_the_path_of_the_field(void **state)
{
    (void)state;
    static const struct {
        struct view bytes;
        const char *message;
    } cases[] = {
        /* tags */
        {VIEW("\x80"), "server.test.Shape: the bytes end within a tag"},
        {VIEW("\x88\x80\x80\x80\x80\x00\x01"), "server.test.Shape: the bytes end within a tag"},
        {VIEW("\xf8\xff\xff\xff\x1f\x01"), "server.test.Shape: the bytes end within a tag"},
        {VIEW("\x00\x01"), "server.test.Shape: expected a field number, got 0"},
        {VIEW("\x07\x01"), "server.test.Shape: expected a field number, got 0"},
        {VIEW("\x8a\x01\x02\x00\x01"), "inner: expected a field number, got 0"},
        /* wire types */
        {VIEW("\x0e\x01"), "int32Value: expected a wire type of 0, 1, 2 or 5, got 6"},
        {VIEW("\x0f\x01"), "int32Value: expected a wire type of 0, 1, 2 or 5, got 7"},
        {VIEW("\x0d"
              "1234"),
         "int32Value: expected wire type 0, got 5"},
        {VIEW("\x0a\x01\x01"), "int32Value: expected wire type 0, got 2"},
        {VIEW("\x78\x01"), "displayName: expected wire type 2, got 0"},
        {VIEW("\x88\x01\x01"), "inner: expected wire type 2, got 0"},
        {VIEW("\xb0\x01\x01"), "fixedNumbers[0]: expected wire type 5, got 0"},
        /* groups */
        {VIEW("\x0b\x0c"), "int32Value: groups are not supported"},
        {VIEW("\xfb\x07\xfc\x07"), "server.test.Shape: groups are not supported"},
        {VIEW("\xfc\x07"), "server.test.Shape: groups are not supported"},
        {VIEW("\x92\x01\x02\xfb\x07"), "parts[0]: groups are not supported"},
        /* numbers */
        {VIEW("\x08"), "int32Value: the bytes end within a varint"},
        {VIEW("\x08\x80"), "int32Value: the bytes end within a varint"},
        {VIEW("\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00"),
         "int32Value: the bytes end within a varint, or it is"},
        {VIEW("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), "int32Value: the bytes end within a varint, or it is"},
        {VIEW("\xf8\x07\x80"), "server.test.Shape: the bytes end within a varint"},
        {VIEW("\x45"
              "123"),
         "fixed32Value: the bytes end within the field"},
        {VIEW("\x61"
              "1234567"),
         "doubleValue: the bytes end within the field"},
        /* lengths */
        {VIEW("\x7a"), "displayName: the bytes end within a length"},
        {VIEW("\x7a\x02x"), "displayName: the bytes end within the field"},
        {VIEW("\x7a\xff\xff\xff\xff\x0f"), "displayName: the bytes end within the field"},
        {VIEW("\x7a\x81\x80\x80\x80\x80\x00x"),
         "displayName: the bytes end within a length, or it is longer than 5 bytes"},
        {VIEW("\xfa\x07\x02x"), "server.test.Shape: the bytes end within the field"},
        {VIEW("\x8a\x01\x02\x7a\x01x"), "inner.displayName: the bytes end within the field"},
        {VIEW("\x92\x01\x00\x92\x01\x02\x7a\x01x"), "parts[1].displayName: the bytes end within the field"},
        /* strings */
        {VIEW("\x7a\x05"
              "abcd\xc3"),
         "displayName: expected UTF-8, byte 4 is not"},
        {VIEW("\x7a\x03"
              "a\x00"
              "b"),
         "displayName: expected text without NUL, byte 1 is one"},
        {VIEW("\x7a\x09"
              "12345678\x00"),
         "displayName: expected text without NUL, byte 8 is one"},
        {VIEW("\x7a\x03\xed\xa0\x80"), "displayName: expected UTF-8, byte 0 is not"},
        {VIEW("\xc2\x01\x01x\xc2\x01\x01\xff"), "labels[1]: expected UTF-8, byte 0 is not"},
        {VIEW("\xca\x01\x01\xff"), "note: expected UTF-8, byte 0 is not"},
        {VIEW("\xd2\x01\x01\x00"), "text: expected text without NUL, byte 0 is one"},
        {VIEW("\xc2\x3e\x03\x0a\x01\xff"), "shapesByName[0].key: expected UTF-8, byte 0 is not"},
        {VIEW("\xc2\x3e\x00\xc2\x3e\x05\x12\x03\x7a\x01\xff"), "shapesByName[1].value.displayName: expected UTF-8"},
        /* enum numbers */
        {VIEW("\x70\x02"), "kind: expected a number that server.test.Shape.Kind declares, got 2"},
        {VIEW("\x70\xfe\xff\xff\xff\x0f"), "kind: expected a number that server.test.Shape.Kind declares, got -2"},
        {VIEW("\xa2\x01\x03\x00\x01\x02"), "kinds[2]: expected a number that server.test.Shape.Kind declares, got 2"},
        {VIEW("\xa2\x01\x02\x00\x01\xa0\x01\x05\xa2\x01\x02\x01\x09"),
         "kinds[4]: expected a number that server.test.Shape.Kind declares, got 9"},
        {VIEW("\xe0\x01\x04"), "otherKind: expected a number that server.test.Shape.Kind declares, got 4"},
        /* packed runs */
        {VIEW("\x9a\x01\x02\x01\x80"), "numbers[1]: the bytes end within a varint"},
        {VIEW("\xaa\x01\x03\x01\x00\x02"), "flags[2]: expected a packed run of 0 and 1"},
        {VIEW("\xb2\x01\x05"
              "12345"),
         "fixedNumbers[0]: expected a packed run of 4-byte numbers, got 5 bytes"},
        {VIEW("\xba\x01\x04"
              "1234"),
         "doubles[0]: expected a packed run of 8-byte numbers, got 4 bytes"},
        /* messages in pieces */
        {VIEW("\x8a\x01\x00\x8a\x01\x00"), "inner: expected the message once, got a second piece of it"},
        {VIEW("\x8a\x01\x00\x08\x01\x8a\x01\x00"), "inner: expected the message once, got a second piece of it"},
        {VIEW("\xda\x01\x00\xd2\x01\x01x\xda\x01\x00"), "shape: expected the message once, got a second piece of it"},
        {VIEW("\x92\x01\x00\x92\x01\x06\x8a\x01\x00\x8a\x01\x00"),
         "parts[1].inner: expected the message once, got a second piece of it"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct status st;
        if (wire_check(shape, cases[i].bytes, &st))
            fail_msg("accepted what was to be: %s", cases[i].message);
        assert_int_equal(st.code, STATUS_INVALID_ARGUMENT);
        if (strncmp(st.message, cases[i].message, strlen(cases[i].message)) != 0)
            fail_msg("expected \"%s\", got \"%s\"", cases[i].message, st.message);
    }
}

/* ---- Depth and size ---- */

/* `depth` messages around a content, by field 17 or 18 (tag[0], tag[1]). The caller frees. */
static struct view nest(int depth, const char tag[2], struct view content)
{
    size_t room = (size_t)depth * 7 + content.len;
    char *bytes = malloc(room);
    size_t at = room - content.len;
    memcpy(bytes + at, content.data, content.len);
    for (int i = 0; i < depth; i++) {
        char head[7] = {tag[0], tag[1]};
        size_t count = 2;
        for (size_t len = room - at; count == 2 || len > 0; len >>= 7)
            head[count++] = (char)((len & 0x7f) | (len > 0x7f ? 0x80 : 0));
        at -= count;
        memcpy(bytes + at, head, count);
    }
    memmove(bytes, bytes + at, room - at);
    return (struct view){bytes, room - at};
}

static void bounds_the_depth(void **state)
{
    (void)state;
    struct status st;
    for (int depth = SERVER_MESSAGE_DEPTH_MAX; depth <= SERVER_MESSAGE_DEPTH_MAX + 1; depth++) {
        struct view bytes = nest(depth, "\x8a\x01", (struct view)VIEW("\x08\x01"));
        assert_int_equal(wire_check(shape, bytes, &st), depth <= SERVER_MESSAGE_DEPTH_MAX);
        free((char *)bytes.data);
    }
    assert_int_equal(st.code, STATUS_INVALID_ARGUMENT);
    assert_non_null(strstr(st.message, "inner.inner.inner"));
    assert_non_null(strstr(st.message, "...: messages are nested deeper than 100 levels"));
}

static void names_a_fault_at_the_greatest_depth(void **state)
{
    (void)state;
    struct status st;
    struct view bytes = nest(20, "\x92\x01", (struct view)VIEW("\x7a\x01\xff"));
    assert_false(wire_check(shape, bytes, &st));
    assert_non_null(strstr(st.message, "parts[0].parts[0].parts[0].displayName: expected UTF-8"));
    free((char *)bytes.data);
}

/* A million fields in front of a fault, and of singular messages out of order: done at once, or the test times out. */
static void takes_linear_time(void **state)
{
    (void)state;
    enum { COUNT = 1000000 };
    static const char tail[] = "\x8a\x01\x00"
                               "\xda\x01\x00"
                               "\xc2\x3e\x00"
                               "\x92\x01\x03\x7a\x01\xff";
    char *bytes = malloc(3 * COUNT + 3 + sizeof(tail));
    struct status st;
    memcpy(bytes, "\xf8\x3f\x01", 3); /* an unknown field with a high number: nothing ascends behind it */
    for (size_t i = 1; i <= COUNT; i++)
        memcpy(bytes + 3 * i, "\x92\x01\x00", 3);
    memcpy(bytes + 3 * COUNT + 3, tail, sizeof(tail) - 1);
    assert_false(wire_check(shape, view_make(bytes, 3 * COUNT + 3 + sizeof(tail) - 1), &st));
    assert_string_equal(st.message, "parts[1000000].displayName: expected UTF-8, byte 0 is not");
    free(bytes);
}

/* ---- Against protobuf-c ---- */

/* A message with every field set, twice within itself. The caller frees. */
static struct view full_shape(void)
{
    static const char head[] =
        "\x08\x7f\x10\x03\x1d"
        "1234"
        "\x20\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x28\x05\x31"
        "12345678"
        "\x38\xff\xff\xff\xff\x0f\x45"
        "1234"
        "\x48\x80\x01\x51"
        "12345678"
        "\x5d"
        "1234"
        "\x61"
        "12345678"
        "\x68\x01\x70\x05\x7a\x06"
        "n\xc3\xa4"
        "\xe2\x82\xac"
        "\x82\x01\x03"
        "a\xff\x00"
        "\x9a\x01\x03\x01\xac\x02\x98\x01\x07\xa2\x01\x02\x00\x01\xaa\x01\x02\x01\x00\xb2\x01\x04"
        "1234"
        "\xba\x01\x08"
        "12345678"
        "\xc2\x01\x01"
        "a\xc2\x01\x00\xca\x01\x04note\xda\x01\x02\x08\x01"
        "\xc2\x3e\x07\x0a\x01k\x12\x02\x08\x01\xfa\x7f\x02??";
    struct view one = {head, sizeof(head) - 1};
    struct view in_parts = nest(1, "\x92\x01", one);
    struct view in_inner = nest(1, "\x8a\x01", one);
    char *bytes = malloc(one.len + in_parts.len + in_inner.len);
    memcpy(bytes, one.data, one.len);
    memcpy(bytes + one.len, in_parts.data, in_parts.len);
    memcpy(bytes + one.len + in_parts.len, in_inner.data, in_inner.len);
    free((char *)in_parts.data);
    free((char *)in_inner.data);
    return (struct view){bytes, one.len + in_parts.len + in_inner.len};
}

/* Cut anywhere, the verdict is protobuf-c's; and no byte behind the end is read (the copy ends where the cut is). */
static void judges_every_truncation_as_protobuf_does(void **state)
{
    (void)state;
    struct status st;
    struct view whole = full_shape();
    assert_true(wire_check(shape, whole, &st));
    size_t accepted = 0;
    for (size_t len = 0; len <= whole.len; len++) {
        char *cut = malloc(len > 0 ? len : 1);
        memcpy(cut, whole.data, len);
        bool good = wire_check(shape, view_make(cut, len), &st);
        if (good != unpacks(view_make(cut, len)))
            fail_msg("cut at %zu: %s", len, good ? "accepted" : st.message);
        accepted += good;
        free(cut);
    }
    assert_in_range(accepted, 20, 60); /* at the ends of fields only */
    free((char *)whole.data);
}

/* Bytes changed at random: what is accepted unpacks, and comes out of protobuf-c as something that is accepted. */
static void accepts_only_what_unpacks(void **state)
{
    (void)state;
    enum { ROUNDS = 20000 };
    struct status st;
    struct view whole = full_shape();
    char *bytes = malloc(whole.len);
    uint32_t random = 1;
    size_t accepted = 0;
    for (int round = 0; round < ROUNDS; round++) {
        memcpy(bytes, whole.data, whole.len);
        for (int change = 0; change <= round % 3; change++) {
            random = random * 1664525 + 1013904223;
            bytes[(random >> 8) % whole.len] = (char)(random >> 24);
        }
        if (!wire_check(shape, view_make(bytes, whole.len), &st))
            continue;
        accepted++;
        ProtobufCMessage *message = protobuf_c_message_unpack(shape, NULL, whole.len, (const uint8_t *)bytes);
        assert_non_null(message);
        size_t len = protobuf_c_message_get_packed_size(message);
        uint8_t *packed = malloc(len);
        protobuf_c_message_pack(message, packed);
        if (!wire_check(shape, view_make((const char *)packed, len), &st))
            fail_msg("after a round trip: %s", st.message);
        free(packed);
        protobuf_c_message_free_unpacked(message, NULL);
    }
    assert_in_range(accepted, ROUNDS / 10, ROUNDS);
    free(bytes);
    free((char *)whole.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_what_protobuf_allows),
        cmocka_unit_test(refuses_with_the_path_of_the_field),
        cmocka_unit_test(bounds_the_depth),
        cmocka_unit_test(names_a_fault_at_the_greatest_depth),
        cmocka_unit_test(takes_linear_time),
        cmocka_unit_test(judges_every_truncation_as_protobuf_does),
        cmocka_unit_test(accepts_only_what_unpacks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
