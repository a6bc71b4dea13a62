#include "base/entity_tag.h"

struct tag {
    struct view opaque; /* with its quotes */
    bool weak;
};

/* Takes white space off the beginning, and commas where they separate tags. */
static void skip(struct view *rest, bool commas)
{
    while (rest->len && (*rest->data == ' ' || *rest->data == '\t' || (commas && *rest->data == ',')))
        *rest = view_make(rest->data + 1, rest->len - 1);
}

static bool is_tag_character(unsigned char byte)
{
    return byte == 0x21 || (byte >= 0x23 && byte != 0x7f);
}

static bool take_tag(struct view *rest, struct tag *ret_tag)
{
    static const struct view mark = VIEW("W/");
    struct view text = *rest;
    bool weak = view_starts_with(text, mark);
    if (weak)
        text = view_make(text.data + mark.len, text.len - mark.len);
    if (text.len == 0 || *text.data != '"')
        return false;
    size_t len = 1;
    while (len < text.len && is_tag_character((unsigned char)text.data[len]))
        len++;
    if (len == text.len || text.data[len] != '"')
        return false;
    len++;
    *ret_tag = (struct tag){view_make(text.data, len), weak};
    *rest = view_make(text.data + len, text.len - len);
    return true;
}

/* Takes the next tag and what separates it from the one behind. False at the end, and where something else stands. */
static bool take_element(struct view *rest, struct tag *ret_tag)
{
    skip(rest, true);
    struct view after = *rest;
    if (!take_tag(&after, ret_tag))
        return false;
    skip(&after, false);
    if (after.len && *after.data != ',')
        return false;
    *rest = after;
    return true;
}

bool entity_tag_list_is_any(struct view list)
{
    skip(&list, false);
    if (list.len == 0 || *list.data != '*')
        return false;
    list = view_make(list.data + 1, list.len - 1);
    skip(&list, false);
    return list.len == 0;
}

bool entity_tag_list_is_valid(struct view list)
{
    struct tag tag;
    size_t count = 0;
    if (entity_tag_list_is_any(list))
        return true;
    while (take_element(&list, &tag))
        count++;
    skip(&list, true);
    return count > 0 && list.len == 0;
}

bool entity_tag_list_has(struct view list, struct view tag, enum entity_tag_comparison comparison)
{
    struct tag wanted, listed;
    if (!take_tag(&tag, &wanted) || tag.len)
        return false;
    if (entity_tag_list_is_any(list))
        return true;
    if (!entity_tag_list_is_valid(list))
        return false;
    while (take_element(&list, &listed))
        if (view_equal(listed.opaque, wanted.opaque) &&
            (comparison == ENTITY_TAG_WEAK || (!listed.weak && !wanted.weak)))
            return true;
    return false;
}
