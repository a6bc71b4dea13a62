#include "service/validate/entity_ref.h"

/* Takes what stands before the separator, and the separator, off the text. False: nothing stands before it. */
static bool take_part(struct view *text, const char *separator)
{
    size_t len = (size_t)(separator - text->data);
    *text = view_make(separator + 1, text->len - len - 1);
    return len > 0;
}

bool entity_ref_is_valid(struct view text)
{
    const char *slash = text.len ? memchr(text.data, '/', text.len) : NULL;
    const char *colon = text.len ? memchr(text.data, ':', text.len) : NULL;
    if (colon && (!slash || colon < slash) && !take_part(&text, colon))
        return false;
    if (slash && !take_part(&text, slash))
        return false;
    return text.len > 0;
}
