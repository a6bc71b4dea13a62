/*
 * Body first, then the path, then the query: wire bytes of one message merge, and where body and path both may speak of
 * a field the path has the last word. Per request this costs one walk of the router, one pass over the body, and a few
 * bytes for each variable and parameter; a second look at the body's bytes is taken only by rules whose body could
 * contradict their path.
 */
#include "gateway/pipeline/rest_json.h"

#include "base/ascii.h"
#include "base/budget.h"
#include "codec/wire/wire.h"
#include "gateway/api/bound_field.h"
#include "gateway/pipeline/media_type.h"
#include "gateway/pipeline/query_message.h"

static bool refuse(struct refusal *refusal, unsigned http_status)
{
    refusal->http_status = http_status;
    return false;
}

/* "{}", "null" or nothing, with any white space of JSON. */
static bool says_nothing(struct view body)
{
    char text[5] = "";
    size_t len = 0;
    for (size_t i = 0; i < body.len; i++) {
        if (memchr(" \t\r\n", body.data[i], 4))
            continue;
        if (len == sizeof(text) - 1)
            return false;
        text[len++] = body.data[i];
    }
    return len == 0 || strcmp(text, "{}") == 0 || strcmp(text, "null") == 0;
}

static bool check_body(const struct schema_http_rule *rule, const struct rest_json_request *request,
                       struct refusal *refusal)
{
    struct status *st = &refusal->status;
    struct view coding = request->content_encoding;
    if (!rule->body_whole && !rule->body_field)
        return says_nothing(request->body) ||
               status_fail(st, STATUS_INVALID_ARGUMENT, "request body: this method takes none");
    if (request->body.len == 0)
        return status_fail(st, STATUS_INVALID_ARGUMENT, "request body: expected JSON, found nothing");
    if (coding.len && !ascii_equal_any_case(coding, view_of("identity"))) {
        status_fail(st, STATUS_INVALID_ARGUMENT, "Content-Encoding: expected none, found \"%.*s\"", VIEW_ARG(coding));
        return refuse(refusal, HTTP_STATUS_UNSUPPORTED_MEDIA_TYPE);
    }
    if (!media_type_is_json(request->content_type)) {
        status_fail(st, STATUS_INVALID_ARGUMENT, "Content-Type: expected application/json in UTF-8, found \"%.*s\"",
                    VIEW_ARG(request->content_type));
        return refuse(refusal, HTTP_STATUS_UNSUPPORTED_MEDIA_TYPE);
    }
    return true;
}

static bool add_body(const struct transcode_options *json, const struct endpoint *endpoint, struct view body,
                     struct buf *message, struct status *st)
{
    if (!endpoint->rule->body_whole && !endpoint->rule->body_field)
        return true;
    return transcode_json_to_binary(endpoint->method->input, endpoint->rule->body_field, body, json, message, st);
}

/* The body is what the message has from `start` on. */
static bool add_variables(const struct transcode_options *json, const struct endpoint *endpoint,
                          const struct router_match *match, size_t start, struct buf *message, struct status *st)
{
    const struct schema_http_rule *rule = endpoint->rule;
    size_t body_end = message->len;
    for (size_t i = 0; i < endpoint->variable_count; i++) {
        const struct transcode_field_path *variable = &endpoint->variables[i];
        struct view name = match->captures[i].field_path;
        size_t bound_start = message->len;
        if (!transcode_text_to_binary(variable, match->captures[i].text, json, message, st))
            return status_prefix(st, "path variable {%.*s}: ", VIEW_ARG(name));
        bool in_body = rule->body_whole || rule->body_field == variable->fields[0];
        struct view bound = view_make(message->data + bound_start, message->len - bound_start);
        if (in_body && transcode_is_contradicted(endpoint->method->input, variable, bound,
                                                 view_make(message->data + start, body_end - start)))
            return status_fail(st, STATUS_INVALID_ARGUMENT, "request body: \"%.*s\" differs from the path",
                               VIEW_ARG(name));
    }
    return true;
}

