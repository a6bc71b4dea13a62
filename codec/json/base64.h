/*
 * base64 (RFC 4648) as ProtoJSON uses it for bytes fields.
 *
 * Flow     Reserve by the macro, encode or decode in one call.
 * Memory   The caller's. Decoding may be in place: out == text.data.
 * Threads  Stateless.
 * Accepts  Standard and url-safe alphabet, even mixed, with padding or without. Padding must complete a group of four;
 *          white space and anything else is refused. Bits left over in the last character are ignored, as the
 *          protobuf conformance suite asks: "-_" is the byte fb.
 */
#ifndef CODEC_JSON_BASE64_H
#define CODEC_JSON_BASE64_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "base/view.h"

/* Characters that len bytes encode to, exactly. */
#define BASE64_ENCODED_BYTES(len) (((len) + 2) / 3 * 4)

/* Bytes that len characters decode to, at most. */
#define BASE64_DECODED_BYTES_MAX(len) ((len) / 4 * 3 + (len) % 4)

/* Writes BASE64_ENCODED_BYTES(bytes.len) characters of the standard alphabet, padded, and returns their end. */
char *base64_encode(char *out, struct view bytes);

/*
 * Decodes into out, which has room for BASE64_DECODED_BYTES_MAX(text.len). INVALID_ARGUMENT says which character was
 * not expected; the content of out is undefined then.
 */
MUST_USE bool base64_decode(char *out, struct view text, size_t *ret_len, struct status *st);

#endif
