#include "web/http1/http1_byte.h"

#define T HTTP1_BYTE_TOKEN
#define H HTTP1_BYTE_HOST
#define N (HTTP1_BYTE_TOKEN | HTTP1_BYTE_HOST)
#define D (HTTP1_BYTE_TOKEN | HTTP1_BYTE_HOST | HTTP1_BYTE_DIGIT | HTTP1_BYTE_HEX)
#define X (HTTP1_BYTE_TOKEN | HTTP1_BYTE_HOST | HTTP1_BYTE_HEX)

const unsigned char http1_byte_classes[256] = {
    ['!'] = N, ['#'] = T, ['$'] = N, ['%'] = T, ['&'] = N, ['\''] = N, ['('] = H, [')'] = H, ['*'] = N, ['+'] = N,
    [','] = H, ['-'] = N, ['.'] = N, ['0'] = D, ['1'] = D, ['2'] = D,  ['3'] = D, ['4'] = D, ['5'] = D, ['6'] = D,
    ['7'] = D, ['8'] = D, ['9'] = D, [';'] = H, ['='] = H, ['A'] = X,  ['B'] = X, ['C'] = X, ['D'] = X, ['E'] = X,
    ['F'] = X, ['G'] = N, ['H'] = N, ['I'] = N, ['J'] = N, ['K'] = N,  ['L'] = N, ['M'] = N, ['N'] = N, ['O'] = N,
    ['P'] = N, ['Q'] = N, ['R'] = N, ['S'] = N, ['T'] = N, ['U'] = N,  ['V'] = N, ['W'] = N, ['X'] = N, ['Y'] = N,
    ['Z'] = N, ['^'] = T, ['_'] = N, ['`'] = T, ['a'] = X, ['b'] = X,  ['c'] = X, ['d'] = X, ['e'] = X, ['f'] = X,
    ['g'] = N, ['h'] = N, ['i'] = N, ['j'] = N, ['k'] = N, ['l'] = N,  ['m'] = N, ['n'] = N, ['o'] = N, ['p'] = N,
    ['q'] = N, ['r'] = N, ['s'] = N, ['t'] = N, ['u'] = N, ['v'] = N,  ['w'] = N, ['x'] = N, ['y'] = N, ['z'] = N,
    ['|'] = T, ['~'] = N,
};

static char lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte | 0x20) : byte;
}

bool http1_equal_any_case(struct view text, struct view wanted)
{
    if (text.len != wanted.len)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (lower(text.data[i]) != wanted.data[i])
            return false;
    return true;
}

struct view http1_trim(struct view text)
{
    while (text.len && http1_byte_is_space(text.data[text.len - 1]))
        text.len--;
    while (text.len && http1_byte_is_space(text.data[0]))
        text = view_make(text.data + 1, text.len - 1);
    return text;
}

bool http1_list_next(struct view *list, struct view *ret_element)
{
    if (!list->data)
        return false;
    const char *comma = list->len ? memchr(list->data, ',', list->len) : NULL;
    size_t len = comma ? (size_t)(comma - list->data) : list->len;
    *ret_element = http1_trim(view_make(list->data, len));
    *list = comma ? view_make(comma + 1, list->len - len - 1) : view_make(NULL, 0);
    return true;
}
