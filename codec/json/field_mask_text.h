/*
 * google.protobuf.FieldMask to its JSON text and back: the paths foo_bar.baz and qux are "fooBar.baz,qux".
 *
 * Flow     Reading: field_mask_text_next() takes path after path from the text, field_mask_text_to_proto() converts
 *          each. Writing: field_mask_text_to_json() converts each path, the caller writes the commas between.
 * Memory   The caller's.
 * Threads  Stateless.
 * Errors   INVALID_ARGUMENT, naming the path and what was expected.
 * Sources  google/protobuf/field_mask.proto: a path whose JSON form would not read back to itself is an error. A
 *          segment is a field name, or * (AIP-134, AIP-157).
 *
 *     struct view path;
 *     for (size_t offset = 0; field_mask_text_next(text, &offset, &path);)
 *         if (!field_mask_text_to_proto(out, path, &len, st))
 *             …
 */
#ifndef CODEC_JSON_FIELD_MASK_TEXT_H
#define CODEC_JSON_FIELD_MASK_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "base/view.h"

/* Bytes of the proto form of a JSON path of len bytes, at most: every letter a capital. */
#define FIELD_MASK_TEXT_PROTO_BYTES_MAX(len) ((len)*2)

/*
 * The path that begins at *offset, which starts at 0 and is moved behind it; false when there is none left. Empty text
 * has no path; "a,,b" and "a," have empty ones, which the conversion refuses.
 */
bool field_mask_text_next(struct view text, size_t *offset, struct view *ret_path);

/* lowerCamelCase to snake_case. out has room for FIELD_MASK_TEXT_PROTO_BYTES_MAX(path.len) bytes. */
MUST_USE bool field_mask_text_to_proto(char *out, struct view path, size_t *ret_len, struct status *st);

/* snake_case to lowerCamelCase. out has room for path.len bytes. */
MUST_USE bool field_mask_text_to_json(char *out, struct view path, size_t *ret_len, struct status *st);

#endif
