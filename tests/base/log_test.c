/* The lines are read back from stderr, which is a file meanwhile. */
#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <cjson/cJSON.h>

struct captured {
    FILE *file;
    int stderr_copy;
    char text[4096];
};

static void capture(struct captured *captured)
{
    fflush(stderr);
    captured->file = tmpfile();
    captured->stderr_copy = dup(STDERR_FILENO);
    assert_non_null(captured->file);
    dup2(fileno(captured->file), STDERR_FILENO);
}

static void release(struct captured *captured)
{
    log_stop();
    fflush(stderr);
    dup2(captured->stderr_copy, STDERR_FILENO);
    close(captured->stderr_copy);
    rewind(captured->file);
    size_t len = fread(captured->text, 1, sizeof(captured->text) - 1, captured->file);
    captured->text[len] = '\0';
    fclose(captured->file);
}

static void a_record_is_one_line_of_json_with_its_fields(void **state)
{
    (void)state;
    struct captured captured;
    capture(&captured);
    log_start("program", LOG_INFO);
    log_write(LOG_ERROR, "it \"failed\"\n", LOG_TEXT("why", "a\tb"), LOG_INT("code", INT64_MIN));
    release(&captured);
    assert_ptr_equal(strchr(captured.text, '\n'), captured.text + strlen(captured.text) - 1);
    cJSON *record = cJSON_Parse(captured.text);
    assert_non_null(record);
    assert_string_equal(cJSON_GetObjectItem(record, "level")->valuestring, "error");
    assert_string_equal(cJSON_GetObjectItem(record, "program")->valuestring, "program");
    assert_string_equal(cJSON_GetObjectItem(record, "message")->valuestring, "it \"failed\"\n");
    assert_string_equal(cJSON_GetObjectItem(record, "why")->valuestring, "a\tb");
    assert_int_equal(strlen(cJSON_GetObjectItem(record, "time")->valuestring), strlen("2024-05-01T10:00:00.123Z"));
    assert_non_null(strstr(captured.text, "\"code\":-9223372036854775808"));
    cJSON_Delete(record);
}

static void records_below_the_least_level_are_not_written(void **state)
{
    (void)state;
    struct captured captured;
    capture(&captured);
    log_start("program", LOG_WARNING);
    log_write(LOG_INFO, "not seen");
    log_write(LOG_WARNING, "seen");
    release(&captured);
    assert_null(strstr(captured.text, "not seen"));
    assert_non_null(strstr(captured.text, "seen"));
}

static void record_before_the_start_is_written_at_once(void **state)
{
    (void)state;
    struct captured captured;
    capture(&captured);
    log_write(LOG_ERROR, "early");
    assert_true(lseek(STDERR_FILENO, 0, SEEK_CUR) > 0);
    release(&captured);
    assert_non_null(strstr(captured.text, "\"message\":\"early\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(record_before_the_start_is_written_at_once), /* the first: nothing was started yet */
        cmocka_unit_test(a_record_is_one_line_of_json_with_its_fields),
        cmocka_unit_test(records_below_the_least_level_are_not_written),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
