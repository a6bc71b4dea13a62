/*
 * How a call ended: a gRPC code for machines and a sentence for people.
 *
 * Flow      A function that can fail returns bool and takes a `struct status *` last. false means that the status was set, once, by
 *           the function that found the fault; callers hand it up and add at most a path.
 * Messages  Lower case, no full stop, say what was expected. Always UTF-8: a byte that is not is replaced by '?'. A longer one is
 *           cut at a code point and ends in "...".
 * Memory    The message lives in the struct; details are borrowed (an arena's, or a received call's).
 *
 *     static bool read_ordinal(struct view text, int *ret_ordinal, struct status *st)
 *     {
 *         if (text.len == 0)
 *             return status_fail(st, STATUS_INVALID_ARGUMENT, "levels[%d].ordinal: expected a number", 3);
 *         …
 *     }
 */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

#include <stdarg.h>
#include <stdbool.h>

#include "base/view.h"

#define MUST_USE __attribute__((warn_unused_result))

/* Bytes of a message, its terminator included. It holds a few hundred characters of text and a field path. */
#define STATUS_MESSAGE_BYTES_MAX 1024

/* The numbers are gRPC's (google/rpc/code.proto), so that a code can be sent as it is. */
enum status_code {
    STATUS_OK = 0,
    STATUS_CANCELLED = 1,
    STATUS_UNKNOWN = 2,
    STATUS_INVALID_ARGUMENT = 3,
    STATUS_DEADLINE_EXCEEDED = 4,
    STATUS_NOT_FOUND = 5,
    STATUS_ALREADY_EXISTS = 6,
    STATUS_PERMISSION_DENIED = 7,
    STATUS_RESOURCE_EXHAUSTED = 8,
    STATUS_FAILED_PRECONDITION = 9,
    STATUS_ABORTED = 10,
    STATUS_OUT_OF_RANGE = 11,
    STATUS_UNIMPLEMENTED = 12,
    STATUS_INTERNAL = 13,
    STATUS_UNAVAILABLE = 14,
    STATUS_DATA_LOSS = 15,
    STATUS_UNAUTHENTICATED = 16,
};

struct status {
    enum status_code code;
    char message[STATUS_MESSAGE_BYTES_MAX];
    struct view details; /* an encoded google.rpc.Status with details, or empty; borrowed */
};

/* A status that says OK. */
void status_clear(struct status *st);

/* Sets code and message, and empties details. Always returns false, so that a function can end with it. */
bool status_fail(struct status *st, enum status_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool status_vfail(struct status *st, enum status_code code, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

/* Puts text before the message: a path, a file name. Returns false like status_fail(). */
bool status_prefix(struct status *st, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The canonical name, such as "INVALID_ARGUMENT"; "UNKNOWN" for a number that is not a code. */
const char *status_code_name(enum status_code code);

#endif
