/* The choices behind utf8_valid_len(); its tests try each of them. */
#ifndef BASE_UTF8_PORTABLE_H
#define BASE_UTF8_PORTABLE_H

#include <stddef.h>

#include "base/view.h"

/* utf8_valid_len() for any processor. */
size_t utf8_portable_valid_len(struct view text);

#endif
