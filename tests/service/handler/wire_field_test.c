#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "service/handler/wire_field.h"

static void takes_fields_of_every_kind_in_order(void **state)
{
    (void)state;
    struct view rest = VIEW("\x08\x96\x01"
                            "\x11"
                            "12345678"
                            "\x1a\x03"
                            "abc"
                            "\x25"
                            "1234"
                            "\xf8\x07\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
    static const struct wire_field expected[] = {
        {.tag = WIRE_FIELD_VARINT(1), .varint = 150},          {.tag = 2 << 3 | 1, .content = VIEW("12345678")},
        {.tag = WIRE_FIELD_BYTES(3), .content = VIEW("abc")},  {.tag = 4 << 3 | 5, .content = VIEW("1234")},
        {.tag = WIRE_FIELD_VARINT(127), .varint = UINT64_MAX},
    };
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        struct wire_field field;
        assert_true(wire_field_take(&rest, &field));
        assert_int_equal(field.tag, expected[i].tag);
        assert_int_equal(field.varint, expected[i].varint);
        assert_true(view_equal(field.content, expected[i].content));
    }
    assert_int_equal(rest.len, 0);
}

static void refuses_what_is_no_whole_field(void **state)
{
    (void)state;
    static const struct view cases[] = {
        VIEW(""),
        VIEW("\x08"),
        VIEW("\x08\x80"),
        VIEW("\x0a\x02x"),
        VIEW("\x0d"
             "123"),
        VIEW("\x0b"),
        VIEW("\x0c"),
        VIEW("\x0e\x01"),
        VIEW("\x80"),
        VIEW("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
        VIEW("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct view rest = cases[i];
        struct wire_field field;
        if (wire_field_take(&rest, &field))
            fail_msg("case %zu", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_fields_of_every_kind_in_order),
        cmocka_unit_test(refuses_what_is_no_whole_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
