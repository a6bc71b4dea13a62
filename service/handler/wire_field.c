#include "service/handler/wire_field.h"

/* Takes a varint off the bytes; of one beyond 64 bits the low ones. */
static bool take_varint(struct view *bytes, uint64_t *ret_number)
{
    uint64_t number = 0;
    for (unsigned shift = 0; shift < 70 && bytes->len; shift += 7) {
        uint64_t byte = (unsigned char)*bytes->data;
        *bytes = view_make(bytes->data + 1, bytes->len - 1);
        number |= shift < 64 ? (byte & 0x7f) << shift : 0;
        if (byte < 0x80) {
            *ret_number = number;
            return true;
        }
    }
    return false;
}

bool wire_field_take(struct view *bytes, struct wire_field *ret_field)
{
    uint64_t len;
    *ret_field = (struct wire_field){0};
    if (!take_varint(bytes, &ret_field->tag))
        return false;
    switch (ret_field->tag & 7) {
    case 0: return take_varint(bytes, &ret_field->varint);
    case 1: len = 8; break;
    case 5: len = 4; break;
    case 2:
        if (!take_varint(bytes, &len))
            return false;
        break;
    default: return false;
    }
    if (len > bytes->len)
        return false;
    ret_field->content = view_make(bytes->data, (size_t)len);
    *bytes = view_make(bytes->data + len, bytes->len - (size_t)len);
    return true;
}
