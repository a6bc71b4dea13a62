/*
 * The path templates of google.api.http rules, parsed: "/v1/shelves/{shelf.id}/{path=**}:archive".
 *
 * Flow     http_template_parse() at start: the router builds its trie from the segments, the pipeline resolves the
 *          variables' field paths against the request message.
 * Memory   Every view points into the text that was parsed. Nothing is allocated.
 * Limits   ROUTE_TEMPLATE_SEGMENTS_MAX segments and ROUTE_VARIABLES_MAX variables (gateway/route/limits.h).
 * Errors   INVALID_ARGUMENT: path template "/a/{b": expected '.', '=' or '}' at offset 5. Offsets count bytes from 0.
 * Source   The comments of google/api/http.proto. Where they leave room:
 *          - "**" may be followed by literals and a verb ("/v1/{name=**}/versions"), as in Envoy and grpc-gateway, but
 *            neither by "*" nor by another "**": what each of them would take could not be told.
 *          - A literal holds any character but control characters, space and the seven / : * { } ? #. These are written
 *            percent-encoded: "/a%3Ab" is the one-segment literal "a:b". Literals compare by what they decode to.
 *          - "/" alone is refused: the grammar wants a segment.
 *          - A field path may occur once.
 *
 *     struct http_template parsed;
 *     if (!http_template_parse(rule->path_template, &parsed, st))
 *         return false;
 *     for (size_t i = 0; i < parsed.variable_count; i++)
 *         resolve(parsed.variables[i].field_path);
 */
#ifndef GATEWAY_ROUTE_HTTP_TEMPLATE_H
#define GATEWAY_ROUTE_HTTP_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "base/view.h"
#include "gateway/route/limits.h"

enum http_template_kind {
    HTTP_TEMPLATE_LITERAL,
    HTTP_TEMPLATE_ANY,  /* "*": one segment that is not empty */
    HTTP_TEMPLATE_REST, /* "**": any number of segments, none included */
};

struct http_template_segment {
    enum http_template_kind kind;
    struct view literal; /* of a literal: as it was written, escapes well-formed but not decoded */
};

/* Captures segments [first, end) of the template. */
struct http_template_variable {
    struct view field_path; /* "shelf.id" */
    size_t first;
    size_t end;
    bool multi_segment; /* more than one segment, or "**": %2F stays encoded in what it captures */
};

struct http_template {
    struct http_template_segment segments[ROUTE_TEMPLATE_SEGMENTS_MAX];
    size_t segment_count; /* at least 1 */
    size_t rest;          /* index of the "**"; segment_count when there is none */
    struct http_template_variable variables[ROUTE_VARIABLES_MAX]; /* as they stand in the text, left to right */
    size_t variable_count;
    struct view verb; /* without its colon, not decoded; empty when there is none */
};

/* The text must outlive *ret_template. */
MUST_USE bool http_template_parse(struct view text, struct http_template *ret_template, struct status *st);

#endif
