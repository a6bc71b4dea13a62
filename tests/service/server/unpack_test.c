#include "service/server/unpack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "tests/service/server/shapes.pb-c.h"

static const ProtobufCMessageDescriptor *const shape = &server__test__shape__descriptor;

/* inner.displayName, two parts of which one has a number, packed numbers, a map entry, an unknown field */
static const char example[] = "\x8a\x01\x06\x7a\x04name"
                              "\x92\x01\x00\x92\x01\x02\x08\x07"
                              "\x9a\x01\x02\x01\x02"
                              "\xc2\x3e\x05\x0a\x01k\x12\x00"
                              "\xfa\x7f\x02??";
static const struct view example_bytes = {example, sizeof(example) - 1};

static void unpacks_into_the_arena(void **state)
{
    (void)state;
    struct status st;
    struct arena arena;
    ProtobufCMessage *message;
    arena_init(&arena, 100000);
    assert_true(unpack(shape, example_bytes, &arena, &message, &st));
    const Server__Test__Shape *unpacked = (const Server__Test__Shape *)message;
    assert_string_equal(unpacked->inner->display_name, "name");
    assert_int_equal(unpacked->n_parts, 2);
    assert_int_equal(unpacked->parts[1]->int32_value, 7);
    assert_int_equal(unpacked->n_numbers, 2);
    assert_string_equal(unpacked->shapes_by_name[0]->key, "k");
    assert_int_equal(unpacked->base.n_unknown_fields, 1);
    arena_free(&arena);
}

static void refuses_what_the_check_refuses(void **state)
{
    (void)state;
    struct status st;
    struct arena arena;
    ProtobufCMessage *message = NULL;
    arena_init(&arena, 100000);
    assert_false(unpack(shape, (struct view)VIEW("\x7a\x01\xff"), &arena, &message, &st));
    assert_int_equal(st.code, STATUS_INVALID_ARGUMENT);
    assert_null(message);
    arena_free(&arena);
}

/* With less memory than it takes, at each size: refused for that reason, and nothing else happens. */
static void survives_every_arena_that_is_too_small(void **state)
{
    (void)state;
    size_t failures = 0;
    bool unpacked = false;
    for (size_t bytes = 0; !unpacked; bytes += 16) {
        struct status st;
        struct arena arena;
        ProtobufCMessage *message;
        char *memory = malloc(bytes + 1);
        arena_init_lent(&arena, memory, bytes, 0);
        unpacked = unpack(shape, example_bytes, &arena, &message, &st);
        if (!unpacked) {
            failures++;
            assert_int_equal(st.code, STATUS_RESOURCE_EXHAUSTED);
        }
        arena_free(&arena);
        free(memory);
    }
    assert_in_range(failures, 50, 500);
}

/* Two bytes each for messages of half a kilobyte. */
static void bounds_what_small_bytes_can_grow_to(void **state)
{
    (void)state;
    enum { COUNT = 100000 };
    struct status st;
    struct arena arena;
    ProtobufCMessage *message;
    char *bytes = malloc(3 * COUNT);
    for (size_t i = 0; i < COUNT; i++)
        memcpy(bytes + 3 * i, "\x92\x01\x00", 3);
    arena_init(&arena, 8 * 1024 * 1024);
    assert_false(unpack(shape, view_make(bytes, 3 * COUNT), &arena, &message, &st));
    assert_int_equal(st.code, STATUS_RESOURCE_EXHAUSTED);
    assert_non_null(strstr(st.message, "server.test.Shape: the request takes more than 8388608 bytes of memory"));
    arena_free(&arena);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unpacks_into_the_arena),
        cmocka_unit_test(refuses_what_the_check_refuses),
        cmocka_unit_test(survives_every_arena_that_is_too_small),
        cmocka_unit_test(bounds_what_small_bytes_can_grow_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
