/*
 * Why bytes are no HTTP/1.1 that is served here: the status to answer with, and a sentence for people.
 *
 * Messages  Constants, lower case, without a full stop; they say what was expected, and quote nothing of the input.
 * Answering Whatever the status, the place where the next request begins is in doubt: the connection is closed behind
 *           the answer.
 */
#ifndef WEB_HTTP1_HTTP1_FAULT_H
#define WEB_HTTP1_HTTP1_FAULT_H

#include <stdbool.h>

struct http1_fault {
    unsigned http_status; /* 4xx or 5xx */
    const char *message;
};

/* Sets the fault. Always returns false, so that a function can end with it. */
static inline bool http1_fail(struct http1_fault *fault, unsigned http_status, const char *message)
{
    *fault = (struct http1_fault){http_status, message};
    return false;
}

#endif
