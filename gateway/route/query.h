/*
 * The parameters of a query string, one after the other: "a=1&b.c=x+y" gives (a, 1) and (b.c, x y).
 *
 * Flow     query_init(), then query_next() until it says QUERY_END.
 * Memory   Keys and values point into the query text when nothing had to be decoded, else into the caller's arena.
 * Limits   The length of the query is the HTTP server's to bound; the work is linear in it.
 * Threads  One a query.
 * Errors   INVALID_ARGUMENT names the parameter; RESOURCE_EXHAUSTED when the arena is.
 * Source   application/x-www-form-urlencoded (https://url.spec.whatwg.org/#urlencoded-parsing), but a malformed escape
 *          is an error rather than text, and bytes stay bytes: decoded text may hold any byte, NUL and invalid UTF-8
 *          included.
 *
 *     struct query query;
 *     struct query_parameter parameter;
 *     enum query_result result;
 *     query_init(&query, text);
 *     while ((result = query_next(&query, arena, &parameter, st)) == QUERY_PARAMETER)
 *         …
 *     return result == QUERY_END;
 */
#ifndef GATEWAY_ROUTE_QUERY_H
#define GATEWAY_ROUTE_QUERY_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"

struct query {
    struct view rest; /* what is not read yet */
};

struct query_parameter {
    struct view key;   /* decoded, '+' is a space */
    struct view value; /* the same; empty when there is no '=' */
};

enum query_result {
    QUERY_PARAMETER, /* *ret_parameter is set */
    QUERY_END,
    QUERY_BAD, /* st is set; do not go on */
};

/* Starts at the front of `text`, which is the query without its '?' and must outlive the parameters. */
static inline void query_init(struct query *query, struct view text)
{
    query->rest = text;
}

/* Reads the next parameter. Empty parts ("a=1&&b=2") are skipped; ';' is text. */
enum query_result query_next(struct query *query, struct arena *arena, struct query_parameter *ret_parameter,
                             struct status *st);

#endif
