/*
 * Path variables and query parameters: each becomes wire bytes of its own, nested messages around it, since wire bytes of the same
 * message merge when they stand one behind the other.
 */
#include "base/utf8.h"
#include "codec/transcode/to_binary.h"

/* The part of the path up to the next dot, moving the path behind it; *ret_more: there is a dot. */
static struct view take_segment(struct view *path, bool *ret_more)
{
    const char *dot = path->len ? memchr(path->data, '.', path->len) : NULL;
    struct view segment = view_make(path->data, dot ? (size_t)(dot - path->data) : path->len);
    size_t taken = dot ? segment.len + 1 : segment.len;
    *path = view_make(path->data + taken, path->len - taken);
    *ret_more = dot != NULL;
    return segment;
}

/* Splits "labels[env]" into the name and the key between the brackets. */
static void split_map_key(struct view *path, struct view *ret_key)
{
    *ret_key = (struct view){0};
    const char *open = path->len && path->data[path->len - 1] == ']' ? memchr(path->data, '[', path->len) : NULL;
    if (!open)
        return;
    size_t name_len = (size_t)(open - path->data);
    *ret_key = view_make(open + 1, path->len - name_len - 2);
    path->len = name_len;
}

static bool check_leaf(const struct transcode_field_path *path, struct view whole, struct status *st)
{
    const struct schema_field *leaf = path->fields[path->len - 1];
    if (leaf->map && !path->map_key.data)
        return status_fail(st, STATUS_INVALID_ARGUMENT, "\"%.*s\" is a map: expected a key, as in %.*s[key]",
                           VIEW_ARG(whole), VIEW_ARG(whole));
    if (!leaf->map && path->map_key.data)
        return status_fail(st, STATUS_INVALID_ARGUMENT, "\"%.*s\" is not a map", VIEW_ARG(leaf->json_name));
    const struct schema_field *value = leaf->map ? &leaf->message->fields[1] : leaf;
    if (value->type == SCHEMA_GROUP ||
        (value->message && (value->message->well_known == SCHEMA_ORDINARY || value->message->well_known == SCHEMA_ANY)))
        return status_fail(st, STATUS_INVALID_ARGUMENT,
                           "\"%.*s\" is a message: expected one of its fields, as in %.*s.%s", VIEW_ARG(whole),
                           VIEW_ARG(whole), "field");
    return true;
}

bool transcode_find_field_path(const struct schema_message *message, struct view path,
                               struct transcode_field_path *ret_path, struct status *st)
{
    struct transcode_field_path found = {.len = 0};
    struct view rest = path;
    bool more = true;
    split_map_key(&rest, &found.map_key);
    while (more) {
        struct view name = take_segment(&rest, &more);
        const struct schema_field *field = schema_find_field(message, name);
        if (!field && more && name.len && name.data[name.len - 1] == ']')
            return status_fail(st, STATUS_INVALID_ARGUMENT,
                               "expected a map's key in brackets at the end, not before \".%.*s\"", VIEW_ARG(rest));
        if (!field)
            return status_fail(st, STATUS_NOT_FOUND, "%.*s has no field \"%.*s\"", VIEW_ARG(message->full_name),
                               VIEW_ARG(name));
        if (found.len == TRANSCODE_FIELD_PATH_MAX)
            return status_fail(st, STATUS_INVALID_ARGUMENT, "a field path of more than %d fields",
                               TRANSCODE_FIELD_PATH_MAX);
        found.fields[found.len++] = field;
        if (more && (field->repeated || field->type != SCHEMA_MESSAGE || field->message->well_known != SCHEMA_ORDINARY))
            return status_fail(st, STATUS_INVALID_ARGUMENT,
                               "\"%.*s\" of %.*s is not a single message, expected one before \".%.*s\"",
                               VIEW_ARG(field->json_name), VIEW_ARG(message->full_name), VIEW_ARG(rest));
        message = field->message;
    }
    if (!check_leaf(&found, path, st))
        return false;
    *ret_path = found;
    return true;
}

/* Whether the message is a JSON string: in a path or query it stands without the quotes. */
static bool is_quoted_in_json(const struct schema_message *message)
{
    switch (message->well_known) {
    case SCHEMA_TIMESTAMP:
    case SCHEMA_DURATION:
    case SCHEMA_FIELD_MASK: return true;
    default: return false;
    }
}

