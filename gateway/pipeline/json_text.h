/*
 * Text of unknown quality as valid JSON text: what clients and services send ends up in error bodies and logs, and must
 * not break them. Each byte that is not part of well-formed UTF-8 becomes U+FFFD.
 */
#ifndef GATEWAY_PIPELINE_JSON_TEXT_H
#define GATEWAY_PIPELINE_JSON_TEXT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"
#include "base/view.h"

/* A C string of valid UTF-8; NUL becomes U+FFFD too. NULL when the arena is exhausted. */
const char *json_text_clean(struct view text, struct arena *arena);

/* Appends the text as a JSON string, quotes included; false when the buf is full. */
MUST_USE bool json_text_write(struct view text, struct buf *out);

#endif
