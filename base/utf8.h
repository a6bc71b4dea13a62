/*
 * UTF-8 (RFC 3629): is a text well-formed, and where not.
 *
 * Memory   None.
 * Threads  Any; the choice of instructions is made once and the same for all.
 * Speed    Vectors of 32 bytes where the processor has AVX2. Elsewhere ASCII is skipped by vectors or words, and the
 *          rest is read byte by byte.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

#include "base/view.h"

/* Bytes of the longest code point. */
#define UTF8_BYTES_MAX 4

/*
 * The length of the longest well-formed beginning: text.len when all of it is, otherwise the offset of the first byte
 * of the first ill-formed sequence (a stray continuation, an overlong form, a surrogate, above U+10FFFF, or cut short).
 */
size_t utf8_valid_len(struct view text);

/* Writes one code point, neither a surrogate nor above U+10FFFF, in 1 to 4 bytes, and returns their end. */
char *utf8_encode(char *out, uint32_t code_point);

#endif
