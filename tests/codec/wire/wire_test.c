#include "codec/wire/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/codec/wire/wire_text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The bytes of a text in memory of exactly their length, so that a reader that goes beyond is seen. */
struct bytes {
    char *begin;
    char *end;
};

static struct bytes bytes_of(const char *text)
{
    struct buf buf;
    buf_init(&buf, SIZE_MAX / 2);
    wire_text_append(&buf, text);
    struct bytes bytes = {malloc(buf.len ? buf.len : 1), NULL};
    if (buf.len)
        memcpy(bytes.begin, buf.data, buf.len);
    bytes.end = bytes.begin + buf.len;
    buf_free(&buf);
    return bytes;
}

/* Every value where a varint gets a byte more, with its bytes. */
static const struct {
    uint64_t value;
    const char *bytes;
} varints[] = {
    {0, "`00`"},
    {1, "`01`"},
    {127, "`7f`"},
    {128, "`8001`"},
    {16383, "`ff7f`"},
    {16384, "`808001`"},
    {2097151, "`ffff7f`"},
    {2097152, "`80808001`"},
    {268435455, "`ffffff7f`"},
    {268435456, "`8080808001`"},
    {UINT32_MAX, "`ffffffff0f`"},
    {34359738367, "`ffffffff7f`"},
    {34359738368, "`808080808001`"},
    {4398046511103, "`ffffffffff7f`"},
    {4398046511104, "`80808080808001`"},
    {562949953421311, "`ffffffffffff7f`"},
    {562949953421312, "`8080808080808001`"},
    {72057594037927935, "`ffffffffffffff7f`"},
    {72057594037927936, "`808080808080808001`"},
    {INT64_MAX, "`ffffffffffffffff7f`"},
    {(uint64_t)INT64_MAX + 1, "`80808080808080808001`"},
    {UINT64_MAX, "`ffffffffffffffffff01`"},
};

static void writes_and_reads_varints_of_every_length(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(varints); i++) {
        struct bytes bytes = bytes_of(varints[i].bytes);
        size_t len = (size_t)(bytes.end - bytes.begin);
        char written[WIRE_VARINT_BYTES_MAX];
        uint64_t value = 0;
        assert_int_equal(wire_write_varint(written, varints[i].value) - written, len);
        assert_memory_equal(written, bytes.begin, len);
        assert_int_equal(wire_varint_len(varints[i].value), len);
        assert_ptr_equal(wire_read_varint(bytes.begin, bytes.end, &value), bytes.end);
        assert_true(value == varints[i].value);
        free(bytes.begin);
    }
}

static void refuses_a_varint_that_is_cut_short(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(varints); i++) {
        struct bytes bytes = bytes_of(varints[i].bytes);
        for (const char *end = bytes.begin; end < bytes.end; end++) {
            uint64_t value;
            assert_null(wire_read_varint(bytes.begin, end, &value));
        }
        free(bytes.begin);
    }
}

static void reads_a_varint_that_is_longer_than_need_be(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        uint64_t value;
    } cases[] = {
        {"`8000`", 0},
        {"`808000`", 0},
        {"`8180808000`", 1},
        {"`80808080808080808000`", 0},
        {"`ffffffffffffffffff00`", INT64_MAX},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bytes bytes = bytes_of(cases[i].bytes);
        uint64_t value;
        assert_ptr_equal(wire_read_varint(bytes.begin, bytes.end, &value), bytes.end);
        assert_true(value == cases[i].value);
        free(bytes.begin);
    }
}

static void refuses_a_varint_of_more_than_64_bits(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "`ffffffffffffffffff02`",   "`ffffffffffffffffff7f`",   "`80808080808080808080`",
        "`8080808080808080808000`", "`8080808080808080808001`",
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bytes bytes = bytes_of(cases[i]);
        uint64_t value;
        assert_null(wire_read_varint(bytes.begin, bytes.end, &value));
        free(bytes.begin);
    }
}

