/*
 * Code point after code point, by the table of RFC 3629 section 4 (Unicode's table 3-7): the first byte says how many
 * follow and between what the second one must lie; all others are continuations. ASCII is skipped a vector or a word at
 * a time.
 */
#include "base/utf8_portable.h"

#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Skips ASCII, as long as whole blocks of it come. */
static const unsigned char *skip_ascii(const unsigned char *p, const unsigned char *end)
{
#ifdef __SSE2__
    for (; end - p >= 16; p += 16) {
        if (_mm_movemask_epi8(_mm_loadu_si128((const __m128i *)(const void *)p)) != 0)
            return p;
    }
#endif
    for (; end - p >= 8; p += 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        if (word & 0x8080808080808080)
            return p;
    }
    return p;
}

static int is_continuation(unsigned char byte)
{
    return (byte & 0xc0) == 0x80;
}

/* The length of the well-formed sequence of two or more bytes at p; 0 when there is none. */
static size_t sequence_len(const unsigned char *p, const unsigned char *end)
{
    size_t rest = (size_t)(end - p);
    unsigned char lead = p[0];
    unsigned char second = rest > 1 ? p[1] : 0;
    if (lead < 0xe0)
        return lead >= 0xc2 && is_continuation(second) ? 2 : 0;
    if (lead < 0xf0) {
        unsigned char least = lead == 0xe0 ? 0xa0 : 0x80;
        unsigned char most = lead == 0xed ? 0x9f : 0xbf;
        return rest >= 3 && second >= least && second <= most && is_continuation(p[2]) ? 3 : 0;
    }
    unsigned char least = lead == 0xf0 ? 0x90 : 0x80;
    unsigned char most = lead == 0xf4 ? 0x8f : 0xbf;
    return lead <= 0xf4 && rest >= 4 && second >= least && second <= most && is_continuation(p[2]) &&
                   is_continuation(p[3])
               ? 4
               : 0;
}

size_t utf8_portable_valid_len(struct view text)
{
    const unsigned char *start = (const unsigned char *)text.data;
    const unsigned char *end = start + text.len;
    const unsigned char *p = start;
    while (p < end) {
        if (*p < 0x80) {
            p = skip_ascii(p, end);
            /* What is left of a block, or of the text. */
            for (; p < end && *p < 0x80; p++)
                ;
            continue;
        }
        size_t len = sequence_len(p, end);
        if (len == 0)
            break;
        p += len;
    }
    return (size_t)(p - start);
}
