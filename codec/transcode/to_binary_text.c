/*
 * JSON strings (RFC 8259, section 7). Blocks of BLOCK_BYTES are copied and judged at once: a string without escapes of up to 32 bytes
 * costs one step, and what is copied behind its end is overwritten by what follows. UTF-8 is checked over the whole string, and only
 * if any of it is not ASCII.
 */
#include "base/ascii.h"
#include "base/utf8.h"
#include "codec/transcode/block.h"
#include "codec/transcode/to_binary.h"

/* Four hex digits, or -1. */
static int read_unit(const char *in, const char *end)
{
    if (end - in < 4)
        return -1;
    int unit = 0;
    for (int i = 0; i < 4; i++) {
        int digit = ascii_hex_value(in[i]);
        if (digit < 0)
            return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

/* A \u escape, and the one behind it that makes a surrogate pair; `in` is behind "\u". NULL: malformed. */
static const char *read_code_point(const char *in, const char *end, uint32_t *ret_code_point)
{
    int unit = read_unit(in, end);
    if (unit < 0 || (unit >= 0xdc00 && unit <= 0xdfff))
        return NULL;
    in += 4;
    *ret_code_point = (uint32_t)unit;
    if (unit < 0xd800 || unit > 0xdbff)
        return in;
    if (end - in < 6 || in[0] != '\\' || in[1] != 'u')
        return NULL;
    int low = read_unit(in + 2, end);
    if (low < 0xdc00 || low > 0xdfff)
        return NULL;
    *ret_code_point = 0x10000 + ((uint32_t)(unit - 0xd800) << 10) + (uint32_t)(low - 0xdc00);
    return in + 6;
}

/* One escape; `in` is at the backslash. Writes 1 to 4 bytes. NULL: malformed. */
static const char *read_escape(const char *in, const char *end, char **out)
{
    if (end - in < 2)
        return NULL;
    char escaped;
    switch (in[1]) {
    case '"': escaped = '"'; break;
    case '\\': escaped = '\\'; break;
    case '/': escaped = '/'; break;
    case 'b': escaped = '\b'; break;
    case 'f': escaped = '\f'; break;
    case 'n': escaped = '\n'; break;
    case 'r': escaped = '\r'; break;
    case 't': escaped = '\t'; break;
    case 'u': {
        uint32_t code_point;
        in = read_code_point(in + 2, end, &code_point);
        if (in)
            *out = utf8_encode(*out, code_point);
        return in;
    }
    default: return NULL;
    }
    *(*out)++ = escaped;
    return in + 2;
}

static struct cursor fail_escape(struct to_binary *c, const char *in)
{
    if (c->end - in >= 2 && in[1] == 'u')
        return to_binary_fail(c, in, "expected \\u and four hex digits, surrogates in pairs");
    return to_binary_fail(c, in, "expected one of the escapes \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u");
}

static struct cursor fail_unescaped(struct to_binary *c, const char *in)
{
    return to_binary_fail(c, in, "control character 0x%02x in a string, expected it escaped", (unsigned char)*in);
}

/* Like a block, for the last bytes of the input: up to the next special byte. */
static struct cursor copy_tail(const struct to_binary *c, struct cursor at, uint32_t *non_ascii)
{
    while (at.in < c->end && *at.in != '"' && *at.in != '\\' && (unsigned char)*at.in >= 0x20) {
        *non_ascii |= (unsigned char)*at.in >> 7;
        *at.out++ = *at.in++;
    }
    return at;
}

static inline struct cursor copy_run(struct to_binary *c, struct cursor at, uint32_t *non_ascii)
{
    while (c->end - at.in >= BLOCK_BYTES) {
        at = output_room(&c->output, at, BLOCK_BYTES);
        if (__builtin_expect(!at.in, 0))
            return at;
        struct block_scan scan = block_copy(at.out, at.in);
        if (scan.special) {
            uint32_t before = (uint32_t)__builtin_ctz(scan.special);
            *non_ascii |= scan.non_ascii & ((1u << before) - 1);
            at.in += before;
            at.out += before;
            return at;
        }
        *non_ascii |= scan.non_ascii;
        at.in += BLOCK_BYTES;
        at.out += BLOCK_BYTES;
    }
    at = output_room(&c->output, at, BLOCK_BYTES);
    return at.in ? copy_tail(c, at, non_ascii) : at;
}

static struct cursor check_utf8(struct to_binary *c, struct cursor at, const char *begin)
{
    struct view text = view_make(begin, (size_t)(at.in - begin));
    size_t valid = utf8_valid_len(text);
    if (valid != text.len)
        return to_binary_fail(c, begin + valid, "expected UTF-8, found byte 0x%02x", (unsigned char)begin[valid]);
    return at;
}

struct cursor to_binary_string_content(struct to_binary *c, struct cursor at)
{
    const char *begin = at.in;
    uint32_t non_ascii = 0;
    for (;;) {
        at = copy_run(c, at, &non_ascii);
        if (__builtin_expect(!at.in, 0))
            return at;
        if (__builtin_expect(at.in == c->end, 0))
            return to_binary_expected(c, at.in, "'\"' at the end of the string");
        if (__builtin_expect(*at.in == '"', 1))
            break;
        if (*at.in != '\\')
            return fail_unescaped(c, at.in);
        at = output_room(&c->output, at, UTF8_BYTES_MAX);
        if (!at.in)
            return at;
        const char *in = read_escape(at.in, c->end, &at.out);
        if (!in)
            return fail_escape(c, at.in);
        at.in = in;
    }
    if (__builtin_expect(non_ascii != 0, 0)) {
        at = check_utf8(c, at, begin);
        if (!at.in)
            return at;
    }
    at.in++;
    return at;
}

/* Strings of more than one block, with escapes, outside of ASCII, or at the very end of the input. */
static struct cursor write_any_string(struct to_binary *c, struct cursor at)
{
    struct open_length length;
    at = to_binary_open(c, at, &length);
    at.in++;
    at = to_binary_string_content(c, at);
    return at.in ? to_binary_close(c, at, &length) : at;
}

struct cursor to_binary_string(struct to_binary *c, struct cursor at)
{
    if (__builtin_expect(peek(c, at.in) != '"', 0))
        return to_binary_expected(c, at.in, "a string");
    at = output_room(&c->output, at, BLOCK_BYTES + 1);
    if (__builtin_expect(c->end - at.in > BLOCK_BYTES && at.in, 1)) {
        struct block_scan scan = block_copy(at.out + 1, at.in + 1);
        uint32_t before = scan.special ? (uint32_t)__builtin_ctz(scan.special) : 0;
        if (scan.special && at.in[1 + before] == '"' && (scan.non_ascii & ((1u << before) - 1)) == 0) {
            *at.out = (char)before;
            at.in += before + 2;
            at.out += before + 1;
            return at;
        }
    }
    return at.in ? write_any_string(c, at) : at;
}

struct cursor to_binary_skip_string(struct to_binary *c, struct cursor at)
{
    const char *begin = ++at.in;
    while (at.in < c->end && *at.in != '"') {
        char code_point[UTF8_BYTES_MAX];
        char *out = code_point;
        if ((unsigned char)*at.in < 0x20)
            return fail_unescaped(c, at.in);
        const char *next = *at.in == '\\' ? read_escape(at.in, c->end, &out) : at.in + 1;
        if (!next)
            return fail_escape(c, at.in);
        at.in = next;
    }
    if (at.in == c->end)
        return to_binary_expected(c, at.in, "'\"' at the end of the string");
    at = check_utf8(c, at, begin);
    if (at.in)
        at.in++;
    return at;
}

/* The end of a string without escapes and control characters, behind its opening quote; NULL when it is not so simple. */
static const char *plain_string_end(const char *in, const char *end)
{
    for (; in < end && *in != '"'; in++)
        if (*in == '\\' || (unsigned char)*in < 0x20 || (unsigned char)*in >= 0x80)
            return NULL;
    return in < end ? in : NULL;
}

struct cursor to_binary_text(struct to_binary *c, struct cursor at, struct view *ret_text)
{
    const char *begin = at.in + 1;
    const char *end = plain_string_end(begin, c->end);
    if (end) {
        *ret_text = view_make(begin, (size_t)(end - begin));
        return (struct cursor){end + 1, at.out};
    }
    const char *quote = begin;
    while (quote < c->end && *quote != '"')
        quote += *quote == '\\' && c->end - quote > 1 ? 2 : 1;
    /* Written like any string's content, but to memory of its own. */
    struct output output = c->output;
    struct cursor text = {begin, NULL};
    buf_clear(&c->unescaped);
    if (!output_start(&c->output, &c->unescaped, (size_t)(quote - begin) + BLOCK_BYTES * 2, output.st, &text.out))
        return cursor_failed();
    text = to_binary_string_content(c, text);
    if (text.in)
        *ret_text = view_make(c->unescaped.data, output_offset(&c->output, text));
    c->output = output;
    return (struct cursor){text.in, at.out};
}

/* The next bytes of a string that is known to be well-formed: an escape decoded, or one byte as it stands. */
static const char *next_bytes(const char *in, const char *end, char bytes[static UTF8_BYTES_MAX], size_t *ret_len)
{
    char *out = bytes;
    if (*in == '\\')
        in = read_escape(in, end, &out);
    else
        *out++ = *in++;
    *ret_len = (size_t)(out - bytes);
    return in;
}

static bool has_escapes(struct view key)
{
    return memchr(key.data, '\\', key.len) != NULL;
}

static bool is_same_string(struct view a, struct view b)
{
    if (!has_escapes(a) && !has_escapes(b))
        return view_equal(a, b);
    const char *a_in = a.data, *a_end = a.data + a.len, *b_in = b.data, *b_end = b.data + b.len;
    char a_bytes[UTF8_BYTES_MAX], b_bytes[UTF8_BYTES_MAX];
    size_t a_len = 0, b_len = 0, a_at = 0, b_at = 0;
    for (;;) {
        if (a_at == a_len && a_in < a_end)
            a_in = next_bytes(a_in, a_end, a_bytes, &a_len), a_at = 0;
        if (b_at == b_len && b_in < b_end)
            b_in = next_bytes(b_in, b_end, b_bytes, &b_len), b_at = 0;
        if (a_at == a_len || b_at == b_len)
            return a_at == a_len && b_at == b_len;
        if (a_bytes[a_at++] != b_bytes[b_at++])
            return false;
    }
}

const struct key_type to_binary_string_keys = {.equal = is_same_string};
