/* The message is decoded again with the same codec that shows replies. */
#include "gateway/pipeline/explain.h"

#include "gateway/pipeline/rest_json.h"
#include "gateway/pipeline/routing.h"
#include "web/http/http_target.h"
#include "web/http/limits.h"

void explain_routes(const struct endpoint_set *endpoints, FILE *out)
{
    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint *endpoint = &endpoints->endpoints[i];
        fprintf(out, "%.*s %.*s -> %s\n", VIEW_ARG(endpoint->rule->http_method),
                VIEW_ARG(endpoint->rule->path_template), endpoint->method->path.data + 1);
    }
}

/* "PUT /path?q=1" */
static bool parse_request_line(const char *line, struct arena *arena, struct view *ret_method,
                               struct http_target *ret_target, struct status *st)
{
    const char *space = strchr(line, ' ');
    if (!space || space == line)
        return status_fail(st, STATUS_INVALID_ARGUMENT, "expected a method, a space and a path, as in \"GET /path\"");
    if (!http_target_parse(view_of(space + 1), arena, ret_target, st))
        return false;
    *ret_method = view_make(line, (size_t)(space - line));
    return true;
}

static bool read_body(FILE *in, struct buf *body, struct refusal *refusal)
{
    char piece[4096];
    size_t len;
    while ((len = fread(piece, 1, sizeof(piece), in)) > 0) {
        if (!buf_append(body, view_make(piece, len))) {
            refusal->http_status = HTTP_STATUS_CONTENT_TOO_LARGE;
            return status_fail(&refusal->status, STATUS_RESOURCE_EXHAUSTED,
                               "the request body is over the limit of %zu bytes", body->max);
        }
    }
    return true;
}

/* The call and its message; false when it is refused. */
static bool show(const struct api *api, struct view method, struct view path, const struct rest_json_request *request,
                 struct arena *arena, FILE *out, struct refusal *refusal)
{
    struct router_match match;
    struct buf message, json;
    buf_init(&message, HTTP_SCRATCH_BYTES_MAX);
    buf_init(&json, HTTP_REPLY_BYTES_MAX);
    bool shown = routing_find(api, method, path, arena, &match, refusal) &&
                 rest_json_decode(api, &match, request, arena, &message, refusal);
    const struct schema_method *called = shown ? ((const struct endpoint *)match.target)->method : NULL;
    shown =
        shown && transcode_binary_to_json(called->input, NULL, buf_view(&message), &api->json, &json, &refusal->status);
    if (shown)
        fprintf(out, "%s\n%.*s\n", called->path.data + 1, VIEW_ARG(buf_view(&json)));
    buf_free(&message);
    buf_free(&json);
    return shown;
}

static void show_refusal(const struct api *api, enum error_body_form form, const struct refusal *refusal,
                         struct view method, struct view url, struct arena *arena, FILE *out)
{
    struct error_body_options options = {form, &api->json};
    struct buf body;
    buf_init(&body, HTTP_REPLY_BYTES_MAX);
    error_body_write(&options, refusal, method, url, arena, &body);
    fprintf(out, "%u\n%.*s\n", refusal_http_status(refusal), VIEW_ARG(buf_view(&body)));
    buf_free(&body);
}

bool explain_request(const struct api *api, enum error_body_form form, const char *request_line, FILE *in,
                     size_t body_bytes_max, FILE *out)
{
    struct rest_json_request request = {.content_type = VIEW("application/json")};
    struct view method = {0};
    struct http_target target = {0};
    struct refusal refusal = {0};
    struct arena arena;
    struct buf body;
    arena_init(&arena, HTTP_ARENA_BYTES_MAX);
    buf_init(&body, body_bytes_max);
    bool parsed =
        parse_request_line(request_line, &arena, &method, &target, &refusal.status) && read_body(in, &body, &refusal);
    request.query = target.query;
    request.body = buf_view(&body);
    bool shown = parsed && show(api, method, target.path, &request, &arena, out, &refusal);
    if (!shown)
        show_refusal(api, form, &refusal, method, target.whole, &arena, out);
    buf_free(&body);
    arena_free(&arena);
    return shown;
}
