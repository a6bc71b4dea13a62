#include "base/log.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <time.h>

static const char *const level_names[] = {"debug", "info", "warning", "error"};

static const char *program_name = "";
static enum log_level least_level = LOG_INFO;

void log_start(const char *program, enum log_level least)
{
    program_name = program;
    least_level = least;
}

static void now_text(char ret_text[static 32])
{
    struct timespec now;
    struct tm utc;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    size_t len = strftime(ret_text, 32, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(ret_text + len, 32 - len, ".%03dZ", (int)(now.tv_nsec / 1000000));
}

void log_write_fields_(enum log_level level, const char *message, const struct log_field *fields)
{
    if (level < least_level)
        return;
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
    char *line = cJSON_PrintUnformatted(record);
    cJSON_Delete(record);
    if (!line)
        return;
    /* One write of the whole line: lines of several threads do not mix (stderr is unbuffered and locked per call). */
    fprintf(stderr, "%s\n", line);
    cJSON_free(line);
}
