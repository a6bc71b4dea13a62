/*
 * How many processors this process may use: what defaults of thread counts and queue lengths follow.
 *
 * The fewer of those that it may run on (taskset, cpusets) and those that its share of time amounts to (base/cgroup_quota.h): a
 * container that gets the time of two still sees, and may run on, all that the machine has.
 *
 * Source   sched_getaffinity(2)
 */
#ifndef BASE_PROCESSORS_H
#define BASE_PROCESSORS_H

/* At least 1. Reads files: for the start of a program. */
unsigned processors_count(void);

/* per_processor for each, but at least `least` and at most `most`. */
unsigned processors_scale(unsigned per_processor, unsigned least, unsigned most);

#endif
