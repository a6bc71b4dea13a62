/*
 * The path of a request, split into segments before anything is decoded, so that %2F is never a separator.
 *
 * Flow     request_path_parse(), look for a template of path->verb with the segments as they are; when there is none,
 *          request_path_join_verb() and look again; request_path_capture() for each variable.
 * Memory   Texts point into the path, or into the arena where something had to be decoded.
 * Limits   ROUTE_PATH_SEGMENTS_MAX segments.
 */
#ifndef GATEWAY_ROUTE_REQUEST_PATH_H
#define GATEWAY_ROUTE_REQUEST_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"
#include "gateway/route/limits.h"

struct request_path {
    size_t count;                              /* at least 1: "/" is one empty segment */
    struct view raw[ROUTE_PATH_SEGMENTS_MAX];  /* as it was sent; neighbours in one text */
    struct view text[ROUTE_PATH_SEGMENTS_MAX]; /* decoded */
    struct view verb;                          /* decoded, not empty; data is NULL when there is none */
    struct view last_raw;                      /* the last segment with verb and colon */
    struct view last_text;
};

/*
 * Parses a path. What follows the last colon of the last segment is cut off it and is the verb, unless it is empty.
 * INVALID_ARGUMENT when the path has no leading slash, a malformed escape or too many segments; RESOURCE_EXHAUSTED when
 * the arena is. *ret_path is void then.
 */
MUST_USE bool request_path_parse(struct view path, struct arena *arena, struct request_path *ret_path,
                                 struct status *st);

/* Gives the verb and its colon back to the last segment. */
void request_path_join_verb(struct request_path *path);

/*
 * The text of segments [first, end) with the slashes between them: all of it decoded, or, of a multi-segment variable,
 * all but %2F. False when the arena is exhausted.
 */
MUST_USE bool request_path_capture(const struct request_path *path, size_t first, size_t end, bool multi_segment,
                                   struct arena *arena, struct view *ret_text);

#endif
