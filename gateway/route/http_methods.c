#include "gateway/route/http_methods.h"

#include <string.h>

static int compare(struct view a, struct view b)
{
    int order = memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

/* token = 1*tchar (RFC 9110 5.6.2) */
static bool is_token(struct view text)
{
    static const char tchars[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    for (size_t i = 0; i < text.len; i++)
        if (!memchr(tchars, text.data[i], sizeof(tchars) - 1))
            return false;
    return text.len > 0;
}

bool http_methods_add(struct http_methods *methods, struct view name, struct status *st)
{
    if (!is_token(name))
        return status_fail(st, STATUS_INVALID_ARGUMENT, "HTTP method \"%.*s\": expected a token", VIEW_ARG(name));
    size_t at = 0;
    int order = 1;
    while (at < methods->count && (order = compare(name, methods->names[at])) > 0)
        at++;
    if (at < methods->count && order == 0)
        return true;
    if (methods->count == ROUTE_METHODS_MAX)
        return status_fail(st, STATUS_INVALID_ARGUMENT, "HTTP method \"%.*s\": expected at most %d different methods",
                           VIEW_ARG(name), ROUTE_METHODS_MAX);
    memmove(methods->names + at + 1, methods->names + at, (methods->count - at) * sizeof(methods->names[0]));
    methods->names[at] = name;
    methods->count++;
    return true;
}

uint64_t http_methods_bit(const struct http_methods *methods, struct view name)
{
    for (size_t i = 0; i < methods->count; i++)
        if (view_equal(methods->names[i], name))
            return (uint64_t)1 << i;
    return 0;
}

/* What a rule for any method is listed as. */
static const char common[] = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT";

/* Bytes of the longest list that is made of this set. */
static size_t list_bytes_max(const struct http_methods *methods, uint64_t set)
{
    size_t bytes = sizeof(common) + strlen(", HEAD");
    for (uint64_t left = set; left; left &= left - 1)
        bytes += methods->names[__builtin_ctzll(left)].len + strlen(", ");
    return bytes;
}

static bool is_common(struct view name)
{
    static const struct view names[] = {VIEW("DELETE"), VIEW("GET"),  VIEW("HEAD"), VIEW("OPTIONS"),
                                        VIEW("PATCH"),  VIEW("POST"), VIEW("PUT")};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (view_equal(name, names[i]))
            return true;
    return false;
}

static char *append(char *list, char *out, struct view name)
{
    if (out > list)
        out = mempcpy(out, ", ", strlen(", "));
    return mempcpy(out, name.data, name.len);
}

bool http_methods_list(const struct http_methods *methods, uint64_t set, struct arena *arena, struct view *ret_list)
{
    uint64_t any = http_methods_bit(methods, view_of("*")) & set;
    uint64_t head = http_methods_bit(methods, view_of("HEAD")) & set;
    char *list = arena_alloc(arena, list_bytes_max(methods, set));
    if (!list)
        return false;
    char *out = any ? append(list, list, view_of(common)) : list;
    for (uint64_t left = set & ~any; left; left &= left - 1) {
        struct view name = methods->names[__builtin_ctzll(left)];
        if (any && is_common(name))
            continue;
        out = append(list, out, name);
        if (!head && view_equal_text(name, "GET"))
            out = append(list, out, view_of("HEAD"));
    }
    *ret_list = view_make(list, (size_t)(out - list));
    return true;
}
