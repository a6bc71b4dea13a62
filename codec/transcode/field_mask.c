/*
 * The FieldMask of a PATCH, made while its body is read: the path of each member that the JSON has. A singular message is entered, so
 * that its absent members stay untouched; everything else (lists, maps, well-known types) is replaced as a whole.
 */
#include "codec/transcode/to_binary.h"

/* Bytes of the dotted path, and whether it has any part. */
static size_t path_len(const struct path_node *innermost)
{
    size_t len = 0;
    for (const struct path_node *node = innermost; node; node = node->outer)
        if (node->field)
            len += node->field->name.len + (len > 0);
    return len;
}

/* Writes the path so that it ends at `end`: the innermost part is known first. */
static void write_path(const struct path_node *innermost, char *begin, char *end)
{
    for (const struct path_node *node = innermost; node; node = node->outer) {
        if (!node->field)
            continue;
        end -= node->field->name.len;
        memcpy(end, node->field->name.data, node->field->name.len);
        if (end > begin)
            *--end = '.';
    }
}

bool to_binary_add_to_mask(struct to_binary *c)
{
    struct buf *mask = c->field_mask;
    size_t len = path_len(c->path);
    if (len == 0)
        return true;
    if (!buf_reserve(mask, len + OUTPUT_TOKEN_BYTES))
        return false;
    char *out = mask->data + mask->len;
    *out++ = WIRE_TAG(1, WIRE_LENGTH); /* google.protobuf.FieldMask: repeated string paths = 1 */
    out = wire_write_varint(out, len);
    write_path(c->path, out, out + len);
    mask->len = (size_t)(out - mask->data) + len;
    return true;
}
