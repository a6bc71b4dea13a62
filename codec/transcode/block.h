/*
 * Thirty-two bytes at a time: where in them is a byte that a JSON string cannot hold as it is (a quote, a backslash, a control
 * character), and is any of them outside of ASCII.
 *
 * SSE2 is every x86-64's, so that there is nothing to choose at run time. AVX2, one vector instead of two, was measured without gain:
 * most strings end within their first block, where its length costs nothing. UTF-8 beyond ASCII, for which it does pay, is validated
 * by base/utf8.h, which chooses when it is first called. On ARM and elsewhere the compiler makes vectors of plain C.
 */
#ifndef CODEC_TRANSCODE_BLOCK_H
#define CODEC_TRANSCODE_BLOCK_H

#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define BLOCK_BYTES 32

struct block_scan {
    uint32_t special;   /* bit i: byte i is a quote, a backslash or below 0x20 */
    uint32_t non_ascii; /* bit i: byte i is 0x80 or above */
};

#ifdef __SSE2__

static inline uint32_t block_special_half(__m128i bytes)
{
    __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    __m128i backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
    return (uint32_t)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, backslash), control));
}

/* Copies a block and says what is in it. */
static inline struct block_scan block_copy(char *out, const char *in)
{
    __m128i low = _mm_loadu_si128((const __m128i *)(const void *)in);
    __m128i high = _mm_loadu_si128((const __m128i *)(const void *)(in + 16));
    _mm_storeu_si128((__m128i *)(void *)out, low);
    _mm_storeu_si128((__m128i *)(void *)(out + 16), high);
    return (struct block_scan){
        .special = block_special_half(low) | block_special_half(high) << 16,
        .non_ascii = (uint32_t)_mm_movemask_epi8(low) | (uint32_t)_mm_movemask_epi8(high) << 16,
    };
}

#else

static inline struct block_scan block_copy(char *out, const char *in)
{
    struct block_scan scan = {0};
    unsigned char bytes[BLOCK_BYTES];
    memcpy(bytes, in, BLOCK_BYTES);
    memcpy(out, bytes, BLOCK_BYTES);
    for (int i = 0; i < BLOCK_BYTES; i++) {
        scan.special |= (uint32_t)(bytes[i] == '"' || bytes[i] == '\\' || bytes[i] < 0x20) << i;
        scan.non_ascii |= (uint32_t)(bytes[i] >> 7) << i;
    }
    return scan;
}

#endif

#endif
