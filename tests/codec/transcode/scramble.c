/*
 * Each field of the message becomes one or more parts. The parts are put in a random order, in which only those of one number keep their
 * order among themselves.
 */
#include "tests/codec/transcode/scramble.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "codec/wire/wire.h"

#define PARTS_MAX   2000
#define DEPTH_MAX   100
#define OTHER_FIELD 19999 /* of no message */

struct part {
    uint32_t number;
    struct buf bytes;
};

struct parts {
    struct part *items;
    size_t count;
    struct fixed_random *source;
};

static bool one_in(struct parts *parts, int chance)
{
    return fixed_random_below(parts->source, chance) == 0;
}

static struct buf *add_part(struct parts *parts, uint32_t number)
{
    assert_true(parts->count < PARTS_MAX);
    struct part *part = &parts->items[parts->count++];
    part->number = number;
    buf_init(&part->bytes, SIZE_MAX / 2);
    return &part->bytes;
}

static void append(struct buf *out, const char *begin, const char *end)
{
    assert_true(buf_append(out, view_make(begin, (size_t)(end - begin))));
}

/* A varint, sometimes with bytes that say nothing behind it. */
static void append_varint(struct parts *parts, struct buf *out, uint64_t value, unsigned bytes_max)
{
    char bytes[WIRE_VARINT_BYTES_MAX];
    char *end = wire_write_varint(bytes, value);
    while (end - bytes < bytes_max && one_in(parts, 6)) {
        end[-1] = (char)(end[-1] | 0x80);
        *end++ = 0;
    }
    append(out, bytes, end);
}

static void append_tag(struct parts *parts, struct buf *out, uint32_t number, unsigned type)
{
    append_varint(parts, out, WIRE_TAG(number, type), WIRE_TAG_BYTES_MAX);
}

static void append_content(struct parts *parts, struct buf *out, struct view content)
{
    append_varint(parts, out, content.len, WIRE_LENGTH_BYTES_MAX);
    assert_true(buf_append(out, content));
}

/* A value of the same field that does not count, since another one follows. */
static void add_old_scalar(struct parts *parts, const struct wire_field *wire)
{
    struct buf *out = add_part(parts, wire->number);
    append_tag(parts, out, wire->number, wire->type);
    switch (wire->type) {
    case WIRE_VARINT: append_varint(parts, out, 1, WIRE_VARINT_BYTES_MAX); break;
    case WIRE_FIXED64: append(out, "oldvalue", "oldvalue" + 8); break;
    case WIRE_FIXED32: append(out, "old!", "old!" + 4); break;
    default: append_content(parts, out, (struct view)VIEW("an old value")); break;
    }
}

static void add_scalar(struct parts *parts, const struct wire_field *wire)
{
    struct buf *out = add_part(parts, wire->number);
    append_tag(parts, out, wire->number, wire->type);
    if (wire->type == WIRE_LENGTH)
        append_content(parts, out, view_make(wire->begin, (size_t)(wire->end - wire->begin)));
    else
        append(out, wire->begin, wire->end);
}

static const char *skip_number(const char *in, const char *end, const struct schema_field *field)
{
    return wire_skip(in, end, field->number, field->wire_type, 0);
}

/* The elements of a packed field, or one that is not packed: anew, some packed together and some not. */
static void add_numbers(struct parts *parts, const struct schema_field *field, const struct wire_field *wire)
{
    if (wire->begin == wire->end)
        add_scalar(parts, wire);
    for (const char *in = wire->begin; in != wire->end;) {
        struct buf *out = add_part(parts, wire->number);
        const char *begin = in;
        in = skip_number(in, wire->end, field);
        assert_non_null(in);
        if (one_in(parts, 2)) {
            append_tag(parts, out, wire->number, field->wire_type);
            append(out, begin, in);
            continue;
        }
        while (in != wire->end && !one_in(parts, 3))
            in = skip_number(in, wire->end, field);
        append_tag(parts, out, wire->number, WIRE_LENGTH);
        append_content(parts, out, view_make(begin, (size_t)(in - begin)));
    }
}

static void add_message_part(struct parts *parts, uint32_t number, unsigned type, const char *begin, const char *end)
{
    struct buf *out = add_part(parts, number);
    append_tag(parts, out, number, type);
    if (type == WIRE_LENGTH) {
        append_content(parts, out, view_make(begin, (size_t)(end - begin)));
    } else {
        append(out, begin, end);
        append_tag(parts, out, number, WIRE_END_GROUP);
    }
}

