/*
 * Validation of 32 bytes at once, after John Keiser and Daniel Lemire, "Validating UTF-8 in less than one instruction
 * per byte" (2020).
 *
 * Whether a byte may follow another is decided by 12 of their bits: both halves of the first and the high half of the
 * second. Each half looks up, in a table of 16 entries, the faults that it does not rule out; a fault that none of the
 * three rules out is there. One member of these sets is not always a fault: two continuations in a row are right where
 * the lead of three or four bytes stands two or three places before, and there they must be; an exclusive or compares
 * the two.
 *
 * ASCII behind ASCII needs no look. The text is filled up to a whole block with zeros, which are ASCII, so that a
 * sequence cut short by the end is one cut short by ASCII. When a block has a fault, the portable validator goes over
 * it again, from the code point that reaches into it, and finds the place.
 */
#include "base/utf8_avx2.h"

#include "base/utf8_portable.h"

#ifdef __x86_64__

#include <immintrin.h>
#include <string.h>

#define BLOCK_BYTES 32
#define AVX2        __attribute__((target("avx2")))

/* What two bytes can do wrong. */
enum {
    TOO_SHORT = 0x01,         /* a lead, and no continuation behind it */
    TOO_LONG = 0x02,          /* ASCII, and a continuation behind it */
    OVERLONG_3 = 0x04,        /* e0 80 to e0 9f */
    TOO_LARGE = 0x08,         /* f4 90 to f4 bf, and f5 to ff before 90 to bf */
    SURROGATE = 0x10,         /* ed a0 to ed bf */
    OVERLONG_2 = 0x20,        /* c0 and c1 */
    TOO_LARGE_80 = 0x40,      /* f5 to ff before 80 to 8f; the low half of the first byte … */
    OVERLONG_4 = 0x40,        /* … tells it from f0 80 to f0 8f */
    TWO_CONTINUATIONS = 0x80, /* not a fault by itself */

    /* The low half of the first byte says nothing about these. */
    ANY = TOO_SHORT | TOO_LONG | TWO_CONTINUATIONS,
    BIG = ANY | TOO_LARGE | TOO_LARGE_80,
    /* Nor is any of these ruled out by a second byte that is a continuation. */
    FOLLOWED = TOO_LONG | OVERLONG_2 | TWO_CONTINUATIONS,
};

/* A table for each half of the vector. */
#define TABLE(...) _mm256_setr_epi8(__VA_ARGS__, __VA_ARGS__)

AVX2 static inline __m256i high_halves(__m256i bytes)
{
    return _mm256_and_si256(_mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(0x0f));
}

/* For each byte of the block the one `count` places before it. */
#define BYTES_BEFORE(block, before, count)                                                                             \
    _mm256_alignr_epi8(block, _mm256_permute2x128_si256(before, block, 0x21), 16 - (count))

/* The faults of each byte of the block with the one before it, save those of two continuations. */
AVX2 static inline __m256i pair_faults(__m256i block, __m256i previous)
{
    const __m256i by_first_high =
        TABLE(TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, (char)TWO_CONTINUATIONS,
              (char)TWO_CONTINUATIONS, (char)TWO_CONTINUATIONS, (char)TWO_CONTINUATIONS, TOO_SHORT | OVERLONG_2,
              TOO_SHORT, TOO_SHORT | OVERLONG_3 | SURROGATE, TOO_SHORT | TOO_LARGE | TOO_LARGE_80 | OVERLONG_4);
    const __m256i by_first_low =
        TABLE((char)(ANY | OVERLONG_2 | OVERLONG_3 | OVERLONG_4), (char)(ANY | OVERLONG_2), (char)ANY, (char)ANY,
              (char)(ANY | TOO_LARGE), (char)BIG, (char)BIG, (char)BIG, (char)BIG, (char)BIG, (char)BIG, (char)BIG,
              (char)BIG, (char)(BIG | SURROGATE), (char)BIG, (char)BIG);
    const __m256i by_second_high =
        TABLE(TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT,
              (char)(FOLLOWED | OVERLONG_3 | TOO_LARGE_80 | OVERLONG_4), (char)(FOLLOWED | OVERLONG_3 | TOO_LARGE),
              (char)(FOLLOWED | SURROGATE | TOO_LARGE), (char)(FOLLOWED | SURROGATE | TOO_LARGE), TOO_SHORT, TOO_SHORT,
              TOO_SHORT, TOO_SHORT);
    __m256i first_low = _mm256_and_si256(previous, _mm256_set1_epi8(0x0f));
    return _mm256_and_si256(_mm256_and_si256(_mm256_shuffle_epi8(by_first_high, high_halves(previous)),
                                             _mm256_shuffle_epi8(by_first_low, first_low)),
                            _mm256_shuffle_epi8(by_second_high, high_halves(block)));
}

AVX2 static inline bool block_is_valid(__m256i block, __m256i before)
{
    if (_mm256_movemask_epi8(_mm256_or_si256(block, before)) == 0)
        return true;
    __m256i faults = pair_faults(block, BYTES_BEFORE(block, before, 1));
    /* The high bit, where a lead two or three places before asks for a second or third continuation. */
    __m256i third = _mm256_subs_epu8(BYTES_BEFORE(block, before, 2), _mm256_set1_epi8(0xe0 - 0x80));
    __m256i fourth = _mm256_subs_epu8(BYTES_BEFORE(block, before, 3), _mm256_set1_epi8(0xf0 - 0x80));
    __m256i asked = _mm256_and_si256(_mm256_or_si256(third, fourth), _mm256_set1_epi8((char)TWO_CONTINUATIONS));
    faults = _mm256_xor_si256(faults, asked);
    return _mm256_testz_si256(faults, faults);
}

/* All before the offset is well-formed, save that a sequence may reach over it. */
static size_t find_fault(struct view text, size_t offset)
{
    size_t start = offset > 0 ? offset - 1 : 0;
    while (start > 0 && (text.data[start] & 0xc0) == 0x80)
        start--;
    return start + utf8_portable_valid_len(view_make(text.data + start, text.len - start));
}

AVX2 size_t utf8_avx2_valid_len(struct view text)
{
    __m256i before = _mm256_setzero_si256();
    size_t offset = 0;
    for (; text.len - offset >= BLOCK_BYTES; offset += BLOCK_BYTES) {
        __m256i block = _mm256_loadu_si256((const __m256i *)(const void *)(text.data + offset));
        if (!block_is_valid(block, before))
            return find_fault(text, offset);
        before = block;
    }
    char rest[BLOCK_BYTES] = {0};
    if (text.len > offset)
        memcpy(rest, text.data + offset, text.len - offset);
    if (!block_is_valid(_mm256_loadu_si256((const __m256i *)(const void *)rest), before))
        return find_fault(text, offset);
    return text.len;
}

bool utf8_avx2_is_supported(void)
{
    return __builtin_cpu_supports("avx2");
}

#else

size_t utf8_avx2_valid_len(struct view text)
{
    return utf8_portable_valid_len(text);
}

bool utf8_avx2_is_supported(void)
{
    return false;
}

#endif
