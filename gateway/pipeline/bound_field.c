#include "gateway/pipeline/bound_field.h"

#include "gateway/wire/wire.h"

bool bound_field_conflicts(const struct transcode_field_path *a, const struct transcode_field_path *b)
{
    for (size_t i = 0; i < a->len && i < b->len; i++) {
        const struct schema_field *x = a->fields[i], *y = b->fields[i];
        if (x != y)
            return x->oneof && x->oneof == y->oneof; /* both are of the same message, as all before were equal */
    }
    return a->len == b->len;
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
