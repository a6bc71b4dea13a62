#include "base/processors.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void process_that_is_bound_to_a_processor_has_one(void **state)
{
    (void)state;
    cpu_set_t before;
    cpu_set_t one;
    assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
    assert_in_range(processors_count(), 1, (uintmax_t)CPU_COUNT(&before));
    size_t processor = 0;
    while (!CPU_ISSET(processor, &before))
        processor++;
    CPU_ZERO(&one);
    CPU_SET(processor, &one);
    assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
    assert_int_equal(processors_count(), 1);
    assert_int_equal(processors_scale(10, 1, 100), 10);
    assert_int_equal(sched_setaffinity(0, sizeof(before), &before), 0);
}

static void scale_stays_in_its_bounds(void **state)
{
    (void)state;
    assert_int_equal(processors_scale(1, 100000, 200000), 100000);
    assert_int_equal(processors_scale(UINT32_MAX, 100000, 200000), 200000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(process_that_is_bound_to_a_processor_has_one),
        cmocka_unit_test(scale_stays_in_its_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
