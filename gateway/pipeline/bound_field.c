/* The occurrences of a nested message merge, so all of them are visited, and the last value of the leaf counts. */
#include "gateway/pipeline/bound_field.h"

#include "gateway/wire/wire.h"

/* Looks for the rest of the path in one message; a value that is found replaces *value. Recursion is as deep as the path. */
static void find_last(const struct transcode_field_path *path, size_t depth, struct view message, struct view *value)
{
    const char *in = message.data;
    const char *end = message.data + message.len;
    struct wire_field field;
    while (in < end && (in = wire_read_field(in, end, TRANSCODE_DEPTH_MAX, &field)) != NULL) {
        if (field.number != path->fields[depth]->number)
            continue;
        struct view content = view_make(field.begin, (size_t)(field.end - field.begin));
        if (depth + 1 == path->len)
            *value = content;
        else
            find_last(path, depth + 1, content, value);
    }
}

bool bound_field_agrees(const struct transcode_field_path *path, struct view a, struct view b)
{
    struct view in_a = {0}, in_b = {0};
    find_last(path, 0, a, &in_a);
    find_last(path, 0, b, &in_b);
    return !in_a.data || !in_b.data || view_equal(in_a, in_b);
}

bool bound_field_conflicts(const struct transcode_field_path *a, const struct transcode_field_path *b)
{
    for (size_t i = 0; i < a->len && i < b->len; i++) {
        if (a->fields[i] == b->fields[i])
            continue;
        const struct schema_field *x = a->fields[i], *y = b->fields[i];
        return x->oneof && x->oneof == y->oneof; /* both are fields of the same message, as all before were equal */
    }
    return a->len == b->len;
}
