/*
 * The trie finds the node where a template ends; the routes of all nodes lie in one array, those of a node side by side
 * in the order of their methods' bits. The place of a method's route is the count of lower bits in the node's set.
 */
#include "gateway/route/router.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/route/http_methods.h"
#include "gateway/route/http_template.h"
#include "gateway/route/request_path.h"
#include "gateway/route/route_trie.h"

static const char any_method[] = "*";

static const char too_many_rules[] = "expected at most %d routes";
static const char out_of_memory[] = "not enough memory for the routes";
static const char no_path[] = "no route has this path";
static const char wrong_method[] = "this path takes other methods: %.*s";
static const char arena_exhausted[] = "the route needs more memory than a request may take";

struct route {
    const void *target;
    const struct http_template_variable *variables;
    uint64_t method; /* one bit */
    uint32_t node;
    uint32_t rule; /* index in the rules it was made from */
    uint8_t variable_count;
    uint8_t segment_count;
    uint8_t rest; /* index of the "**", or segment_count */
};

struct router {
    struct arena arena; /* all of the below */
    struct http_methods methods;
    uint64_t any_method; /* the bit of "*", or 0 */
    uint64_t get_method; /* the bit of GET, or 0 */
    uint64_t head_method;
    struct route_trie trie;
    struct route *routes;
    size_t route_count;
};

/* Every segment of a template follows a slash of its own: that bounds the nodes before anything is parsed. */
static size_t count_nodes(const struct router_rule *rules, size_t count)
{
    size_t nodes = 2; /* of the trie itself */
    for (size_t i = 0; i < count; i++) {
        nodes++; /* the verb */
        for (size_t at = 0; at < rules[i].path_template.len; at++)
            nodes += rules[i].path_template.data[at] == '/';
    }
    return nodes;
}

/* Names the rule that st complains of. Always returns false. */
static bool blame(const struct router_rule *rule, struct status *st)
{
    if (rule->origin.len)
        status_prefix(st, "%.*s: ", VIEW_ARG(rule->origin));
    return false;
}

static bool add_methods(struct router *router, const struct router_rule *rules, size_t count, struct status *st)
{
    for (size_t i = 0; i < count; i++)
        if (!http_methods_add(&router->methods, rules[i].http_method, st))
            return blame(&rules[i], st);
    for (size_t i = 0; i < router->methods.count; i++) {
        struct view *name = &router->methods.names[i];
        name->data = arena_copy(&router->arena, *name);
        if (!name->data)
            return status_fail(st, STATUS_RESOURCE_EXHAUSTED, out_of_memory);
    }
    router->any_method = http_methods_bit(&router->methods, view_of(any_method));
    router->get_method = http_methods_bit(&router->methods, view_of("GET"));
    router->head_method = http_methods_bit(&router->methods, view_of("HEAD"));
    return true;
}

static bool add_route(struct router *router, const struct router_rule *rules, size_t index, struct status *st)
{
    const struct router_rule *rule = &rules[index];
    const char *text = arena_copy(&router->arena, rule->path_template);
    if (!text)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, out_of_memory);
    struct http_template parsed;
    if (!http_template_parse(view_make(text, rule->path_template.len), &parsed, st))
        return blame(rule, st);
    size_t variables_bytes = parsed.variable_count * sizeof(parsed.variables[0]);
    void *variables = arena_alloc(&router->arena, variables_bytes);
    uint32_t node = route_trie_insert(&router->trie, &parsed);
    if (!variables || node == ROUTE_TRIE_NONE)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, out_of_memory);
    router->routes[router->route_count++] = (struct route){
        .target = rule->target,
        .variables = memcpy(variables, parsed.variables, variables_bytes),
        .method = http_methods_bit(&router->methods, rule->http_method),
        .node = node,
        .rule = (uint32_t)index,
        .variable_count = (uint8_t)parsed.variable_count,
        .segment_count = (uint8_t)parsed.segment_count,
        .rest = (uint8_t)parsed.rest,
    };
    return true;
}

static int compare_routes(const void *a, const void *b)
{
    const struct route *x = a;
    const struct route *y = b;
    if (x->node != y->node)
        return x->node < y->node ? -1 : 1;
    if (x->method != y->method)
        return x->method < y->method ? -1 : 1;
    return x->rule < y->rule ? -1 : 1;
}

static bool refuse_duplicate(const struct router_rule *first, const struct router_rule *second, struct status *st)
{
    status_fail(st, STATUS_INVALID_ARGUMENT, "%.*s \"%.*s\" matches the same paths as \"%.*s\"%s%.*s",
                VIEW_ARG(second->http_method), VIEW_ARG(second->path_template), VIEW_ARG(first->path_template),
                first->origin.len ? " of " : "", VIEW_ARG(first->origin));
    return blame(second, st);
}

/* Lays the routes of each node side by side and tells the nodes. */
static bool order_routes(struct router *router, const struct router_rule *rules, struct status *st)
{
    if (router->route_count)
        qsort(router->routes, router->route_count, sizeof(router->routes[0]), compare_routes);
    for (size_t i = 0; i < router->route_count; i++) {
        const struct route *route = &router->routes[i];
        struct route_trie_node *node = &router->trie.nodes[route->node];
        if (node->methods & route->method)
            return refuse_duplicate(&rules[route[-1].rule], &rules[route->rule], st);
        if (node->methods == 0)
            node->first_route = (uint32_t)i;
        node->methods |= route->method;
    }
    return true;
}

