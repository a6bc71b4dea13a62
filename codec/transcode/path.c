#include "codec/transcode/path.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/utf8.h"
#include "codec/wire/wire.h"

#define KEY_BYTES_MAX    60
#define NUMBER_BYTES_MAX 24

/* Text that is written from its end towards its beginning, since the innermost part of the path is known first. */
struct backward_text {
    char *bytes;
    char *begin;
};

static bool prepend(struct backward_text *text, struct view part)
{
    if ((size_t)(text->begin - text->bytes) < part.len + sizeof("..."))
        return false;
    text->begin -= part.len;
    if (part.len)
        memcpy(text->begin, part.data, part.len);
    return true;
}

/* A key that is not UTF-8 is cut where it ceases to be. */
static bool prepend_key(struct backward_text *text, struct view key)
{
    size_t valid = utf8_valid_len(key);
    size_t len = valid;
    if (valid > KEY_BYTES_MAX) {
        len = KEY_BYTES_MAX;
        while (len > 0 && ((unsigned char)key.data[len] & 0xc0) == 0x80)
            len--;
    }
    return prepend(text, view_of(len < key.len ? "...\"]" : "\"]")) && prepend(text, view_make(key.data, len)) &&
           prepend(text, view_of("[\""));
}

static bool has_wire_key(const struct path_node *node)
{
    return node->key_field && node->key_field->type != SCHEMA_STRING;
}

/* A number or boolean that is a map's key, from wire bytes to what JSON has. */
static struct view write_key(const struct path_node *node, char text[static NUMBER_BYTES_MAX])
{
    uint64_t raw = 0;
    if (node->key_field->wire_type == WIRE_VARINT)
        wire_read_varint(node->key.data, node->key.data + node->key.len, &raw);
    else
        raw = node->key.len == 8 ? wire_load_fixed64(node->key.data) : wire_load_fixed32(node->key.data);
    int64_t number = (int64_t)raw;
    switch ((enum schema_type)node->key_field->type) {
    case SCHEMA_BOOL: return view_of(raw ? "true" : "false");
    case SCHEMA_UINT64:
    case SCHEMA_FIXED64: return view_make(text, (size_t)snprintf(text, NUMBER_BYTES_MAX, "%" PRIu64, raw));
    case SCHEMA_UINT32: number = (uint32_t)raw; break;
    case SCHEMA_INT32:
    case SCHEMA_SFIXED32: number = (int32_t)raw; break;
    case SCHEMA_SINT32: number = wire_unzigzag32((uint32_t)raw); break;
    case SCHEMA_SINT64: number = wire_unzigzag64(raw); break;
    default: break;
    }
    return view_make(text, (size_t)snprintf(text, NUMBER_BYTES_MAX, "%" PRId64, number));
}

static bool prepend_node(struct backward_text *text, const struct path_node *node)
{
    char number[NUMBER_BYTES_MAX];
    if (node->array)
        return prepend(text, view_make(number, (size_t)snprintf(number, sizeof(number), "[%zu]", node->index)));
    if (node->key.data)
        return prepend_key(text, has_wire_key(node) ? write_key(node, number) : node->key);
    return !node->field || (prepend(text, node->field->json_name) && prepend(text, view_of(".")));
}

const char *path_write(const struct path_node *innermost, char bytes[static PATH_TEXT_BYTES_MAX])
{
    struct backward_text text = {bytes, bytes + PATH_TEXT_BYTES_MAX - 1};
    *text.begin = '\0';
    for (const struct path_node *node = innermost; node; node = node->outer)
        if (!prepend_node(&text, node)) {
            text.begin -= 3;
            return memcpy(text.begin, "...", 3);
        }
    return *text.begin == '.' ? text.begin + 1 : text.begin;
}
