/* Errors are rare: position and path are worked out only when one is there. */
#include <stdarg.h>

#include "base/ascii.h"
#include "codec/transcode/to_binary.h"

static void find_position(const struct to_binary *c, const char *in, size_t *ret_line, size_t *ret_column)
{
    size_t line = 1, column = 1;
    for (const char *at = c->start; at < in; at++) {
        if (*at == '\n')
            line++, column = 1;
        else if (((unsigned char)*at & 0xc0) != 0x80)
            column++;
    }
    *ret_line = line;
    *ret_column = column;
}

struct cursor to_binary_fail_here(struct to_binary *c, const char *in)
{
    if (c->text)
        return cursor_failed();
    char text[PATH_TEXT_BYTES_MAX];
    size_t line, column;
    const char *path = path_write(c->path, text);
    find_position(c, in, &line, &column);
    if (*path)
        status_prefix(c->output.st, "%s (line %zu, column %zu): ", path, line, column);
    else
        status_prefix(c->output.st, "line %zu, column %zu: ", line, column);
    return cursor_failed();
}

struct cursor to_binary_fail(struct to_binary *c, const char *in, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    status_vfail(c->output.st, STATUS_INVALID_ARGUMENT, format, arguments);
    va_end(arguments);
    return to_binary_fail_here(c, in);
}

/* NULL: no token of JSON begins so. */
static const char *name_of_token(const struct to_binary *c, const char *in)
{
    if (in >= c->end)
        return "the end of the input";
    switch (*in) {
    case '"': return "a string";
    case '{': return "an object";
    case '[': return "an array";
    case 't': return take_word(c, &in, "true", 4) ? "a boolean" : NULL;
    case 'f': return take_word(c, &in, "false", 5) ? "a boolean" : NULL;
    case 'n': return take_word(c, &in, "null", 4) ? "null" : NULL;
    case '-': return "a number";
    default: return ascii_is_digit(*in) ? "a number" : NULL;
    }
}

struct cursor to_binary_expected(struct to_binary *c, const char *in, const char *what)
{
    const char *found = name_of_token(c, in);
    if (found)
        return to_binary_fail(c, in, "expected %s, found %s", what, found);
    unsigned char byte = (unsigned char)*in;
    if (byte > ' ' && byte < 0x7f)
        return to_binary_fail(c, in, "expected %s, found '%c'", what, byte);
    return to_binary_fail(c, in, "expected %s, found byte 0x%02x", what, byte);
}

struct cursor to_binary_not_a_number(struct to_binary *c, const char *in, const char *end, const char *what)
{
    if (end == in)
        return to_binary_expected(c, in, what);
    if (end < c->end && ascii_is_digit(*end))
        return to_binary_fail(c, end, "expected no digit behind a leading 0");
    return to_binary_expected(c, end, "a digit");
}
