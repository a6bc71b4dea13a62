/*
 * UTF-8 (RFC 3629) as C strings can keep it: well-formed and without NUL.
 *
 * Memory   None.
 * Threads  Any.
 */
#ifndef SERVICE_SERVER_UTF8_H
#define SERVICE_SERVER_UTF8_H

#include <stddef.h>

#include "base/view.h"

/*
 * The length of the longest beginning that is well-formed and has no NUL: text.len when all of it is, otherwise the
 * offset of the NUL, or of the first byte of the ill-formed sequence (a stray continuation, an overlong form, a
 * surrogate, above U+10FFFF, or cut short).
 */
size_t utf8_text_len(struct view text);

#endif
