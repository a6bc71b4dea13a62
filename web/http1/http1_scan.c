/*
 * A block at a time. The word's tests are the well-known ones for "a byte less than n" and "a byte equal to n" (Bit
 * Twiddling Hacks); they may be wrong about bytes above a true one, never about whether there is one, so the block is
 * then read byte by byte.
 */
#include "web/http1/http1_scan.h"

#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))
#define HIGH       EACH(0x80)

static int is_control(char byte)
{
    unsigned char value = (unsigned char)byte;
    return (value < 0x20 && value != '\t') || value == 0x7f;
}

static size_t scan_bytes(const char *data, size_t from, size_t end)
{
    while (from < end && !is_control(data[from]))
        from++;
    return from;
}

/* Bytes below 0x20, TAB among them, or equal to 0x7f. */
static int may_have_control(uint64_t word)
{
    uint64_t low = (word - EACH(0x20)) & ~word;
    uint64_t difference = word ^ EACH(0x7f);
    uint64_t del = (difference - EACH(0x01)) & ~difference;
    return ((low | del) & HIGH) != 0;
}

size_t http1_scan_portable(const char *data, size_t from, size_t end)
{
    while (end - from >= 8) {
        uint64_t word;
        memcpy(&word, data + from, 8);
        if (may_have_control(word)) {
            size_t found = scan_bytes(data, from, from + 8);
            if (found < from + 8)
                return found;
        }
        from += 8;
    }
    return scan_bytes(data, from, end);
}

size_t http1_scan_visible_portable(const char *data, size_t from, size_t end)
{
    while (from < end && data[from] > 0x20 && data[from] < 0x7f)
        from++;
    return from;
}

#ifdef __SSE2__
/* A bit for each control character of the 16 bytes. */
static inline unsigned controls(const char *at)
{
    const __m128i last_control = _mm_set1_epi8(0x1f), tab = _mm_set1_epi8('\t'), del = _mm_set1_epi8(0x7f);
    __m128i block = _mm_loadu_si128((const __m128i *)(const void *)at);
    __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(block, last_control), block);
    __m128i found = _mm_or_si128(_mm_andnot_si128(_mm_cmpeq_epi8(block, tab), low), _mm_cmpeq_epi8(block, del));
    return (unsigned)_mm_movemask_epi8(found);
}

/* A bit for each of the 16 bytes that is not visible. Bytes above 0x7f are negative to the comparison. */
static inline unsigned invisibles(const char *at)
{
    const __m128i space = _mm_set1_epi8(' '), del = _mm_set1_epi8(0x7f);
    __m128i block = _mm_loadu_si128((const __m128i *)(const void *)at);
    __m128i visible = _mm_andnot_si128(_mm_cmpeq_epi8(block, del), _mm_cmpgt_epi8(block, space));
    return (unsigned)_mm_movemask_epi8(visible) ^ 0xffff;
}

/* Block after block; what is less than one at the end is looked at with bytes before it, if there are enough. */
#define SCAN(find, scan_rest)                                                                                          \
    for (; end - from >= 16; from += 16) {                                                                             \
        unsigned mask = find(data + from);                                                                             \
        if (mask)                                                                                                      \
            return from + (size_t)__builtin_ctz(mask);                                                                 \
    }                                                                                                                  \
    if (end < 16)                                                                                                      \
        return scan_rest(data, from, end);                                                                             \
    unsigned mask = find(data + end - 16) >> (16 - (end - from));                                                      \
    return mask ? from + (size_t)__builtin_ctz(mask) : end

size_t http1_scan(const char *data, size_t from, size_t end)
{
    SCAN(controls, scan_bytes);
}

size_t http1_scan_visible(const char *data, size_t from, size_t end)
{
    SCAN(invisibles, http1_scan_visible_portable);
}
#else
size_t http1_scan(const char *data, size_t from, size_t end)
{
    return http1_scan_portable(data, from, end);
}

size_t http1_scan_visible(const char *data, size_t from, size_t end)
{
    return http1_scan_visible_portable(data, from, end);
}
#endif
