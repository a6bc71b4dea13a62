/* The header block of a gRPC request (PROTOCOL-HTTP2.md): what is the same in every call stays in HPACK's table, and costs a byte. */
#include "codec/json/base64.h"
#include "gateway/upstream/grpc_timeout.h"
#include "gateway/upstream/upstream_internal.h"

static bool is_binary(struct view key)
{
    return key.len > 4 && memcmp(key.data + key.len - 4, "-bin", 4) == 0;
}

/* Bytes as base64 without padding; data is NULL when the arena is exhausted. */
static struct view encode(struct view bytes, struct arena *arena)
{
    char *text = arena_alloc(arena, BASE64_ENCODED_BYTES(bytes.len) + 1);
    if (!text)
        return (struct view){0};
    const char *end = base64_encode(text, bytes);
    while (end > text && end[-1] == '=')
        end--;
    return view_make(text, (size_t)(end - text));
}

size_t upstream_fields_write(const struct upstream_request *request, const char *authority, uint64_t left_ms,
                             char timeout_text[static GRPC_TIMEOUT_BYTES], struct http2_field *ret_fields,
                             size_t fields_max)
{
    size_t timeout_len = grpc_timeout_write(left_ms, timeout_text);
    const struct http2_field own[] = {
        {VIEW(":method"), VIEW("POST"), true},
        {VIEW(":scheme"), VIEW("http"), true},
        {VIEW(":path"), request->path, true},
        {VIEW(":authority"), view_of(authority), true},
        {VIEW("te"), VIEW("trailers"), true},
        {VIEW("content-type"), VIEW("application/grpc"), true},
        {VIEW("user-agent"), VIEW("soundcheck-gateway"), true},
        {VIEW("grpc-accept-encoding"), VIEW("identity, deflate, gzip"), true},
        {VIEW("grpc-timeout"), view_make(timeout_text, timeout_len), true},
    };
    size_t count = sizeof(own) / sizeof(own[0]);
    memcpy(ret_fields, own, sizeof(own));
    for (size_t i = 0; i < request->metadata_count && count < fields_max; i++) {
        const struct upstream_metadata *metadata = &request->metadata[i];
        struct view value = metadata->value;
        if (is_binary(metadata->key)) {
            value = encode(value, request->arena);
            if (!value.data)
                return 0;
        }
        ret_fields[count++] = (struct http2_field){metadata->key, value, false};
    }
    return count;
}
