#include "gateway/pipeline/probes.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/ascii.h"
#include "base/container_of.h"
#include "gateway/pipeline/answers.h"

enum probe probes_find(struct view prefix, struct view path)
{
    if (prefix.len == 0 || !view_starts_with(path, prefix))
        return PROBE_NONE;
    struct view rest = view_make(path.data + prefix.len, path.len - prefix.len);
    if (view_equal_text(rest, "/live"))
        return PROBE_LIVE;
    return view_equal_text(rest, "/ready") ? PROBE_READY : PROBE_NONE;
}

/* ---- Requests ---- */

static void refuse(struct probe_request *request, const struct refusal *refusal)
{
    struct reply_headers headers = {.count = 0};
    reply_headers_add(&headers, "Cache-Control", "no-store");
    answer_refusal(request->exchange, request->error_body, refusal, &headers);
}

static void answer_ok(struct probe_request *request)
{
    static const struct http_header headers[] = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}};
    bool written = buf_append_text(&request->exchange->reply, "{\"status\":\"ok\"}");
    http_exchange_answer(request->exchange, HTTP_STATUS_OK, headers, written ? 2 : 0);
}

static void answer_ready(struct probe_request *request)
{
    struct refusal refusal = {.status = request->readiness->st};
    if (refusal.status.code == STATUS_OK)
        answer_ok(request);
    else
        refuse(request, &refusal);
}

static void on_answered(struct readiness_waiter *waiter)
{
    answer_ready(CONTAINER_OF(waiter, struct probe_request, waiter));
}

void probes_answer(struct probe_request *request, enum probe probe)
{
    struct view method = request->exchange->method;
    request->waiter = (struct readiness_waiter){.answered = on_answered};
    if (!view_equal_text(method, "GET") && !view_equal_text(method, "HEAD")) {
        struct refusal refusal = {.http_status = HTTP_STATUS_METHOD_NOT_ALLOWED, .allow = "GET, HEAD"};
        status_fail(&refusal.status, STATUS_UNIMPLEMENTED, "this path takes GET and HEAD only");
        refuse(request, &refusal);
    } else if (probe == PROBE_LIVE) {
        answer_ok(request);
    } else if (readiness_ask(request->readiness, &request->waiter)) {
        answer_ready(request);
    }
}

void probes_forget(struct probe_request *request)
{
    readiness_forget(&request->waiter);
}

/* ---- Start ---- */

/* "/" and a segment, any number of times: such characters as stand for themselves in every path (RFC 3986 2.3). */
static bool is_prefix(struct view text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        bool slash = c == '/' && i + 1 < text.len && text.data[i + 1] != '/';
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
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

bool probes_check_prefix(const char *prefix, const struct endpoint_set *endpoints, struct status *st)
{
    static const char *const names[] = {"live", "ready"};
    bool is_free = true;
    if (!*prefix)
        return true;
    if (!is_prefix(view_of(prefix)))
        return status_fail(st, STATUS_INVALID_ARGUMENT,
                           "--health-path-prefix: expected a path such as \"/healthz\", found \"%s\"", prefix);
    for (size_t i = 0; i < 2 && is_free; i++) {
        char *path;
        if (asprintf(&path, "%s/%s", prefix, names[i]) < 0)
            return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for health checks");
        is_free = check_rules(endpoints, path, st) || status_prefix(st, "--health-path-prefix: ");
        free(path);
    }
    return is_free;
}
