#include "gateway/route/percent.h"

#include <string.h>

#include "base/ascii.h"

/* The offset of the first `c` at or behind `from`; text.len when there is none. */
static size_t find(struct view text, size_t from, char c)
{
    const char *found = from < text.len ? memchr(text.data + from, c, text.len - from) : NULL;
    return found ? (size_t)(found - text.data) : text.len;
}

size_t percent_find_malformed(struct view text)
{
    size_t at = 0;
    while ((at = find(text, at, '%')) < text.len) {
        if (text.len - at < 3 || ascii_hex_value(text.data[at + 1]) < 0 || ascii_hex_value(text.data[at + 2]) < 0)
            break;
        at += 3;
    }
    return at;
}

size_t percent_decode_to(struct view text, enum percent_rule rule, char *out)
{
    size_t len = 0;
    for (size_t at = 0; at < text.len; at++) {
        char c = text.data[at];
        if (c == '%') {
            char decoded = (char)(ascii_hex_value(text.data[at + 1]) << 4 | ascii_hex_value(text.data[at + 2]));
            if (decoded != '/' || rule != PERCENT_KEEP_SLASH) {
                c = decoded;
                at += 2;
            }
        } else if (c == '+' && rule == PERCENT_FORM) {
            c = ' ';
        }
        out[len++] = c;
    }
    return len;
}

bool percent_decode(struct view text, enum percent_rule rule, struct arena *arena, struct view *ret_text)
{
    if (find(text, 0, '%') == text.len && (rule != PERCENT_FORM || find(text, 0, '+') == text.len)) {
        *ret_text = text;
        return true;
    }
    char *decoded = arena_alloc(arena, text.len);
    if (!decoded)
        return false;
    *ret_text = view_make(decoded, percent_decode_to(text, rule, decoded));
    return true;
}
