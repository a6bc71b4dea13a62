/*
 * JSON text of any kind, as a google.protobuf.Value.
 *
 * It is accepted if and only if a plain recogniser of RFC 8259 accepts it, save for what the reader refuses on purpose: nesting beyond
 * its limit, a number beyond a double, a key twice in one object. A number is the one that strtod() reads. What is accepted is printed
 * as text that is read to the same bytes; so no key stood twice, which printing would have dropped.
 */
#include <math.h>
#include <stdlib.h>

#include "codec/wire/wire.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/specimen.h"

/* Deeper text is not looked at by the model. */
#define MODEL_DEPTH_MAX 200

struct model {
    const char *in;
    const char *end;
    unsigned depth;
    unsigned depth_seen;
    bool out_of_range; /* a number is beyond a double */
};

static bool take_value(struct model *m);

static void skip_space(struct model *m)
{
    while (m->in < m->end && memchr(" \t\r\n", *m->in, 4))
        m->in++;
}

static bool take(struct model *m, char expected)
{
    if (m->in == m->end || *m->in != expected)
        return false;
    m->in++;
    return true;
}

static bool take_word(struct model *m, const char *word)
{
    size_t len = strlen(word);
    if ((size_t)(m->end - m->in) < len || memcmp(m->in, word, len) != 0)
        return false;
    m->in += len;
    return true;
}

static bool take_digits(struct model *m)
{
    const char *begin = m->in;
    while (m->in < m->end && *m->in >= '0' && *m->in <= '9')
        m->in++;
    return m->in > begin;
}

static double parse_number(const char *begin, const char *end)
{
    char *text = strndup(begin, (size_t)(end - begin));
    if (!text)
        fuzz_fail("there is memory");
    double number = strtod(text, NULL);
    free(text);
    return number;
}

static bool take_number(struct model *m)
{
    const char *begin = m->in;
    take(m, '-');
    if (!take(m, '0') && !take_digits(m))
        return false;
    if (take(m, '.') && !take_digits(m))
        return false;
    if (take(m, 'e') || take(m, 'E')) {
        if (!take(m, '+'))
            take(m, '-');
        if (!take_digits(m))
            return false;
    }
    m->out_of_range |= isinf(parse_number(begin, m->in)) != 0;
    return true;
}

static bool take_hex4(struct model *m, unsigned *ret_unit)
{
    *ret_unit = 0;
    for (int i = 0; i < 4; i++, m->in++) {
        static const char digits[] = "0123456789abcdef";
        if (m->in == m->end)
            return false;
        char lower = *m->in >= 'A' && *m->in <= 'F' ? (char)(*m->in + 0x20) : *m->in;
        const char *found = memchr(digits, lower, 16);
        if (!found)
            return false;
        *ret_unit = *ret_unit << 4 | (unsigned)(found - digits);
    }
    return true;
}

/* What follows a backslash. */
static bool take_escape(struct model *m)
{
    unsigned unit, low;
    if (m->in == m->end)
        return false;
    if (memchr("\"\\/bfnrt", *m->in, 8)) {
        m->in++;
        return true;
    }
    if (!take(m, 'u') || !take_hex4(m, &unit))
        return false;
    if (unit < 0xd800 || unit > 0xdfff)
        return true;
    return unit < 0xdc00 && take_word(m, "\\u") && take_hex4(m, &low) && low >= 0xdc00 && low <= 0xdfff;
}

