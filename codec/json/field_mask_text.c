/*
 * Reading turns every capital into an underscore and the small letter; writing turns an underscore and a small letter
 * into the capital. So that the one undoes the other, JSON must not have underscores, nor proto capitals or an
 * underscore before anything but a small letter.
 */
#include "codec/json/field_mask_text.h"

#include <string.h>

#include "base/ascii.h"

bool field_mask_text_next(struct view text, size_t *offset, struct view *ret_path)
{
    if (text.len == 0 || *offset > text.len)
        return false;
    const char *start = text.data + *offset;
    size_t rest = text.len - *offset;
    const char *comma = rest > 0 ? memchr(start, ',', rest) : NULL;
    size_t len = comma ? (size_t)(comma - start) : rest;
    *ret_path = view_make(start, len);
    *offset += len + 1;
    return true;
}

/* What both forms share: a point between two segments, or a segment that is a star. */
static bool is_point_or_star(struct view path, size_t i)
{
    bool first = i == 0 || path.data[i - 1] == '.';
    bool last = i + 1 == path.len || path.data[i + 1] == '.';
    if (path.data[i] == '*')
        return first && last;
    return path.data[i] == '.' && !first && i + 1 < path.len;
}

/* A small letter, or a digit that does not begin a segment: the same in both forms. */
static bool is_plain(struct view path, size_t i)
{
    bool first = i == 0 || path.data[i - 1] == '.';
    return ascii_is_lower(path.data[i]) || (ascii_is_digit(path.data[i]) && !first);
}

bool field_mask_text_to_proto(char *out, struct view path, size_t *ret_len, struct status *st)
{
    char *p = out;
    bool valid = path.len > 0;
    for (size_t i = 0; valid && i < path.len; i++) {
        char c = path.data[i];
        if (ascii_is_upper(c)) {
            *p++ = '_';
            *p++ = (char)(c - 'A' + 'a');
        } else {
            valid = is_plain(path, i) || is_point_or_star(path, i);
            *p++ = c;
        }
    }
    if (!valid)
        return status_fail(st, STATUS_INVALID_ARGUMENT,
                           "expected a path of field names in lowerCamelCase, such as fooBar.baz, but not \"%.*s\"",
                           VIEW_ARG(path));
    *ret_len = (size_t)(p - out);
    return true;
}

bool field_mask_text_to_json(char *out, struct view path, size_t *ret_len, struct status *st)
{
    char *p = out;
    bool valid = path.len > 0;
    for (size_t i = 0; valid && i < path.len; i++) {
        char c = path.data[i];
        if (c == '_' && i + 1 < path.len && ascii_is_lower(path.data[i + 1])) {
            *p++ = (char)(path.data[++i] - 'a' + 'A');
        } else {
            valid = is_plain(path, i) || is_point_or_star(path, i);
            *p++ = c;
        }
    }
    if (!valid)
        return status_fail(
            st, STATUS_INVALID_ARGUMENT,
            "expected a path of field names in lower_snake_case that lowerCamelCase can tell apart, such as "
            "foo_bar.baz, but not \"%.*s\"",
            VIEW_ARG(path));
    *ret_len = (size_t)(p - out);
    return true;
}
