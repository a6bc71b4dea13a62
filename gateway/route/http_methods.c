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

bool http_methods_list(const struct http_methods *methods, uint64_t set, struct arena *arena, struct view *ret_list)
{
    size_t bytes = 0;
    for (uint64_t left = set; left; left &= left - 1)
        bytes += methods->names[__builtin_ctzll(left)].len + strlen(", ");
    char *list = arena_alloc(arena, bytes);
    if (!list)
        return false;
    char *out = list;
    for (uint64_t left = set; left; left &= left - 1) {
        if (out > list)
            out = mempcpy(out, ", ", strlen(", "));
        struct view name = methods->names[__builtin_ctzll(left)];
        out = mempcpy(out, name.data, name.len);
    }
    *ret_list = view_make(list, (size_t)(out - list));
    return true;
}
