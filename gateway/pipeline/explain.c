/* The resolver does the work; its message is decoded again with the same codec that shows replies. */
#include "gateway/pipeline/explain.h"

#include "gateway/http/http_target.h"
#include "gateway/limits.h"

void explain_routes(const struct endpoint_set *endpoints, FILE *out)
{
    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint *endpoint = &endpoints->endpoints[i];
        fprintf(out, "%.*s %.*s -> %s\n", VIEW_ARG(endpoint->rule->http_method),
                VIEW_ARG(endpoint->rule->path_template), endpoint->method->path.data + 1);
    }
}

/* "PUT /path?q=1" */
static bool parse_request_line(const char *line, struct arena *arena, struct resolver_request *ret_request,
                               struct http_target *ret_target, struct status *st)
{
    const char *space = strchr(line, ' ');
    if (!space || space == line)
        return status_fail(st, STATUS_INVALID_ARGUMENT, "expected a method, a space and a path, as in \"GET /path\"");
    if (!http_target_parse(view_of(space + 1), arena, ret_target, st))
        return false;
    ret_request->method = view_make(line, (size_t)(space - line));
    ret_request->path = ret_target->path;
    ret_request->query = ret_target->query;
    return true;
}

/* The call and its message; false when it is refused. */
static bool show(const struct resolver *resolver, const struct resolver_request *request, struct arena *arena,
                 struct buf *message, struct buf *json, FILE *out, struct refusal *refusal)
{
    const struct endpoint *endpoint;
    if (!resolver_resolve(resolver, request, arena, message, &endpoint, refusal) ||
        !transcode_binary_to_json(endpoint->method->input, NULL, buf_view(message), &resolver->json, json,
                                  &refusal->status))
        return false;
    fprintf(out, "%s\n%.*s\n", endpoint->method->path.data + 1, VIEW_ARG(buf_view(json)));
    return true;
}

bool explain_request(const struct resolver *resolver, enum error_body_form form, const char *request_line,
                     struct view body, FILE *out)
{
    struct error_body_options error_body = {form, &resolver->json};
    struct resolver_request request = {.body = body, .content_type = VIEW("application/json")};
    struct http_target target = {0};
    struct refusal refusal = {0};
    struct arena arena;
    struct buf message, json;
    arena_init(&arena, HTTP_ARENA_BYTES_MAX);
    buf_init(&message, HTTP_SCRATCH_BYTES_MAX);
    buf_init(&json, HTTP_REPLY_BYTES_MAX);
    bool shown = parse_request_line(request_line, &arena, &request, &target, &refusal.status) &&
                 show(resolver, &request, &arena, &message, &json, out, &refusal);
    if (!shown) {
        error_body_write(&error_body, &refusal, request.method, target.whole, &arena, &json);
        fprintf(out, "%u\n%.*s\n", refusal_http_status(&refusal), VIEW_ARG(buf_view(&json)));
    }
    buf_free(&json);
    buf_free(&message);
    arena_free(&arena);
    return shown;
}
