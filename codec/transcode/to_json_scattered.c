/*
 * Messages whose bytes may be in any order, by the rules of https://protobuf.dev/programming-guides/encoding/#last-one-wins: of a scalar
 * and of a oneof the last counts, occurrences of a message merge, elements of a repeated field are put together, of a map's keys the
 * last counts.
 *
 * Each message's fields are listed, sorted by number (stably), and printed. A message that merges is the list of its pieces, which are
 * listed in turn: nothing is copied, and every byte is walked over once a level.
 */
#include <stdlib.h>

#include "codec/transcode/block.h"
#include "codec/transcode/to_json.h"

struct occurrence {
    const struct schema_field *field;
    size_t sequence; /* place among the occurrences, to sort stably */
    struct wire_field wire;
};

struct occurrences {
    struct occurrence *items;
    size_t count;
    size_t cap;
};

static bool add(struct occurrences *list, const struct schema_field *field, const struct wire_field *wire)
{
    if (list->count == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 16;
        struct occurrence *items = realloc(list->items, cap * sizeof(*items));
        if (!items)
            return false;
        list->items = items;
        list->cap = cap;
    }
    list->items[list->count] = (struct occurrence){field, list->count, *wire};
    list->count++;
    return true;
}

static int compare(const void *left, const void *right)
{
    const struct occurrence *a = left, *b = right;
    if (a->field->index != b->field->index)
        return a->field->index < b->field->index ? -1 : 1;
    return a->sequence < b->sequence ? -1 : 1;
}

/* Drops the members of oneofs that a later member has replaced, those before it too: setting another one clears the value. */
static bool drop_replaced(struct occurrences *list, const struct schema_message *message)
{
    const struct schema_field **set = calloc(message->oneof_count + 1u, sizeof(const struct schema_field *));
    if (!set)
        return false;
    size_t kept = list->count;
    for (size_t i = list->count; i-- > 0;) {
        const struct schema_field *field = list->items[i].field;
        bool ended = false;
        if (field->oneof) {
            /* Backwards: the first met is the one that counts, until another one is met; that one ends it. */
            if (!set[field->oneof])
                set[field->oneof] = field;
            ended = set[field->oneof] != field;
            if (ended)
                set[field->oneof] = &message->fields[message->field_count]; /* equal to none */
        }
        if (!ended)
            list->items[--kept] = list->items[i];
    }
    memmove(list->items, list->items + kept, (list->count - kept) * sizeof(*list->items));
    list->count -= kept;
    free(set);
    return true;
}

static struct cursor list_fields(struct to_json *c, struct cursor at, const struct piece *pieces, size_t count,
                                 const struct schema_message *message, struct occurrences *list)
{
    struct piece_reader reader = {pieces, count, NULL};
    struct wire_field wire;
    const char *malformed;
    while (to_json_next_field(c, &reader, &wire, &malformed)) {
        const struct schema_field *field = schema_field_by_number(message, wire.number);
        if (!field || !fits_wire_type(field, wire.type))
            continue;
        if (!is_packed(field, wire.type) && to_json_is_unknown_enum(field, wire.begin, wire.end))
            continue;
        if (!add(list, field, &wire))
            return output_too_large(&c->output);
    }
    if (malformed)
        return to_json_malformed(c, malformed);
    if (message->oneof_count && list->count && !drop_replaced(list, message))
        return output_too_large(&c->output);
    if (list->count)
        qsort(list->items, list->count, sizeof(*list->items), compare);
    return at;
}

struct cursor to_json_element(struct to_json *c, struct cursor at, const struct wire_field *wire,
                              const struct schema_field *field)
{
    size_t len = (size_t)(wire->end - wire->begin);
    at.in = wire->begin;
    if (field->message)
        return to_json_message(c, at, wire->end, field->message);
    if (field->type == SCHEMA_STRING)
        return to_json_string(c, at, len);
    if (field->type == SCHEMA_BYTES)
        return to_json_bytes(c, at, len);
    return to_json_scalar(c, at, wire->end, field);
}

/* A message that merges from all its occurrences. */
static struct cursor write_merged(struct to_json *c, struct cursor at, const struct occurrence *items, size_t count)
{
    struct piece *pieces = malloc(count * sizeof(*pieces));
    if (!pieces)
        return output_too_large(&c->output);
    for (size_t i = 0; i < count; i++)
        pieces[i] = (struct piece){items[i].wire.begin, items[i].wire.end};
    if (to_json_enter(c, items->wire.begin)) {
        at = to_json_scattered(c, at, pieces, count, items->field->message);
        to_json_leave(c);
    } else {
        at = cursor_failed();
    }
    free(pieces);
    return at;
}

static struct cursor write_singular(struct to_json *c, struct cursor at, const struct occurrence *items, size_t count)
{
    if (count > 1 && items->field->message)
        return write_merged(c, at, items, count);
    return to_json_element(c, at, &items[count - 1].wire, items->field);
}

