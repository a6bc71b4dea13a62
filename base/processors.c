#include "base/processors.h"

#include <sched.h>
#include <stdio.h>

/* That of the container in which the process runs; outside of one it is not there. */
#define CPU_MAX_PATH "/sys/fs/cgroup/cpu.max"

/* No machine has more; it keeps the sums below from overflowing. */
#define PROCESSORS_MAX 65536

/* Reads digits up to the end or a space; 0 when there are others, or none. */
static unsigned long read_number(struct view *text)
{
    unsigned long number = 0;
    size_t len = 0;
    for (; len < text->len && text->data[len] >= '0' && text->data[len] <= '9' && number < 1UL << 40; len++)
        number = number * 10 + (unsigned long)(text->data[len] - '0');
    if (len < text->len && text->data[len] != ' ' && text->data[len] != '\n')
        return 0;
    size_t used = len < text->len ? len + 1 : len;
    *text = view_make(text->data + used, text->len - used);
    return number;
}

unsigned processors_of_quota(struct view cpu_max)
{
    unsigned long quota = read_number(&cpu_max);
    unsigned long period = quota ? read_number(&cpu_max) : 0;
    if (!period)
        return 0;
    unsigned long count = (quota + period - 1) / period;
    return count < PROCESSORS_MAX ? (unsigned)count : PROCESSORS_MAX;
}

static unsigned allowed_by_quota(void)
{
    char text[64];
    FILE *file = fopen(CPU_MAX_PATH, "re");
    if (!file)
        return 0;
    size_t len = fread(text, 1, sizeof(text), file);
    fclose(file);
    return processors_of_quota(view_make(text, len));
}

unsigned processors_count(void)
{
    cpu_set_t allowed;
    unsigned count = 1;
    if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0)
        count = (unsigned)CPU_COUNT(&allowed);
    unsigned quota = allowed_by_quota();
    return quota && quota < count ? quota : count;
}

unsigned processors_scale(unsigned per_processor, unsigned least, unsigned most)
{
    unsigned long scaled = (unsigned long)per_processor * processors_count();
    if (scaled < least)
        return least;
    return scaled < most ? (unsigned)scaled : most;
}
