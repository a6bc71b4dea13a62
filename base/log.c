#include "base/log.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log_queue.h"

static const char *const level_names[] = {"debug", "info", "warning", "error"};

static const char *program_name = "";
static enum log_level least_level = LOG_INFO;

static void now_text(char ret_text[static 32])
{
    struct timespec now;
    struct tm utc;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    size_t len = strftime(ret_text, 32, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(ret_text + len, 32 - len, ".%03dZ", (int)(now.tv_nsec / 1000000));
}

/* The record as a line on the heap; NULL when there is no memory. */
static struct log_line *make_line(enum log_level level, const char *message, const struct log_field *fields)
{
    char time_text[32];
    now_text(time_text);
    cJSON *record = cJSON_CreateObject();
    cJSON_AddStringToObject(record, "time", time_text);
    cJSON_AddStringToObject(record, "level", level_names[level]);
    cJSON_AddStringToObject(record, "program", program_name);
    cJSON_AddStringToObject(record, "message", message);
    for (const struct log_field *field = fields; field->key; field++) {
        if (field->text) {
            cJSON_AddStringToObject(record, field->key, field->text);
        } else {
            char number[24];
            snprintf(number, sizeof(number), "%lld", (long long)field->number);
            cJSON_AddRawToObject(record, field->key, number);
        }
    }
    char *text = cJSON_PrintUnformatted(record);
    cJSON_Delete(record);
    size_t len = text ? strlen(text) : 0;
    struct log_line *line = text ? malloc(sizeof(*line) + len + 1) : NULL;
    if (line) {
        memcpy(line->text, text, len);
        line->text[len] = '\n';
        line->len = len + 1;
    }
    cJSON_free(text);
    return line;
}

static struct log_line *tell_dropped(uint64_t count)
{
    const struct log_field fields[] = {LOG_INT("count", (int64_t)count), {0}};
    return make_line(LOG_WARNING, "log records were dropped here: stderr is read too slowly", fields);
}

void log_start(const char *program, enum log_level least)
{
    static bool at_exit;
    program_name = program;
    least_level = least;
    log_queue_start(tell_dropped);
    if (!at_exit)
        atexit(log_stop);
    at_exit = true;
}

void log_stop(void)
{
    log_queue_stop();
}

void log_write_fields_(enum log_level level, const char *message, const struct log_field *fields)
{
    if (level >= least_level)
        log_queue_put(make_line(level, message, fields));
}
