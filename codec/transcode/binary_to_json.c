/*
 * Messages whose fields come in the order of their numbers.
 *
 * What a field costs: its tag, an index by number, the key copied in one block, and the value. A field that comes too late (its number
 * is not above the last one's) is the sign that the bytes are in another order: to_json_scattered.c takes over.
 */
#include "codec/transcode/to_json.h"

struct cursor to_json_singular(struct to_json *c, struct cursor at, const char *end, const struct schema_field *field)
{
    if (field->type != SCHEMA_MESSAGE)
        return to_json_scalar(c, at, end, field);
    const char *shown = at.in;
    const char *content_end = take_content(&at.in, end);
    if (!content_end)
        return to_json_malformed(c, shown);
    return to_json_message(c, at, content_end, field->message);
}

/* A group's content ends at its end tag: found first, then printed like a message. */
static struct cursor write_group(struct to_json *c, struct cursor at, const char *end, const struct schema_field *field)
{
    const char *content_end;
    const char *behind = wire_skip_group(at.in, end, field->number, TRANSCODE_DEPTH_MAX - c->depth, &content_end);
    if (!behind)
        return to_json_malformed(c, at.in);
    at = to_json_message(c, at, content_end, field->message);
    if (at.in)
        at.in = behind;
    return at;
}

static inline struct cursor write_single(struct to_json *c, struct cursor at, const char *end,
                                         const struct schema_field *field)
{
    return field->type == SCHEMA_GROUP ? write_group(c, at, end, field) : to_json_singular(c, at, end, field);
}

/* ,value for each number of a packed field's content. */
static struct cursor write_packed(struct to_json *c, struct cursor at, const char *end,
                                  const struct schema_field *field, struct path_node *node)
{
    const char *shown = at.in;
    const char *content_end = take_content(&at.in, end);
    if (!content_end)
        return to_json_malformed(c, shown);
    while (at.in && at.in != content_end) {
        at = to_json_packed_number(c, at, content_end, field);
        node->index++;
    }
    return at;
}

/* The tag at the cursor, if it is one more of this field. */
static inline const char *take_same_tag(const char *in, const char *end, const struct schema_field *field,
                                        unsigned *ret_type)
{
    uint32_t number;
    in = wire_read_tag(in, end, &number, ret_type);
    return in && number == field->number && fits_wire_type(field, *ret_type) ? in : NULL;
}

/* All elements that stand here one behind the other; the tag of the first was read. */
static struct cursor write_array(struct to_json *c, struct cursor at, const char *end, const struct schema_field *field,
                                 unsigned type)
{
    size_t begin = output_offset(&c->output, at);
    struct path_node node = {.outer = c->path, .array = true};
    c->path = &node;
    for (const char *next = at.in; next; next = take_same_tag(at.in, end, field, &type)) {
        at.in = next;
        if (is_packed(field, type)) {
            at = write_packed(c, at, end, field, &node);
        } else if (to_json_is_unknown_enum(field, at.in, end)) {
            at.in = wire_skip(at.in, end, field->number, type, 0);
        } else {
            at = to_json_char(c, at, ',');
            if (at.in)
                at = write_single(c, at, end, field);
            node.index++;
        }
        if (!at.in)
            return at;
    }
    c->path = node.outer;
    return to_json_close(c, at, begin, '[', ']');
}

