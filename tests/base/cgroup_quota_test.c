/* Each case is a folder that looks like the root of a machine. */
#include "base/cgroup_quota.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define FILES_MAX 6
#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))

static void quota_is_processors_rounded_up(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned count;
    } cases[] = {
        {"200000 100000\n", 2},
        {"150000 100000\n", 2},
        {"50000 100000\n", 1},
        {"1000 1000000\n", 1},
        {"3200000 100000", 32},
        {"200000\n100000\n", 2},
        {"max 100000\n", 0},
        {"-1\n100000\n", 0},
        {"200000", 0},
        {"200000 ", 0},
        {"200000 0\n", 0},
        {"0 100000\n", 0},
        {"-1 100000\n", 0},
        {"2e5 100000\n", 0},
        {"", 0},
        {"\n", 0},
        {"99999999999999999999999999999999 100000\n", 0},
        {"1000000000000 1\n", 65536},
        {"1099511627775 1099511627775\n", 1},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        print_message("  %s\n", cases[i].text);
        assert_int_equal(cgroup_quota_parse(view_of(cases[i].text)), cases[i].count);
    }
}

struct machine {
    const char *name;
    const char *cgroup; /* /proc/self/cgroup; NULL: there is none */
    struct {
        const char *path;
        const char *text;
    } files[FILES_MAX]; /* below /sys/fs/cgroup */
    unsigned count;
};

static const struct machine machines[] = {
    {"no control groups", NULL, {{0}}, 0},
    {"container with its own namespace", "0::/\n", {{"cpu.max", "200000 100000\n"}}, 2},
    {"container that sees the host's path", "0::/kubepods/pod1/c1\n", {{"cpu.max", "300000 100000\n"}}, 3},
    {"unit of systemd",
     "0::/system.slice/gateway.service\n",
     {{"system.slice/gateway.service/cpu.max", "150000 100000\n"}, {"system.slice/cpu.max", "max 100000\n"}},
     2},
    {"slice around the unit",
     "0::/a.slice/b.slice/c.service\n",
     {{"a.slice/b.slice/c.service/cpu.max", "800000 100000\n"},
      {"a.slice/b.slice/cpu.max", "400000 100000\n"},
      {"a.slice/cpu.max", "600000 100000\n"}},
     4},
    {"no limit anywhere", "0::/a\n", {{"a/cpu.max", "max 100000\n"}}, 0},
    {"another group's limit", "0::/a\n", {{"a/cpu.max", "max 100000\n"}, {"ab/cpu.max", "100000 100000\n"}}, 0},
    {"outside of the namespace", "0::/../other\n", {{"cpu.max", "500000 100000\n"}}, 5},
    {"version 1",
     "12:memory:/docker/x\n5:cpu,cpuacct:/docker/x\n1:name=systemd:/docker/x\n",
     {{"cpu,cpuacct/docker/x/cpu.cfs_quota_us", "250000\n"}, {"cpu,cpuacct/docker/x/cpu.cfs_period_us", "100000\n"}},
     3},
    {"version 1 seen from inside",
     "5:cpuacct,cpu:/docker/x\n",
     {{"cpu/cpu.cfs_quota_us", "100000\n"}, {"cpu/cpu.cfs_period_us", "50000\n"}},
     2},
    {"version 1 without a limit",
     "5:cpu:/\n",
     {{"cpu/cpu.cfs_quota_us", "-1\n"}, {"cpu/cpu.cfs_period_us", "100000\n"}},
     0},
    {"both versions",
     "2:cpu:/a\n0::/b\n",
     {{"cpu/a/cpu.cfs_quota_us", "700000\n"},
      {"cpu/a/cpu.cfs_period_us", "100000\n"},
      {"b/cpu.max", "600000 100000\n"}},
     6},
    {"lines that are not of this form", "\n0\n0:\n0::\n:::\n0::a\n0::/\n", {{"cpu.max", "100000 100000\n"}}, 1},
};

/* Makes all folders of the path. */
static void make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
}

static void write_file(const char *root, const char *folder, const char *name, const char *text)
{
    char path[1024];
    snprintf(path, sizeof(path), "%s/%s/%s", root, folder, name);
    make_folders(path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void the_least_on_the_way_up_counts(void **state)
{
    (void)state;
    const char *folder = getenv("TEST_TMPDIR");
    for (size_t i = 0; i < COUNT(machines); i++) {
        const struct machine *machine = &machines[i];
        char root[512];
        print_message("  %s\n", machine->name);
        snprintf(root, sizeof(root), "%s/%zu", folder ? folder : "/tmp", i);
        if (machine->cgroup)
            write_file(root, "proc/self", "cgroup", machine->cgroup);
        for (size_t j = 0; j < FILES_MAX && machine->files[j].path; j++)
            write_file(root, "sys/fs/cgroup", machine->files[j].path, machine->files[j].text);
        assert_int_equal(cgroup_quota_processors(root), machine->count);
    }
}

static void path_of_any_length_is_taken(void **state)
{
    (void)state;
    const char *folder = getenv("TEST_TMPDIR");
    char root[512], *line = malloc(100000);
    snprintf(root, sizeof(root), "%s/long", folder ? folder : "/tmp");
    write_file(root, "sys/fs/cgroup", "cpu.max", "200000 100000\n");
    for (size_t len = 8000; len < 100000; len += len < 8300 ? 1 : 10000) {
        memset(line, 'x', len);
        memcpy(line, "0::/", 4);
        line[len - 1] = '\0';
        if (len % 64 == 0 || len > 8300) {
            write_file(root, "proc/self", "cgroup", line);
            assert_int_equal(cgroup_quota_processors(root), 2);
        }
    }
    free(line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quota_is_processors_rounded_up),
        cmocka_unit_test(the_least_on_the_way_up_counts),
        cmocka_unit_test(path_of_any_length_is_taken),
    };
    return cmocka_run_group_tests_name("cgroup_quota", tests, NULL, NULL);
}
