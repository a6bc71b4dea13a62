#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/budget.h"

static void appends_and_grows(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 1 << 20);
    for (int i = 0; i < 1000; i++)
        assert_true(buf_printf(&buf, "%d,", i));
    assert_int_equal(buf.len, 3890);
    assert_true(view_starts_with(buf_view(&buf), (struct view)VIEW("0,1,2,")));
    buf_free(&buf);
    assert_int_equal(buf.len, 0);
}

static void never_grows_past_its_limit_and_keeps_its_content_then(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 10);
    assert_true(buf_append_text(&buf, "0123456789"));
    assert_false(buf_append_text(&buf, "x"));
    assert_false(buf_printf(&buf, "%d", 1));
    assert_false(buf_reserve(&buf, SIZE_MAX));
    assert_true(view_equal_text(buf_view(&buf), "0123456789"));
    buf_free(&buf);
}

static void clear_keeps_the_memory(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 1000);
    assert_true(buf_append_text(&buf, "something"));
    const char *data = buf.data;
    buf_clear(&buf);
    assert_true(buf_append_text(&buf, "else"));
    assert_ptr_equal(buf.data, data);
    buf_free(&buf);
}

static void take_hands_the_memory_over(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 1000);
    assert_true(buf_append(&buf, view_make("mine\0", 5)));
    char *data = buf_take(&buf);
    assert_string_equal(data, "mine");
    assert_null(buf.data);
    assert_int_equal(buf.len, 0);
    free(data);
}

static void charges_its_account_with_what_it_holds(void **state)
{
    (void)state;
    struct budget budget;
    struct budget_purse purse;
    struct budget_account client;
    struct budget_account kept;
    struct buf buf;
    budget_init(&budget, SIZE_MAX);
    budget_purse_init(&purse, &budget);
    budget_account_init(&client, &purse, 1000);
    budget_account_init(&kept, &purse, 0);
    buf_init(&buf, 100000);
    buf_set_account(&buf, &client);
    assert_true(buf_reserve(&buf, 300));
    assert_int_equal(client.used, buf.cap);
    assert_true(buf_append_text(&buf, "content"));
    assert_false(buf_reserve(&buf, 2000));
    assert_true(client.refused);
    assert_true(view_equal_text(buf_view(&buf), "content"));
    assert_int_equal(client.used, buf.cap);
    client.refused = false;
    assert_false(buf_reserve(&buf, 100000));
    assert_false(client.refused); /* over the buffer's own limit */
    buf_set_account(&buf, &kept);
    assert_int_equal(client.used, 0);
    assert_int_equal(kept.used, buf.cap);
    buf_set_account(&buf, &client);
    free(buf_take(&buf));
    assert_int_equal(client.used, 0);
    assert_true(buf_append_text(&buf, "again"));
    assert_int_equal(client.used, buf.cap);
    buf_set_account(&buf, NULL);
    assert_int_equal(client.used, 0);
    buf_set_account(&buf, &client);
    buf_free(&buf);
    assert_int_equal(client.used, 0);
    assert_ptr_equal(buf.account, &client);
    budget_purse_free(&purse);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appends_and_grows),
        cmocka_unit_test(never_grows_past_its_limit_and_keeps_its_content_then),
        cmocka_unit_test(clear_keeps_the_memory),
        cmocka_unit_test(take_hands_the_memory_over),
        cmocka_unit_test(charges_its_account_with_what_it_holds),
    };
    return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
