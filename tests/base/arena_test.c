#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/budget.h"

static bool is_aligned(const void *memory)
{
    return (uintptr_t)memory % _Alignof(max_align_t) == 0;
}

static void memory_is_aligned_for_any_type_and_does_not_overlap(void **state)
{
    (void)state;
    struct arena arena;
    char *memory[200];
    arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < 200; i++) {
        memory[i] = arena_alloc(&arena, i);
        assert_non_null(memory[i]);
        assert_true(is_aligned(memory[i]));
        memset(memory[i], (int)i, i);
    }
    for (size_t i = 0; i < 200; i++)
        for (size_t j = 0; j < i; j++)
            assert_int_equal((unsigned char)memory[i][j], i);
    arena_free(&arena);
}

static void takes_no_more_from_the_heap_than_its_limit(void **state)
{
    (void)state;
    struct arena arena;
    size_t got = 0;
    arena_init(&arena, 100000);
    while (arena_alloc(&arena, 1000))
        got += 1000;
    assert_in_range(got, 80000, 100000);
    assert_true(arena.bytes_taken <= 100000);
    assert_null(arena_alloc(&arena, 1000));
    arena_free(&arena);
}

static void refuses_sizes_that_overflow(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, SIZE_MAX);
    assert_null(arena_alloc(&arena, SIZE_MAX));
    assert_null(arena_alloc(&arena, SIZE_MAX - 64));
    assert_null(arena_calloc(&arena, SIZE_MAX / 2, 3));
    assert_non_null(arena_alloc(&arena, 10));
    arena_free(&arena);
}

static void serves_what_is_larger_than_a_block(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 8 << 20);
    char *large = arena_calloc(&arena, 3 << 20, 1);
    assert_non_null(large);
    assert_int_equal(large[(3 << 20) - 1], 0);
    assert_non_null(arena_alloc(&arena, 100));
    arena_free(&arena);
}

static void uses_lent_memory_first_and_again_after_free(void **state)
{
    (void)state;
    char lent[1000];
    struct arena arena;
    arena_init_lent(&arena, lent + 1, sizeof(lent) - 1, 4096);
    char *memory = arena_alloc(&arena, 500);
    assert_true(memory > lent && memory < lent + sizeof(lent));
    assert_true(is_aligned(memory));
    assert_int_equal(arena.bytes_taken, 0);
    assert_non_null(arena_alloc(&arena, 1000));
    assert_true(arena.bytes_taken > 0);
    arena_free(&arena);
    assert_ptr_equal(arena_alloc(&arena, 500), memory);
    arena_free(&arena);
}

static void reset_keeps_a_block_for_the_next_round(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    assert_non_null(arena_alloc(&arena, 3000));
    assert_non_null(arena_alloc(&arena, 3000));
    arena_reset(&arena);
    size_t kept = arena.bytes_taken;
    assert_true(kept > 3000);
    assert_non_null(arena_alloc(&arena, 3000));
    assert_int_equal(arena.bytes_taken, kept);
    arena_free(&arena);
}

static void copies_end_in_a_terminator(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 10000);
    assert_string_equal(arena_copy(&arena, view_of("text")), "text");
    assert_string_equal(arena_copy(&arena, (struct view){0}), "");
    assert_string_equal(arena_printf(&arena, "%d of %s", 3, "five"), "3 of five");
    arena_free(&arena);
}

static void charges_its_account_with_what_it_takes_from_the_heap(void **state)
{
    (void)state;
    struct budget budget;
    struct budget_purse purse;
    struct budget_account client;
    struct budget_account kept;
    struct arena arena;
    char lent[1000];
    budget_init(&budget, SIZE_MAX);
    budget_purse_init(&purse, &budget);
    budget_account_init(&client, &purse, 30000);
    budget_account_init(&kept, &purse, 0);
    arena_init_lent(&arena, lent, sizeof(lent), 100000);
    arena_set_account(&arena, &client);
    assert_non_null(arena_alloc(&arena, 900));
    assert_int_equal(client.used, 0);
    assert_non_null(arena_alloc(&arena, 3000));
    assert_non_null(arena_alloc(&arena, 3000));
    assert_true(client.used > 6000);
    assert_int_equal(client.used, arena.bytes_taken);
    assert_null(arena_alloc(&arena, 50000));
    assert_true(client.refused);
    client.refused = false;
    assert_null(arena_alloc(&arena, 100000));
    assert_false(client.refused); /* over the arena's own limit */
    assert_int_equal(client.used, arena.bytes_taken);
    arena_reset(&arena);
    assert_true(client.used > 0);
    assert_int_equal(client.used, arena.bytes_taken);
    arena_set_account(&arena, &kept);
    assert_int_equal(client.used, 0);
    assert_int_equal(kept.used, arena.bytes_taken);
    arena_set_account(&arena, &client);
    assert_non_null(arena_alloc(&arena, 10000));
    assert_int_equal(client.used, arena.bytes_taken);
    arena_free(&arena);
    assert_int_equal(client.used, 0);
    assert_ptr_equal(arena.account, &client);
    budget_purse_free(&purse);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_aligned_for_any_type_and_does_not_overlap),
        cmocka_unit_test(takes_no_more_from_the_heap_than_its_limit),
        cmocka_unit_test(refuses_sizes_that_overflow),
        cmocka_unit_test(serves_what_is_larger_than_a_block),
        cmocka_unit_test(uses_lent_memory_first_and_again_after_free),
        cmocka_unit_test(reset_keeps_a_block_for_the_next_round),
        cmocka_unit_test(charges_its_account_with_what_it_takes_from_the_heap),
        cmocka_unit_test(copies_end_in_a_terminator),
    };
    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
