/*
 * Percent-encoding (RFC 3986 2.1) taken out of paths and queries.
 *
 * Flow     percent_find_malformed() once over the whole text, then one of the decoders.
 * Memory   Decoded text is never longer than the encoded one.
 */
#ifndef GATEWAY_ROUTE_PERCENT_H
#define GATEWAY_ROUTE_PERCENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"

enum percent_rule {
    PERCENT_ALL,        /* every escape */
    PERCENT_KEEP_SLASH, /* every escape but %2F and %2f */
    PERCENT_FORM,       /* every escape, and '+' is a space */
};

/* The offset of the first '%' without two hexadecimal digits behind it; text.len when there is none. */
size_t percent_find_malformed(struct view text);

/* Decodes well-formed text to `out`, which has room for text.len bytes. Returns the bytes written. */
size_t percent_decode_to(struct view text, enum percent_rule rule, char *out);

/* The same into the arena, or without a copy when nothing is to be decoded. False when the arena is exhausted. */
MUST_USE bool percent_decode(struct view text, enum percent_rule rule, struct arena *arena, struct view *ret_text);

#endif
