/* Who holds a snapshot, and when it goes: counted by its own count of holders, of which the test has one. */
#include "gateway/api/api_use.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
/* after the above */
#include <cmocka.h>

#include "tests/gateway/pipeline/library_schema.h"

static struct api *first, *second;

static int set_up(void **state)
{
    (void)state;
    first = library_api_create("library", false);
    second = library_api_create("library", true);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    assert_int_equal(atomic_load(&first->holders), 1);
    assert_int_equal(atomic_load(&second->holders), 1);
    api_release(first);
    api_release(second);
    return 0;
}

static void gives_new_requests_the_current_one(void **state)
{
    struct api_current current = {0};
    (void)state;
    assert_true(api_current_set(&current, first));
    struct api_use *early = api_current_enter(&current);
    assert_ptr_equal(early->api, first);
    assert_true(api_current_set(&current, second));
    struct api_use *late = api_current_enter(&current);
    assert_ptr_equal(late->api, second);
    assert_ptr_equal(early->api, first); /* which stays what it was */
    assert_int_equal(atomic_load(&first->holders), 2);
    api_use_leave(early);
    assert_int_equal(atomic_load(&first->holders), 1);
    api_use_leave(late);
    assert_int_equal(atomic_load(&second->holders), 2); /* for those to come */
    api_current_clear(&current);
}

static void releases_an_old_one_with_its_last_request_whatever_the_order(void **state)
{
    struct api_current current = {0};
    (void)state;
    assert_true(api_current_set(&current, first));
    struct api_use *a = api_current_enter(&current), *b = api_current_enter(&current);
    api_current_clear(&current);
    assert_int_equal(atomic_load(&first->holders), 2);
    api_use_leave(b);
    assert_int_equal(atomic_load(&first->holders), 2);
    assert_ptr_equal(a->api, first);
    api_use_leave(a);
    assert_int_equal(atomic_load(&first->holders), 1);
}

static void releases_one_that_nobody_uses_when_another_comes(void **state)
{
    struct api_current current = {0};
    (void)state;
    assert_true(api_current_set(&current, first));
    assert_true(api_current_set(&current, second));
    assert_int_equal(atomic_load(&first->holders), 1);
    assert_int_equal(atomic_load(&second->holders), 2);
    assert_true(api_current_set(&current, first)); /* and back */
    assert_int_equal(atomic_load(&first->holders), 2);
    assert_int_equal(atomic_load(&second->holders), 1);
    api_current_clear(&current);
    api_current_clear(&current); /* once is enough */
}

static void loops_hold_it_once_each_however_many_requests(void **state)
{
    struct api_current loops[3] = {0};
    struct api_use *uses[30];
    (void)state;
    for (size_t i = 0; i < 3; i++)
        assert_true(api_current_set(&loops[i], first));
    for (size_t i = 0; i < 30; i++)
        uses[i] = api_current_enter(&loops[i % 3]);
    assert_int_equal(atomic_load(&first->holders), 4);
    for (size_t i = 0; i < 3; i++)
        api_current_clear(&loops[i]);
    assert_int_equal(atomic_load(&first->holders), 4);
    for (size_t i = 0; i < 30; i++)
        api_use_leave(uses[i]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(gives_new_requests_the_current_one),
        TEST(releases_an_old_one_with_its_last_request_whatever_the_order),
        TEST(releases_one_that_nobody_uses_when_another_comes),
        TEST(loops_hold_it_once_each_however_many_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
