#include "gateway/pipeline/idempotent.h"

bool idempotent_http_method(struct view http_method)
{
    static const char *const methods[] = {"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"};
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
        if (view_equal_text(http_method, methods[i]))
            return true;
    return false;
}

static bool any_rule_is(const struct schema_method *method)
{
    for (size_t i = 0; i < method->rule_count; i++)
        if (idempotent_http_method(method->rules[i].http_method))
            return true;
    return false;
}

bool idempotent_paths(const struct endpoint_set *endpoints, struct arena *arena, const char *const **ret_paths,
                      size_t *ret_count)
{
    const char **paths = arena_calloc(arena, endpoints->count, sizeof(*paths));
    const struct schema_method *before = NULL; /* the endpoints of a method stand side by side */
    size_t count = 0;
    if (!paths)
        return false;
    for (size_t i = 0; i < endpoints->count; i++) {
        const struct schema_method *method = endpoints->endpoints[i].method;
        if (method != before && any_rule_is(method))
            paths[count++] = method->path.data;
        before = method;
    }
    *ret_paths = paths;
    *ret_count = count;
    return true;
}
