#include "tests/codec/wire/wire_text.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "codec/wire/wire.h"

/* The field number that a value without one has. */
#define NO_NUMBER 0

static const char *skip_space(const char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    return text;
}

static void append_bytes(struct buf *out, const void *bytes, size_t len)
{
    assert_true(buf_append(out, view_make(bytes, len)));
}

static void append_varint(struct buf *out, uint64_t value)
{
    char bytes[WIRE_VARINT_BYTES_MAX];
    append_bytes(out, bytes, (size_t)(wire_write_varint(bytes, value) - bytes));
}

static void append_tag(struct buf *out, uint32_t number, enum wire_type type)
{
    if (number != NO_NUMBER)
        append_varint(out, WIRE_TAG(number, type));
}

static void append_length_delimited(struct buf *out, uint32_t number, struct view content)
{
    append_tag(out, number, WIRE_LENGTH);
    append_varint(out, content.len);
    append_bytes(out, content.data, content.len);
}

static void append_fixed(struct buf *out, uint32_t number, uint64_t bits, enum wire_type type)
{
    char bytes[8];
    char *end = type == WIRE_FIXED64 ? wire_write_fixed64(bytes, bits) : wire_write_fixed32(bytes, (uint32_t)bits);
    append_tag(out, number, type);
    append_bytes(out, bytes, (size_t)(end - bytes));
}

static const char *append_hex(struct buf *out, const char *text)
{
    while (*text != '`') {
        unsigned byte;
        assert_int_equal(sscanf(text, "%2x", &byte), 1);
        append_bytes(out, &(unsigned char){(unsigned char)byte}, 1);
        text = skip_space(text + 2);
    }
    return text + 1;
}

static const char *append_floating(struct buf *out, uint32_t number, const char *text)
{
    char *end;
    double value = strtod(text, &end);
    uint64_t bits64;
    uint32_t bits32;
    float narrow = (float)value;
    memcpy(&bits64, &value, sizeof(bits64));
    memcpy(&bits32, &narrow, sizeof(bits32));
    bool is_float = strncmp(end, "i32", 3) == 0;
    append_fixed(out, number, is_float ? bits32 : bits64, is_float ? WIRE_FIXED32 : WIRE_FIXED64);
    return is_float ? end + 3 : end;
}

static const char *append_number(struct buf *out, uint32_t number, const char *text)
{
    char *end;
    bool negative = *text == '-';
    uint64_t value = negative ? (uint64_t)strtoll(text, &end, 10) : strtoull(text, &end, 10);
    if (end == text)
        fail_msg("expected a value at \"%s\"", text);
    if (*end == '.')
        return append_floating(out, number, text);
    if (strncmp(end, "i32", 3) == 0 || strncmp(end, "i64", 3) == 0) {
        append_fixed(out, number, value, end[1] == '3' ? WIRE_FIXED32 : WIRE_FIXED64);
        return end + 3;
    }
    append_tag(out, number, WIRE_VARINT);
    append_varint(out, *end == 'z' ? wire_zigzag64((int64_t)value) : value);
    return *end == 'z' ? end + 1 : end;
}

/* Appends what stands up to the closing bracket, and returns what is behind it. */
static const char *append_content(struct buf *out, const char *text, char closing);

static const char *append_value(struct buf *out, uint32_t number, const char *text)
{
    if (*text == '"') {
        const char *end = strchr(text + 1, '"');
        assert_non_null(end);
        append_length_delimited(out, number, view_make(text + 1, (size_t)(end - text) - 1));
        return end + 1;
    }
    if (*text == '{') {
        struct buf content;
        buf_init(&content, SIZE_MAX / 2);
        text = append_content(&content, text + 1, '}');
        append_length_delimited(out, number, buf_view(&content));
        buf_free(&content);
        return text;
    }
    if (text[0] == '!' && text[1] == '{') {
        append_tag(out, number, WIRE_START_GROUP);
        text = append_content(out, text + 2, '}');
        append_tag(out, number, WIRE_END_GROUP);
        return text;
    }
    return append_number(out, number, text);
}

static const char *append_content(struct buf *out, const char *text, char closing)
{
    for (text = skip_space(text); *text != closing; text = skip_space(text)) {
        char *end;
        unsigned long number = strtoul(text, &end, 10);
        if (*text == '`')
            text = append_hex(out, text + 1);
        else if (isdigit((unsigned char)*text) && *end == ':')
            text = append_value(out, (uint32_t)number, skip_space(end + 1));
        else
            text = append_value(out, NO_NUMBER, text);
    }
    return closing ? text + 1 : text;
}

void wire_text_append(struct buf *out, const char *text)
{
    append_content(out, text, '\0');
}
