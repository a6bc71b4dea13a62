#include "base/heap.h"

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define BLOCK_BYTES 8192

/* As much as is kept, in blocks; what the heap has from the system then, and when they are free. */
static void fill_and_empty(size_t *ret_full, size_t *ret_empty)
{
    static char *blocks[HEAP_KEPT_BYTES / BLOCK_BYTES / 2];
    size_t count = sizeof(blocks) / sizeof(blocks[0]);
    for (size_t i = 0; i < count; i++) {
        blocks[i] = malloc(BLOCK_BYTES);
        assert_non_null(blocks[i]);
        blocks[i][0] = 'x';
    }
    *ret_full = mallinfo2().arena;
    for (size_t i = 0; i < count; i++)
        free(blocks[i]);
    *ret_empty = mallinfo2().arena;
}

static void free_memory_is_kept_for_the_next_burst(void **state)
{
    (void)state;
    size_t full;
    size_t empty;
    heap_start();
    fill_and_empty(&full, &empty);
    assert_int_equal(empty, full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(free_memory_is_kept_for_the_next_burst),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
