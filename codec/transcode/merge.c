/*
 * Puts the pieces of singular messages together. A parser has to merge them, but not every one does it well (protobuf-c 1.4 loses
 * fields), and what the codec writes for a body, for path variables and for query parameters are such pieces.
 *
 * One pass copies the fields of a message. At each singular message another pass counts its pieces, mostly one; when there are more,
 * they are written as one where the first stood. So it costs a pass for each field of the type that is such a message and is there.
 */
#include <stdlib.h>

#include "codec/transcode/transcode.h"
#include "codec/wire/wire.h"

struct pieces {
    const struct view *items; /* one behind the other they are the message */
    size_t count;
};

/* Walks the fields of all pieces. False at the end; the codec's own bytes are well-formed. */
struct walk {
    struct pieces left;
    const char *in; /* in the first of them; NULL: at its beginning */
};

static bool next_field(struct walk *walk, struct wire_field *ret_field, struct view *ret_whole)
{
    for (; walk->left.count; walk->left.items++, walk->left.count--, walk->in = NULL) {
        const char *end = walk->left.items->data + walk->left.items->len;
        const char *begin = walk->in ? walk->in : walk->left.items->data;
        if (begin == end)
            continue;
        walk->in = wire_read_field(begin, end, TRANSCODE_DEPTH_MAX, ret_field);
        if (!walk->in)
            return false;
        *ret_whole = view_make(begin, (size_t)(walk->in - begin));
        return true;
    }
    return false;
}

static const struct schema_field *find_singular_message(const struct schema_message *message,
                                                        const struct wire_field *wire)
{
    const struct schema_field *field = schema_field_by_number(message, wire->number);
    return field && field->type == SCHEMA_MESSAGE && !field->repeated && wire->type == WIRE_LENGTH ? field : NULL;
}

static size_t count_pieces(struct pieces pieces, const struct schema_field *field)
{
    struct walk walk = {.left = pieces};
    struct wire_field wire;
    struct view whole;
    size_t count = 0;
    while (next_field(&walk, &wire, &whole))
        count += wire.number == field->number;
    return count;
}

static struct view *list_pieces(struct pieces pieces, const struct schema_field *field, size_t count)
{
    struct walk walk = {.left = pieces};
    struct wire_field wire;
    struct view whole, *items = calloc(count, sizeof(*items));
    for (size_t i = 0; items && i < count && next_field(&walk, &wire, &whole);)
        if (wire.number == field->number)
            items[i++] = view_make(wire.begin, (size_t)(wire.end - wire.begin));
    return items;
}

static bool write_message(const struct schema_message *message, struct pieces pieces, struct buf *out);

/* Tag, length and merged content; the content is written behind the longest length there is, and moved down to its own. */
static bool write_merged(const struct schema_field *field, struct pieces pieces, struct buf *out)
{
    size_t begin = out->len;
    size_t content = begin + field->tag_len + WIRE_VARINT_BYTES_MAX;
    if (!buf_reserve(out, field->tag_len + WIRE_VARINT_BYTES_MAX))
        return false;
    memcpy(out->data + begin, field->tag, field->tag_len);
    out->len = content;
    if (!write_message(field->message, pieces, out))
        return false;
    size_t len = out->len - content;
    char *behind = wire_write_varint(out->data + begin + field->tag_len, len);
    memmove(behind, out->data + content, len);
    out->len = (size_t)(behind - out->data) + len;
    return true;
}

static bool write_message(const struct schema_message *message, struct pieces pieces, struct buf *out)
{
    struct walk walk = {.left = pieces};
    struct wire_field wire;
    struct view whole;
    uint64_t *done = calloc((size_t)message->field_count / 64 + 1, sizeof(*done));
    bool written = done != NULL;
    while (written && next_field(&walk, &wire, &whole)) {
        const struct schema_field *field = find_singular_message(message, &wire);
        if (field && done[field->index / 64] >> (field->index % 64) & 1)
            continue;
        size_t count = field ? count_pieces(pieces, field) : 1;
        if (count == 1) {
            written = buf_append(out, whole);
        } else {
            done[field->index / 64] |= (uint64_t)1 << (field->index % 64);
            struct view *items = list_pieces(pieces, field, count);
            written = items && write_merged(field, (struct pieces){items, count}, out);
            free(items);
        }
    }
    free(done);
    return written;
}

bool transcode_merge(const struct schema_message *message, struct view binary, struct buf *out, struct status *st)
{
    size_t len_before = out->len;
    if (write_message(message, (struct pieces){&binary, binary.data ? 1 : 0}, out))
        return true;
    out->len = len_before;
    return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "the message is larger than %zu bytes", out->max);
}
