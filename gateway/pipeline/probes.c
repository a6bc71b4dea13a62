/* Whose a request is, is told by its path alone, at each step: handler_data is the next handler's. */
#include "gateway/pipeline/probes.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/ascii.h"
#include "gateway/pipeline/upstream_health.h"

struct probes {
    struct view prefix;
    struct error_body_options error_body;
    struct http_handler next;
    struct upstream_health *health;
};

enum probe { PROBE_NONE, PROBE_LIVE, PROBE_READY };

static const struct http_header content_type = {"Content-Type", "application/json"};
static const struct http_header no_store = {"Cache-Control", "no-store"};

static enum probe find_probe(const struct probes *probes, struct view path)
{
    if (probes->prefix.len == 0 || !view_starts_with(path, probes->prefix))
        return PROBE_NONE;
    struct view rest = view_make(path.data + probes->prefix.len, path.len - probes->prefix.len);
    if (view_equal_text(rest, "/live"))
        return PROBE_LIVE;
    return view_equal_text(rest, "/ready") ? PROBE_READY : PROBE_NONE;
}

/* ---- Requests ---- */

static void answer_ok(struct http_request *request)
{
    bool written = buf_append_text(&request->reply, "{\"status\":\"ok\"}");
    http_request_answer(request, HTTP_STATUS_OK, (struct http_header[]){content_type, no_store}, written ? 2 : 0);
}

static void answer_refusal(const struct probes *probes, struct http_request *request, const struct refusal *refusal)
{
    struct http_header other =
        refusal->allow ? (struct http_header){"Allow", refusal->allow} : (struct http_header){"Retry-After", "1"};
    error_body_write(&probes->error_body, refusal, request->method, request->target, &request->arena, &request->reply);
    http_request_answer(request, refusal_http_status(refusal), (struct http_header[]){content_type, no_store, other},
                        3);
}

static void answer_ready(struct probes *probes, struct http_request *request)
{
    struct refusal refusal = {0};
    if (upstream_health_is_ready(probes->health, &refusal.status))
        answer_ok(request);
    else
        answer_refusal(probes, request, &refusal);
}

static void wake(void *ctx)
{
    http_request_wake(ctx);
}

static void ask(struct probes *probes, struct http_request *request)
{
    struct upstream_health_waiter *waiter = arena_alloc(&request->arena, sizeof(*waiter));
    if (waiter)
        *waiter = (struct upstream_health_waiter){.wake = wake, .ctx = request};
    if (!waiter || upstream_health_ask(probes->health, waiter))
        answer_ready(probes, request);
}

static void refuse_method(const struct probes *probes, struct http_request *request)
{
    struct refusal refusal = {.http_status = HTTP_STATUS_METHOD_NOT_ALLOWED, .allow = "GET, HEAD"};
    status_fail(&refusal.status, STATUS_UNIMPLEMENTED, "this path takes GET and HEAD only");
    answer_refusal(probes, request, &refusal);
}

static void begin(struct http_request *request, void *ctx)
{
    struct probes *probes = ctx;
    enum probe probe = request->fault ? PROBE_NONE : find_probe(probes, request->path);
    if (probe == PROBE_NONE)
        probes->next.begin(request, probes->next.ctx);
    else if (!view_equal_text(request->method, "GET") && !view_equal_text(request->method, "HEAD"))
        refuse_method(probes, request);
    else if (probe == PROBE_LIVE)
        answer_ok(request);
    else
        ask(probes, request);
}

static void finish(struct http_request *request, void *ctx)
{
    struct probes *probes = ctx;
    if (find_probe(probes, request->path) == PROBE_NONE)
        probes->next.finish(request, probes->next.ctx);
    else
        answer_ready(probes, request);
}

static void cancel(struct http_request *request, void *ctx)
{
    struct probes *probes = ctx;
    if (find_probe(probes, request->path) == PROBE_NONE) /* a health check ends soon by itself */
        probes->next.cancel(request, probes->next.ctx);
}

/* ---- Start ---- */

/* "/" and a segment, any number of times: such characters as stand for themselves in every path (RFC 3986 2.3). */
static bool is_prefix(struct view text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        bool slash = c == '/' && i + 1 < text.len && text.data[i + 1] != '/';
        bool letter = ascii_is_letter(c) || ascii_is_digit(c);
        if (!slash && (i == 0 || (!letter && c != '-' && c != '_' && c != '.' && c != '~')))
            return false;
    }
    return true;
}

/* Whether a rule takes the path; with its own method, for it may be the only one that it has. */
static bool check_rules(const struct endpoint_set *endpoints, const char *path, struct status *st)
{
    bool is_free = true;
    for (size_t i = 0; i < endpoints->count && is_free; i++) {
        struct router_match match;
        struct status ignored;
        struct arena arena;
        struct view method = endpoints->endpoints[i].rule->http_method;
        if (view_equal_text(method, "*"))
            method = view_of("GET");
        arena_init(&arena, SIZE_MAX);
        if (router_find(endpoints->router, method, view_of(path), &arena, &match, &ignored) == ROUTER_FOUND) {
            const struct endpoint *endpoint = match.target;
            is_free = status_fail(st, STATUS_INVALID_ARGUMENT, "%s would be hidden from %.*s %.*s (%s)", path,
                                  VIEW_ARG(endpoint->rule->http_method), VIEW_ARG(endpoint->rule->path_template),
                                  endpoint->method->path.data + 1);
        }
        arena_free(&arena);
    }
    return is_free;
}

static bool check_prefix(const struct probes_options *options, struct status *st)
{
    static const char *const names[] = {"live", "ready"};
    bool is_free = true;
    if (!is_prefix(view_of(options->prefix)))
        return status_fail(st, STATUS_INVALID_ARGUMENT, "expected a path such as \"/healthz\", found \"%s\"",
                           options->prefix);
    for (size_t i = 0; i < 2 && is_free; i++) {
        char *path;
        if (asprintf(&path, "%s/%s", options->prefix, names[i]) < 0)
            return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for health checks");
        is_free = check_rules(options->resolver->endpoints, path, st);
        free(path);
    }
    return is_free;
}

bool probes_create(const struct probes_options *options, struct probes **ret_probes, struct status *st)
{
    if (*options->prefix && !check_prefix(options, st))
        return status_prefix(st, "--health-path-prefix: ");
    struct probes *probes = calloc(1, sizeof(*probes));
    if (!probes)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for health checks");
    probes->prefix = view_of(options->prefix);
    probes->error_body = (struct error_body_options){options->error_body, &options->resolver->json};
    probes->next = options->next;
    if (!upstream_health_create(options->upstream, &probes->health, st)) {
        probes_destroy(probes);
        return false;
    }
    *ret_probes = probes;
    return true;
}

void probes_destroy(struct probes *probes)
{
    if (!probes)
        return;
    upstream_health_destroy(probes->health);
    free(probes);
}

struct http_handler probes_handler(struct probes *probes)
{
    return (struct http_handler){begin, finish, cancel, probes};
}
