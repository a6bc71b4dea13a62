/*
 * Checks an encoded message before protobuf-c unpacks it.
 *
 * protobuf-c believes its input in ways that a server cannot: it recurses as deep as the bytes say, keeps strings as C
 * strings (a NUL would cut data silently), takes any bytes for UTF-8 and any number for an enum, and loses fields of a
 * singular message that comes in several pieces. What passes here is unpacked completely and as it was meant; the one
 * reason left for unpacking to fail is memory.
 *
 * Refused  - a varint, a length or a fixed number that the bytes cut short; a varint over 10 bytes or 64 bits, a tag or
 *            a length over 5 bytes
 *          - field number 0, wire types that do not exist, groups (in unknown fields too), a wire type that is not the
 *            field's; a repeated scalar may be packed or not
 *          - strings that are not UTF-8 or contain NUL
 *          - enum numbers that the enum does not declare. (proto3 would keep them; nothing behind could say what they mean)
 *          - a singular message in more than one piece
 *          - messages nested deeper than SERVER_MESSAGE_DEPTH_MAX below the request
 * Passed   Unknown fields, which protobuf-c keeps; fields in any order; the last of a scalar's or a oneof's values.
 * Errors   INVALID_ARGUMENT and the field's path from the request message on, in lowerCamelCase of the names in the .proto
 *          file: "track.levels[1].checks[0].id: …". protobuf-c's descriptors do not know json_name, so a field that has
 *          one is called by the name that it would have without, and a map is called by its entries: "fields[0].value".
 * Limits   Time is linear in the bytes for a given type, memory is a few kB of the stack.
 * Threads  Stateless.
 * Source   https://protobuf.dev/programming-guides/encoding/
 */
#ifndef SERVICE_SERVER_WIRE_CHECK_H
#define SERVICE_SERVER_WIRE_CHECK_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "base/status.h"
#include "base/view.h"

/* Whether `bytes` are a message of this type that protobuf-c can be given. */
MUST_USE bool wire_check(const ProtobufCMessageDescriptor *type, struct view bytes, struct status *st);

#endif
