#include <stdarg.h>

#include "codec/transcode/to_json.h"

struct cursor to_json_fail_here(struct to_json *c, const char *in)
{
    char text[PATH_TEXT_BYTES_MAX];
    const char *path = path_write(c->path, text);
    size_t offset = in >= c->start && in <= c->end ? (size_t)(in - c->start) : 0;
    if (*path)
        status_prefix(c->output.st, "%s (byte %zu): ", path, offset);
    else
        status_prefix(c->output.st, "byte %zu: ", offset);
    return cursor_failed();
}

struct cursor to_json_fail(struct to_json *c, const char *in, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    status_vfail(c->output.st, STATUS_INVALID_ARGUMENT, format, arguments);
    va_end(arguments);
    return to_json_fail_here(c, in);
}

struct cursor to_json_fail_value(struct to_json *c, const char *in, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    status_vfail(c->output.st, STATUS_FAILED_PRECONDITION, format, arguments);
    va_end(arguments);
    return to_json_fail_here(c, in);
}

struct cursor to_json_malformed(struct to_json *c, const char *in)
{
    return to_json_fail(c, in,
                        "expected a field in protobuf's wire format, found bytes that are cut short or malformed");
}
