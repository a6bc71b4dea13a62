#include "service/server/core_log.h"

#include <grpc/support/log.h>

#include "base/log.h"

static enum log_level level_of(gpr_log_severity severity)
{
    switch (severity) {
    case GPR_LOG_SEVERITY_DEBUG: return LOG_DEBUG;
    case GPR_LOG_SEVERITY_INFO: return LOG_INFO;
    case GPR_LOG_SEVERITY_ERROR: return LOG_ERROR;
    }
    return LOG_ERROR;
}

static void write_line(gpr_log_func_args *line)
{
    log_write(level_of(line->severity), line->message, LOG_TEXT("source", "grpc"), LOG_TEXT("file", line->file),
              LOG_INT("line", line->line));
}

void core_log_start(void)
{
    gpr_set_log_function(write_line);
}
