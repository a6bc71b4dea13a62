/*
 * media-type = type "/" subtype *( OWS ";" OWS [ parameter ] );  parameter = token "=" ( token / quoted-string )
 * A quoted string is cut at its closing quote without undoing escapes: the only value that is compared has none.
 */
#include "gateway/pipeline/media_type.h"

#include "base/ascii.h"

static struct view trim(struct view text)
{
    while (text.len && (text.data[0] == ' ' || text.data[0] == '\t'))
        text = view_make(text.data + 1, text.len - 1);
    while (text.len && (text.data[text.len - 1] == ' ' || text.data[text.len - 1] == '\t'))
        text.len--;
    return text;
}

/* What stands before the separator, moving the text behind it. Separators in quotes do not count. */
static struct view take_until(struct view *text, char separator)
{
    bool quoted = false;
    size_t len = 0;
    while (len < text->len && (quoted || text->data[len] != separator))
        quoted ^= text->data[len++] == '"';
    struct view part = trim(view_make(text->data, len));
    size_t taken = len < text->len ? len + 1 : len;
    *text = view_make(text->data + taken, text->len - taken);
    return part;
}

static bool is(struct view text, const char *wanted)
{
    return ascii_equal_any_case(text, view_of(wanted));
}

bool media_type_is_json(struct view content_type)
{
    struct view rest = content_type;
    if (!is(take_until(&rest, ';'), "application/json"))
        return false;
    while (rest.len) {
        struct view value = take_until(&rest, ';');
        struct view name = take_until(&value, '=');
        value = trim(value);
        if (value.len >= 2 && value.data[0] == '"' && value.data[value.len - 1] == '"')
            value = view_make(value.data + 1, value.len - 2);
        if (is(name, "charset") && !is(value, "utf-8"))
            return false;
    }
    return true;
}
