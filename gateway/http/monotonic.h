/* The clock that the HTTP server measures by: milliseconds since some start, never set back. */
#ifndef GATEWAY_HTTP_MONOTONIC_H
#define GATEWAY_HTTP_MONOTONIC_H

#include <stdint.h>
#include <time.h>

static inline uint64_t monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)(now.tv_nsec / 1000000);
}

#endif