/* One code point, by table 3-7 of the Unicode standard. */
static bool take_code_point(struct model *m)
{
    static const struct {
        unsigned char first_min, first_max, second_min, second_max;
        size_t len;
    } rows[] = {
        {0x20, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    const unsigned char *in = (const unsigned char *)m->in;
    size_t row = 0;
    while (in[0] < rows[row].first_min || in[0] > rows[row].first_max)
        if (++row == sizeof(rows) / sizeof(rows[0]))
            return false;
    if ((size_t)(m->end - m->in) < rows[row].len)
        return false;
    if (rows[row].len > 1 && (in[1] < rows[row].second_min || in[1] > rows[row].second_max))
        return false;
    for (size_t i = 2; i < rows[row].len; i++)
        if ((in[i] & 0xc0) != 0x80)
            return false;
    m->in += rows[row].len;
    return true;
}

static bool take_string(struct model *m)
{
    if (!take(m, '"'))
        return false;
    while (!take(m, '"'))
        if (m->in == m->end || !(take(m, '\\') ? take_escape(m) : take_code_point(m)))
            return false;
    return true;
}

static bool take_element(struct model *m, bool member)
{
    skip_space(m);
    if (member) {
        if (!take_string(m))
            return false;
        skip_space(m);
        if (!take(m, ':'))
            return false;
        skip_space(m);
    }
    bool taken = take_value(m);
    skip_space(m);
    return taken;
}

/* An array, or an object, behind its opening bracket. */
static bool take_elements(struct model *m, char closing)
{
    if (++m->depth > MODEL_DEPTH_MAX)
        return false;
    m->depth_seen = m->depth > m->depth_seen ? m->depth : m->depth_seen;
    skip_space(m);
    if (!take(m, closing)) {
        do {
            if (!take_element(m, closing == '}'))
                return false;
        } while (take(m, ','));
        if (!take(m, closing))
            return false;
    }
    m->depth--;
    return true;
}

static bool take_value(struct model *m)
{
    if (m->in == m->end)
        return false;
    switch (*m->in) {
    case '{': m->in++; return take_elements(m, '}');
    case '[': m->in++; return take_elements(m, ']');
    case '"': return take_string(m);
    case 't': return take_word(m, "true");
    case 'f': return take_word(m, "false");
    case 'n': return take_word(m, "null");
    default: return take_number(m);
    }
}

static bool model_accepts(struct view json, struct model *m)
{
    *m = (struct model){.in = json.data, .end = json.data + json.len};
    skip_space(m);
    if (!take_value(m))
        return false;
    skip_space(m);
    return m->in == m->end;
}

/* Whether the refusal is one of those that RFC 8259 does not ask for. */
static bool is_on_purpose(const struct status *st, const struct model *m)
{
    return (strstr(st->message, "deeper") && m->depth_seen > TRANSCODE_DEPTH_MAX / 3) ||
           (strstr(st->message, "double") && m->out_of_range) || strstr(st->message, "twice");
}

/* The number of a Value of which nothing is known but that it was a number in the text. */
static void check_number(struct view json, struct view binary)
{
    FUZZ_CHECK(binary.len == 9 && binary.data[0] == WIRE_TAG(2, WIRE_FIXED64), "a number makes a number_value");
    uint64_t bits = wire_load_fixed64(binary.data + 1), expected_bits;
    double expected = parse_number(json.data, json.data + json.len);
    memcpy(&expected_bits, &expected, sizeof(expected_bits));
    FUZZ_CHECK(bits == expected_bits, "%.*s is read as strtod() reads it: %016llx, not %016llx", VIEW_ARG(json),
               (unsigned long long)expected_bits, (unsigned long long)bits);
}

static void check_fixpoint(const struct schema_message *value, struct view binary)
{
    struct transcode_options options = specimen_options();
    struct buf printed, again;
    struct status st;
    fuzz_output_init(&printed);
    fuzz_output_init(&again);
    if (!transcode_binary_to_json(value, NULL, binary, &options, &printed, &st))
        fuzz_fail("what was read can be printed: %s", st.message);
    if (!transcode_json_to_binary(value, NULL, fuzz_output(&printed), &options, &again, &st))
        fuzz_fail("what was printed can be read: %s", st.message);
    fuzz_check_equal(binary, fuzz_output(&again), "bytes, and bytes by way of JSON");
    buf_free(&printed);
    buf_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const struct schema_message *value = specimen_find("google.protobuf.Value");
    struct transcode_options options = specimen_options();
    struct view json = view_make((const char *)data, len);
    struct model model;
    struct status st;
    struct buf binary;
    fuzz_output_init(&binary);
    bool expected = model_accepts(json, &model);
    bool accepted = transcode_json_to_binary(value, NULL, json, &options, &binary, &st);
    if (!accepted) {
        fuzz_check_refused_output(&binary, &st);
        FUZZ_CHECK(!expected || is_on_purpose(&st, &model), "JSON is accepted: %s", st.message);
    } else {
        FUZZ_CHECK(expected, "what is not JSON is refused: %.*s", VIEW_ARG(json));
        if (json.data[0] == '-' || (json.data[0] >= '0' && json.data[0] <= '9'))
            check_number(json, fuzz_output(&binary));
        check_fixpoint(value, fuzz_output(&binary));
    }
    buf_free(&binary);
    return 0;
}
