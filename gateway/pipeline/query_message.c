/*
 * The singular fields that were given are kept in a list, to refuse the second occurrence. It is at most as long as the
 * message has fields, since a second one ends the request.
 */
#include "gateway/pipeline/query_message.h"

#include "gateway/pipeline/bound_field.h"
#include "gateway/route/query.h"

struct given {
    struct transcode_field_path path;
    struct given *next;
};

struct reader {
    const struct endpoint *endpoint;
    const struct transcode_options *json;
    bool ignore_unknown;
    struct arena *arena;
    struct given *given;
};

/* What path and body have taken is not the query's. */
static bool check_unbound(const struct endpoint *endpoint, const struct transcode_field_path *path, struct status *st)
{
    if (endpoint->rule->body_whole)
        return status_fail(st, STATUS_INVALID_ARGUMENT, "expected in the request body");
    if (endpoint->rule->body_field == path->fields[0])
        return status_fail(st, STATUS_INVALID_ARGUMENT, "the request body sets this field");
    for (size_t i = 0; i < endpoint->variable_count; i++)
        if (bound_field_conflicts(&endpoint->variables[i], path))
            return status_fail(st, STATUS_INVALID_ARGUMENT, "the path sets this field");
    return true;
}

static bool check_once(struct reader *reader, const struct transcode_field_path *path, struct status *st)
{
    if (path->fields[path->len - 1]->repeated)
        return true;
    for (const struct given *given = reader->given; given; given = given->next)
        if (bound_field_conflicts(&given->path, path))
            return status_fail(st, STATUS_INVALID_ARGUMENT, "expected once, and of a oneof one field");
    struct given *given = arena_alloc(reader->arena, sizeof(*given));
    if (!given)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory");
    *given = (struct given){*path, reader->given};
    reader->given = given;
    return true;
}

static bool add_parameter(struct reader *reader, const struct query_parameter *parameter, struct buf *message,
                          struct status *st)
{
    struct transcode_field_path path;
    if (!transcode_find_field_path(reader->endpoint->method->input, parameter->key, &path, st)) {
        if (st->code != STATUS_NOT_FOUND)
            return false;
        st->code = STATUS_INVALID_ARGUMENT; /* it is the parameter that is wrong, nothing that is missing */
        return reader->ignore_unknown;
    }
    return check_unbound(reader->endpoint, &path, st) && check_once(reader, &path, st) &&
           transcode_text_to_binary(&path, parameter->value, reader->json, message, st);
}

bool query_message_add(const struct endpoint *endpoint, struct view query, const struct transcode_options *json,
                       bool ignore_unknown, struct arena *arena, struct buf *message, struct status *st)
{
    struct reader reader = {endpoint, json, ignore_unknown, arena, NULL};
    struct query rest;
    struct query_parameter parameter;
    enum query_result result;
    query_init(&rest, query);
    while ((result = query_next(&rest, arena, &parameter, st)) == QUERY_PARAMETER)
        if (!add_parameter(&reader, &parameter, message, st))
            return status_prefix(st, "query parameter \"%.*s\": ", VIEW_ARG(parameter.key));
    return result == QUERY_END;
}
