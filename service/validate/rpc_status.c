#include "service/validate/rpc_status.h"

#include "google/rpc/status.pb.h"

#define TYPE_URL_PREFIX "type.googleapis.com/"

static bool write_view(pb_ostream_t *stream, const pb_field_t *field, void *const *arg)
{
    const struct view *content = *arg;
    return pb_encode_tag_for_field(stream, field) &&
           pb_encode_string(stream, (const pb_byte_t *)content->data, content->len);
}

pb_callback_t rpc_view_field(const struct view *content)
{
    if (!content->len)
        return (pb_callback_t){0};
    return (pb_callback_t){.funcs.encode = write_view, .arg = (void *)content};
}

bool rpc_encode(const pb_msgdesc_t *type, const void *message, struct arena *arena, struct view *ret_bytes)
{
    size_t len;
    if (!pb_get_encoded_size(&len, type, message))
        return false;
    char *bytes = arena_alloc(arena, len);
    if (!bytes)
        return false;
    pb_ostream_t stream = pb_ostream_from_buffer((pb_byte_t *)bytes, len);
    if (!pb_encode(&stream, type, message))
        return false;
    *ret_bytes = view_make(bytes, len);
    return true;
}

static bool write_type_url(pb_ostream_t *stream, const pb_field_t *field, void *const *arg)
{
    const struct view *type = *arg;
    size_t prefix_len = sizeof(TYPE_URL_PREFIX) - 1;
    return pb_encode_tag_for_field(stream, field) && pb_encode_varint(stream, prefix_len + type->len) &&
           pb_write(stream, (const pb_byte_t *)TYPE_URL_PREFIX, prefix_len) &&
           pb_write(stream, (const pb_byte_t *)type->data, type->len);
}

struct details {
    const struct rpc_detail *items;
    size_t count;
};

static bool write_details(pb_ostream_t *stream, const pb_field_t *field, void *const *arg)
{
    const struct details *details = *arg;
    for (size_t i = 0; i < details->count; i++) {
        const struct rpc_detail *detail = &details->items[i];
        google_protobuf_Any any = {
            .type_url = {.funcs.encode = write_type_url, .arg = (void *)&detail->type},
            .value = rpc_view_field(&detail->value),
        };
        if (!pb_encode_tag_for_field(stream, field) || !pb_encode_submessage(stream, google_protobuf_Any_fields, &any))
            return false;
    }
    return true;
}

void rpc_status_attach(struct status *st, const struct rpc_detail *details, size_t count, struct arena *arena)
{
    struct view message = view_of(st->message);
    struct details list = {details, count};
    google_rpc_Status status = {
        .code = (int32_t)st->code,
        .message = rpc_view_field(&message),
        .details = {.funcs.encode = write_details, .arg = &list},
    };
    struct view bytes;
    if (rpc_encode(google_rpc_Status_fields, &status, arena, &bytes))
        st->details = bytes;
}
