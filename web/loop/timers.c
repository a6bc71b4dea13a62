/*
 * A hierarchical timing wheel (Varghese and Lauck, 1987). Level 0 has a slot for each of the next 64 ms, level 1 one for each of the
 * next 64 times 64 ms, and so on. A timer stands on the level of the highest bit in which its time differs from now's, so that all
 * of a lower level come before all of a higher one. When now reaches a slot its timers are due, or move down.
 */
#include "web/loop/timers.h"

#include <stddef.h>

static bool is_empty(const struct timer_link *list)
{
    return list->next == list;
}

static void make_empty(struct timer_link *list)
{
    list->next = list->previous = list;
}

static void append(struct timer_link *list, struct timer_link *link)
{
    link->next = list;
    link->previous = list->previous;
    list->previous->next = link;
    list->previous = link;
}

static void unlink_from(struct timer_link *link)
{
    link->next->previous = link->previous;
    link->previous->next = link->next;
    link->next = NULL;
}

void timers_init(struct timers *timers, uint64_t now_ms)
{
    timers->now_ms = now_ms;
    for (unsigned level = 0; level < TIMERS_LEVELS; level++) {
        timers->occupied[level] = 0;
        for (unsigned slot = 0; slot < TIMERS_SLOTS; slot++)
            make_empty(&timers->slots[level][slot]);
    }
}

void timers_set(struct timers *timers, struct timer *timer, uint64_t due_ms)
{
    timers_clear(timers, timer);
    timer->due_ms = due_ms;
    uint64_t at = due_ms > timers->now_ms ? due_ms : timers->now_ms + 1;
    unsigned level = (63 - (unsigned)__builtin_clzll(at ^ timers->now_ms)) / TIMERS_SLOT_BITS;
    unsigned slot = (unsigned)(at >> (level * TIMERS_SLOT_BITS)) % TIMERS_SLOTS;
    timer->slot = (uint16_t)(level * TIMERS_SLOTS + slot);
    append(&timers->slots[level][slot], &timer->link);
    timers->occupied[level] |= (uint64_t)1 << slot;
}

void timers_clear(struct timers *timers, struct timer *timer)
{
    if (!timer_is_set(timer))
        return;
    unlink_from(&timer->link);
    unsigned level = timer->slot / TIMERS_SLOTS, slot = timer->slot % TIMERS_SLOTS;
    if (is_empty(&timers->slots[level][slot]))
        timers->occupied[level] &= ~((uint64_t)1 << slot);
}

uint64_t timers_next_ms(const struct timers *timers)
{
    for (unsigned level = 0; level < TIMERS_LEVELS; level++) {
        if (!timers->occupied[level])
            continue;
        unsigned shift = level * TIMERS_SLOT_BITS;
        uint64_t slot = (uint64_t)__builtin_ctzll(timers->occupied[level]);
        uint64_t above = shift + TIMERS_SLOT_BITS < 64 ? timers->now_ms >> (shift + TIMERS_SLOT_BITS) : 0;
        return (shift + TIMERS_SLOT_BITS < 64 ? above << (shift + TIMERS_SLOT_BITS) : 0) | slot << shift;
    }
    return UINT64_MAX;
}

/* Takes out the slot that now has reached: calls what is due, and sets the rest again, on a lower level. */
static void empty_slot(struct timers *timers, unsigned level, unsigned slot)
{
    struct timer_link *list = &timers->slots[level][slot];
    while (!is_empty(list)) {
        struct timer *timer = (struct timer *)list->next;
        timers_clear(timers, timer);
        if (timer->due_ms > timers->now_ms)
            timers_set(timers, timer, timer->due_ms);
        else
            timer->on_due(timer);
    }
}

void timers_advance(struct timers *timers, uint64_t now_ms)
{
    uint64_t next;
    while ((next = timers_next_ms(timers)) <= now_ms) {
        timers->now_ms = next;
        for (unsigned level = 0; level < TIMERS_LEVELS; level++) {
            unsigned slot = (unsigned)(next >> (level * TIMERS_SLOT_BITS)) % TIMERS_SLOTS;
            if (timers->occupied[level] & (uint64_t)1 << slot)
                empty_slot(timers, level, slot);
            if (slot != 0) /* no slot of a higher level begins here */
                break;
        }
    }
    if (now_ms > timers->now_ms)
        timers->now_ms = now_ms;
}
