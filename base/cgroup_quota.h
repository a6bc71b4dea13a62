/*
 * The share of processor time that control groups leave to this process, as a number of processors: the least of its own group and
 * of all groups around it that can be seen (a container, a unit of systemd with CPUQuota, a slice above it).
 *
 * Source   cgroups(7); cpu.max in the kernel's admin-guide/cgroup-v2.rst, cpu.cfs_quota_us in scheduler/sched-bwc.rst
 */
#ifndef BASE_CGROUP_QUOTA_H
#define BASE_CGROUP_QUOTA_H

#include "base/view.h"

/* 0: no limit. root is put before /proc/self/cgroup and /sys/fs/cgroup: "" but in tests. Reads files: for the start of a program. */
unsigned cgroup_quota_processors(const char *root);

/*
 * What "QUOTA PERIOD" amounts to, rounded up; times in microseconds, "max" and "-1" are no limit. 0: no limit, or no such text.
 */
unsigned cgroup_quota_parse(struct view quota_and_period);

#endif
