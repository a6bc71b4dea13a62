/*
 * A path without escapes, the common case, costs one scan for '%' and one for '/', and its texts are its raw segments.
 * Otherwise one piece of memory, as long as the path, takes the decoded texts.
 */
#include "gateway/route/request_path.h"

#include <string.h>

#include "gateway/route/percent.h"

static const char expected_slash[] = "path: expected '/' at offset 0";
static const char expected_escape[] = "path: expected two hexadecimal digits after '%%' at offset %zu";
static const char too_many_segments[] = "path: expected at most %d segments";
static const char arena_exhausted[] = "the path needs more memory than a request may take";

static const char *find_last_colon(struct view text)
{
    return text.len ? memrchr(text.data, ':', text.len) : NULL;
}

static bool split(struct view path, struct request_path *parsed)
{
    const char *at = path.data + 1;
    const char *end = path.data + path.len;
    parsed->count = 0;
    for (;;) {
        if (parsed->count == ROUTE_PATH_SEGMENTS_MAX)
            return false;
        const char *slash = memchr(at, '/', (size_t)(end - at));
        const char *segment_end = slash ? slash : end;
        parsed->raw[parsed->count] = parsed->text[parsed->count] = view_make(at, (size_t)(segment_end - at));
        parsed->count++;
        if (!slash)
            return true;
        at = slash + 1;
    }
}

/* Decodes into *out and moves it behind the result. */
static struct view decode(struct view raw, char **out)
{
    struct view text = view_make(*out, percent_decode_to(raw, PERCENT_ALL, *out));
    *out += text.len;
    return text;
}

static void cut_verb(struct request_path *parsed, char *out)
{
    struct view *raw = &parsed->raw[parsed->count - 1];
    struct view *text = &parsed->text[parsed->count - 1];
    const char *colon = find_last_colon(*raw);
    parsed->last_raw = *raw;
    parsed->verb = (struct view){0};
    if (colon && colon + 1 < raw->data + raw->len) {
        parsed->verb = view_make(colon + 1, (size_t)(raw->data + raw->len - (colon + 1)));
        raw->len = (size_t)(colon - raw->data);
    }
    if (!out) {
        parsed->last_text = parsed->last_raw;
        *text = *raw;
        return;
    }
    /* Side by side: what is before the verb, the colon, the verb. */
    *text = decode(*raw, &out);
    if (parsed->verb.data) {
        *out++ = ':';
        parsed->verb = decode(parsed->verb, &out);
    }
    parsed->last_text = view_make(text->data, (size_t)(out - text->data));
}

bool request_path_parse(struct view path, struct arena *arena, struct request_path *ret_path, struct status *st)
{
    if (path.len == 0 || path.data[0] != '/')
        return status_fail(st, STATUS_INVALID_ARGUMENT, expected_slash);
    if (!split(path, ret_path))
        return status_fail(st, STATUS_INVALID_ARGUMENT, too_many_segments, ROUTE_PATH_SEGMENTS_MAX);
    char *out = NULL;
    if (memchr(path.data, '%', path.len)) {
        size_t malformed = percent_find_malformed(path);
        if (malformed < path.len)
            return status_fail(st, STATUS_INVALID_ARGUMENT, expected_escape, malformed);
        out = arena_alloc(arena, path.len);
        if (!out)
            return status_fail(st, STATUS_RESOURCE_EXHAUSTED, arena_exhausted);
        for (size_t i = 0; i + 1 < ret_path->count; i++)
            ret_path->text[i] = decode(ret_path->raw[i], &out);
    }
    cut_verb(ret_path, out);
    return true;
}

void request_path_join_verb(struct request_path *path)
{
    path->raw[path->count - 1] = path->last_raw;
    path->text[path->count - 1] = path->last_text;
    path->verb = (struct view){0};
}

bool request_path_capture(const struct request_path *path, size_t first, size_t end, bool multi_segment,
                          struct arena *arena, struct view *ret_text)
{
    if (!multi_segment) {
        *ret_text = path->text[first];
        return true;
    }
    if (first == end) {
        *ret_text = (struct view)VIEW("");
        return true;
    }
    const char *start = path->raw[first].data;
    const struct view *last = &path->raw[end - 1];
    struct view raw = view_make(start, (size_t)(last->data + last->len - start));
    return percent_decode(raw, PERCENT_KEEP_SLASH, arena, ret_text);
}
