/* nanopb walks the Status and calls back for each Any; its two fields are copied to the arena, then written. */
#include "gateway/pipeline/error_details.h"

#include <pb_decode.h>

#include "codec/json/base64.h"
#include "gateway/pipeline/json_text.h"
#include "google/rpc/status.pb.h"

struct writer {
    const struct transcode_options *json;
    struct arena *arena;
    struct buf *out;
    size_t count;
};

struct any_bytes {
    struct arena *arena;
    struct view bytes;
};

static bool read_bytes(pb_istream_t *stream, const pb_field_t *field, void **arg)
{
    struct any_bytes *target = *arg;
    size_t len = stream->bytes_left;
    char *copy = arena_alloc(target->arena, len);
    (void)field;
    if (!copy || !pb_read(stream, (pb_byte_t *)copy, len))
        return false;
    target->bytes = view_make(copy, len);
    return true;
}

/*
 * Turns the object that was written behind `start` into more fields of the one that is open there: "{" becomes "," or
 * nothing.
 */
static void merge_object(struct buf *out, size_t start)
{
    if (out->len == start + 2) {
        out->len = start; /* "{}"; its closing brace is written by the caller */
        return;
    }
    out->data[start] = ',';
    out->len--;
}

static bool write_known(struct writer *writer, const struct schema_message *type, struct view value)
{
    struct buf *out = writer->out;
    struct status ignored;
    size_t start = out->len;
    bool ordinary = type->well_known == SCHEMA_ORDINARY;
    if (!ordinary && !buf_append_text(out, ",\"value\":"))
        return false;
    size_t json_start = out->len;
    if (!transcode_binary_to_json(type, NULL, value, writer->json, out, &ignored)) {
        out->len = start;
        return false;
    }
    if (ordinary)
        merge_object(out, json_start);
    return true;
}

static bool write_base64(struct buf *out, struct view value)
{
    if (!buf_append_text(out, ",\"value\":\"") || !buf_reserve(out, BASE64_ENCODED_BYTES(value.len) + 1))
        return false;
    out->len = (size_t)(base64_encode(out->data + out->len, value) - out->data);
    return buf_append_text(out, "\"");
}

static bool write_any(struct writer *writer, struct view type_url, struct view value)
{
    struct buf *out = writer->out;
    const struct schema_message *type = schema_find_type(writer->json->schema, type_url);
    return buf_append_text(out, writer->count++ ? ",{\"@type\":" : "[{\"@type\":") && json_text_write(type_url, out) &&
           ((type && write_known(writer, type, value)) || write_base64(out, value)) && buf_append_text(out, "}");
}

static bool read_any(pb_istream_t *stream, const pb_field_t *field, void **arg)
{
    struct writer *writer = *arg;
    struct any_bytes type_url = {.arena = writer->arena}, value = {.arena = writer->arena};
    google_protobuf_Any any = {.type_url = {.funcs.decode = read_bytes, .arg = &type_url},
                               .value = {.funcs.decode = read_bytes, .arg = &value}};
    (void)field;
    return pb_decode(stream, google_protobuf_Any_fields, &any) && write_any(writer, type_url.bytes, value.bytes);
}

bool error_details_write(struct view status_bytes, const struct transcode_options *json, struct arena *arena,
                         struct buf *out)
{
    struct writer writer = {json, arena, out, 0};
    google_rpc_Status status = {.details = {.funcs.decode = read_any, .arg = &writer}};
    pb_istream_t stream = pb_istream_from_buffer((const pb_byte_t *)status_bytes.data, status_bytes.len);
    size_t start = out->len;
    if (pb_decode(&stream, google_rpc_Status_fields, &status) && writer.count && buf_append_text(out, "]"))
        return true;
    out->len = start;
    return false;
}
