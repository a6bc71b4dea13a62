/*
 * ASCII is skipped in words of eight bytes: one test per word covers both the high bit and NUL. What is left is read
 * sequence by sequence. The ranges are those of the table "Well-Formed UTF-8 Byte Sequences" (Unicode, table 3-7): the
 * lead byte decides the length and what its first continuation may be; all others are 80..BF.
 */
#include "service/server/utf8.h"

#include <stdint.h>
#include <string.h>

#define ONES  UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)

/* Whether all eight bytes are 01..7F. Subtracting one sets the high bit of a zero byte; borrows only follow one. */
static inline bool plain_word(const uint8_t *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof(word));
    return (((word - ONES) | word) & HIGHS) == 0;
}

static inline bool in(uint8_t byte, uint8_t low, uint8_t high)
{
    return byte >= low && byte <= high;
}

/* Bytes of the sequence of two to four that begins at `at`; 0 when it is ill-formed. */
static size_t sequence_len(const uint8_t *at, size_t left)
{
    uint8_t lead = at[0];
    if (in(lead, 0xc2, 0xdf))
        return left >= 2 && in(at[1], 0x80, 0xbf) ? 2 : 0;
    if (in(lead, 0xe0, 0xef)) {
        uint8_t low = lead == 0xe0 ? 0xa0 : 0x80;
        uint8_t high = lead == 0xed ? 0x9f : 0xbf;
        return left >= 3 && in(at[1], low, high) && in(at[2], 0x80, 0xbf) ? 3 : 0;
    }
    if (in(lead, 0xf0, 0xf4)) {
        uint8_t low = lead == 0xf0 ? 0x90 : 0x80;
        uint8_t high = lead == 0xf4 ? 0x8f : 0xbf;
        return left >= 4 && in(at[1], low, high) && in(at[2], 0x80, 0xbf) && in(at[3], 0x80, 0xbf) ? 4 : 0;
    }
    return 0;
}

size_t utf8_text_len(struct view text)
{
    const uint8_t *bytes = (const uint8_t *)text.data;
    size_t at = 0;
    while (at < text.len) {
        if (text.len - at >= sizeof(uint64_t) && plain_word(bytes + at)) {
            at += sizeof(uint64_t);
        } else if (in(bytes[at], 0x01, 0x7f)) {
            at++;
        } else {
            size_t len = sequence_len(bytes + at, text.len - at);
            if (len == 0)
                break;
            at += len;
        }
    }
    return at;
}
