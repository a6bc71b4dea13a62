/*
 * One walk over the fields counts the three that matter; libmicrohttpd has already parsed what it needs of them itself.
 */
#include "gateway/http/http_framing.h"

#include <string.h>
#include <strings.h>

#include "base/view.h"

struct fields {
    unsigned host_count;
    unsigned length_count;
    unsigned coding_count;
    struct view length;
    struct view coding;
};

static bool is(struct view name, const char *wanted, size_t wanted_len)
{
    return name.len == wanted_len && strncasecmp(name.data, wanted, wanted_len) == 0;
}

static enum MHD_Result count_field(void *ctx, enum MHD_ValueKind kind, const char *key, size_t key_len,
                                   const char *value, size_t value_len)
{
    struct fields *fields = ctx;
    struct view name = view_make(key, key_len);
    (void)kind;
    if (is(name, "host", 4)) {
        fields->host_count++;
    } else if (is(name, "content-length", 14)) {
        fields->length_count++;
        fields->length = view_make(value, value_len);
    } else if (is(name, "transfer-encoding", 17)) {
        fields->coding_count++;
        fields->coding = view_make(value, value_len);
    }
    return MHD_YES;
}

/* 1*DIGIT; strtoull would also take a sign and white space. */
static bool read_length(struct view text, uint64_t *ret_bytes, struct status *st)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' || __builtin_mul_overflow(bytes, 10, &bytes) ||
            __builtin_add_overflow(bytes, (uint64_t)(text.data[i] - '0'), &bytes))
            return status_fail(st, STATUS_INVALID_ARGUMENT, "Content-Length: expected a number of bytes");
    }
    if (text.len == 0)
        return status_fail(st, STATUS_INVALID_ARGUMENT, "Content-Length: expected a number of bytes");
    *ret_bytes = bytes;
    return true;
}

bool http_framing_read(struct MHD_Connection *connection, const char *version, struct http_framing *ret_framing,
                       struct status *st)
{
    struct fields fields = {0};
    MHD_get_connection_values_n(connection, MHD_HEADER_KIND, count_field, &fields);
    if (fields.host_count > 1 || (fields.host_count == 0 && strcmp(version, MHD_HTTP_VERSION_1_0) != 0))
        return status_fail(st, STATUS_INVALID_ARGUMENT, "expected one Host header");
    if (fields.length_count + fields.coding_count > 1)
        return status_fail(st, STATUS_INVALID_ARGUMENT,
                           "expected one Content-Length or one Transfer-Encoding header, not several");
    if (fields.coding_count && !is(fields.coding, "chunked", 7))
        return status_fail(st, STATUS_INVALID_ARGUMENT, "Transfer-Encoding: expected \"chunked\"");
    *ret_framing = (struct http_framing){.chunked = fields.coding_count};
    return fields.length_count == 0 || read_length(fields.length, &ret_framing->content_bytes, st);
}
