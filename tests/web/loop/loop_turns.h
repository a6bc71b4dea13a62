/* A loop that a test runs on its own thread for a while: until something has come about, or for a time. */
#ifndef TESTS_WEB_LOOP_LOOP_TURNS_H
#define TESTS_WEB_LOOP_LOOP_TURNS_H

#include <stdbool.h>
#include <stdint.h>

#include "web/loop/loop.h"

/* Takes turns until is_done(ctx), which is asked every millisecond. False: it was not within ten seconds. */
bool loop_turns_until(struct loop *loop, bool (*is_done)(void *ctx), void *ctx);

/* Takes turns for so long. */
void loop_turns_for(struct loop *loop, uint32_t ms);

#endif
