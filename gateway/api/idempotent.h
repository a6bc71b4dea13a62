/*
 * Which calls may be sent twice when nobody knows whether the first time has counted.
 *
 * HTTP says so of GET, HEAD, OPTIONS, TRACE, PUT and DELETE (RFC 9110 9.2.2). A method whose rules have other verbs,
 * too, such as a PATCH beside its PUT, is idempotent when it is called by one of these.
 */
#ifndef GATEWAY_API_IDEMPOTENT_H
#define GATEWAY_API_IDEMPOTENT_H

#include <stdbool.h>

#include "base/view.h"

bool idempotent_http_method(struct view http_method);

#endif
