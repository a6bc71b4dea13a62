/*
 * Wire bytes from a text, so that tests can say what they mean: a small part of the notation of
 * github.com/protocolbuffers/protoscope.
 *
 *     1: 5                 a varint; -5 has ten bytes
 *     1: 5z                a zigzag varint
 *     1: 5i32  1: 5i64     fixed numbers
 *     1: 1.5  1: 1.5i32    a double, a float
 *     2: "text"            length-delimited; the text stands as it is, without escapes
 *     2: { 1: 5 }          the same, its content in this notation: a message, or packed numbers { 1 2 3 }
 *     2: !{ 1: 5 }         a group
 *     `0aff`               bytes in hex, anywhere
 *
 * A value that has no field number before it is written without a tag.
 */
#ifndef TESTS_GATEWAY_WIRE_WIRE_TEXT_H
#define TESTS_GATEWAY_WIRE_WIRE_TEXT_H

#include "base/buf.h"

/* Appends the bytes. A text that is not of this notation is a mistake of the test: it fails. */
void wire_text_append(struct buf *out, const char *text);

#endif
