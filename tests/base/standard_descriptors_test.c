/* Each combination of closed descriptors is tried in a child process, which tells by its exit code what it found. */
#include "base/standard_descriptors.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Whether the descriptor is on /dev/null, in the right direction. */
static bool is_null(int fd)
{
    struct stat null, found;
    return stat("/dev/null", &null) == 0 && fstat(fd, &found) == 0 && null.st_rdev == found.st_rdev &&
           (fcntl(fd, F_GETFL) & O_ACCMODE) == (fd == STDIN_FILENO ? O_RDONLY : O_WRONLY);
}

/* All three are files of this folder but those that are closed. */
static int try_closed(unsigned closed)
{
    for (int fd = 0; fd <= 2; fd++) {
        close(fd);
        if (open(".", O_RDONLY) != fd)
            return 1;
    }
    for (int fd = 0; fd <= 2; fd++)
        if (closed >> fd & 1)
            close(fd);
    if (!standard_descriptors_open())
        return 2;
    for (int fd = 0; fd <= 2; fd++)
        if (is_null(fd) != (closed >> fd & 1) || fcntl(fd, F_GETFD) != 0)
            return 3 + fd;
    return 0;
}

static void closed_ones_are_opened_on_dev_null_and_others_are_left(void **state)
{
    (void)state;
    for (unsigned closed = 0; closed < 8; closed++) {
        int status;
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
            _exit(try_closed(closed));
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closed_ones_are_opened_on_dev_null_and_others_are_left),
    };
    return cmocka_run_group_tests_name("standard_descriptors", tests, NULL, NULL);
}
