#include "gateway/api/bound_field.h"

#include "codec/wire/wire.h"

bool bound_field_is_rival(const struct schema_field *a, const struct schema_field *b)
{
    return a != b && a->oneof && a->oneof == b->oneof;
}

enum bound_field_relation bound_field_compare(const struct transcode_field_path *a,
                                              const struct transcode_field_path *b)
{
    for (size_t i = 0; i < a->len && i < b->len; i++) {
        const struct schema_field *x = a->fields[i], *y = b->fields[i];
        if (x != y)
            return bound_field_is_rival(x, y) ? BOUND_FIELD_RIVAL : BOUND_FIELD_APART;
    }
    return a->len == b->len && view_equal(a->map_key, b->map_key) ? BOUND_FIELD_SAME : BOUND_FIELD_APART;
}

bool bound_field_is_set(const struct schema_field *field, struct view message)
{
    const char *in = message.data;
    const char *end = message.data + message.len;
    struct wire_field found;
    while (in && in < end) {
        in = wire_read_field(in, end, TRANSCODE_DEPTH_MAX, &found);
        if (in && found.number == field->number)
            return true;
    }
    return false;
}
