/*
 * How many processors this process may use: what defaults of thread counts and queue lengths follow.
 *
 * The fewer of those that it may run on (taskset, cpusets) and those that its container's share of time amounts to: a
 * container that gets the time of two still sees, and may run on, all that the machine has.
 *
 * Source   sched_getaffinity(2); cpu.max in the kernel's admin-guide/cgroup-v2.rst
 */
#ifndef BASE_PROCESSORS_H
#define BASE_PROCESSORS_H

#include "base/view.h"

/* At least 1. Reads files: for the start of a program. */
unsigned processors_count(void);

/*
 * What the content of a cpu.max file amounts to, rounded up: "QUOTA PERIOD", times in microseconds, or "max PERIOD". 0: no
 * limit, or no such content.
 */
unsigned processors_of_quota(struct view cpu_max);

/* per_processor for each, but at least `least` and at most `most`. */
unsigned processors_scale(unsigned per_processor, unsigned least, unsigned most);

#endif
