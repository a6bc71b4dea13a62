/*
 * Lines on their way to stderr, and the thread that writes them: who logs never waits for who reads.
 *
 * Flow     put takes a line; the thread writes it with one write(2). Before start, and when no thread could be started, put writes
 *          itself. After stop lines are thrown away.
 * Limits   LOG_QUEUE_BYTES_MAX bytes wait. What does not fit is dropped and counted; before the next line that fits, and at the end,
 *          stands one that says how many there were.
 * Threads  put: any. start and stop: one thread, not at the same time.
 */
#ifndef BASE_LOG_QUEUE_H
#define BASE_LOG_QUEUE_H

#include <stddef.h>
#include <stdint.h>

/* Some thousand lines: what a burst of faults writes while the reader of the log is busy for a moment. */
#define LOG_QUEUE_BYTES_MAX ((size_t)512 * 1024)

/* How long a program that ends waits for the reader of its last lines. */
#define LOG_QUEUE_STOP_MS 500

struct log_line {
    struct log_line *next;
    uint64_t dropped; /* lines before this one; the queue's */
    size_t len;       /* bytes, the line's end included */
    char text[];
};

/* Makes the line that tells of `count` dropped ones, on the heap; NULL when there is no memory. Called by the writer. */
typedef struct log_line *(*log_queue_tell)(uint64_t count);

/* Starts the thread, with all signals blocked, unless it runs already. Without one (no memory) put goes on to write itself. */
void log_queue_start(log_queue_tell tell);

/* Takes the line, which malloc() made; NULL is a line that there was no memory for, and counts as dropped. */
void log_queue_put(struct log_line *line);

/* Waits until all is written, at most LOG_QUEUE_STOP_MS, and ends the thread; one that is still held up in its write is left behind,
 * for the end of the process to end it. Without a thread: nothing. */
void log_queue_stop(void);

#endif