static bool fill(struct router *router, const struct router_rule *rules, size_t count, struct status *st)
{
    if (count > ROUTE_RULES_MAX)
        return status_fail(st, STATUS_INVALID_ARGUMENT, too_many_rules, ROUTE_RULES_MAX);
    if (!add_methods(router, rules, count, st))
        return false;
    router->routes = arena_alloc(&router->arena, count * sizeof(router->routes[0]));
    if (!router->routes || !route_trie_init(&router->trie, count_nodes(rules, count), &router->arena))
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, out_of_memory);
    for (size_t i = 0; i < count; i++)
        if (!add_route(router, rules, i, st))
            return false;
    return order_routes(router, rules, st);
}

bool router_create(const struct router_rule *rules, size_t count, struct router **ret_router, struct status *st)
{
    struct router *router = calloc(1, sizeof(*router));
    if (!router)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, out_of_memory);
    arena_init(&router->arena, SIZE_MAX);
    if (!fill(router, rules, count, st)) {
        router_destroy(router);
        return false;
    }
    *ret_router = router;
    return true;
}

void router_destroy(struct router *router)
{
    if (!router)
        return;
    arena_free(&router->arena);
    free(router);
}

/* Where a boundary between the template's segments lies in a path of path_count: behind "**" it counts from the end. */
static size_t place_in_path(const struct route *route, size_t boundary, size_t path_count)
{
    return boundary <= route->rest ? boundary : path_count - (route->segment_count - boundary);
}

static bool capture(const struct route *route, const struct request_path *path, struct arena *arena,
                    struct router_match *ret_match)
{
    for (size_t i = 0; i < route->variable_count; i++) {
        const struct http_template_variable *variable = &route->variables[i];
        ret_match->captures[i].field_path = variable->field_path;
        if (!request_path_capture(path, place_in_path(route, variable->first, path->count),
                                  place_in_path(route, variable->end, path->count), variable->multi_segment, arena,
                                  &ret_match->captures[i].text))
            return false;
    }
    ret_match->capture_count = route->variable_count;
    ret_match->target = route->target;
    return true;
}

/* The node of the most specific template that has one of the wanted methods; all methods of the path are added to *seen until then. */
static uint32_t find_node(const struct router *router, uint64_t wanted, struct request_path *path, uint64_t *seen)
{
    const struct route_trie *trie = &router->trie;
    uint32_t found = ROUTE_TRIE_NONE;
    if (path->verb.data) {
        found = route_trie_find(trie, path->verb, path->text, path->count, wanted, seen);
        if (!found)
            request_path_join_verb(path);
    }
    if (!found)
        found = route_trie_find(trie, (struct view){0}, path->text, path->count, wanted, seen);
    return found;
}

static const struct route *find_route(const struct router *router, struct view http_method, struct request_path *path,
                                      uint64_t *seen)
{
    bool is_head = view_equal_text(http_method, "HEAD");
    uint64_t method = is_head ? router->head_method : http_methods_bit(&router->methods, http_method);
    uint64_t instead = is_head ? router->get_method : 0;
    uint32_t found = find_node(router, method | instead | router->any_method, path, seen);
    if (!found)
        return NULL;
    const struct route_trie_node *node = &router->trie.nodes[found];
    uint64_t chosen = node->methods & method ? method : node->methods & instead ? instead : router->any_method;
    return &router->routes[node->first_route + (size_t)__builtin_popcountll(node->methods & (chosen - 1))];
}

enum router_result router_find(const struct router *router, struct view http_method, struct view path,
                               struct arena *arena, struct router_match *ret_match, struct status *st)
{
    struct request_path parsed;
    if (!request_path_parse(path, arena, &parsed, st))
        return ROUTER_BAD_PATH;
    uint64_t seen = 0;
    const struct route *route = find_route(router, http_method, &parsed, &seen);
    if (route) {
        if (capture(route, &parsed, arena, ret_match))
            return ROUTER_FOUND;
    } else if (seen == 0) {
        status_fail(st, STATUS_NOT_FOUND, no_path);
        return ROUTER_NO_PATH;
    } else if (http_methods_list(&router->methods, seen, arena, &ret_match->allow)) {
        status_fail(st, STATUS_UNIMPLEMENTED, wrong_method, VIEW_ARG(ret_match->allow));
        return ROUTER_WRONG_METHOD;
    }
    status_fail(st, STATUS_RESOURCE_EXHAUSTED, arena_exhausted);
    return ROUTER_BAD_PATH;
}

enum router_result router_list_methods(const struct router *router, struct view path, struct arena *arena,
                                       struct view *ret_methods, struct status *st)
{
    struct request_path parsed;
    if (!request_path_parse(path, arena, &parsed, st))
        return ROUTER_BAD_PATH;
    uint64_t seen = 0;
    find_node(router, 0, &parsed, &seen);
    if (seen == 0) {
        status_fail(st, STATUS_NOT_FOUND, no_path);
        return ROUTER_NO_PATH;
    }
    if (http_methods_list(&router->methods, seen, arena, ret_methods))
        return ROUTER_FOUND;
    status_fail(st, STATUS_RESOURCE_EXHAUSTED, arena_exhausted);
    return ROUTER_BAD_PATH;
}