/* ,key:value of an entry that holds its key and its value, in this order, and nothing else. */
static struct cursor write_entry(struct to_json *c, struct cursor at, const char *end,
                                 const struct schema_message *entry, struct key_set *keys)
{
    const struct schema_field *key = &entry->fields[0], *value = &entry->fields[1];
    uint32_t number;
    unsigned type;
    const char *in = wire_read_tag(at.in, end, &number, &type);
    c->path->key = (struct view){0};
    if (!in || number != key->number || type != key->wire_type)
        return to_json_sort_instead(c);
    at = to_json_char(c, at, ',');
    if (!at.in)
        return at;
    at.in = in;
    at = to_json_map_key(c, at, end, key);
    if (!at.in)
        return at;
    c->path->key = view_make(in, (size_t)(at.in - in));
    if (key->type == SCHEMA_STRING)
        in = wire_read_length(in, end, &c->path->key.len), c->path->key.data = in;
    switch (key_set_add(keys, c->path->key, to_json_key_hash(key, c->path->key))) {
    case KEY_SET_ADDED: break;
    case KEY_SET_DUPLICATE: return to_json_sort_instead(c);
    default: return output_too_large(&c->output);
    }
    in = wire_read_tag(at.in, end, &number, &type);
    if (!in || number != value->number || type != value->wire_type || to_json_is_unknown_enum(value, in, end))
        return to_json_sort_instead(c);
    at = to_json_char(c, at, ':');
    if (!at.in)
        return at;
    at.in = in;
    at = to_json_singular(c, at, end, value);
    return at.in && at.in != end ? to_json_sort_instead(c) : at;
}

static struct cursor write_entries(struct to_json *c, struct cursor at, const char *end,
                                   const struct schema_field *field, struct key_set *keys)
{
    unsigned type;
    for (const char *next = at.in; next; next = take_same_tag(at.in, end, field, &type)) {
        at.in = next;
        const char *content_end = take_content(&at.in, end);
        if (!content_end)
            return to_json_malformed(c, next);
        if (!to_json_enter(c, next))
            return cursor_failed();
        at = write_entry(c, at, content_end, field->message, keys);
        to_json_leave(c);
        if (!at.in)
            return at;
    }
    return at;
}

static struct cursor write_map(struct to_json *c, struct cursor at, const char *end, const struct schema_field *field)
{
    size_t begin = output_offset(&c->output, at);
    struct path_node node = {.outer = c->path, .key_field = &field->message->fields[0]};
    struct key_set keys;
    key_set_init(&keys, to_json_key_type(node.key_field));
    c->path = &node;
    at = write_entries(c, at, end, field, &keys);
    c->path = node.outer;
    key_set_free(&keys);
    return at.in ? to_json_close(c, at, begin, '{', '}') : at;
}

/* What of a message has been seen: the field that may come next at the earliest, and which oneofs are set. */
struct progress {
    unsigned next_index;
    uint64_t oneofs;
};

/* False when the field may not come here if the fields are in order. */
static inline bool advance(struct progress *progress, const struct schema_field *field)
{
    if (__builtin_expect(field->index < progress->next_index, 0))
        return false;
    progress->next_index = field->index + 1u;
    if (field->oneof) {
        uint64_t bit = field->oneof <= 64 ? (uint64_t)1 << (field->oneof - 1) : UINT64_MAX;
        if (progress->oneofs & bit)
            return false;
        progress->oneofs |= bit;
    }
    return true;
}

static inline struct cursor write_string_field(struct to_json *c, struct cursor at, const char *end)
{
    size_t len;
    const char *in = wire_read_length(at.in, end, &len);
    if (!in)
        return to_json_malformed(c, at.in);
    return to_json_string(c, (struct cursor){in, at.out}, len);
}

static inline struct cursor write_field(struct to_json *c, struct cursor at, const char *end,
                                        const struct schema_field *field, unsigned type)
{
    if (__builtin_expect(to_json_is_default(field, at.in, end) && !c->options->emit_defaults, 0)) {
        at.in = wire_skip(at.in, end, field->number, type, 0);
        return at;
    }
    c->path->field = field;
    at = to_json_key(c, at, field);
    if (!at.in)
        return at;
    if (field->type == SCHEMA_STRING && !field->repeated)
        return write_string_field(c, at, end);
    if (!field->repeated)
        return write_single(c, at, end, field);
    size_t value_at = output_offset(&c->output, at);
    at = field->map ? write_map(c, at, end, field) : write_array(c, at, end, field, type);
    return to_json_drop_empty(c, at, field, value_at);
}

