/* The limits of web/loop. */
#ifndef WEB_LOOP_LIMITS_H
#define WEB_LOOP_LIMITS_H

/* Descriptors that one turn serves. More have their turn next; so timers and writes are at most a few milliseconds late. */
#define LOOP_EVENTS_MAX 256

#endif
