#include "gateway/pipeline/reply_headers.h"

#include "gateway/pipeline/header_map.h"

const char *reply_headers_find(const struct reply_headers *headers, const char *name)
{
    for (size_t i = 0; i < headers->count; i++)
        if (strcmp(headers->items[i].name, name) == 0)
            return headers->items[i].value;
    return NULL;
}

/* Fields that the pipeline adds to those of the metadata: Content-Type; Allow, Retry-After or WWW-Authenticate. */
#define OWN_HEADERS_MAX 2

static void push(struct reply_headers *headers, struct http_header header)
{
    if (headers->count < REPLY_HEADERS_MAX)
        headers->items[headers->count++] = header;
}

void reply_headers_add(struct reply_headers *headers, const char *name, const char *value)
{
    if (!reply_headers_find(headers, name))
        push(headers, (struct http_header){name, value});
}

void reply_headers_add_metadata(struct reply_headers *headers, const struct upstream_call *call, struct arena *arena)
{
    for (size_t i = 0; i < call->response.metadata_count; i++) {
        const struct upstream_metadata metadata = {call->response.metadata[i].key, call->response.metadata[i].value};
        struct http_header header;
        if (!header_map_reply(&metadata, arena, &header))
            continue;
        size_t bytes = strlen(header.name) + strlen(header.value);
        if (headers->metadata_bytes + bytes > REPLY_METADATA_BYTES_MAX ||
            headers->count == REPLY_HEADERS_MAX - OWN_HEADERS_MAX)
            continue;
        headers->metadata_bytes += bytes;
        if (header_map_may_repeat(header.name))
            push(headers, header);
        else
            reply_headers_add(headers, header.name, header.value);
    }
}
