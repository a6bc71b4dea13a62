/* Why a request is answered with an error, whoever found it: the HTTP server, the router, the codec or the service. */
#ifndef GATEWAY_PIPELINE_REFUSAL_H
#define GATEWAY_PIPELINE_REFUSAL_H

#include "base/status.h"
#include "gateway/pipeline/http_status.h"

struct refusal {
    struct status status;
    unsigned http_status; /* 0: what http_status_of_code() says */
    const char *allow;    /* with 405: the methods that the path has, "GET, PUT" */
    const char *cause;    /* for the log, in place of the message: what clients need not know; or NULL */
};

static inline unsigned refusal_http_status(const struct refusal *refusal)
{
    return refusal->http_status ? refusal->http_status : http_status_of_code(refusal->status.code);
}

#endif
