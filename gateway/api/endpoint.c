/*
 * Templates are parsed twice, by the router for its trie and here for the variables: it is start-up, and neither keeps
 * the other's.
 */
#include "gateway/api/endpoint.h"

#include <stdint.h>
#include <stdlib.h>

#include "gateway/api/bound_field.h"
#include "gateway/api/idempotent.h"
#include "gateway/route/http_template.h"

static bool prefix_method(const struct schema_method *method, struct status *st)
{
    return status_prefix(st, "%.*s/%.*s: ", VIEW_ARG(method->service_name), VIEW_ARG(method->name));
}

/* "package.Service/Method": the path that gRPC calls, without its slash. */
static struct view origin_of(const struct schema_method *method)
{
    return view_make(method->path.data + 1, method->path.len - 1);
}

static bool resolve_variable(const struct schema_method *method, const struct schema_http_rule *rule,
                             const struct http_template_variable *variable, struct transcode_field_path *ret_path,
                             struct status *st)
{
    if (!transcode_find_field_path(method->input, variable->field_path, ret_path, st)) {
        st->code = STATUS_INVALID_ARGUMENT; /* the rule is at fault, not a request */
        return status_prefix(st, "path variable {%.*s}: ", VIEW_ARG(variable->field_path));
    }
    if (ret_path->fields[ret_path->len - 1]->repeated)
        return status_fail(st, STATUS_INVALID_ARGUMENT, "path variable {%.*s}: expected a field that is not repeated",
                           VIEW_ARG(variable->field_path));
    const struct schema_field *body = rule->body_field, *field = ret_path->fields[0];
    if (body && bound_field_is_rival(body, field))
        return status_fail(st, STATUS_INVALID_ARGUMENT,
                           "path variable {%.*s}: expected a field outside of the body's oneof",
                           VIEW_ARG(variable->field_path));
    return true;
}

/* Each variable's field, none of which unsets another one's. */
static bool resolve_variables(const struct schema_method *method, const struct schema_http_rule *rule,
                              const struct http_template *template, struct transcode_field_path *ret_paths,
                              struct status *st)
{
    for (size_t i = 0; i < template->variable_count; i++) {
        if (!resolve_variable(method, rule, &template->variables[i], &ret_paths[i], st))
            return false;
        for (size_t j = 0; j < i; j++)
            if (bound_field_compare(&ret_paths[j], &ret_paths[i]) != BOUND_FIELD_APART)
                return status_fail(st, STATUS_INVALID_ARGUMENT,
                                   "path variables {%.*s} and {%.*s}: expected fields that can both be set",
                                   VIEW_ARG(template->variables[j].field_path),
                                   VIEW_ARG(template->variables[i].field_path));
    }
    return true;
}

/*
 * The FieldMask beside the body of a PATCH: "update_mask", or the only one. A list, a map or a well-known type as body has no fields that
 * a mask could name: it is replaced as a whole, and no mask is made.
 */
static const struct schema_field *find_mask_field(const struct schema_method *method,
                                                  const struct schema_http_rule *rule)
{
    const struct schema_field *body = rule->body_field, *found = NULL;
    size_t count = 0;
    if (!view_equal_text(rule->http_method, "PATCH") || !body || body->repeated || body->type != SCHEMA_MESSAGE ||
        body->message->well_known != SCHEMA_ORDINARY)
        return NULL;
    for (size_t i = 0; i < method->input->field_count; i++) {
        const struct schema_field *field = &method->input->fields[i];
        if (field->repeated || field->type != SCHEMA_MESSAGE || field->message->well_known != SCHEMA_FIELD_MASK)
            continue;
        if (view_equal_text(field->name, "update_mask"))
            return field;
        found = field;
        count++;
    }
    return count == 1 ? found : NULL;
}

static bool fill_endpoint(struct endpoint_set *set, const struct schema_method *method,
                          const struct schema_http_rule *rule, struct endpoint *endpoint, struct status *st)
{
    struct http_template template;
    if (!http_template_parse(rule->path_template, &template, st))
        return prefix_method(method, st);
    struct transcode_field_path *variables = arena_calloc(&set->arena, template.variable_count, sizeof(*variables));
    if (!variables)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for the endpoints");
    if (!resolve_variables(method, rule, &template, variables, st))
        return prefix_method(method, st);
    *endpoint = (struct endpoint){.method = method,
                                  .rule = rule,
                                  .variables = variables,
                                  .variable_count = template.variable_count,
                                  .is_idempotent = idempotent_http_method(rule->http_method),
                                  .mask_field = find_mask_field(method, rule)};
    return true;
}

static bool add_method(struct endpoint_set *set, const struct schema_method *method, bool skip_streaming,
                       struct status *st)
{
    if (method->rule_count && (method->client_streaming || method->server_streaming)) {
        if (skip_streaming)
            return true;
        status_fail(st, STATUS_INVALID_ARGUMENT,
                    "streaming methods are not supported over HTTP (--skip-unsupported leaves them out)");
        return prefix_method(method, st);
    }
    for (size_t i = 0; i < method->rule_count; i++)
        if (!fill_endpoint(set, method, &method->rules[i], &set->endpoints[set->count++], st))
            return false;
    return true;
}

static bool create_router(struct endpoint_set *set, struct status *st)
{
    struct router_rule *rules = calloc(set->count + 1, sizeof(*rules));
    if (!rules)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for the router");
    for (size_t i = 0; i < set->count; i++) {
        const struct endpoint *endpoint = &set->endpoints[i];
        rules[i] = (struct router_rule){.http_method = endpoint->rule->http_method,
                                        .path_template = endpoint->rule->path_template,
                                        .origin = origin_of(endpoint->method),
                                        .target = endpoint};
    }
    bool created = router_create(rules, set->count, &set->router, st);
    free(rules);
    return created;
}

static bool fill(struct endpoint_set *set, const struct schema *schema, bool skip_streaming, struct status *st)
{
    size_t method_count, rule_count = 0;
    const struct schema_method *methods = schema_methods(schema, &method_count);
    for (size_t i = 0; i < method_count; i++)
        rule_count += methods[i].rule_count;
    set->endpoints = arena_calloc(&set->arena, rule_count, sizeof(*set->endpoints));
    if (!set->endpoints)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for the endpoints");
    for (size_t i = 0; i < method_count; i++)
        if (!add_method(set, &methods[i], skip_streaming, st))
            return false;
    return create_router(set, st);
}

bool endpoint_set_create(const struct schema *schema, bool skip_streaming, struct endpoint_set **ret_set,
                         struct status *st)
{
    struct endpoint_set *set = calloc(1, sizeof(*set));
    if (!set)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for the endpoints");
    arena_init(&set->arena, SIZE_MAX);
    if (!fill(set, schema, skip_streaming, st)) {
        endpoint_set_destroy(set);
        return false;
    }
    *ret_set = set;
    return true;
}

void endpoint_set_destroy(struct endpoint_set *set)
{
    if (!set)
        return;
    router_destroy(set->router);
    arena_free(&set->arena);
    free(set);
}
