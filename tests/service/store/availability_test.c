#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "service/store/availability.h"

/* Writes "DOWN(detail) UP() FAILED(detail) " of what it is told. */
static void write_down(void *ctx, enum store_event event, const char *detail)
{
    static const char *const names[] = {
        [STORE_WENT_DOWN] = "DOWN", [STORE_CAME_BACK] = "UP", [STORE_FAILED] = "FAILED"};
    char *text = ctx;
    sprintf(text + strlen(text), "%s(%s) ", names[event], detail);
}

static void is_available_at_first(void **state)
{
    (void)state;
    char told[128] = "";
    struct availability availability;
    availability_init(&availability);
    assert_true(availability_get(&availability));
    availability_watch(&availability, write_down, told);
    availability_set(&availability, true, "");
    assert_string_equal(told, "");
    availability_free(&availability);
}

static void tells_changes_and_failures_in_their_order(void **state)
{
    (void)state;
    char told[128] = "";
    struct availability availability;
    availability_init(&availability);
    availability_watch(&availability, write_down, told);
    availability_set(&availability, false, "cut");
    assert_false(availability_get(&availability));
    availability_set(&availability, false, "cut again");
    availability_tell_failure(&availability, "refused");
    availability_set(&availability, true, "");
    assert_true(availability_get(&availability));
    assert_string_equal(told, "DOWN(cut) FAILED(refused) UP() ");
    availability_free(&availability);
}

static void tells_a_late_watcher_that_the_store_is_down(void **state)
{
    (void)state;
    char told[128] = "";
    struct availability availability;
    availability_init(&availability);
    availability_set(&availability, false, "cut");
    availability_watch(&availability, write_down, told);
    assert_memory_equal(told, "DOWN(", 5);
    availability_watch(&availability, NULL, NULL);
    told[0] = '\0';
    availability_set(&availability, true, "");
    assert_string_equal(told, "");
    availability_free(&availability);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_available_at_first),
        cmocka_unit_test(tells_changes_and_failures_in_their_order),
        cmocka_unit_test(tells_a_late_watcher_that_the_store_is_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
