#include "grpc/client/metadata.h"

#include <stdbool.h>
#include <string.h>

#include "grpc/client/limits.h"

/* "grpc-" is gRPC's by the protocol. These are the other names with a meaning of their own. */
static const char *const reserved[] = {
    /* what core has a type for: it writes them, reads them, or aborts */
    "te",
    "host",
    "user-agent",
    "content-type",
    "lb-token",
    "lb-cost-bin",
    "grpclb_client_stats",
    "x-envoy-peer-metadata",
    "endpoint-load-metrics-bin",
    /* what HTTP/2 forbids or derives from the message */
    "connection",
    "keep-alive",
    "proxy-connection",
    "transfer-encoding",
    "upgrade",
    "trailer",
    "content-length",
    "content-encoding",
    "accept-encoding",
};

static bool is_key(struct view key)
{
    for (size_t i = 0; i < key.len; i++) {
        char character = key.data[i];
        bool fits = (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9') ||
                    character == '_' || character == '-' || character == '.';
        if (!fits)
            return false;
    }
    return key.len > 0;
}

static bool is_reserved(struct view key)
{
    static const struct view own = VIEW("grpc-");
    if (view_starts_with(key, own))
        return true;
    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
        if (view_equal_text(key, reserved[i]))
            return true;
    return false;
}

static bool is_binary(struct view key)
{
    static const struct view suffix = VIEW("-bin");
    return key.len >= suffix.len && memcmp(key.data + key.len - suffix.len, suffix.data, suffix.len) == 0;
}

static bool is_printable(struct view value)
{
    for (size_t i = 0; i < value.len; i++)
        if (value.data[i] < 0x20 || value.data[i] > 0x7e)
            return false;
    return true;
}

bool grpc_client_metadata_check(const struct grpc_client_metadata *metadata, size_t count, struct status *st)
{
    if (count > GRPC_CLIENT_SENT_METADATA_MAX)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "more than %d fields of metadata",
                           GRPC_CLIENT_SENT_METADATA_MAX);
    for (size_t i = 0; i < count; i++) {
        struct view key = metadata[i].key;
        if (!is_key(key))
            return status_fail(st, STATUS_INVALID_ARGUMENT, "metadata \"%.*s\": not a name that metadata may have",
                               VIEW_ARG(key));
        if (is_reserved(key))
            return status_fail(st, STATUS_INVALID_ARGUMENT, "metadata \"%.*s\": the name belongs to gRPC or HTTP",
                               VIEW_ARG(key));
        if (!is_binary(key) && !is_printable(metadata[i].value))
            return status_fail(st, STATUS_INVALID_ARGUMENT, "metadata \"%.*s\": expected printable ASCII",
                               VIEW_ARG(key));
    }
    return true;
}
