#include "gateway/route/query.h"

#include <stdio.h>
#include <string.h>

#include "gateway/route/percent.h"

#define KEY_BYTES_SHOWN   64
#define KEY_PRINTED_BYTES (3 * KEY_BYTES_SHOWN + sizeof("..."))

static const char arena_exhausted[] = "the query's parameters need more memory than a request may take";

/* Cuts `text` at the first separator: the part before it, and what follows it (empty when there is no separator). */
static struct view cut(struct view *text, char separator)
{
    const char *found = text->len ? memchr(text->data, separator, text->len) : NULL;
    size_t len = found ? (size_t)(found - text->data) : text->len;
    size_t used = found ? len + 1 : len;
    struct view part = view_make(text->data, len);
    *text = view_make(text->data + used, text->len - used);
    return part;
}

/* A raw key, fit for a message: cut at KEY_BYTES_SHOWN, and percent-encoded where it is not visible ASCII. */
static void print_key(struct view raw_key, char printed[KEY_PRINTED_BYTES])
{
    size_t shown = raw_key.len < KEY_BYTES_SHOWN ? raw_key.len : KEY_BYTES_SHOWN;
    char *out = printed;
    for (size_t i = 0; i < shown; i++) {
        unsigned char c = (unsigned char)raw_key.data[i];
        if (c > ' ' && c < 0x7f && c != '"')
            *out++ = (char)c;
        else
            out += sprintf(out, "%%%02X", c);
    }
    strcpy(out, shown < raw_key.len ? "..." : "");
}

static enum query_result refuse(struct status *st, struct view raw_key, const char *part, size_t offset)
{
    char key[KEY_PRINTED_BYTES];
    print_key(raw_key, key);
    status_fail(st, STATUS_INVALID_ARGUMENT,
                "query parameter \"%s\": expected two hexadecimal digits after '%%' at offset %zu of its %s", key,
                offset, part);
    return QUERY_BAD;
}

enum query_result query_next(struct query *query, struct arena *arena, struct query_parameter *ret_parameter,
                             struct status *st)
{
    struct view value = {0};
    do {
        if (query->rest.len == 0)
            return QUERY_END;
        value = cut(&query->rest, '&');
    } while (value.len == 0);
    struct view key = cut(&value, '=');

    size_t malformed = percent_find_malformed(key);
    if (malformed < key.len)
        return refuse(st, key, "name", malformed);
    malformed = percent_find_malformed(value);
    if (malformed < value.len)
        return refuse(st, key, "value", malformed);
    struct query_parameter parameter;
    if (!percent_decode(key, PERCENT_FORM, arena, &parameter.key) ||
        !percent_decode(value, PERCENT_FORM, arena, &parameter.value)) {
        status_fail(st, STATUS_RESOURCE_EXHAUSTED, "%s", arena_exhausted);
        return QUERY_BAD;
    }
    *ret_parameter = parameter;
    return QUERY_PARAMETER;
}
