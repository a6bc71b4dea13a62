/* Strings of more than one block, with something to escape, outside of ASCII, or at the very end of the input. */
#include "base/utf8.h"
#include "codec/transcode/block.h"
#include "codec/transcode/to_json.h"

/* Two hex digits of a control character, behind \u00. */
static char *write_escape(char *out, unsigned char byte)
{
    static const char digits[] = "0123456789abcdef";
    static const char letters[32] = {['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};
    *out++ = '\\';
    if (byte == '"' || byte == '\\') {
        *out++ = (char)byte;
    } else if (letters[byte]) {
        *out++ = letters[byte];
    } else {
        memcpy(out, "u00", 3);
        out[3] = digits[byte >> 4];
        out[4] = digits[byte & 15];
        out += 5;
    }
    return out;
}

/* A block of which only the first bytes may be read: at the end of the input. */
__attribute__((noinline)) static struct block_scan copy_short_block(char *out, const char *in, size_t len)
{
    char bytes[BLOCK_BYTES] = {0};
    memcpy(bytes, in, len);
    return block_copy(out, bytes);
}

/* The last block of a string, which is not a whole one; what was copied behind the string is overwritten by what follows. */
static struct block_scan copy_last_block(const struct to_json *c, struct cursor at, size_t len)
{
    struct block_scan scan =
        c->end - at.in >= BLOCK_BYTES ? block_copy(at.out, at.in) : copy_short_block(at.out, at.in, len);
    uint32_t within = (1u << len) - 1;
    return (struct block_scan){scan.special & within, scan.non_ascii & within};
}

static struct cursor check_utf8(struct to_json *c, struct cursor at, const char *begin)
{
    struct view text = view_make(begin, (size_t)(at.in - begin));
    size_t valid = utf8_valid_len(text);
    if (valid != text.len)
        return to_json_fail(c, begin + valid, "expected UTF-8, found byte 0x%02x", (unsigned char)begin[valid]);
    return at;
}

struct cursor to_json_any_string(struct to_json *c, struct cursor at, size_t len)
{
    const char *begin = at.in, *end = at.in + len;
    uint32_t non_ascii = 0;
    *at.out++ = '"';
    while (at.in < end) {
        size_t left = (size_t)(end - at.in);
        size_t copied = left < BLOCK_BYTES ? left : BLOCK_BYTES;
        struct block_scan scan = left < BLOCK_BYTES ? copy_last_block(c, at, left) : block_copy(at.out, at.in);
        if (__builtin_expect(scan.special == 0, 1)) {
            non_ascii |= scan.non_ascii;
            at.in += copied;
            at.out += copied;
            continue;
        }
        uint32_t before = (uint32_t)__builtin_ctz(scan.special);
        non_ascii |= scan.non_ascii & ((1u << before) - 1);
        at.in += before;
        at.out = write_escape(at.out + before, (unsigned char)*at.in++);
        at = output_room(&c->output, at, (size_t)(end - at.in) + BLOCK_BYTES + 2);
        if (!at.in)
            return at;
    }
    if (__builtin_expect(non_ascii != 0, 0)) {
        at = check_utf8(c, at, begin);
        if (!at.in)
            return at;
    }
    *at.out++ = '"';
    return at;
}
