#include "base/status.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

static const char *const code_names[] = {
    [STATUS_OK] = "OK",
    [STATUS_CANCELLED] = "CANCELLED",
    [STATUS_UNKNOWN] = "UNKNOWN",
    [STATUS_INVALID_ARGUMENT] = "INVALID_ARGUMENT",
    [STATUS_DEADLINE_EXCEEDED] = "DEADLINE_EXCEEDED",
    [STATUS_NOT_FOUND] = "NOT_FOUND",
    [STATUS_ALREADY_EXISTS] = "ALREADY_EXISTS",
    [STATUS_PERMISSION_DENIED] = "PERMISSION_DENIED",
    [STATUS_RESOURCE_EXHAUSTED] = "RESOURCE_EXHAUSTED",
    [STATUS_FAILED_PRECONDITION] = "FAILED_PRECONDITION",
    [STATUS_ABORTED] = "ABORTED",
    [STATUS_OUT_OF_RANGE] = "OUT_OF_RANGE",
    [STATUS_UNIMPLEMENTED] = "UNIMPLEMENTED",
    [STATUS_INTERNAL] = "INTERNAL",
    [STATUS_UNAVAILABLE] = "UNAVAILABLE",
    [STATUS_DATA_LOSS] = "DATA_LOSS",
    [STATUS_UNAUTHENTICATED] = "UNAUTHENTICATED",
};

void status_clear(struct status *st)
{
    st->code = STATUS_OK;
    st->message[0] = '\0';
    st->details = (struct view){0};
}

/* Replaces the tail of a message that filled the whole buffer by "...", without leaving half a code point behind. */
static void cut(char *message)
{
    size_t end = STATUS_MESSAGE_BYTES_MAX - sizeof("...");
    while (end > 0 && ((unsigned char)message[end] & 0xc0) == 0x80)
        end--;
    memcpy(message + end, "...", sizeof("..."));
}

/* Puts '?' in the place of each byte that is not UTF-8: messages quote what somebody sent. */
static void mend(char *message)
{
    size_t len = strlen(message);
    for (size_t at = 0; (at += utf8_valid_len(view_make(message + at, len - at))) < len;)
        message[at] = '?';
}

bool status_vfail(struct status *st, enum status_code code, const char *format, va_list arguments)
{
    st->code = code;
    st->details = (struct view){0};
    int len = vsnprintf(st->message, sizeof(st->message), format, arguments);
    if (len < 0)
        st->message[0] = '\0';
    else if ((size_t)len >= sizeof(st->message))
        cut(st->message);
    mend(st->message);
    return false;
}

bool status_fail(struct status *st, enum status_code code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    status_vfail(st, code, format, arguments);
    va_end(arguments);
    return false;
}

bool status_prefix(struct status *st, const char *format, ...)
{
    char message[STATUS_MESSAGE_BYTES_MAX];
    memcpy(message, st->message, sizeof(message));
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(st->message, sizeof(st->message), format, arguments);
    va_end(arguments);
    size_t used = len < 0 ? 0 : (size_t)len;
    size_t message_len = strlen(message);
    if (used + message_len < sizeof(st->message)) {
        memcpy(st->message + used, message, message_len + 1);
        mend(st->message);
        return false;
    }
    if (used < sizeof(st->message))
        memcpy(st->message + used, message, sizeof(st->message) - used - 1);
    st->message[sizeof(st->message) - 1] = '\0';
    cut(st->message);
    mend(st->message);
    return false;
}

const char *status_code_name(enum status_code code)
{
    if ((unsigned)code >= sizeof(code_names) / sizeof(code_names[0]))
        return "UNKNOWN";
    return code_names[code];
}
