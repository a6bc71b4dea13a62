/*
 * Fields are judged one by one as they come. What is wrong is noted, the first fault wins, and it is told when the call has ended, so
 * that a fault in a field does not hide what else the service says.
 */
#include "gateway/upstream/grpc_response.h"

#include <string.h>

#include "base/ascii.h"
#include "codec/json/base64.h"
#include "gateway/upstream/limits.h"

/* What HTTP/2 counts for a field beside its name and value. */
#define FIELD_FRAME_BYTES 32

static const char no_memory[] = "no memory for the metadata of the service";

void grpc_response_init(struct grpc_response *response, struct arena *arena)
{
    *response = (struct grpc_response){.arena = arena};
}

static bool spoil(struct grpc_response *response, const char *fault)
{
    response->is_malformed = true;
    if (!response->fault)
        response->fault = fault;
    return false;
}

/* ---- Values ---- */

/* Percent-decoded; what is no escape stays as it is, and so does a NUL, which would end the text. data is NULL: no memory. */
static struct view decode_percent(struct view text, struct arena *arena)
{
    char *out = arena_alloc(arena, text.len + 1);
    size_t len = 0;
    if (!out)
        return (struct view){0};
    for (size_t i = 0; i < text.len; i++) {
        int high = text.data[i] == '%' && i + 2 < text.len ? ascii_hex_value(text.data[i + 1]) : -1;
        int low = high >= 0 ? ascii_hex_value(text.data[i + 2]) : -1;
        bool is_escape = low >= 0 && high + low > 0;
        out[len++] = is_escape ? (char)(high * 16 + low) : text.data[i];
        i += is_escape ? 2 : 0;
    }
    return view_make(out, len);
}

/* data is NULL: it is no base64. False: no memory. */
static bool decode_binary(struct view text, struct arena *arena, struct view *ret_bytes)
{
    char *out = arena_alloc(arena, BASE64_DECODED_BYTES_MAX(text.len) + 1);
    struct status ignored;
    size_t len;
    if (out)
        *ret_bytes = base64_decode(out, text, &len, &ignored) ? view_make(out, len) : (struct view){0};
    return out != NULL;
}

/* One to nine digits; UINT_MAX for what is no number. */
static unsigned read_number(struct view text)
{
    unsigned number = 0;
    if (text.len == 0 || text.len > 9)
        return ~0u;
    for (size_t i = 0; i < text.len; i++) {
        if (!ascii_is_digit(text.data[i]))
            return ~0u;
        number = number * 10 + (unsigned)(text.data[i] - '0');
    }
    return number;
}

/* ---- Metadata ---- */

static bool is_own(struct view name)
{
    static const char *const names[] = {"content-type", "te",   "user-agent", "content-length",
                                        "trailer",      "date", "server"};
    static const struct view grpc = VIEW("grpc-");
    if (view_starts_with(name, grpc) || (name.len && name.data[0] == ':'))
        return true;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (view_equal_text(name, names[i]))
            return true;
    return false;
}

static bool append(struct grpc_response *response, struct view key, struct view value)
{
    if (response->metadata_count == response->metadata_cap) {
        size_t cap = response->metadata_cap ? response->metadata_cap * 2 : 8;
        struct grpc_metadata *grown = arena_alloc(response->arena, cap * sizeof(*grown));
        if (!grown)
            return spoil(response, no_memory);
        if (response->metadata_count)
            memcpy(grown, response->metadata, response->metadata_count * sizeof(*grown));
        response->metadata = grown;
        response->metadata_cap = cap;
    }
    response->metadata[response->metadata_count++] = (struct grpc_metadata){key, value};
    return true;
}

/* Values of a "-bin" key may stand in one field, with commas in between. One that is no base64 is left out. */
static bool append_binary(struct grpc_response *response, struct view key, struct view list)
{
    bool appended = true;
    while (appended) {
        const char *comma = list.len ? memchr(list.data, ',', list.len) : NULL;
        struct view text = comma ? view_make(list.data, (size_t)(comma - list.data)) : list;
        while (text.len && text.data[0] == ' ')
            text = view_make(text.data + 1, text.len - 1);
        while (text.len && text.data[text.len - 1] == ' ')
            text.len--;
        struct view value;
        if (!decode_binary(text, response->arena, &value))
            return spoil(response, no_memory);
        if (value.data)
            appended = append(response, key, value);
        if (!comma)
            break;
        list = view_make(comma + 1, list.len - (size_t)(comma + 1 - list.data));
    }
    return appended;
}

static bool add_metadata(struct grpc_response *response, struct view name, struct view value)
{
    static const struct view suffix = VIEW("-bin");
    const char *key_copy = arena_copy(response->arena, name);
    const char *value_copy = arena_copy(response->arena, value);
    if (!key_copy || !value_copy)
        return spoil(response, no_memory);
    struct view key = view_make(key_copy, name.len);
    bool is_binary = name.len > suffix.len && memcmp(name.data + name.len - suffix.len, suffix.data, suffix.len) == 0;
    return is_binary ? append_binary(response, key, view_make(value_copy, value.len))
                     : append(response, key, view_make(value_copy, value.len));
}

/* ---- Fields that are gRPC's own ---- */

