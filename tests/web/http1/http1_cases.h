/*
 * Bytes of connections, and what the reader must make of them. The same table is given to other readers (see
 * http1_readers_test.py).
 */
#ifndef TESTS_WEB_HTTP1_HTTP1_CASES_H
#define TESTS_WEB_HTTP1_HTTP1_CASES_H

#include <stddef.h>

#include "base/view.h"

struct http1_case {
    const char *name; /* words_with_underscores */
    struct view input;
    unsigned http_status;   /* of the refusal that the transcript ends in; 0 when all is taken */
    const char *transcript; /* of http1_transcript.h; NULL of a refusal before which no request was complete */
};

extern const struct http1_case http1_cases[];
extern const size_t http1_case_count;

#endif
