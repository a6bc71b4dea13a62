/* The wheel against a plain list of the same timers, which is searched from end to end. */
#include "web/loop/timers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
/* after the above */
#include <cmocka.h>

#include "base/container_of.h"

#define TIMERS 40
#define STEPS  4000
#define ROUNDS 50

/* A timer, and what the list knows of it. */
struct entry {
    struct timer timer;
    bool is_set;
    uint64_t due_ms;
};

static struct timers timers;
static struct entry entries[TIMERS];
static uint64_t now_ms;      /* the list's clock: the last advance */
static uint64_t target_ms;   /* of the advance that is under way */
static uint64_t last_due_ms; /* of the timer that was called last in this advance */
static unsigned long long random_state;
static bool callbacks_act; /* they set and clear others */

/* A linear congruential generator (Knuth's MMIX), so that a failure can be repeated. */
static uint64_t random_below(uint64_t bound)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (random_state >> 16) % bound;
}

/* Near times mostly, and some at every distance that a level has. */
static uint64_t random_distance(void)
{
    switch (random_below(4)) {
    case 0: return random_below(10);
    case 1: return random_below(5000);
    case 2: return random_below(3600000);
    default: return random_below((uint64_t)1 << (1 + random_below(46)));
    }
}

static void set(struct entry *entry, uint64_t due_ms)
{
    timers_set(&timers, &entry->timer, due_ms);
    entry->is_set = true;
    entry->due_ms = due_ms;
}

static void clear(struct entry *entry)
{
    timers_clear(&timers, &entry->timer);
    entry->is_set = false;
}

static void on_due(struct timer *timer)
{
    struct entry *entry = CONTAINER_OF(timer, struct entry, timer);
    assert_true(entry->is_set);
    assert_false(timer_is_set(timer));
    if (entry->due_ms > target_ms || entry->due_ms < last_due_ms)
        fail_msg("due %lu, called on the way to %lu behind %lu", entry->due_ms, target_ms, last_due_ms);
    if (entry->due_ms > now_ms) /* those that were over when they were set come first, in any order */
        last_due_ms = entry->due_ms;
    entry->is_set = false;
    if (!callbacks_act)
        return;
    if (random_below(2))
        set(entry, target_ms + 1 + random_distance());
    if (random_below(3) == 0)
        clear(&entries[random_below(TIMERS)]);
    if (random_below(3) == 0)
        set(&entries[random_below(TIMERS)], target_ms + 1 + random_distance());
}

static uint64_t earliest(void)
{
    uint64_t least = UINT64_MAX;
    for (size_t i = 0; i < TIMERS; i++)
        if (entries[i].is_set && entries[i].due_ms < least)
            least = entries[i].due_ms;
    return least;
}

static void advance(uint64_t to_ms)
{
    target_ms = to_ms;
    last_due_ms = 0;
    timers_advance(&timers, to_ms);
    now_ms = to_ms;
    if (earliest() <= now_ms)
        fail_msg("one that is due at %lu was not called by %lu", earliest(), now_ms);
}

static void check_next(void)
{
    uint64_t next = timers_next_ms(&timers), least = earliest();
    if (least == UINT64_MAX)
        assert_true(next == UINT64_MAX);
    else if (least > now_ms)
        assert_true(next <= least && next > now_ms);
    for (size_t i = 0; i < TIMERS; i++)
        assert_int_equal(timer_is_set(&entries[i].timer), entries[i].is_set);
}

static void begin(uint64_t start_ms, unsigned long long seed)
{
    random_state = seed;
    now_ms = start_ms;
    timers_init(&timers, start_ms);
    for (size_t i = 0; i < TIMERS; i++)
        entries[i] = (struct entry){.timer.on_due = on_due};
}

static void step(void)
{
    struct entry *entry = &entries[random_below(TIMERS)];
    switch (random_below(4)) {
    case 0: clear(entry); break;
    case 1: advance(now_ms + random_distance()); break;
    default: {
        uint64_t distance = random_distance();
        bool is_over = random_below(20) == 0 && distance < now_ms;
        set(entry, is_over ? now_ms - distance : now_ms + 1 + distance);
        if (is_over) { /* at the next advance */
            entry->due_ms = now_ms + 1;
        }
    }
    }
}

static void does_what_a_sorted_list_would_do(void **state)
{
    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        callbacks_act = round % 2;
        begin(round % 3 == 0 ? 0 : (uint64_t)random_below((uint64_t)1 << 44), round + 1);
        for (unsigned i = 0; i < STEPS; i++) {
            step();
            check_next();
        }
    }
}

/* At every distance of one bit, and beside it, from times whose bits are all set or all clear. */
static void keeps_far_times_to_the_millisecond(void **state)
{
    static const uint64_t starts[] = {0, 1, 63, 64, 4095, 4096, ((uint64_t)1 << 32) - 1, (uint64_t)1 << 32};
    (void)state;
    callbacks_act = false;
    for (size_t s = 0; s < sizeof(starts) / sizeof(starts[0]); s++)
        for (unsigned bit = 0; bit < 62; bit++)
            for (int beside = -1; beside <= 1; beside++) {
                uint64_t due_ms = starts[s] + ((uint64_t)1 << bit) + (uint64_t)beside;
                if (due_ms <= starts[s] + 1)
                    continue;
                begin(starts[s], 1);
                set(&entries[0], due_ms);
                advance(due_ms - 1);
                assert_true(entries[0].is_set);
                assert_true(timers_next_ms(&timers) == due_ms);
                advance(due_ms);
                assert_false(entries[0].is_set);
            }
}

static void takes_the_last_time_that_there_is(void **state)
{
    (void)state;
    begin(1000, 1);
    set(&entries[0], UINT64_MAX);
    set(&entries[1], UINT64_MAX - 1);
    advance(UINT64_MAX / 2);
    assert_true(entries[0].is_set && entries[1].is_set);
    clear(&entries[0]);
    clear(&entries[1]);
    assert_true(timers_next_ms(&timers) == UINT64_MAX);
}

static void calls_one_that_is_over_at_the_next_advance(void **state)
{
    (void)state;
    callbacks_act = false;
    begin(5000, 1);
    timers_set(&timers, &entries[0].timer, 3);
    entries[0].is_set = true;
    entries[0].due_ms = 5001;
    advance(5000);
    assert_true(entries[0].is_set); /* time has not moved */
    advance(5001);
    assert_false(entries[0].is_set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(does_what_a_sorted_list_would_do),
        cmocka_unit_test(keeps_far_times_to_the_millisecond),
        cmocka_unit_test(takes_the_last_time_that_there_is),
        cmocka_unit_test(calls_one_that_is_over_at_the_next_advance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
