/* Runs of good bytes are copied at once; the bad ones between them are rare. */
#include "gateway/pipeline/json_text.h"

#include "base/utf8.h"

static const struct view replacement = VIEW("\xef\xbf\xbd");

/* The longest beginning without a bad byte; a NUL is bad where it would end a C string. */
static size_t good_len(struct view text, bool nul_is_bad)
{
    size_t len = utf8_valid_len(text);
    return nul_is_bad ? strnlen(text.data, len) : len;
}

const char *json_text_clean(struct view text, struct arena *arena)
{
    if (text.len == 0)
        return "";
    char *clean = arena_alloc(arena, text.len * replacement.len + 1);
    char *out = clean;
    while (clean && text.len) {
        size_t len = good_len(text, true);
        memcpy(out, text.data, len);
        out += len;
        text = view_make(text.data + len, text.len - len);
        if (text.len) {
            memcpy(out, replacement.data, replacement.len);
            out += replacement.len;
            text = view_make(text.data + 1, text.len - 1);
        }
    }
    if (clean)
        *out = '\0';
    return clean;
}

static bool write_escaped(struct view good, struct buf *out)
{
    for (size_t i = 0; i < good.len; i++) {
        unsigned char byte = (unsigned char)good.data[i];
        bool written = byte < 0x20                   ? buf_printf(out, "\\u%04x", byte)
                       : byte == '"' || byte == '\\' ? buf_printf(out, "\\%c", byte)
                                                     : buf_append(out, view_make(good.data + i, 1));
        if (!written)
            return false;
    }
    return true;
}

bool json_text_write(struct view text, struct buf *out)
{
    if (!buf_append_text(out, "\""))
        return false;
    while (text.len) {
        size_t len = good_len(text, false);
        if (!write_escaped(view_make(text.data, len), out))
            return false;
        text = view_make(text.data + len, text.len - len);
        if (text.len) {
            if (!buf_append(out, replacement))
                return false;
            text = view_make(text.data + 1, text.len - 1);
        }
    }
    return buf_append_text(out, "\"");
}
