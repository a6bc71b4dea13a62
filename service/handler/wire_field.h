/*
 * The fields of an encoded message, one after the other, without unpacking it: for what is asked of every track of a
 * list.
 *
 *     for (struct view rest = track; rest.len;) {
 *         struct wire_field field;
 *         if (!wire_field_take(&rest, &field))
 *             return false;
 *         if (field.tag == …)
 *             …
 *     }
 */
#ifndef SERVICE_HANDLER_WIRE_FIELD_H
#define SERVICE_HANDLER_WIRE_FIELD_H

#include <stdint.h>

#include "base/status.h"
#include "base/view.h"

/* What a field begins with: its number, and 0 for a varint or 2 for what has a length. */
#define WIRE_FIELD_VARINT(number) ((number) << 3)
#define WIRE_FIELD_BYTES(number)  ((number) << 3 | 2)

struct wire_field {
    uint64_t tag;
    uint64_t varint;     /* of a varint field */
    struct view content; /* of one that has a length; borrowed */
};

/* Takes a field off the beginning. False when there is none that is whole; groups are none. */
MUST_USE bool wire_field_take(struct view *bytes, struct wire_field *ret_field);

#endif