static enum grpc_encoding find_encoding(struct view name)
{
    if (view_equal_text(name, "identity"))
        return GRPC_IDENTITY;
    if (view_equal_text(name, "gzip"))
        return GRPC_GZIP;
    return view_equal_text(name, "deflate") ? GRPC_DEFLATE : GRPC_UNKNOWN_ENCODING;
}

/* "application/grpc", with "+proto" or parameters behind it or not; not "application/grpc-web". */
static bool is_grpc_type(struct view type)
{
    static const struct view prefix = VIEW("application/grpc");
    if (type.len < prefix.len || !ascii_equal_any_case(view_make(type.data, prefix.len), prefix))
        return false;
    return type.len == prefix.len || memchr("+; ", type.data[prefix.len], 3);
}

static bool set_http_status(struct grpc_response *response, struct view value)
{
    unsigned number = read_number(value);
    if (response->http_status || value.len != 3 || number < 100 || number > 999)
        return spoil(response, "the service sent a response without a proper HTTP status");
    response->http_status = number;
    return true;
}

static bool set_grpc_status(struct grpc_response *response, struct view value)
{
    if (response->has_grpc_status)
        return spoil(response, "the service sent its status twice");
    response->has_grpc_status = true;
    response->grpc_status = read_number(value);
    return response->grpc_status != ~0u || spoil(response, "the service sent a status that is no number");
}

bool grpc_response_add(struct grpc_response *response, struct view name, struct view value)
{
    response->bytes += name.len + value.len + FIELD_FRAME_BYTES;
    if (response->bytes > UPSTREAM_METADATA_BYTES_MAX)
        return spoil(response, "the service sent more metadata than is taken");
    bool ignored; /* what is wrong with a status is told at the end of the call */
    if (view_equal_text(name, ":status")) {
        ignored = set_http_status(response, value);
        (void)ignored;
    } else if (view_equal_text(name, "grpc-status")) {
        ignored = set_grpc_status(response, value);
        (void)ignored;
    } else if (view_equal_text(name, "grpc-message")) {
        response->message = decode_percent(value, response->arena);
        return response->message.data || spoil(response, no_memory);
    } else if (view_equal_text(name, "grpc-status-details-bin")) {
        return decode_binary(value, response->arena, &response->details) || spoil(response, no_memory);
    } else if (view_equal_text(name, "grpc-encoding")) {
        response->encoding = find_encoding(value);
    } else if (view_equal_text(name, "content-type")) {
        response->is_grpc |= is_grpc_type(value);
    } else if (!is_own(name)) {
        return add_metadata(response, name, value);
    }
    return true;
}

enum grpc_block grpc_response_end_block(struct grpc_response *response, bool is_end)
{
    if (!is_end && response->http_status >= 100 && response->http_status < 200) {
        /* Its bytes still count: there may be many such blocks. What was wrong with it stays wrong. */
        *response = (struct grpc_response){.arena = response->arena,
                                           .bytes = response->bytes,
                                           .is_malformed = response->is_malformed,
                                           .fault = response->fault};
        return GRPC_BLOCK_INFORMATIONAL;
    }
    if (!response->http_status)
        spoil(response, "the service sent a response without a proper HTTP status");
    if (is_end)
        return GRPC_BLOCK_TRAILERS;
    if (response->has_headers)
        spoil(response, "the service sent its headers twice");
    response->has_headers = true;
    if (response->has_grpc_status)
        spoil(response, "the service sent its status before its reply");
    return GRPC_BLOCK_HEADERS;
}

/* ---- The status ---- */

static enum status_code code_of_http(unsigned http_status)
{
    switch (http_status) {
    case 400:
    case 431: return STATUS_INTERNAL;
    case 401: return STATUS_UNAUTHENTICATED;
    case 403: return STATUS_PERMISSION_DENIED;
    case 404: return STATUS_UNIMPLEMENTED;
    case 429:
    case 502:
    case 503:
    case 504: return STATUS_UNAVAILABLE;
    default: return STATUS_UNKNOWN;
    }
}

bool grpc_response_has_code(unsigned http_status)
{
    enum status_code code = code_of_http(http_status);
    return code != STATUS_INTERNAL && code != STATUS_UNKNOWN;
}

bool grpc_response_status(const struct grpc_response *response, struct status *st)
{
    if (response->is_malformed)
        return status_fail(st, STATUS_INTERNAL, "%s", response->fault);
    if (!response->has_grpc_status && response->http_status != 200)
        return status_fail(st, code_of_http(response->http_status),
                           "the service answered with HTTP status %u instead of gRPC", response->http_status);
    if (!response->has_grpc_status)
        return status_fail(st, STATUS_UNKNOWN,
                           response->is_grpc ? "the service ended the call without a status"
                                             : "the service did not answer with gRPC");
    if (response->grpc_status == STATUS_OK) {
        status_clear(st);
        return true;
    }
    if (response->grpc_status > STATUS_UNAUTHENTICATED)
        return status_fail(st, STATUS_UNKNOWN, "the service sent the unknown status %u", response->grpc_status);
    status_fail(st, (enum status_code)response->grpc_status, "%.*s", VIEW_ARG(response->message));
    st->details = response->details;
    return false;
}