/* A message, its content scrambled, in one or two pieces; an element of a list or map stays in one. */
static void add_message(struct parts *parts, const struct schema_field *field, const struct wire_field *wire)
{
    struct buf content;
    buf_init(&content, SIZE_MAX / 2);
    scramble(field->message, view_make(wire->begin, (size_t)(wire->end - wire->begin)), parts->source, &content);
    const char *begin = content.data, *end = content.data + content.len, *cut = begin;
    struct wire_field ignored;
    while (cut != end && one_in(parts, 2))
        cut = wire_read_field(cut, end, DEPTH_MAX, &ignored);
    if (!field->repeated && one_in(parts, 2))
        add_message_part(parts, wire->number, wire->type, begin, cut);
    else
        cut = begin;
    add_message_part(parts, wire->number, wire->type, cut, end);
    buf_free(&content);
}

static void add_field(struct parts *parts, const struct schema_message *message, const struct wire_field *wire)
{
    const struct schema_field *field = schema_field_by_number(message, wire->number);
    assert_non_null(field);
    if (field->message)
        add_message(parts, field, wire);
    else if (field->repeated && field->wire_type != WIRE_LENGTH)
        add_numbers(parts, field, wire);
    else
        add_scalar(parts, wire);
}

static void add_unknown(struct parts *parts)
{
    static const struct wire_field unknown[] = {
        {OTHER_FIELD, WIRE_VARINT, "\x05", NULL},
        {OTHER_FIELD, WIRE_FIXED64, "\xff\xff\xff\xff\xff\xff\xff\xff", NULL},
        {OTHER_FIELD, WIRE_FIXED32, "\xff\xff\xff\xff", NULL},
        {OTHER_FIELD, WIRE_LENGTH, "\xff\x00\x80", NULL},
        {OTHER_FIELD, WIRE_START_GROUP, "\x0b\x0c\x10\x01", NULL},
    };
    struct wire_field wire = unknown[fixed_random_below(parts->source, 5)];
    wire.end = wire.begin + (wire.type == WIRE_LENGTH ? 3 : strlen(wire.begin));
    if (wire.type == WIRE_START_GROUP)
        add_message_part(parts, wire.number, wire.type, wire.begin, wire.end);
    else
        add_scalar(parts, &wire);
}

/* The next part of this number that was not written yet. */
static struct part *take_part(struct parts *parts, bool *written, uint32_t number)
{
    for (size_t i = 0; i < parts->count; i++)
        if (!written[i] && parts->items[i].number == number) {
            written[i] = true;
            return &parts->items[i];
        }
    return NULL;
}

static void write_in_random_order(struct parts *parts, struct buf *out)
{
    uint32_t *numbers = calloc(parts->count + 1, sizeof(*numbers));
    bool *written = calloc(parts->count + 1, sizeof(*written));
    for (size_t i = 0; i < parts->count; i++) {
        size_t other = (size_t)fixed_random_below(parts->source, (int)i + 1);
        numbers[i] = numbers[other];
        numbers[other] = parts->items[i].number;
    }
    for (size_t i = 0; i < parts->count; i++)
        assert_true(buf_append(out, buf_view(&take_part(parts, written, numbers[i])->bytes)));
    free(numbers);
    free(written);
}

void scramble(const struct schema_message *message, struct view bytes, struct fixed_random *source, struct buf *out)
{
    struct parts parts = {calloc(PARTS_MAX, sizeof(struct part)), 0, source};
    const char *end = bytes.data + bytes.len;
    for (const char *in = bytes.data; in != end;) {
        struct wire_field wire;
        in = wire_read_field(in, end, DEPTH_MAX, &wire);
        assert_non_null(in);
        const struct schema_field *field = schema_field_by_number(message, wire.number);
        if (!field->repeated && !field->message && one_in(&parts, 4))
            add_old_scalar(&parts, &wire);
        add_field(&parts, message, &wire);
    }
    while (one_in(&parts, 4))
        add_unknown(&parts);
    write_in_random_order(&parts, out);
    for (size_t i = 0; i < parts.count; i++)
        buf_free(&parts.items[i].bytes);
    free(parts.items);
}
