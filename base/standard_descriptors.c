#include "base/standard_descriptors.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

bool standard_descriptors_open(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) >= 0)
            continue;
        /* The least that is free, which is this one: those before it are open. */
        if (open("/dev/null", fd == STDIN_FILENO ? O_RDONLY : O_WRONLY) != fd)
            return false;
    }
    return true;
}

void standard_descriptors_open_or_exit(void)
{
    if (!standard_descriptors_open())
        _exit(EXIT_FAILURE);
}
