/* Values that are not stored: members that are to be ignored, and what an Any's type stands behind. They must be JSON all the same. */
#include "codec/json/json_number.h"
#include "codec/transcode/to_binary.h"

/* A member's name and colon. object is behind the bracket. */
static struct cursor skip_key(struct to_binary *c, struct cursor at, const char *object)
{
    const char *key = at.in + 1;
    if (peek(c, at.in) != '"')
        return to_binary_expected(c, at.in, "a field name in quotes");
    at = to_binary_skip_string(c, at);
    if (!at.in)
        return at;
    size_t key_len = (size_t)(at.in - key) - 1;
    at = to_binary_colon(c, at);
    if (at.in && c->noting_types && !to_binary_note_type(c, view_make(key, key_len), object, at.in))
        return output_too_large(&c->output);
    return at;
}

static struct cursor skip_container(struct to_binary *c, struct cursor at, char closing)
{
    bool done = false;
    if (!to_binary_enter(c, at))
        return cursor_failed();
    const char *object = ++at.in;
    at = to_binary_first(c, at, closing, &done);
    while (at.in && !done) {
        if (closing == '}')
            at = skip_key(c, at, object);
        if (at.in)
            at = to_binary_skip(c, at);
        if (at.in)
            at = to_binary_next(c, at, closing, &done);
    }
    to_binary_leave(c);
    return at;
}

static struct cursor skip_number(struct to_binary *c, struct cursor at)
{
    double number;
    const char *end;
    if (json_parse_double(at.in, c->end, &number, &end) == JSON_NUMBER_MALFORMED)
        return to_binary_not_a_number(c, at.in, end, "a value");
    at.in = end;
    return at;
}

struct cursor to_binary_skip(struct to_binary *c, struct cursor at)
{
    switch (peek(c, at.in)) {
    case '"': return to_binary_skip_string(c, at);
    case '{': return skip_container(c, at, '}');
    case '[': return skip_container(c, at, ']');
    case 't':
    case 'f':
    case 'n':
        if (take_word(c, &at.in, "true", 4) || take_word(c, &at.in, "false", 5) || take_word(c, &at.in, "null", 4))
            return at;
        return to_binary_fail(c, at.in, "expected true, false or null");
    default: return skip_number(c, at);
    }
}