static void zigzags_every_sign_and_size(void **state)
{
    (void)state;
    static const struct {
        int64_t value;
        uint64_t zigzag;
    } cases[] = {
        {0, 0},
        {-1, 1},
        {1, 2},
        {-2, 3},
        {INT32_MAX, 4294967294},
        {INT32_MIN, 4294967295},
        {INT64_MAX, UINT64_MAX - 1},
        {INT64_MIN, UINT64_MAX},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_true(wire_zigzag64(cases[i].value) == cases[i].zigzag);
        assert_true(wire_unzigzag64(cases[i].zigzag) == cases[i].value);
        if (cases[i].value >= INT32_MIN && cases[i].value <= INT32_MAX) {
            assert_true(wire_zigzag32((int32_t)cases[i].value) == cases[i].zigzag);
            assert_true(wire_unzigzag32((uint32_t)cases[i].zigzag) == cases[i].value);
        }
    }
}

static void writes_fixed_numbers_in_little_endian(void **state)
{
    (void)state;
    char bytes[8];
    assert_ptr_equal(wire_write_fixed32(bytes, 0x01020304), bytes + 4);
    assert_memory_equal(bytes, "\x04\x03\x02\x01", 4);
    assert_true(wire_load_fixed32(bytes) == 0x01020304);
    assert_ptr_equal(wire_write_fixed64(bytes, 0xf102030405060708), bytes + 8);
    assert_memory_equal(bytes, "\x08\x07\x06\x05\x04\x03\x02\xf1", 8);
    assert_true(wire_load_fixed64(bytes) == 0xf102030405060708);
}

static void reads_tags_of_every_number_and_type(void **state)
{
    (void)state;
    static const uint32_t numbers[] = {1, 15, 16, 2047, 2048, 262143, 262144, 33554432, WIRE_FIELD_NUMBER_MAX};
    for (size_t i = 0; i < COUNT(numbers); i++) {
        for (unsigned type = WIRE_VARINT; type <= WIRE_FIXED32; type++) {
            char bytes[WIRE_TAG_BYTES_MAX];
            uint32_t number;
            unsigned read_type;
            const char *end = wire_write_varint(bytes, WIRE_TAG(numbers[i], type));
            assert_ptr_equal(wire_read_tag(bytes, end, &number, &read_type), end);
            assert_int_equal(number, numbers[i]);
            assert_int_equal(read_type, type);
        }
    }
}

static void refuses_tags_of_no_field(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",               /* nothing */
        "`00`",           /* field number 0 */
        "`07`",           /* the same, with a type that does not exist */
        "`0e`",           /* type 6 */
        "`0f`",           /* type 7 */
        "`ffffffff1f`",   /* a number of 30 bits */
        "`8080808010`",   /* more than 32 bits */
        "`80`",           /* cut short */
        "`888080808000`", /* six bytes for what one says; five are read */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bytes bytes = bytes_of(cases[i]);
        uint32_t number;
        unsigned type;
        assert_null(wire_read_tag(bytes.begin, bytes.end, &number, &type));
        free(bytes.begin);
    }
}

static void refuses_lengths_beyond_the_end(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        bool fits;
    } cases[] = {
        {"`00`", true},          {"`01`", false},
        {"`01ff`", true},        {"`02ff`", false},
        {"`ffffffff0f`", false}, {"`ffffffffffffffffff01`", false}, /* as a signed number it would be -1 */
        {"`80`", false},         {"", false},
        {"`8080808000`", true},  {"`808080808000`", false}, /* longer than need be, and too long */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bytes bytes = bytes_of(cases[i].bytes);
        size_t len;
        assert_int_equal(wire_read_length(bytes.begin, bytes.end, &len) != NULL, cases[i].fits);
        free(bytes.begin);
    }
}

