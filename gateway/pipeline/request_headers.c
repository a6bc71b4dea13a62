#include "gateway/pipeline/request_headers.h"

#include "base/ascii.h"
#include "base/entity_tag.h"
#include "gateway/pipeline/header_map.h"
#include "gateway/pipeline/limits.h"
#include "gateway/upstream/grpc_timeout.h"

/* What HTTP/2 counts for a field beside its name and value (RFC 9113, 6.5.2). */
#define FIELD_FRAME_BYTES 32

struct reading {
    struct http_exchange *request;
    struct request_headers headers;
    size_t bytes; /* of metadata */
    struct refusal *refusal;
};

static bool is(struct view name, const char *wanted)
{
    return ascii_equal_any_case(name, view_of(wanted));
}

static bool add_metadata(struct reading *reading, const struct upstream_metadata *metadata)
{
    struct request_headers *headers = &reading->headers;
    struct status *st = &reading->refusal->status;
    reading->bytes += metadata->key.len + metadata->value.len + FIELD_FRAME_BYTES;
    if (headers->metadata_count == UPSTREAM_SENT_METADATA_MAX || reading->bytes > UPSTREAM_SENT_METADATA_BYTES_MAX) {
        reading->refusal->http_status = HTTP_STATUS_HEADER_TOO_LARGE;
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED,
                           "the header fields for the service are more than %d, or over the limit of %d bytes",
                           UPSTREAM_SENT_METADATA_MAX, UPSTREAM_SENT_METADATA_BYTES_MAX);
    }
    if (!headers->metadata)
        headers->metadata =
            arena_calloc(&reading->request->arena, UPSTREAM_SENT_METADATA_MAX, sizeof(*headers->metadata));
    if (!headers->metadata)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for the request header");
    headers->metadata[headers->metadata_count++] = *metadata;
    return true;
}

static bool read_timeout(struct reading *reading, struct view value)
{
    uint64_t timeout_ms;
    if (!grpc_timeout_parse(value, &timeout_ms, &reading->refusal->status))
        return false;
    if (timeout_ms < reading->headers.deadline_ms) {
        reading->headers.deadline_ms = (uint32_t)timeout_ms;
        reading->headers.is_deadline_clients = true;
    }
    return true;
}

static bool read_field(struct reading *reading, struct view name, struct view value)
{
    struct upstream_metadata metadata;
    if (is(name, "Grpc-Timeout"))
        return read_timeout(reading, value);
    switch (header_map_request(name, value, &reading->request->arena, &metadata, &reading->refusal->status)) {
    case HEADER_MAP_MAPPED:
        reading->headers.is_conditional |=
            view_equal_text(metadata.key, "if-match") || view_equal_text(metadata.key, "if-none-match");
        return add_metadata(reading, &metadata);
    case HEADER_MAP_LEFT_OUT: return true;
    default: return false;
    }
}

bool request_headers_read(struct http_exchange *request, uint32_t deadline_ms_max, struct request_headers *ret_headers,
                          struct refusal *refusal)
{
    struct reading reading = {.request = request, .headers = {.deadline_ms = deadline_ms_max}, .refusal = refusal};
    for (size_t i = 0; i < request->field_count; i++)
        if (!read_field(&reading, request->fields[i].name, request->fields[i].value))
            return false;
    *ret_headers = reading.headers;
    return true;
}

bool request_headers_have_current(const struct http_exchange *request, struct view etag)
{
    if (!etag.data || (!view_equal_text(request->method, "GET") && !view_equal_text(request->method, "HEAD")))
        return false;
    for (size_t i = 0; i < request->field_count; i++)
        if (is(request->fields[i].name, "If-None-Match") &&
            entity_tag_list_has(request->fields[i].value, etag, ENTITY_TAG_WEAK))
            return true;
    return false;
}