static struct cursor write_json_message(struct to_binary *c, struct cursor at, const struct schema_message *message)
{
    at.in = skip_space(c->start, c->end);
    at = to_binary_message(c, at, message);
    if (at.in)
        at.in = skip_space(at.in, c->end);
    return !at.in || at.in == c->end ? at : to_binary_expected(c, at.in, "the end of the value");
}

static struct cursor write_string_text(struct to_binary *c, struct cursor at, struct view text)
{
    size_t valid = utf8_valid_len(text);
    if (valid != text.len)
        return to_binary_fail(c, text.data + valid, "expected UTF-8, found byte 0x%02x",
                              (unsigned char)text.data[valid]);
    struct open_length length;
    at = output_room(&c->output, at, text.len + OUTPUT_TOKEN_BYTES);
    if (!at.in)
        return at;
    at = to_binary_open(c, at, &length);
    memcpy(at.out, text.data, text.len);
    at.out += text.len;
    return to_binary_close(c, at, &length);
}

/* The value of one field without tag: scalar text as it stands, or the text of a well-known type. */
static struct cursor write_leaf(struct to_binary *c, struct cursor at, const struct schema_field *field,
                                struct view text)
{
    if (field->type == SCHEMA_STRING)
        return write_string_text(c, at, text);
    if (field->type != SCHEMA_MESSAGE)
        return to_binary_scalar_text(c, at, field, text);
    struct open_length length;
    at = to_binary_open(c, at, &length);
    if (field->message->well_known == SCHEMA_WRAPPER) {
        at.out = to_binary_write_tag(at.out, &field->message->fields[0]);
        at = write_leaf(c, at, &field->message->fields[0], text);
    } else if (is_quoted_in_json(field->message)) {
        at = to_binary_well_known_text(c, at, field->message, text, c->start);
    } else {
        at = write_json_message(c, at, field->message);
    }
    return at.in ? to_binary_close(c, at, &length) : at;
}

/* One map entry with this key. */
static struct cursor write_entry(struct to_binary *c, struct cursor at, const struct schema_message *entry,
                                 struct view key, struct view text)
{
    struct open_length length;
    at = to_binary_open(c, at, &length);
    at.out = to_binary_write_tag(at.out, &entry->fields[0]);
    at = write_leaf(c, at, &entry->fields[0], key);
    if (at.in)
        at = output_room(&c->output, at, OUTPUT_TOKEN_BYTES);
    if (!at.in)
        return at;
    at.out = to_binary_write_tag(at.out, &entry->fields[1]);
    at = write_leaf(c, at, &entry->fields[1], text);
    return at.in ? to_binary_close(c, at, &length) : at;
}

/* The leaf's tag is written as for one element: parsers take packed fields unpacked. */
static struct cursor write_field(struct to_binary *c, struct cursor at, const struct transcode_field_path *path,
                                 size_t depth, struct view text)
{
    const struct schema_field *field = path->fields[depth];
    at = output_room(&c->output, at, 3 * OUTPUT_TOKEN_BYTES);
    if (!at.in)
        return at;
    at.out = wire_write_varint(at.out, WIRE_TAG(field->number, field->wire_type));
    if (depth + 1 == path->len)
        return field->map ? write_entry(c, at, field->message, path->map_key, text) : write_leaf(c, at, field, text);
    struct open_length length;
    at = to_binary_open(c, at, &length);
    at = write_field(c, at, path, depth + 1, text);
    return at.in ? to_binary_close(c, at, &length) : at;
}

bool transcode_text_to_binary(const struct transcode_field_path *path, struct view text,
                              const struct transcode_options *options, struct buf *out, struct status *st)
{
    if (!text.data)
        text.data = "";
    size_t len_before = out->len;
    const struct schema_field *leaf = path->fields[path->len - 1];
    const struct schema_field *value = leaf->map ? &leaf->message->fields[1] : leaf;
    struct to_binary c = {
        .start = text.data,
        .end = text.data + text.len,
        .options = options,
        .depth = (unsigned)path->len + leaf->map, /* the messages that the path leads through */
        .text = true,
    };
    struct cursor at = {text.data, NULL};
    if (!output_start(&c.output, out, text.len + 3 * OUTPUT_TOKEN_BYTES, st, &at.out))
        return false;
    at = write_field(&c, at, path, 0, text);
    if (at.in && value->type == SCHEMA_ENUM && c.dropped)
        at.out = output_at(&c.output, len_before);
    return output_finish(&c.output, at, len_before);
}
