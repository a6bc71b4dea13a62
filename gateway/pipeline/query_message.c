/*
 * What was given is kept to refuse it a second time: singular fields in a list, which is at most as long as the message has fields, since
 * a second one ends the request; keys of maps, of which there may be many, in buckets.
 */
#include "gateway/pipeline/query_message.h"

#include "codec/transcode/key_set.h"
#include "gateway/api/bound_field.h"
#include "gateway/route/query.h"

#define BUCKETS 256

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
    struct given **given_keys; /* of maps, by key_hash(), since clients choose them; NULL before the first one */
};

/* What path and body have taken is not the query's. */
static bool check_unbound(const struct endpoint *endpoint, const struct transcode_field_path *path, struct status *st)
{
    const struct schema_http_rule *rule = endpoint->rule;
    if (rule->body_whole)
        return status_fail(st, STATUS_INVALID_ARGUMENT, "expected in the request body");
    if (rule->body_field == path->fields[0])
        return status_fail(st, STATUS_INVALID_ARGUMENT, "the request body sets this field");
    if (rule->body_field && bound_field_is_rival(rule->body_field, path->fields[0]))
        return status_fail(st, STATUS_INVALID_ARGUMENT, "the request body sets another field of the same oneof");
    for (size_t i = 0; i < endpoint->variable_count; i++)
        switch (bound_field_compare(&endpoint->variables[i], path)) {
        case BOUND_FIELD_APART: break;
        case BOUND_FIELD_SAME: return status_fail(st, STATUS_INVALID_ARGUMENT, "the path sets this field");
        case BOUND_FIELD_RIVAL:
            return status_fail(st, STATUS_INVALID_ARGUMENT, "the path sets another field of the same oneof");
        }
    return true;
}

/* Where what was given is kept that a parameter of this path could repeat; NULL when there is no memory. */
static struct given **find_given(struct reader *reader, const struct transcode_field_path *path)
{
    if (!path->fields[path->len - 1]->map)
        return &reader->given;
    if (!reader->given_keys)
        reader->given_keys = arena_calloc(reader->arena, BUCKETS, sizeof(struct given *));
    return reader->given_keys ? &reader->given_keys[key_hash(path->map_key) % BUCKETS] : NULL;
}

/* Lists take one more element each time; of a map each key stands once, of a oneof one field, and any other field once. */
static bool check_once(struct reader *reader, const struct transcode_field_path *path, struct status *st)
{
    const struct schema_field *leaf = path->fields[path->len - 1];
    if (leaf->repeated && !leaf->map)
        return true;
    struct given **list = find_given(reader, path);
    for (const struct given *given = list ? *list : NULL; given; given = given->next)
        switch (bound_field_compare(&given->path, path)) {
        case BOUND_FIELD_APART: break;
        case BOUND_FIELD_SAME: return status_fail(st, STATUS_INVALID_ARGUMENT, "expected once, found twice");
        case BOUND_FIELD_RIVAL:
            return status_fail(st, STATUS_INVALID_ARGUMENT, "another field of the same oneof is given already");
        }
    struct given *given = arena_alloc(reader->arena, sizeof(*given));
    if (!list || !given)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory");
    *given = (struct given){*path, *list};
    *list = given;
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
    struct reader reader = {endpoint, json, ignore_unknown, arena, NULL, NULL};
    struct query rest;
    struct query_parameter parameter;
    enum query_result result;
    query_init(&rest, query);
    while ((result = query_next(&rest, arena, &parameter, st)) == QUERY_PARAMETER)
        if (!add_parameter(&reader, &parameter, message, st))
            return status_prefix(st, "query parameter \"%.*s\": ", VIEW_ARG(parameter.key));
    return result == QUERY_END;
}
