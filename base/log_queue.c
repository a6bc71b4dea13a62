/*
 * A list under a lock, which is held for a few instructions: lines are made before it is taken, and written, freed and told of after it
 * was given back. Only the writer waits for the descriptor. All state is static: a writer that is held up while the process ends
 * touches nothing that was freed.
 */
#include "base/log_queue.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum queue_state {
    QUEUE_NONE,     /* put writes itself */
    QUEUE_RUNNING,  /* the thread writes */
    QUEUE_ENDING,   /* the thread writes what is left */
    QUEUE_FINISHED, /* all was written: the thread returns */
    QUEUE_STOPPED,  /* lines are thrown away */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;  /* something for the writer to do */
static pthread_cond_t finished = PTHREAD_COND_INITIALIZER; /* the writer is through */
static enum queue_state state;
static struct log_line *first;
static struct log_line **last_link = &first;
static size_t waiting_bytes;
static uint64_t dropped; /* since the last line that fit */

/* Both are set by start. */
static pthread_t writer;
static log_queue_tell tell_dropped;

/* ---- Writing ---- */

/* One write unless the descriptor takes less, as one that does not block may. What cannot be written at all is lost. */
static void write_whole(const char *text, size_t len)
{
    while (len > 0) {
        ssize_t written = write(STDERR_FILENO, text, len);
        if (written >= 0) {
            text += written;
            len -= (size_t)written;
        } else if (errno == EAGAIN) {
            struct pollfd wait = {.fd = STDERR_FILENO, .events = POLLOUT};
            poll(&wait, 1, -1);
        } else if (errno != EINTR) {
            return;
        }
    }
}

static void write_line(struct log_line *line)
{
    write_whole(line->text, line->len);
    free(line);
}

static void write_dropped(uint64_t count)
{
    struct log_line *line = count ? tell_dropped(count) : NULL;
    if (line)
        write_line(line);
}

/* ---- The thread ---- */

/* The next line, when there is one. Then *ret_dropped are those before it, else those at the end. */
static struct log_line *take(uint64_t *ret_dropped)
{
    pthread_mutex_lock(&lock);
    while (!first && state == QUEUE_RUNNING)
        pthread_cond_wait(&changed, &lock);
    struct log_line *line = first;
    if (line) {
        first = line->next;
        if (!first)
            last_link = &first;
        *ret_dropped = line->dropped;
    } else {
        *ret_dropped = dropped;
        dropped = 0;
    }
    pthread_mutex_unlock(&lock);
    return line;
}

static void *write_lines(void *ctx)
{
    (void)ctx;
    struct log_line *line;
    uint64_t before;
    while ((line = take(&before))) {
        size_t len = line->len;
        write_dropped(before);
        write_line(line);
        pthread_mutex_lock(&lock);
        waiting_bytes -= len; /* only now: a line that is being written takes room, too */
        pthread_mutex_unlock(&lock);
    }
    write_dropped(before);
    pthread_mutex_lock(&lock);
    if (state == QUEUE_ENDING)
        state = QUEUE_FINISHED;
    pthread_cond_signal(&finished);
    pthread_mutex_unlock(&lock);
    return NULL;
}

void log_queue_start(log_queue_tell tell)
{
    if (state == QUEUE_RUNNING)
        return;
    sigset_t all, before;
    tell_dropped = tell;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_mutex_lock(&lock);
    state = pthread_create(&writer, NULL, write_lines, NULL) == 0 ? QUEUE_RUNNING : QUEUE_NONE;
    pthread_mutex_unlock(&lock);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* ---- Who logs ---- */

/* Under the lock. False: it has no room. */
static bool append(struct log_line *line)
{
    if (line->len > LOG_QUEUE_BYTES_MAX - waiting_bytes)
        return false;
    line->next = NULL;
    line->dropped = dropped;
    dropped = 0;
    waiting_bytes += line->len;
    *last_link = line;
    last_link = &line->next;
    return true;
}

void log_queue_put(struct log_line *line)
{
    pthread_mutex_lock(&lock);
    bool direct = state == QUEUE_NONE;
    bool queued = !direct && state != QUEUE_STOPPED && line && append(line);
    if (queued)
        pthread_cond_signal(&changed);
    else if (!direct)
        dropped++;
    pthread_mutex_unlock(&lock);
    if (direct && line)
        write_line(line);
    else if (!queued)
        free(line);
}

void log_queue_stop(void)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += LOG_QUEUE_STOP_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_mutex_lock(&lock);
    bool had_thread = state == QUEUE_RUNNING;
    if (had_thread) {
        state = QUEUE_ENDING;
        pthread_cond_signal(&changed);
    }
    int result = 0;
    while (state == QUEUE_ENDING && result != ETIMEDOUT)
        result = pthread_cond_clockwait(&finished, &lock, CLOCK_MONOTONIC, &until);
    bool is_through = state == QUEUE_FINISHED;
    if (had_thread)
        state = QUEUE_STOPPED;
    pthread_mutex_unlock(&lock);
    if (had_thread && is_through)
        pthread_join(writer, NULL);
}