static void reads_and_skips_whole_fields(void **state)
{
    (void)state;
    static const struct {
        const char *field;
        uint32_t number;
        unsigned type;
        const char *content;
    } cases[] = {
        {"1: 300", 1, WIRE_VARINT, "300"},
        {"2: 7i64", 2, WIRE_FIXED64, "7i64"},
        {"3: 7i32", 3, WIRE_FIXED32, "7i32"},
        {"4: \"text\"", 4, WIRE_LENGTH, "`74657874`"},
        {"4: \"\"", 4, WIRE_LENGTH, ""},
        {"5: !{}", 5, WIRE_START_GROUP, ""},
        {"5: !{ 1: 5 }", 5, WIRE_START_GROUP, "1: 5"},
        {"536870911: !{ 1: 5 5: !{ 5: !{} 6: \"x\" } }", 536870911, WIRE_START_GROUP, "1: 5 5: !{ 5: !{} 6: \"x\" }"},
        {"5: !{ 1: { 5: !{} `ff` } }", 5, WIRE_START_GROUP, "1: { 5: !{} `ff` }"},
        {"`2b0805ac00`", 5, WIRE_START_GROUP, "1: 5"}, /* an end tag that is longer than need be */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bytes bytes = bytes_of(cases[i].field);
        struct wire_field field;
        const char *next = wire_read_field(bytes.begin, bytes.end, 8, &field);
        struct bytes content = bytes_of(cases[i].content);
        assert_ptr_equal(next, bytes.end);
        assert_int_equal(field.number, cases[i].number);
        assert_int_equal(field.type, cases[i].type);
        assert_int_equal(field.end - field.begin, content.end - content.begin);
        assert_memory_equal(field.begin, content.begin, (size_t)(content.end - content.begin));
        for (const char *end = bytes.begin; end < bytes.end; end++)
            assert_null(wire_read_field(bytes.begin, end, 8, &field));
        free(content.begin);
        free(bytes.begin);
    }
}

static void refuses_to_skip_what_is_no_field(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "`0c`",                     /* the end of a group that was not begun */
        "`0b`",                     /* a group that does not end */
        "`0b14`",                   /* one that ends as another */
        "`0b130c14`",               /* two that overlap */
        "`0b0e`",                   /* a wire type that does not exist, in a group */
        "`0b00`",                   /* field number 0, in a group */
        "`08ffffffffffffffffff7f`", /* a varint of more than 64 bits */
        "`0aff`",                   /* a length that is cut short */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bytes bytes = bytes_of(cases[i]);
        struct wire_field field;
        assert_null(wire_read_field(bytes.begin, bytes.end, 8, &field));
        free(bytes.begin);
    }
}

static void skips_groups_as_deep_as_allowed(void **state)
{
    (void)state;
    enum { DEPTH_MAX = 140 };
    char bytes[2 * DEPTH_MAX];
    for (unsigned depth = 1; depth <= DEPTH_MAX; depth++) {
        memset(bytes, WIRE_TAG(1, WIRE_START_GROUP), depth);
        memset(bytes + depth, WIRE_TAG(1, WIRE_END_GROUP), depth);
        const char *end = bytes + 2 * depth;
        struct wire_field field;
        assert_null(wire_read_field(bytes, end, depth - 1, &field));
        /* 128 is the most that can be asked for. */
        assert_ptr_equal(wire_read_field(bytes, end, depth, &field), depth <= 128 ? end : NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_and_reads_varints_of_every_length),
        cmocka_unit_test(refuses_a_varint_that_is_cut_short),
        cmocka_unit_test(reads_a_varint_that_is_longer_than_need_be),
        cmocka_unit_test(refuses_a_varint_of_more_than_64_bits),
        cmocka_unit_test(zigzags_every_sign_and_size),
        cmocka_unit_test(writes_fixed_numbers_in_little_endian),
        cmocka_unit_test(reads_tags_of_every_number_and_type),
        cmocka_unit_test(refuses_tags_of_no_field),
        cmocka_unit_test(refuses_lengths_beyond_the_end),
        cmocka_unit_test(reads_and_skips_whole_fields),
        cmocka_unit_test(refuses_to_skip_what_is_no_field),
        cmocka_unit_test(skips_groups_as_deep_as_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
