/* Characters by their ASCII meaning, whatever the locale says. Bytes that are not ASCII are nothing of it. */
#ifndef BASE_ASCII_H
#define BASE_ASCII_H

#include "base/view.h"

static inline bool ascii_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool ascii_is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static inline bool ascii_is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static inline bool ascii_is_letter(char c)
{
    return ascii_is_lower(c) || ascii_is_upper(c);
}

static inline char ascii_lower(char c)
{
    return ascii_is_upper(c) ? (char)(c + ('a' - 'A')) : c;
}

/* 0 to 15; -1 for what is not a hexadecimal digit of either case. */
static inline int ascii_hex_value(char c)
{
    if (ascii_is_digit(c))
        return c - '0';
    char lower = ascii_lower(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* Equal but for the case of letters: names of header fields, media types, schemes. */
static inline bool ascii_equal_any_case(struct view a, struct view b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (ascii_lower(a.data[i]) != ascii_lower(b.data[i]))
            return false;
    return true;
}

static inline bool ascii_starts_any_case(struct view text, struct view prefix)
{
    return text.len >= prefix.len && ascii_equal_any_case(view_make(text.data, prefix.len), prefix);
}

#endif
