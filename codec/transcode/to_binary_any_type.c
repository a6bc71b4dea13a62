/*
 * The type of an Any may stand behind the members that it describes, so they are read ahead. When there are Anys among them, whose types
 * come late, too, reading ahead for each would cost the length times the depth. So the outermost one notes the types of all objects that
 * it passes, and for those inside of what it has read the notes are asked: no byte is read ahead twice.
 */
#include <stdlib.h>

#include "codec/transcode/to_binary.h"

/* "@type" of an object; both offsets in the text. */
struct type_note {
    size_t object_at; /* behind its bracket */
    size_t url_at;
};

static const struct view type_key = VIEW("@type");

static struct cursor take_url(struct to_binary *c, struct cursor at, struct view *ret_url)
{
    if (peek(c, at.in) != '"')
        return to_binary_expected(c, at.in, "a type URL");
    return to_binary_text(c, at, ret_url);
}

/* ---- Notes ---- */

bool to_binary_note_type(struct to_binary *c, struct view key, const char *object, const char *value)
{
    if (!to_binary_string_keys.equal(key, type_key))
        return true;
    const struct type_note note = {(size_t)(object - c->start), (size_t)(value - c->start)};
    return buf_append(&c->types, view_make((const char *)&note, sizeof(note)));
}

/* In the order of objects, and the first one of each first. */
static int compare_notes(const void *left, const void *right)
{
    const struct type_note *a = left, *b = right;
    if (a->object_at != b->object_at)
        return a->object_at < b->object_at ? -1 : 1;
    return a->url_at < b->url_at ? -1 : a->url_at > b->url_at;
}

static void sort_notes(struct to_binary *c)
{
    if (c->types.len)
        qsort(c->types.data, c->types.len / sizeof(struct type_note), sizeof(struct type_note), compare_notes);
}

static struct cursor find_note(struct to_binary *c, struct cursor at, struct view *ret_url)
{
    const struct type_note *notes = (const struct type_note *)(const void *)c->types.data;
    size_t object_at = (size_t)(at.in - c->start), first = 0, end = c->types.len / sizeof(*notes), count = end;
    while (first < end) {
        size_t middle = first + (end - first) / 2;
        if (notes[middle].object_at < object_at)
            first = middle + 1;
        else
            end = middle;
    }
    if (first == count || notes[first].object_at != object_at)
        return at;
    return take_url(c, (struct cursor){c->start + notes[first].url_at, at.out}, ret_url);
}

/* ---- Reading ahead ---- */

static struct cursor read_ahead(struct to_binary *c, struct cursor at, struct view *ret_url)
{
    bool done = false;
    at = to_binary_first(c, at, '}', &done);
    while (at.in && !done) {
        struct view key;
        if (peek(c, at.in) != '"')
            return to_binary_expected(c, at.in, "a field name in quotes");
        at = to_binary_text(c, at, &key);
        bool is_type = at.in && view_equal(key, type_key);
        if (at.in)
            at = to_binary_colon(c, at);
        if (!at.in)
            return at;
        if (is_type)
            return take_url(c, at, ret_url);
        at = to_binary_skip(c, at);
        if (at.in)
            at = to_binary_next(c, at, '}', &done);
    }
    return at;
}

struct cursor to_binary_any_type(struct to_binary *c, struct cursor at, struct view *ret_url)
{
    *ret_url = (struct view){0};
    if (at.in < c->read_ahead)
        return find_note(c, at, ret_url);
    buf_clear(&c->types);
    c->noting_types = true;
    at = read_ahead(c, at, ret_url);
    c->noting_types = false;
    if (!at.in)
        return at;
    c->read_ahead = at.in;
    sort_notes(c);
    return at;
}
