/* Whether what the path of a request says is contradicted by its body: compared as wire bytes, which the codec writes in one way only. */
#include "codec/transcode/transcode.h"
#include "codec/wire/wire.h"

/* What a message holds of a field and of its oneof. */
struct found {
    struct view content; /* of the field; data NULL: absent */
    bool rival;          /* another member of its oneof is there */
};

static struct found find(const struct schema_message *message, const struct schema_field *field, struct view bytes)
{
    struct found found = {.rival = false};
    const char *end = bytes.data + bytes.len;
    for (const char *in = bytes.data; in && in != end;) {
        struct wire_field wire;
        in = wire_read_field(in, end, TRANSCODE_DEPTH_MAX, &wire);
        if (!in)
            break;
        if (wire.number == field->number) {
            found.content = view_make(wire.begin, (size_t)(wire.end - wire.begin));
        } else if (field->oneof) {
            const struct schema_field *other = schema_field_by_number(message, wire.number);
            found.rival |= other && other->oneof == field->oneof;
        }
    }
    return found;
}

static bool is_default(const struct schema_field *field, struct view value)
{
    if (field->wire_type == WIRE_LENGTH)
        return value.len == 0;
    for (size_t i = 0; i < value.len; i++)
        if (value.data[i] != 0)
            return false;
    return true;
}

/* A wrapper that holds its default is written with the value by the path, and without it by the body. */
static bool is_same_wrapped(const struct schema_message *wrapper, struct view bound, struct view said)
{
    const struct schema_field *field = &wrapper->fields[0];
    struct view a = find(wrapper, field, bound).content, b = find(wrapper, field, said).content;
    return a.data && b.data ? view_equal(a, b) : is_default(field, a.data ? a : b);
}

bool transcode_is_contradicted(const struct schema_message *message, const struct transcode_field_path *path,
                               struct view bound, struct view body)
{
    for (size_t i = 0; i < path->len; i++) {
        const struct schema_field *field = path->fields[i];
        struct found said = find(message, field, body);
        if (said.rival || !said.content.data)
            return said.rival;
        body = said.content;
        bound = find(message, field, bound).content;
        message = field->message;
    }
    /* Behind the loop, message is the leaf's. */
    bool wrapped = message && message->well_known == SCHEMA_WRAPPER;
    return !(wrapped ? is_same_wrapped(message, bound, body) : view_equal(bound, body));
}
