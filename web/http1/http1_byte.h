/* The classes of bytes in HTTP's grammar. */
#ifndef WEB_HTTP1_HTTP1_BYTE_H
#define WEB_HTTP1_HTTP1_BYTE_H

#include <stdbool.h>

#include "base/view.h"

/* Bits of a class, so that one table answers all. */
#define HTTP1_BYTE_TOKEN 1 /* tchar, RFC 9110 5.6.2 */
#define HTTP1_BYTE_HOST  2 /* what stands for itself in a registered name: unreserved and sub-delims, RFC 3986 3.2.2 */
#define HTTP1_BYTE_DIGIT 4
#define HTTP1_BYTE_HEX   8

extern const unsigned char http1_byte_classes[256];

static inline bool http1_byte_is(char byte, unsigned classes)
{
    return http1_byte_classes[(unsigned char)byte] & classes;
}

/* VCHAR: what can be seen, hence no space. */
static inline bool http1_byte_is_visible(char byte)
{
    return byte > 0x20 && byte < 0x7f;
}

/* The white space of OWS and BWS. */
static inline bool http1_byte_is_space(char byte)
{
    return byte == ' ' || byte == '\t';
}

/* The value of a digit of class HTTP1_BYTE_HEX. */
static inline unsigned http1_hex_value(char digit)
{
    return (unsigned)(digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
}

/* Whether the text is `lower`, which has no capital letters, in any case. */
bool http1_equal_any_case(struct view text, struct view lower);

/* The text without spaces and tabs at both ends. */
struct view http1_trim(struct view text);

/*
 * Takes the next element of a comma list, trimmed; elements may be empty. False when none is left. An empty list has
 * one element, which is empty. `*list` must have data that is not NULL at first.
 */
bool http1_list_next(struct view *list, struct view *ret_element);

#endif
