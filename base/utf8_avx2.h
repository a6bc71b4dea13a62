/* utf8_valid_len() for x86-64 processors with AVX2. */
#ifndef BASE_UTF8_AVX2_H
#define BASE_UTF8_AVX2_H

#include <stdbool.h>
#include <stddef.h>

#include "base/view.h"

/* Does the processor, and the system, have what utf8_avx2_valid_len() needs? */
bool utf8_avx2_is_supported(void);

/* Only to be called where it is supported. */
size_t utf8_avx2_valid_len(struct view text);

#endif
