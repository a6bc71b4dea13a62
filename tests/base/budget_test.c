#include "base/budget.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define PORTION BUDGET_PORTION_BYTES

struct one {
    struct budget budget;
    struct budget_purse purse;
    struct budget_account account;
};

static void start(struct one *one, size_t budget_max, size_t share)
{
    budget_init(&one->budget, budget_max);
    budget_purse_init(&one->purse, &one->budget);
    budget_account_init(&one->account, &one->purse, share);
}

static void stop(struct one *one)
{
    assert_int_equal(one->account.used, 0);
    budget_purse_free(&one->purse);
    assert_int_equal(budget_used(&one->budget), 0);
}

static void small_charges_are_paid_from_one_portion(void **state)
{
    (void)state;
    struct one one;
    start(&one, SIZE_MAX, SIZE_MAX);
    for (int i = 0; i < 100; i++) {
        assert_true(budget_charge(&one.account, 2000));
        assert_int_equal(budget_used(&one.budget), PORTION);
    }
    budget_release(&one.account, 200000);
    assert_int_equal(budget_used(&one.budget), PORTION);
    stop(&one);
}

static void more_than_two_unused_portions_are_brought_back(void **state)
{
    (void)state;
    struct one one;
    start(&one, SIZE_MAX, SIZE_MAX);
    assert_true(budget_charge(&one.account, 10 * PORTION + 1));
    assert_int_equal(budget_used(&one.budget), 11 * PORTION);
    budget_release(&one.account, PORTION + 1);
    assert_int_equal(budget_used(&one.budget), 11 * PORTION);
    budget_release(&one.account, 1);
    assert_int_equal(budget_used(&one.budget), 10 * PORTION - 1);
    budget_release(&one.account, 9 * PORTION - 1);
    assert_int_equal(budget_used(&one.budget), PORTION);
    stop(&one);
}

static void charge_over_the_share_is_refused_and_charges_nothing(void **state)
{
    (void)state;
    struct one one;
    start(&one, SIZE_MAX, 1000);
    assert_true(budget_charge(&one.account, 999));
    assert_false(one.account.refused);
    assert_false(budget_charge(&one.account, 2));
    assert_true(one.account.refused);
    assert_false(budget_charge(&one.account, SIZE_MAX));
    one.account.refused = false;
    assert_true(budget_charge(&one.account, 1));
    assert_false(one.account.refused);
    assert_int_equal(one.account.used, 1000);
    budget_release(&one.account, 1000);
    stop(&one);
}

static void charge_over_the_budget_is_refused_and_its_last_byte_can_be_used(void **state)
{
    (void)state;
    struct one one;
    start(&one, PORTION + 100, SIZE_MAX);
    assert_true(budget_charge(&one.account, PORTION));
    assert_false(budget_charge(&one.account, 101));
    assert_true(one.account.refused);
    assert_false(budget_charge(&one.account, SIZE_MAX));
    assert_false(budget_charge(&one.account, SIZE_MAX - PORTION));
    assert_int_equal(budget_used(&one.budget), PORTION);
    assert_true(budget_charge(&one.account, 100));
    assert_false(budget_charge(&one.account, 1));
    budget_release(&one.account, PORTION + 100);
    stop(&one);
}

static void accounts_share_what_their_purse_has(void **state)
{
    (void)state;
    struct one one;
    struct budget_account other;
    start(&one, PORTION, SIZE_MAX);
    budget_account_init(&other, &one.purse, SIZE_MAX);
    assert_true(budget_charge(&one.account, PORTION - 10));
    assert_true(budget_charge(&other, 10));
    assert_false(budget_charge(&other, 1));
    assert_true(other.refused);
    assert_false(one.account.refused);
    budget_release(&one.account, PORTION - 10);
    assert_true(budget_charge(&other, 1));
    budget_release(&other, 11);
    stop(&one);
}

static void what_one_purse_keeps_is_not_there_for_another(void **state)
{
    (void)state;
    struct one one;
    struct budget_purse purse;
    struct budget_account account;
    start(&one, 2 * PORTION, SIZE_MAX);
    budget_purse_init(&purse, &one.budget);
    budget_account_init(&account, &purse, SIZE_MAX);
    assert_true(budget_charge(&one.account, 1));
    assert_false(budget_charge(&account, PORTION + 1));
    assert_true(budget_charge(&account, PORTION));
    budget_release(&account, PORTION);
    budget_purse_free(&purse);
    budget_release(&one.account, 1);
    stop(&one);
}

static void move_hands_a_charge_over_even_above_the_share(void **state)
{
    (void)state;
    struct one one;
    struct budget_account kept;
    start(&one, SIZE_MAX, SIZE_MAX);
    budget_account_init(&kept, &one.purse, 10);
    assert_true(budget_charge(&one.account, 100));
    budget_move(&one.account, &kept, 60);
    assert_int_equal(one.account.used, 40);
    assert_int_equal(kept.used, 60);
    assert_int_equal(one.purse.used, 100);
    assert_false(budget_charge(&kept, 1));
    budget_move(&kept, &kept, 60);
    budget_move(&kept, NULL, 55);
    assert_int_equal(one.purse.used, 45);
    assert_true(budget_charge(&kept, 1));
    budget_release(&kept, 6);
    budget_release(&one.account, 40);
    stop(&one);
}

