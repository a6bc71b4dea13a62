/* Whether what the path of a request says is contradicted by its body: compared as wire bytes, which the codec writes in one way only. */
#include "gateway/transcode/transcode.h"
#include "gateway/wire/wire.h"

/* The content of the path's leaf in the message; data NULL when the message does not hold it. */
static struct view find_leaf(const struct transcode_field_path *path, struct view message)
{
    struct view content = message;
    for (size_t i = 0; i < path->len; i++) {
        const char *end = content.data + content.len;
        struct view found = {0};
        for (const char *in = content.data; in && in != end;) {
            struct wire_field field;
            in = wire_read_field(in, end, TRANSCODE_DEPTH_MAX, &field);
            if (in && field.number == path->fields[i]->number)
                found = view_make(field.begin, (size_t)(field.end - field.begin));
        }
        if (!found.data)
            return found;
        content = found;
    }
    return content;
}

bool transcode_is_contradicted(const struct transcode_field_path *path, struct view bound, struct view body)
{
    struct view said = find_leaf(path, body);
    return said.data && !view_equal(said, find_leaf(path, bound));
}
