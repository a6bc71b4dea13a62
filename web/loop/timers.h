/*
 * Timers of one thread: set, clear and find the next one in constant time, whatever their number.
 *
 * Flow     init with the clock's time; set and clear timers; advance() with a later time calls those that are due.
 * Memory   A timer lives in its owner's struct; nothing is allocated. An owner clears its timers before it ends.
 * Units    Milliseconds of any clock that does not go back. A timer is called in the first advance() at or behind its time.
 * Threads  One.
 *
 *     struct timers timers;
 *     timers_init(&timers, monotonic_ms());
 *     connection->idle.on_due = on_idle;
 *     timers_set(&timers, &connection->idle, monotonic_ms() + 60000);
 *     …
 *     timers_advance(&timers, monotonic_ms());
 */
#ifndef WEB_LOOP_TIMERS_H
#define WEB_LOOP_TIMERS_H

#include <stdbool.h>
#include <stdint.h>

#define TIMERS_LEVELS    11 /* of 6 bits: all 64 of a time */
#define TIMERS_SLOT_BITS 6
#define TIMERS_SLOTS     (1 << TIMERS_SLOT_BITS)

struct timer_link {
    struct timer_link *next;
    struct timer_link *previous;
};

struct timer {
    struct timer_link link; /* first: the one is cast to the other; next is NULL while the timer is not set */
    uint64_t due_ms;
    uint16_t slot;                       /* level and slot that it waits in */
    void (*on_due)(struct timer *timer); /* it may set or clear any timer, this one too, and end their owners */
};

struct timers {
    uint64_t now_ms;
    uint64_t occupied[TIMERS_LEVELS]; /* a bit a slot */
    struct timer_link slots[TIMERS_LEVELS][TIMERS_SLOTS];
};

void timers_init(struct timers *timers, uint64_t now_ms);

/* Calls the timer at due_ms; at the next advance() when that is over already. One that is set is moved. */
void timers_set(struct timers *timers, struct timer *timer, uint64_t due_ms);

/* It is not called. One that is not set is fine. */
void timers_clear(struct timers *timers, struct timer *timer);

static inline bool timer_is_set(const struct timer *timer)
{
    return timer->link.next != 0;
}

/* A time until which no timer is due; UINT64_MAX when there are none. */
uint64_t timers_next_ms(const struct timers *timers);

/* Calls all that are due by now_ms. */
void timers_advance(struct timers *timers, uint64_t now_ms);

#endif
