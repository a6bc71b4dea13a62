/*
 * How often a second a directory's disk makes 4 kB durable: what bounds commits that do not share one.
 *
 *     fsync_rate DIRECTORY SECONDS    prints writes per second, each with its fdatasync(), of a file that is gone afterwards
 *
 * The file is written round and round, as SQLite does with its log.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PIECE_BYTES 4096
#define FILE_PIECES 256

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    static char piece[PIECE_BYTES];
    if (argc != 3) {
        fprintf(stderr, "usage: fsync_rate DIRECTORY SECONDS\n");
        return 2;
    }
    double seconds = strtod(argv[2], NULL);
    int fd = open(argv[1], O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    double begin = now();
    unsigned count = 0;
    while (fd >= 0 && now() - begin < seconds) {
        memset(piece, (int)(count & 0xff), sizeof(piece));
        if (pwrite(fd, piece, sizeof(piece), (off_t)(count % FILE_PIECES) * PIECE_BYTES) != PIECE_BYTES ||
            fdatasync(fd) != 0)
            break;
        count++;
    }
    double end = now();
    if (fd < 0 || end - begin < seconds) {
        fprintf(stderr, "fsync_rate: %s: %s\n", argv[1], strerror(errno));
        return 1;
    }
    printf("%.1f\n", count / (end - begin));
    close(fd);
    return 0;
}