static void memory_that_is_there_is_counted_above_every_limit(void **state)
{
    (void)state;
    struct one one;
    start(&one, 100, 50);
    budget_adopt(&one.account, 1000);
    assert_int_equal(budget_used(&one.budget), 1000);
    assert_false(budget_charge(&one.account, 0));
    budget_release(&one.account, 960);
    assert_int_equal(budget_used(&one.budget), 1000);
    assert_true(budget_charge(&one.account, 10));
    budget_release(&one.account, 50);
    stop(&one);
}

static void without_an_account_nothing_is_counted(void **state)
{
    (void)state;
    assert_true(budget_charge(NULL, SIZE_MAX));
    budget_adopt(NULL, SIZE_MAX);
    budget_move(NULL, NULL, SIZE_MAX);
    budget_release(NULL, SIZE_MAX);
}

#define THREADS      4
#define SHARED_BYTES (6 * PORTION)

struct worker {
    struct budget *budget;
    size_t seen_max; /* of the budget's counter */
    unsigned refusals;
};

static void a_floor_is_given_whatever_the_limits_say_and_no_more(void **state)
{
    struct one one;
    (void)state;
    start(&one, 1000, 100);
    one.account.floor = 300;
    assert_true(budget_charge(&one.account, 250)); /* above its share */
    assert_false(budget_charge(&one.account, 51));
    assert_true(one.account.refused);
    assert_true(budget_charge(&one.account, 50));
    budget_release(&one.account, 300);
    stop(&one);
}

static void accounts_of_one_peer_share_what_is_above_their_floors(void **state)
{
    struct one one;
    struct budget peer;
    struct budget_account other, kept;
    (void)state;
    start(&one, 1 << 20, 1 << 20);
    budget_init(&peer, 1000);
    budget_account_init(&other, &one.purse, 1 << 20);
    budget_account_init(&kept, &one.purse, 1 << 20);
    one.account.peer = other.peer = &peer;
    one.account.floor = other.floor = 100;
    assert_true(budget_charge(&one.account, 700));
    assert_int_equal(budget_used(&peer), 600);
    assert_false(budget_charge(&other, 501));
    assert_true(other.refused);
    assert_int_equal(other.used, 0);
    assert_true(budget_charge(&other, 500));
    assert_int_equal(budget_used(&peer), 1000);
    budget_move(&one.account, &kept, 650); /* what is kept for reuse is nobody's */
    assert_int_equal(budget_used(&peer), 400);
    budget_move(&kept, &other, 650); /* and may be given beyond the limit */
    assert_int_equal(budget_used(&peer), 1050);
    budget_release(&other, 1150);
    budget_release(&one.account, 50);
    assert_int_equal(budget_used(&peer), 0);
    stop(&one);
}

static void *charge_and_release(void *ctx)
{
    struct worker *worker = ctx;
    struct budget_purse purse;
    struct budget_account account;
    unsigned random = 1;
    budget_purse_init(&purse, worker->budget);
    budget_account_init(&account, &purse, SIZE_MAX);
    for (int i = 0; i < 100000; i++) {
        random = random * 1664525 + 1013904223;
        size_t bytes = random % (2 * PORTION);
        if (!budget_charge(&account, bytes)) {
            worker->refusals++;
            budget_release(&account, account.used);
        }
        size_t used = budget_used(worker->budget);
        if (used > worker->seen_max)
            worker->seen_max = used;
    }
    budget_release(&account, account.used);
    budget_purse_free(&purse);
    return NULL;
}

static void threads_together_stay_within_the_budget(void **state)
{
    (void)state;
    struct budget budget;
    struct worker workers[THREADS] = {0};
    pthread_t threads[THREADS];
    budget_init(&budget, SHARED_BYTES);
    for (int i = 0; i < THREADS; i++) {
        workers[i].budget = &budget;
        assert_int_equal(pthread_create(&threads[i], NULL, charge_and_release, &workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_true(workers[i].refusals > 0);
        assert_in_range(workers[i].seen_max, PORTION, SHARED_BYTES);
    }
    assert_int_equal(budget_used(&budget), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_charges_are_paid_from_one_portion),
        cmocka_unit_test(more_than_two_unused_portions_are_brought_back),
        cmocka_unit_test(charge_over_the_share_is_refused_and_charges_nothing),
        cmocka_unit_test(charge_over_the_budget_is_refused_and_its_last_byte_can_be_used),
        cmocka_unit_test(accounts_share_what_their_purse_has),
        cmocka_unit_test(what_one_purse_keeps_is_not_there_for_another),
        cmocka_unit_test(move_hands_a_charge_over_even_above_the_share),
        cmocka_unit_test(memory_that_is_there_is_counted_above_every_limit),
        cmocka_unit_test(without_an_account_nothing_is_counted),
        cmocka_unit_test(a_floor_is_given_whatever_the_limits_say_and_no_more),
        cmocka_unit_test(accounts_of_one_peer_share_what_is_above_their_floors),
        cmocka_unit_test(threads_together_stay_within_the_budget),
    };
    return cmocka_run_group_tests_name("budget", tests, NULL, NULL);
}
