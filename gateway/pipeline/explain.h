/* What the gateway would do, shown without doing it: for people at a terminal. */
#ifndef GATEWAY_PIPELINE_EXPLAIN_H
#define GATEWAY_PIPELINE_EXPLAIN_H

#include <stdbool.h>
#include <stdio.h>

#include "gateway/api/api.h"
#include "gateway/pipeline/error_body.h"

/* One line a route, in the order of the schema: METHOD TEMPLATE -> package.Service/Method. */
void explain_routes(const struct endpoint_set *endpoints, FILE *out);

/*
 * Prints what "PUT /path?q=1", with what `in` holds as its body, would call, on two lines: package.Service/Method, and
 * the request message as JSON. When it is refused: the HTTP status and the error body; then the result is false. The
 * body counts as application/json.
 */
bool explain_request(const struct api *api, enum error_body_form form, const char *request_line, FILE *in,
                     size_t body_bytes_max, FILE *out);

#endif