static struct cursor write_array(struct to_json *c, struct cursor at, const struct occurrence *items, size_t count)
{
    size_t begin = output_offset(&c->output, at);
    struct path_node node = {.outer = c->path, .array = true};
    c->path = &node;
    for (size_t i = 0; i < count && at.in; i++) {
        const struct wire_field *wire = &items[i].wire;
        if (!is_packed(items->field, wire->type)) {
            at = to_json_char(c, at, ',');
            at = at.in ? to_json_element(c, at, wire, items->field) : at;
            node.index++;
            continue;
        }
        at.in = wire->begin;
        while (at.in && at.in != wire->end) {
            at = to_json_packed_number(c, at, wire->end, items->field);
            node.index++;
        }
    }
    c->path = node.outer;
    return at.in ? to_json_close(c, at, begin, '[', ']') : at;
}

/* The parts of one map entry; a part that is absent has its default. */
struct entry {
    struct view key;           /* its wire bytes, without a string's length; data NULL: absent */
    struct occurrences fields; /* sorted: those of the key, then those of the value */
    size_t key_count;
    bool dropped; /* another entry of the same key comes later, or the value is an enum's unknown number */
};

/* Whether the value is a closed enum's unknown number: an entry that has no other value is unknown as a whole. */
static bool has_unknown_enum(struct to_json *c, struct piece piece, const struct schema_field *value)
{
    struct piece_reader reader = {&piece, 1, NULL};
    struct wire_field wire;
    const char *malformed;
    while (to_json_next_field(c, &reader, &wire, &malformed))
        if (wire.number == value->number && wire.type == value->wire_type &&
            to_json_is_unknown_enum(value, wire.begin, wire.end))
            return true;
    return false;
}

static struct cursor list_entry(struct to_json *c, struct cursor at, const struct occurrence *item, struct entry *entry)
{
    const struct schema_message *type = item->field->message;
    const struct piece piece = {item->wire.begin, item->wire.end};
    at = list_fields(c, at, &piece, 1, type, &entry->fields);
    if (!at.in)
        return at;
    while (entry->key_count < entry->fields.count && entry->fields.items[entry->key_count].field == &type->fields[0])
        entry->key_count++;
    if (entry->key_count) {
        const struct wire_field *key = &entry->fields.items[entry->key_count - 1].wire;
        entry->key = view_make(key->begin, (size_t)(key->end - key->begin));
    } else {
        /* An empty string is read like any other: a block, of which nothing is kept. */
        static const char zeros[BLOCK_BYTES];
        entry->key = view_make(zeros, type->fields[0].type == SCHEMA_STRING       ? 0
                                      : type->fields[0].wire_type == WIRE_FIXED64 ? 8
                                      : type->fields[0].wire_type == WIRE_FIXED32 ? 4
                                                                                  : 1);
    }
    entry->dropped = entry->fields.count == entry->key_count && has_unknown_enum(c, piece, &type->fields[1]);
    return at;
}

static struct cursor write_entry(struct to_json *c, struct cursor at, const struct schema_message *type,
                                 const struct entry *entry)
{
    const struct schema_field *key = &type->fields[0], *value = &type->fields[1];
    at = to_json_char(c, at, ',');
    if (!at.in)
        return at;
    c->path->key = entry->key;
    at.in = entry->key.data;
    at = key->type == SCHEMA_STRING ? to_json_string(c, at, entry->key.len)
                                    : to_json_map_key(c, at, entry->key.data + entry->key.len, key);
    if (at.in)
        at = to_json_char(c, at, ':');
    if (!at.in)
        return at;
    size_t value_count = entry->fields.count - entry->key_count;
    if (value_count)
        return write_singular(c, at, entry->fields.items + entry->key_count, value_count);
    return value->message ? to_json_scattered(c, at, NULL, 0, value->message) : to_json_default(c, at, value);
}

/* From the last entry to the first, so that of equal keys the last is met first. */
static struct cursor drop_repeated_keys(struct to_json *c, struct cursor at, const struct schema_field *key,
                                        struct entry *entries, size_t count)
{
    struct key_set keys;
    key_set_init(&keys, to_json_key_type(key));
    for (size_t i = count; i-- > 0 && at.in;) {
        if (entries[i].dropped)
            continue;
        switch (key_set_add(&keys, entries[i].key, to_json_key_hash(key, entries[i].key))) {
        case KEY_SET_ADDED: break;
        case KEY_SET_DUPLICATE: entries[i].dropped = true; break;
        default: at = output_too_large(&c->output);
        }
    }
    key_set_free(&keys);
    return at;
}

static struct cursor write_entries(struct to_json *c, struct cursor at, const struct occurrence *items, size_t count,
                                   struct entry *entries)
{
    const struct schema_message *type = items->field->message;
    size_t begin = output_offset(&c->output, at);
    struct path_node node = {.outer = c->path, .key_field = &type->fields[0]};
    c->path = &node;
    for (size_t i = 0; i < count && at.in; i++)
        at = list_entry(c, at, &items[i], &entries[i]);
    if (at.in)
        at = drop_repeated_keys(c, at, &type->fields[0], entries, count);
    for (size_t i = 0; i < count && at.in; i++)
        if (!entries[i].dropped)
            at = write_entry(c, at, type, &entries[i]);
    c->path = node.outer;
    return at.in ? to_json_close(c, at, begin, '{', '}') : at;
}