/* The mask that the codec made of the body's members, unless the client has sent one. An empty body changes nothing. */
static bool add_mask(const struct schema_field *field, struct view mask, size_t start, struct buf *message,
                     struct status *st)
{
    if (bound_field_is_set(field, view_make(message->data + start, message->len - start)))
        return true;
    if (!buf_reserve(message, field->tag_len + WIRE_VARINT_BYTES_MAX))
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "the request message is over the limit of %zu bytes",
                           message->max);
    char *out = message->data + message->len;
    memcpy(out, field->tag, field->tag_len);
    out = wire_write_varint(out + field->tag_len, mask.len);
    message->len = (size_t)(out - message->data);
    return buf_append(message, mask) || status_fail(st, STATUS_RESOURCE_EXHAUSTED,
                                                    "the request message is over the limit of %zu bytes", message->max);
}

/* Whether path or query may have set a field of a message, so that the message stands there in pieces. */
static bool may_be_in_pieces(const struct endpoint *endpoint, struct view query)
{
    bool nested = query.len > 0;
    for (size_t i = 0; i < endpoint->variable_count; i++)
        nested |= endpoint->variables[i].len > 1;
    return nested;
}

/* Puts the pieces together behind the message's beginning at `start`: not every parser does. */
static bool merge_pieces(const struct endpoint *endpoint, size_t start, struct buf *message, struct status *st)
{
    struct buf merged;
    buf_init(&merged, message->max);
    buf_set_account(&merged, message->account);
    struct view pieces = view_make(message->data + start, message->len - start);
    bool done = transcode_merge(endpoint->method->input, pieces, &merged, st);
    if (done && merged.len) {
        /* What is merged is never longer than its pieces. */
        memcpy(message->data + start, merged.data, merged.len);
        message->len = start + merged.len;
    }
    buf_free(&merged);
    return done;
}

static bool build(const struct api *api, const struct rest_json_request *request, struct arena *arena,
                  const struct router_match *match, struct buf *message, struct status *st)
{
    const struct endpoint *endpoint = match->target;
    struct transcode_options json = api->json;
    size_t start = message->len;
    struct buf mask;
    buf_init(&mask, message->max);
    buf_set_account(&mask, message->account);
    if (endpoint->mask_field)
        json.field_mask = &mask;
    bool built = add_body(&json, endpoint, request->body, message, st) &&
                 add_variables(&json, endpoint, match, start, message, st) &&
                 query_message_add(endpoint, request->query, &json, api->ignore_unknown_query, arena, message, st) &&
                 (!endpoint->mask_field || add_mask(endpoint->mask_field, buf_view(&mask), start, message, st)) &&
                 (!may_be_in_pieces(endpoint, request->query) || merge_pieces(endpoint, start, message, st));
    buf_free(&mask);
    return built;
}

/* What went over a limit while the message was made is too much of the client. */
static bool refuse_building(const struct buf *message, struct refusal *refusal)
{
    if (refusal->status.code != STATUS_RESOURCE_EXHAUSTED)
        return false;
    bool is_ours = message->account && message->account->refused;
    if (is_ours)
        status_fail(&refusal->status, STATUS_UNAVAILABLE, "too much memory is in use for requests");
    return refuse(refusal, is_ours ? HTTP_STATUS_UNAVAILABLE : HTTP_STATUS_CONTENT_TOO_LARGE);
}

bool rest_json_decode(const struct api *api, const struct router_match *match, const struct rest_json_request *request,
                      struct arena *arena, struct buf *message, struct refusal *refusal)
{
    const struct endpoint *endpoint = match->target;
    *refusal = (struct refusal){.http_status = 0};
    return check_body(endpoint->rule, request, refusal) &&
           (build(api, request, arena, match, message, &refusal->status) || refuse_building(message, refusal));
}

bool rest_json_has_body(const struct endpoint *endpoint)
{
    unsigned http_status = endpoint->method->success_code;
    return http_status != HTTP_STATUS_NO_CONTENT && http_status != HTTP_STATUS_RESET_CONTENT;
}

bool rest_json_encode(const struct api *api, const struct endpoint *endpoint, struct view message, struct buf *reply,
                      struct refusal *refusal)
{
    struct status *st = &refusal->status;
    if (!rest_json_has_body(endpoint) ||
        transcode_binary_to_json(endpoint->method->output, endpoint->rule->response_field, message, &api->json, reply,
                                 st))
        return true;
    if (reply->account && reply->account->refused) {
        status_fail(st, STATUS_UNAVAILABLE, "too much memory is in use for replies");
        return refuse(refusal, HTTP_STATUS_UNAVAILABLE);
    }
    st->code = STATUS_INTERNAL;
    status_prefix(st, "the reply of the service cannot be shown as JSON: ");
    return refuse(refusal, HTTP_STATUS_BAD_GATEWAY);
}
