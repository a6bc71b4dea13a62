/*
 * The validator of long texts is chosen by the first call; calls at the same time choose the same. Texts of less than a
 * vector are read byte by byte before a vector would be filled.
 */
#include "base/utf8.h"

#include <stdatomic.h>

#include "base/utf8_avx2.h"
#include "base/utf8_portable.h"

#define LONG_BYTES_MIN 32

typedef size_t (*validator)(struct view text);

static size_t choose(struct view text);

static _Atomic(validator) chosen = choose;

static size_t choose(struct view text)
{
    validator best = utf8_avx2_is_supported() ? utf8_avx2_valid_len : utf8_portable_valid_len;
    atomic_store_explicit(&chosen, best, memory_order_relaxed);
    return best(text);
}

size_t utf8_valid_len(struct view text)
{
    if (text.len < LONG_BYTES_MIN)
        return utf8_portable_valid_len(text);
    return atomic_load_explicit(&chosen, memory_order_relaxed)(text);
}

char *utf8_encode(char *out, uint32_t code_point)
{
    if (code_point < 0x80) {
        *out++ = (char)code_point;
        return out;
    }
    if (code_point < 0x800) {
        *out++ = (char)(0xc0 | code_point >> 6);
    } else {
        if (code_point < 0x10000) {
            *out++ = (char)(0xe0 | code_point >> 12);
        } else {
            *out++ = (char)(0xf0 | code_point >> 18);
            *out++ = (char)(0x80 | (code_point >> 12 & 0x3f));
        }
        *out++ = (char)(0x80 | (code_point >> 6 & 0x3f));
    }
    *out++ = (char)(0x80 | (code_point & 0x3f));
    return out;
}
