#include "tests/web/loop/loop_turns.h"

#include "base/container_of.h"
#include "base/monotonic.h"

#define WAIT_MS_MAX 10000

struct turns {
    struct loop *loop;
    struct timer tick;
    bool (*is_done)(void *ctx);
    void *ctx;
    uint64_t end_ms;
    bool was_done;
};

static void on_tick(struct timer *timer)
{
    struct turns *turns = CONTAINER_OF(timer, struct turns, tick);
    uint64_t now_ms = loop_now_ms(turns->loop);
    turns->was_done = turns->is_done && turns->is_done(turns->ctx);
    if (turns->was_done || now_ms >= turns->end_ms)
        loop_stop(turns->loop);
    else
        loop_timer_set(turns->loop, timer, now_ms + 1);
}

static bool take_turns(struct loop *loop, bool (*is_done)(void *ctx), void *ctx, uint32_t ms)
{
    struct turns turns = {.loop = loop, .tick.on_due = on_tick, .is_done = is_done, .ctx = ctx};
    turns.end_ms = monotonic_ms() + ms;
    loop_timer_set(loop, &turns.tick, monotonic_ms() + 1);
    loop_run(loop);
    loop_timer_clear(loop, &turns.tick);
    return turns.was_done;
}

bool loop_turns_until(struct loop *loop, bool (*is_done)(void *ctx), void *ctx)
{
    return take_turns(loop, is_done, ctx, WAIT_MS_MAX);
}

void loop_turns_for(struct loop *loop, uint32_t ms)
{
    take_turns(loop, 0, 0, ms);
}