static struct cursor write_members(struct to_json *c, struct cursor at, const char *end,
                                   const struct schema_message *message)
{
    struct progress progress = {0};
    while (at.in < end) {
        uint32_t number;
        unsigned type;
        const char *in = wire_read_tag(at.in, end, &number, &type);
        if (__builtin_expect(!in, 0)) {
            c->path->field = NULL;
            return to_json_malformed(c, at.in);
        }
        const struct schema_field *field = schema_field_by_number(message, number);
        if (__builtin_expect(!field || !fits_wire_type(field, type) ||
                                 (!field->repeated && to_json_is_unknown_enum(field, in, end)),
                             0)) {
            c->path->field = NULL;
            in = wire_skip(in, end, number, type, TRANSCODE_DEPTH_MAX - c->depth);
            if (!in)
                return to_json_malformed(c, at.in);
            at.in = in;
            continue;
        }
        unsigned expected = progress.next_index;
        if (!advance(&progress, field))
            return to_json_sort_instead(c);
        at.in = in;
        if (c->options->emit_defaults && expected < field->index)
            at = to_json_absent_fields(c, at, message, expected, field->index);
        if (at.in)
            at = write_field(c, at, end, field, type);
        if (!at.in)
            return at;
    }
    if (c->options->emit_defaults)
        at = to_json_absent_fields(c, at, message, progress.next_index, message->field_count);
    return at;
}

static struct cursor write_object(struct to_json *c, struct cursor at, const char *end,
                                  const struct schema_message *message)
{
    size_t begin = output_offset(&c->output, at);
    struct path_node node = {.outer = c->path};
    c->path = &node;
    at = write_members(c, at, end, message);
    c->path = node.outer;
    return at.in ? to_json_close(c, at, begin, '{', '}') : at;
}

struct cursor to_json_message(struct to_json *c, struct cursor at, const char *end,
                              const struct schema_message *message)
{
    if (!to_json_enter(c, at.in))
        return cursor_failed();
    if (c->scattered)
        at = to_json_scattered(c, at, &(struct piece){at.in, end}, 1, message);
    else if (message->well_known == SCHEMA_ORDINARY)
        at = write_object(c, at, end, message);
    else if (message->well_known == SCHEMA_STRUCT)
        at = to_json_struct(c, at, end);
    else if (message->well_known == SCHEMA_VALUE)
        at = to_json_value(c, at, end);
    else if (message->well_known == SCHEMA_LIST_VALUE)
        at = to_json_list(c, at, end);
    else
        at = to_json_well_known(c, at, &(struct piece){at.in, end}, 1, message);
    to_json_leave(c);
    if (at.in)
        at.in = end;
    return at;
}

static struct cursor write_document(struct to_json *c, struct cursor at, const struct schema_message *message,
                                    const struct schema_field *field)
{
    c->path = NULL;
    c->depth = field != NULL; /* the message around it */
    if (field)
        return to_json_scattered_field(c, at, (struct piece){c->start, c->end}, message, field);
    return to_json_message(c, at, c->end, message);
}

bool transcode_binary_to_json(const struct schema_message *message, const struct schema_field *field,
                              struct view binary, const struct transcode_options *options, struct buf *out,
                              struct status *st)
{
    const char *in = binary.data ? binary.data : "";
    size_t len_before = out->len;
    struct to_json c = {.start = in, .end = in + binary.len, .options = options};
    struct cursor at = {in, NULL};
    /* JSON is mostly half as long again as the wire bytes; a buffer that is used again has grown to what replies need. */
    if (!output_start(&c.output, out, binary.len + binary.len / 2 + OUTPUT_TOKEN_BYTES, st, &at.out))
        return false;
    at = write_document(&c, at, message, field);
    /* A value that has no JSON form may be one that counts for nothing, since another one stands behind it. */
    if (!at.in && (c.scattered || st->code == STATUS_FAILED_PRECONDITION)) {
        c.scattered = true;
        at = write_document(&c, (struct cursor){in, output_at(&c.output, len_before)}, message, field);
    }
    return output_finish(&c.output, at, len_before);
}
