/*
 * From an HTTP method and a path to the route that serves them, and to the texts that its variables capture.
 *
 * Flow     router_create() at start from all rules, router_find() for each request, router_destroy() at the end.
 * Memory   The router copies what it needs of the rules, except the targets, which it only hands out. router_find()
 *          takes memory from the caller's arena for what must be decoded, and for the Allow list; else for nothing.
 * Limits   gateway/route/limits.h, route. A search comes to each node of the trie at most once, in practice to one a
 *          segment, whatever the number of routes.
 * Threads  Const after router_create(): any number of finders.
 * Errors   A bad rule is INVALID_ARGUMENT at create, naming the template and where it came from.
 *
 * Which route is found (google/api/http.proto, RFC 3986; where they are silent, the choice is ours):
 *  - Segments are compared left to right: a literal is preferred to "*", "*" to "**", of several "**" the one with more
 *    literals behind it. A choice that leads nowhere is taken back, also when only the HTTP method is missing there:
 *    POST /v1/special does not hide GET /v1/{id} from GET /v1/special.
 *  - The path is split into segments, and its verb cut off, before anything is decoded: %2F never separates, %3A never
 *    begins a verb. Literals and verbs compare by their decoded text: /caf%C3%A9 is /café.
 *  - The verb is what follows the last colon of the last segment. Templates with that verb come first; when there is
 *    none that takes path and method, the colon belongs to the segment: /tracks/user:default finds /tracks/{id}.
 *  - "*" takes exactly one segment, which must not be empty. "**" takes any number of segments, empty ones too. So a
 *    trailing slash matters: /tracks/ finds neither /tracks nor /tracks/{id}, only a "**" reaches it.
 *  - Dot segments are ordinary text. Methods and literals are case-sensitive (RFC 9110 9.1, RFC 3986 6.2.2.1).
 *  - A rule of method "*" takes any method for which its template has no rule of its own.
 *  - HEAD finds what GET finds where a template has no rule for HEAD itself (RFC 9110 9.1): who answers leaves the content
 *    out. OPTIONS is a method like any other here; router_list_methods() has what an answer to it needs.
 *
 * What a variable captures:
 *  - of one segment, {id} or {id=*}: the segment, percent-decoded, once;
 *  - of several, {name=**} or any pattern with a slash: the path between, percent-decoded, once, but %2F and %2f stay
 *    as they are, so that a slash in it is always a separator.
 *  Decoded text may hold any byte, NUL and invalid UTF-8 included: who puts it into a field checks it.
 *
 *     struct router_match match;
 *     switch (router_find(router, method, path, arena, &match, &st)) {
 *     case ROUTER_FOUND: return call(match.target, match.captures, match.capture_count);
 *     case ROUTER_WRONG_METHOD: return refuse(405, match.allow, &st);
 *     …
 */
#ifndef GATEWAY_ROUTE_ROUTER_H
#define GATEWAY_ROUTE_ROUTER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"
#include "gateway/route/limits.h"

struct router;

struct router_rule {
    struct view http_method;   /* a token: "GET", a custom kind, or "*" for any */
    struct view path_template; /* see http_template.h */
    struct view origin;        /* what error messages call it: "package.Service/Method"; may be empty */
    const void *target;        /* what a match gives back */
};

/* What one variable took from the path. */
struct router_capture {
    struct view field_path; /* from the template; lives as long as the router */
    struct view text;       /* decoded; points into the path or into the arena */
};

struct router_match {
    const void *target;
    struct router_capture captures[ROUTE_VARIABLES_MAX]; /* [i] is variables[i] of the parsed template */
    size_t capture_count;
    struct view allow; /* only after ROUTER_WRONG_METHOD: as of router_list_methods() */
};

enum router_result {
    ROUTER_FOUND,        /* *ret_match is set but for allow */
    ROUTER_NO_PATH,      /* NOT_FOUND: no template matches the path, whatever the method */
    ROUTER_WRONG_METHOD, /* UNIMPLEMENTED: templates match, but with other methods; only ret_match->allow is set */
    ROUTER_BAD_PATH,     /* INVALID_ARGUMENT: no leading slash, a malformed escape (with its offset), too many segments;
                            RESOURCE_EXHAUSTED: the arena is */
};

/*
 * Builds the router. Fails on a method that is not a token, a bad template, two rules of one method whose templates
 * match the same paths (/a/{x} and /a/{y}), and what is over a limit. The caller destroys *ret_router. No rules at all
 * are fine.
 */
MUST_USE bool router_create(const struct router_rule *rules, size_t count, struct router **ret_router,
                            struct status *st);

/* NULL is fine. */
void router_destroy(struct router *router);

/*
 * Finds the route of a request. `path` is the path of the request target as it was sent: percent-encoded, with its
 * leading slash, without the query; it must outlive the captures. st is set by every result but ROUTER_FOUND, and holds
 * no text of the request.
 */
enum router_result router_find(const struct router *router, struct view http_method, struct view path,
                               struct arena *arena, struct router_match *ret_match, struct status *st);

/*
 * The methods that a path takes, for an Allow header, in the arena: "DELETE, GET, HEAD, PUT"; HEAD is in it where GET is, and a rule for
 * any method as those that are common. ROUTER_FOUND, or ROUTER_NO_PATH or ROUTER_BAD_PATH, which set st.
 */
enum router_result router_list_methods(const struct router *router, struct view path, struct arena *arena,
                                       struct view *ret_methods, struct status *st);

#endif
