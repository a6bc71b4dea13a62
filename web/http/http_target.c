/* One pass that checks and measures, one that copies: targets are short, and almost always plain ASCII. */
#include "web/http/http_target.h"

#include <strings.h>

static const char hex_digits[] = "0123456789ABCDEF";

/* Bytes of the copy; false at a byte that must not occur. */
static bool measure(struct view raw, size_t *ret_len, struct status *st)
{
    size_t len = raw.len;
    for (size_t i = 0; i < raw.len; i++) {
        unsigned char byte = (unsigned char)raw.data[i];
        if (byte <= 0x20 || byte == 0x7f)
            return status_fail(st, STATUS_INVALID_ARGUMENT,
                               "request target: expected percent-encoding instead of byte 0x%02x at offset %zu", byte,
                               i);
        if (byte > 0x7f)
            len += 2;
    }
    *ret_len = len;
    return true;
}

static char *copy_encoded(char *out, struct view raw)
{
    for (size_t i = 0; i < raw.len; i++) {
        unsigned char byte = (unsigned char)raw.data[i];
        if (byte < 0x7f) {
            *out++ = (char)byte;
        } else {
            *out++ = '%';
            *out++ = hex_digits[byte >> 4];
            *out++ = hex_digits[byte & 15];
        }
    }
    return out;
}

/* Cuts "http://authority" off an absolute form. */
static struct view without_authority(struct view raw)
{
    static const struct view schemes[] = {VIEW("http://"), VIEW("https://")};
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        size_t len = schemes[i].len;
        if (raw.len < len || strncasecmp(raw.data, schemes[i].data, len) != 0)
            continue;
        while (len < raw.len && raw.data[len] != '/' && raw.data[len] != '?')
            len++;
        return view_make(raw.data + len, raw.len - len);
    }
    return raw;
}

bool http_target_parse(struct view raw, struct arena *arena, struct http_target *ret_target, struct status *st)
{
    size_t len_max = 0;
    if (!measure(raw, &len_max, st))
        return false;
    char *copy = arena_alloc(arena, len_max + 1);
    if (!copy)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "request target: no memory for %zu bytes", len_max);
    struct view origin = without_authority(raw);
    char *end = copy;
    if (origin.len == 0 || origin.data[0] == '?')
        *end++ = '/'; /* "http://host": RFC 9112 3.2.1 wants a path that is not empty */
    end = copy_encoded(end, origin);

    size_t len = (size_t)(end - copy);
    const char *mark = memchr(copy, '?', len);
    size_t path_len = mark ? (size_t)(mark - copy) : len;
    ret_target->whole = view_make(copy, len);
    ret_target->path = view_make(copy, path_len);
    ret_target->query = mark ? view_make(mark + 1, len - path_len - 1) : view_make(end, 0);
    return true;
}
