/*
 * Logs: one JSON object a line on stderr. Only main functions, the server and the pipeline log, once per event.
 *
 *     log_write(LOG_ERROR, "store write failed", LOG_TEXT("store", "sqlite"), LOG_INT("code", 13));
 *     {"time":"2024-05-01T10:00:00.123Z","level":"error","program":"track_service",
 *      "message":"store write failed","store":"sqlite","code":13}
 *
 * Threads  Safe from any. A thread of its own writes the lines, each whole, by one write(2): no other waits for whoever reads stderr.
 * Limits   When stderr is read too slowly, records are dropped: what waits is bounded (base/log_queue.h). A record says how many.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdint.h>

enum log_level {
    LOG_DEBUG,
    LOG_INFO,
    LOG_WARNING,
    LOG_ERROR,
};

struct log_field {
    const char *key;  /* NULL ends a list of fields */
    const char *text; /* NULL: the field is a number */
    int64_t number;
};

#define LOG_TEXT(name, value)                                                                                          \
    {                                                                                                                  \
        .key = (name), .text = (value)                                                                                 \
    }
#define LOG_INT(name, value)                                                                                           \
    {                                                                                                                  \
        .key = (name), .number = (value)                                                                               \
    }

/* Sets the program's name (kept, not copied) and the least level that is written, and starts the writer. Call once, before other
 * threads start. Records before it are written at once by who logs. */
void log_start(const char *program, enum log_level least);

/* Writes what waits, for half a second at most, and ends the writer; later records are thrown away. exit() calls it. */
void log_stop(void);

/* log_write(level, message, fields…): fields are LOG_TEXT and LOG_INT, any number of them. */
#define log_write(level, ...)                                                                                          \
    log_write_fields_(level, LOG_MESSAGE_(__VA_ARGS__, 0), (const struct log_field[]){LOG_FIELDS_(__VA_ARGS__, {0})})
#define LOG_MESSAGE_(message, ...) (message)
#define LOG_FIELDS_(message, ...)  __VA_ARGS__

void log_write_fields_(enum log_level level, const char *message, const struct log_field *fields);

#endif
