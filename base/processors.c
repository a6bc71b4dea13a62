#include "base/processors.h"

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/cgroup_quota.h"

/* Processors that the first question allows for, and the last: the kernel refuses a set that is smaller than its own. */
#define SET_MIN 1024
#define SET_MAX (1024 * 1024)

/* Those that this thread may run on; 1 when nobody knows. */
static unsigned allowed_to_run_on(void)
{
    for (size_t processors = SET_MIN; processors <= SET_MAX; processors *= 2) {
        cpu_set_t *set = CPU_ALLOC(processors);
        if (!set)
            return 1;
        size_t bytes = CPU_ALLOC_SIZE(processors);
        int result = sched_getaffinity(0, bytes, set);
        unsigned count = result == 0 ? (unsigned)CPU_COUNT_S(bytes, set) : 1;
        bool is_too_small = result != 0 && errno == EINVAL;
        CPU_FREE(set);
        if (!is_too_small)
            return count;
    }
    return 1;
}

unsigned processors_count(void)
{
    unsigned count = allowed_to_run_on();
    unsigned quota = cgroup_quota_processors("");
    return quota && quota < count ? quota : count;
}

unsigned processors_scale(unsigned per_processor, unsigned least, unsigned most)
{
    uint64_t scaled = (uint64_t)per_processor * processors_count();
    if (scaled < least)
        return least;
    return scaled < most ? (unsigned)scaled : most;
}
