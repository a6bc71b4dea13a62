/*
 * The request target of a request line, taken apart: "/books/a%2Fb?full=1" is the path "/books/a%2Fb" and the query
 * "full=1".
 *
 * Nothing is decoded: what %2F means is for the router to say. Three things are put in order, so that the target can
 * stand in logs and error bodies as it is:
 *  - space, control characters and NUL are refused, they end requests elsewhere on the way (request smuggling);
 *  - bytes above 0x7e, which RFC 3986 wants percent-encoded, are encoded;
 *  - of the absolute form ("http://host/path", RFC 9112 3.2.2) the origin form is kept.
 *
 * Memory   The arena's.
 * Errors   INVALID_ARGUMENT names the offset; RESOURCE_EXHAUSTED when the arena is.
 */
#ifndef WEB_HTTP_HTTP_TARGET_H
#define WEB_HTTP_HTTP_TARGET_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"

struct http_target {
    struct view whole; /* path, and query with its '?' if there was one */
    struct view path;
    struct view query;
};

MUST_USE bool http_target_parse(struct view raw, struct arena *arena, struct http_target *ret_target,
                                struct status *st);

#endif
