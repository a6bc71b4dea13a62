#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "service/handler/track_bytes.h"
#include "service/handler/track_equal.h"
#include "tests/service/handler/example_track.h"

/* Compares the example with one that was changed. */
static bool equal_to_example(const struct example_track *changed, size_t arena_bytes)
{
    struct example_track example;
    example_track_init(&example, "a");
    struct arena arena;
    struct arena scratch;
    arena_init(&arena, 1024 * 1024);
    arena_init(&scratch, arena_bytes);
    struct track_bytes a;
    struct track_bytes b;
    struct stamp_places places_a;
    struct stamp_places places_b;
    struct status st;
    assert_true(track_bytes_encode(&example.track, &arena, &a, &places_a, &st));
    assert_true(track_bytes_encode(&changed->track, &arena, &b, &places_b, &st));
    struct stamps stamps = stamps_of_creation(0);
    stamps_write(b.data, &places_b, &stamps);
    bool equal = track_equal(track_bytes_view(&a), &places_a, track_bytes_view(&b), &places_b, &scratch);
    arena_free(&scratch);
    arena_free(&arena);
    return equal;
}

static void ignores_stamps(void **state)
{
    (void)state;
    struct example_track same;
    example_track_init(&same, "a");
    assert_true(equal_to_example(&same, 0));
}

static void sees_a_change_of_any_field(void **state)
{
    (void)state;
    struct example_track changed;
    example_track_init(&changed, "b");
    assert_false(equal_to_example(&changed, 65536));
    example_track_init(&changed, "a");
    changed.track.draft = 0;
    assert_false(equal_to_example(&changed, 65536));
    changed.track._draft_case = SOUNDCHECK__V1__TRACK___DRAFT__NOT_SET;
    assert_false(equal_to_example(&changed, 65536));
    example_track_init(&changed, "a");
    changed.check.id = "has-README";
    assert_false(equal_to_example(&changed, 65536));
    example_track_init(&changed, "a");
    changed.values[2].string_value = "y";
    assert_false(equal_to_example(&changed, 65536));
}

static void ignores_the_order_of_keys(void **state)
{
    (void)state;
    struct example_track changed;
    example_track_init(&changed, "a");
    changed.fields[0] = &changed.entries[2];
    changed.fields[2] = &changed.entries[0];
    assert_true(equal_to_example(&changed, 65536));
    assert_false(equal_to_example(&changed, 128)); /* no memory to find out: a change */
    changed.values[1].string_value = "y";
    assert_false(equal_to_example(&changed, 65536));
}

static void sees_a_change_that_only_moves_bytes(void **state)
{
    (void)state;
    struct example_track changed;
    example_track_init(&changed, "a");
    changed.check.id = "sah-readme";
    assert_false(equal_to_example(&changed, 65536));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ignores_stamps),
        cmocka_unit_test(sees_a_change_of_any_field),
        cmocka_unit_test(ignores_the_order_of_keys),
        cmocka_unit_test(sees_a_change_that_only_moves_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
