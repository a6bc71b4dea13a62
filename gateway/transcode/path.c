#include "gateway/transcode/path.h"

#include <stdio.h>

#include "base/utf8.h"

#define KEY_BYTES_MAX 60

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

static bool prepend_node(struct backward_text *text, const struct path_node *node)
{
    char index[24];
    if (node->array)
        return prepend(text, view_make(index, (size_t)snprintf(index, sizeof(index), "[%zu]", node->index)));
    if (node->key.data)
        return prepend_key(text, node->key);
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