static struct cursor write_map(struct to_json *c, struct cursor at, const struct occurrence *items, size_t count)
{
    struct entry *entries = calloc(count, sizeof(*entries));
    if (!entries)
        return output_too_large(&c->output);
    if (to_json_enter(c, items->wire.begin)) {
        at = write_entries(c, at, items, count, entries);
        to_json_leave(c);
    } else {
        at = cursor_failed();
    }
    for (size_t i = 0; i < count; i++)
        free(entries[i].fields.items);
    free(entries);
    return at;
}

/* All occurrences of one field. */
static struct cursor write_value(struct to_json *c, struct cursor at, const struct occurrence *items, size_t count)
{
    if (!items->field->repeated)
        return write_singular(c, at, items, count);
    return items->field->map ? write_map(c, at, items, count) : write_array(c, at, items, count);
}

/* How many items from the first on are of the same field. */
static size_t count_run(const struct occurrence *items, size_t count)
{
    size_t run = 1;
    while (run < count && items[run].field == items->field)
        run++;
    return run;
}

/* Whether a field without presence ended up with its default. */
static bool is_default(const struct occurrence *last)
{
    const struct wire_field *wire = &last->wire;
    if (wire->type == WIRE_LENGTH)
        return wire->begin == wire->end && !last->field->has_presence && !last->field->repeated;
    return to_json_is_default(last->field, wire->begin, wire->end);
}

static struct cursor write_members(struct to_json *c, struct cursor at, const struct occurrences *list,
                                   const struct schema_message *message)
{
    size_t begin = output_offset(&c->output, at);
    unsigned next_index = 0;
    struct path_node node = {.outer = c->path};
    c->path = &node;
    for (size_t i = 0, run; i < list->count && at.in; i += run) {
        const struct schema_field *field = list->items[i].field;
        run = count_run(list->items + i, list->count - i);
        if (!c->options->emit_defaults && is_default(&list->items[i + run - 1]))
            continue;
        if (c->options->emit_defaults)
            at = to_json_absent_fields(c, at, message, next_index, field->index);
        next_index = field->index + 1u;
        node.field = field;
        at = at.in ? to_json_key(c, at, field) : at;
        size_t value_at = at.in ? output_offset(&c->output, at) : 0;
        at = at.in ? write_value(c, at, list->items + i, run) : at;
        at = field->repeated ? to_json_drop_empty(c, at, field, value_at) : at;
    }
    if (at.in && c->options->emit_defaults)
        at = to_json_absent_fields(c, at, message, next_index, message->field_count);
    c->path = node.outer;
    return at.in ? to_json_close(c, at, begin, '{', '}') : at;
}

/* Value: the one kind that is left, without a key. */
static struct cursor write_kind(struct to_json *c, struct cursor at, const struct occurrences *list)
{
    if (list->count == 0)
        return to_json_fail_value(c, at.in, "a Value of no kind, which JSON cannot say");
    if (list->items->field->type == SCHEMA_DOUBLE) {
        at.in = list->items[list->count - 1].wire.begin;
        return to_json_number_value(c, at);
    }
    return write_singular(c, at, list->items, list->count);
}

static struct cursor write_message(struct to_json *c, struct cursor at, const struct occurrences *list,
                                   const struct schema_message *message)
{
    switch (message->well_known) {
    case SCHEMA_VALUE: return write_kind(c, at, list);
    case SCHEMA_STRUCT:
    case SCHEMA_LIST_VALUE:
        return list->count ? write_value(c, at, list->items, list->count) : to_json_default(c, at, &message->fields[0]);
    default: return write_members(c, at, list, message);
    }
}

static bool is_small_well_known(const struct schema_message *message)
{
    switch (message->well_known) {
    case SCHEMA_ORDINARY:
    case SCHEMA_STRUCT:
    case SCHEMA_VALUE:
    case SCHEMA_LIST_VALUE: return false;
    default: return true;
    }
}

struct cursor to_json_scattered(struct to_json *c, struct cursor at, const struct piece *pieces, size_t count,
                                const struct schema_message *message)
{
    if (is_small_well_known(message))
        return to_json_well_known(c, at, pieces, count, message);
    struct occurrences list = {0};
    at = list_fields(c, at, pieces, count, message, &list);
    if (at.in)
        at = write_message(c, at, &list, message);
    free(list.items);
    return at;
}

struct cursor to_json_scattered_field(struct to_json *c, struct cursor at, struct piece piece,
                                      const struct schema_message *message, const struct schema_field *field)
{
    struct occurrences list = {0};
    struct path_node node = {.field = field};
    bool found = false;
    at = list_fields(c, at, &piece, 1, message, &list);
    c->path = &node;
    for (size_t i = 0, run; i < list.count && at.in && !found; i += run) {
        run = count_run(list.items + i, list.count - i);
        found = list.items[i].field == field;
        if (found)
            at = write_value(c, at, list.items + i, run);
    }
    if (at.in && !found)
        at = to_json_default(c, at, field);
    c->path = NULL;
    free(list.items);
    return at;
}
