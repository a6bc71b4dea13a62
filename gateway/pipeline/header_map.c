/* Requests have about ten fields: each is compared with the rows of one table, mostly by its length. */
#include "gateway/pipeline/header_map.h"

#include "base/ascii.h"
#include "codec/json/base64.h"

static const struct view prefix = VIEW("Grpc-Metadata-");
static const struct view binary_suffix = VIEW("-bin");

struct rule {
    const char *header;
    const char *key;
    enum { REQUEST, REPLY } direction;
    bool needed; /* the request means something else without it */
};

static const struct rule rules[] = {
    {"If-Match", "if-match", REQUEST, true},
    {"If-None-Match", "if-none-match", REQUEST, true},
    {"Authorization", "authorization", REQUEST, true},
    {"traceparent", "traceparent", REQUEST, false},
    {"tracestate", "tracestate", REQUEST, false},
    {"X-Request-Id", "x-request-id", REQUEST, false},
    {"ETag", "etag", REPLY, false},
    {"Retry-After", "retry-after", REPLY, false},
};
#define RULE_COUNT (sizeof(rules) / sizeof(rules[0]))

/* ---- What is fit to pass ---- */

static bool is_key_character(char character)
{
    return ascii_is_lower(character) || ascii_is_digit(character) || (character && strchr("_-.", character));
}

static bool is_key(struct view key)
{
    for (size_t i = 0; i < key.len; i++)
        if (!is_key_character(key.data[i]))
            return false;
    return key.len > 0;
}

/*
 * What gRPC and its load balancers write themselves, and what HTTP/2 forbids or keeps for the connection (RFC 9113, 8.2.2).
 */
static bool is_reserved(struct view key)
{
    static const char *const names[] = {
        "te",
        "host",
        "date",
        "server",
        "trailer",
        "upgrade",
        "lb-token",
        "connection",
        "keep-alive",
        "user-agent",
        "lb-cost-bin",
        "content-type",
        "content-length",
        "accept-encoding",
        "content-encoding",
        "proxy-connection",
        "transfer-encoding",
        "grpclb_client_stats",
        "x-envoy-peer-metadata",
        "endpoint-load-metrics-bin",
    };
    static const struct view own = VIEW("grpc-");
    if (view_starts_with(key, own))
        return true;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (view_equal_text(key, names[i]))
            return true;
    return false;
}

/*
 * What a field of its own is made into. By a second way it would pass a proxy that checks or takes away the first, as one
 * that looks at Authorization.
 */
static bool has_field_of_its_own(struct view key)
{
    for (size_t i = 0; i < RULE_COUNT; i++)
        if (rules[i].direction == REQUEST && view_equal_text(key, rules[i].key))
            return true;
    return false;
}

static bool is_printable(struct view value)
{
    for (size_t i = 0; i < value.len; i++)
        if (value.data[i] < 0x20 || value.data[i] > 0x7e)
            return false;
    return true;
}

static bool is_binary(struct view key)
{
    return key.len > binary_suffix.len &&
           memcmp(key.data + key.len - binary_suffix.len, binary_suffix.data, binary_suffix.len) == 0;
}

/* ---- Requests ---- */

static enum header_map_outcome map_by_rule(const struct rule *rule, struct view value,
                                           struct upstream_metadata *ret_metadata, struct status *st)
{
    if (!is_printable(value)) {
        if (!rule->needed)
            return HEADER_MAP_LEFT_OUT;
        status_fail(st, STATUS_INVALID_ARGUMENT, "%s: expected printable ASCII", rule->header);
        return HEADER_MAP_REFUSED;
    }
    *ret_metadata = (struct upstream_metadata){view_of(rule->key), value};
    return HEADER_MAP_MAPPED;
}

static bool read_binary(struct view name, struct view value, struct arena *arena, struct view *ret_bytes,
                        struct status *st)
{
    char *bytes = arena_alloc(arena, BASE64_DECODED_BYTES_MAX(value.len) + 1);
    size_t len;
    if (!bytes)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for the request header");
    if (!base64_decode(bytes, value, &len, st))
        return status_prefix(st, "%.*s: ", VIEW_ARG(name));
    *ret_bytes = view_make(bytes, len);
    return true;
}

static enum header_map_outcome map_by_prefix(struct view name, struct view value, struct arena *arena,
                                             struct upstream_metadata *ret_metadata, struct status *st)
{
    struct view rest = view_make(name.data + prefix.len, name.len - prefix.len);
    char *lower = arena_copy(arena, rest);
    if (!lower) {
        status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for the request header");
        return HEADER_MAP_REFUSED;
    }
    for (char *character = lower; *character; character++)
        *character = ascii_lower(*character);
    struct view key = view_make(lower, rest.len);
    if (!is_key(key) || is_reserved(key)) {
        status_fail(st, STATUS_INVALID_ARGUMENT, "%.*s: not a name that metadata may have", VIEW_ARG(name));
        return HEADER_MAP_REFUSED;
    }
    if (has_field_of_its_own(key)) {
        status_fail(st, STATUS_INVALID_ARGUMENT, "%.*s: send %.*s instead", VIEW_ARG(name), VIEW_ARG(rest));
        return HEADER_MAP_REFUSED;
    }
    if (is_binary(key) && !read_binary(name, value, arena, &value, st))
        return HEADER_MAP_REFUSED;
    if (!is_binary(key) && !is_printable(value)) {
        status_fail(st, STATUS_INVALID_ARGUMENT, "%.*s: expected printable ASCII", VIEW_ARG(name));
        return HEADER_MAP_REFUSED;
    }
    *ret_metadata = (struct upstream_metadata){key, value};
    return HEADER_MAP_MAPPED;
}

enum header_map_outcome header_map_request(struct view name, struct view value, struct arena *arena,
                                           struct upstream_metadata *ret_metadata, struct status *st)
{
    for (size_t i = 0; i < RULE_COUNT; i++)
        if (rules[i].direction == REQUEST && ascii_equal_any_case(name, view_of(rules[i].header)))
            return map_by_rule(&rules[i], value, ret_metadata, st);
    if (!ascii_starts_any_case(name, prefix))
        return HEADER_MAP_LEFT_OUT;
    return map_by_prefix(name, value, arena, ret_metadata, st);
}

/* ---- Replies ---- */

static const char *write_value(const struct upstream_metadata *metadata, struct arena *arena)
{
    if (!is_binary(metadata->key))
        return is_printable(metadata->value) ? arena_copy(arena, metadata->value) : NULL;
    char *text = arena_alloc(arena, BASE64_ENCODED_BYTES(metadata->value.len) + 1);
    if (text)
        *base64_encode(text, metadata->value) = '\0';
    return text;
}

bool header_map_reply(const struct upstream_metadata *metadata, struct arena *arena, struct http_header *ret_header)
{
    const char *name = NULL;
    if (!is_key(metadata->key) || is_reserved(metadata->key) || metadata->value.len == 0)
        return false;
    for (size_t i = 0; i < RULE_COUNT; i++)
        if (rules[i].direction == REPLY && view_equal_text(metadata->key, rules[i].key))
            name = rules[i].header;
    if (!name)
        name = arena_printf(arena, "%s%.*s", prefix.data, VIEW_ARG(metadata->key));
    const char *value = write_value(metadata, arena);
    if (!name || !value)
        return false;
    *ret_header = (struct http_header){name, value};
    return true;
}

bool header_map_may_repeat(const char *name)
{
    return strncmp(name, prefix.data, prefix.len) == 0;
}
