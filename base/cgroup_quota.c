/*
 * /proc/self/cgroup has a line a hierarchy, "ID:CONTROLLERS:PATH": version 2's is "0::PATH", and of version 1 the one counts that has
 * the controller "cpu". Where that path is in what is mounted, each folder on the way up to the mount has a limit of its own. Inside
 * of a container the path may be the host's, which the container's mount does not have: then only the mount itself, which is the
 * container's group, is there to be read.
 */
#include "base/cgroup_quota.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/ascii.h"

#define MOUNT "/sys/fs/cgroup"

/* No machine has more; it keeps the sums below from overflowing. */
#define PROCESSORS_MAX 65536
#define NUMBER_MAX     (UINT64_C(1) << 40)

/* Of a file with a limit: two numbers. */
#define LIMIT_BYTES_MAX 64

/* A folder's path. Longer ones are left out. */
#define PATH_BYTES_MAX 8192

/* Reads digits up to the end or white space; 0 when there are others, or none. */
static uint64_t read_number(struct view *text)
{
    uint64_t number = 0;
    size_t len = 0;
    for (; len < text->len && ascii_is_digit(text->data[len]) && number < NUMBER_MAX; len++)
        number = number * 10 + (uint64_t)(text->data[len] - '0');
    if (len < text->len && text->data[len] != ' ' && text->data[len] != '\n')
        return 0;
    size_t used = len < text->len ? len + 1 : len;
    *text = view_make(text->data + used, text->len - used);
    return number;
}

unsigned cgroup_quota_parse(struct view quota_and_period)
{
    uint64_t quota = read_number(&quota_and_period);
    uint64_t period = quota ? read_number(&quota_and_period) : 0;
    if (!period)
        return 0;
    uint64_t count = (quota + period - 1) / period;
    return count < PROCESSORS_MAX ? (unsigned)count : PROCESSORS_MAX;
}

/* Appends what a small file holds. Returns the new length; the same when there is no such file. */
static size_t read_limit(const char *folder, const char *name, char text[static LIMIT_BYTES_MAX], size_t len)
{
    char path[PATH_BYTES_MAX + 32];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "re");
    if (!file)
        return len;
    len += fread(text + len, 1, LIMIT_BYTES_MAX - len, file);
    fclose(file);
    return len;
}

/* The limit of one group; version 1 has two files, each with a number and the line's end, for what version 2 has in one. */
static unsigned limit_of(const char *folder, bool version_2)
{
    char text[LIMIT_BYTES_MAX];
    size_t len = read_limit(folder, version_2 ? "cpu.max" : "cpu.cfs_quota_us", text, 0);
    if (!version_2 && len > 0)
        len = read_limit(folder, "cpu.cfs_period_us", text, len);
    return cgroup_quota_parse(view_make(text, len));
}

static unsigned lesser(unsigned a, unsigned b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

/* Of the group at `path` below the mount, and of all above it. path begins with a slash. */
static unsigned least_on_the_way(const char *root, const char *mount, struct view path, bool version_2)
{
    char folder[PATH_BYTES_MAX];
    int mount_len = snprintf(folder, sizeof(folder), "%s%s", root, mount);
    if (mount_len < 0 || (size_t)mount_len >= sizeof(folder))
        return 0;
    size_t len = (size_t)mount_len;
    if (path.len < sizeof(folder) - len && !memmem(path.data, path.len, "/..", strlen("/.."))) {
        memcpy(folder + len, path.data, path.len);
        len += path.len;
    }
    unsigned least = 0;
    for (;;) {
        folder[len] = '\0';
        least = lesser(least, limit_of(folder, version_2));
        if (len == (size_t)mount_len)
            return least;
        while (folder[--len] != '/')
            ;
    }
}

/* Takes the text before the separator, and the separator. */
static struct view take_until(struct view *text, char separator)
{
    const char *found = memchr(text->data, separator, text->len);
    size_t len = found ? (size_t)(found - text->data) : text->len;
    size_t used = found ? len + 1 : len;
    struct view part = view_make(text->data, len);
    *text = view_make(text->data + used, text->len - used);
    return part;
}

static bool has_cpu(struct view controllers)
{
    while (controllers.len)
        if (view_equal_text(take_until(&controllers, ','), "cpu"))
            return true;
    return false;
}

static unsigned limit_by_line(const char *root, struct view line)
{
    struct view id = take_until(&line, ':');
    struct view controllers = take_until(&line, ':');
    struct view path = take_until(&line, '\n');
    if (path.len == 0 || path.data[0] != '/')
        return 0;
    if (view_equal_text(id, "0") && controllers.len == 0)
        return least_on_the_way(root, MOUNT, path, true);
    if (!has_cpu(controllers))
        return 0;
    char mount[LIMIT_BYTES_MAX];
    unsigned least = least_on_the_way(root, MOUNT "/cpu", path, false);
    snprintf(mount, sizeof(mount), MOUNT "/%.*s", VIEW_ARG(controllers));
    return lesser(least, least_on_the_way(root, mount, path, false));
}

unsigned cgroup_quota_processors(const char *root)
{
    char path[PATH_BYTES_MAX];
    int len = snprintf(path, sizeof(path), "%s/proc/self/cgroup", root);
    FILE *file = len > 0 && (size_t)len < sizeof(path) ? fopen(path, "re") : NULL;
    if (!file)
        return 0;
    char *line = NULL;
    size_t capacity = 0;
    unsigned least = 0;
    for (ssize_t line_len; (line_len = getline(&line, &capacity, file)) > 0;)
        least = lesser(least, limit_by_line(root, view_make(line, (size_t)line_len)));
    free(line);
    fclose(file);
    return least;
}
