/* A borrowed run of bytes: a pointer and a length, no terminator, no ownership. Text views hold UTF-8 unless said
 * otherwise. */
#ifndef BASE_VIEW_H
#define BASE_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct view {
    const char *data; /* may be NULL when len is 0 */
    size_t len;       /* bytes */
};

/* The view of a string literal, without its terminator; also usable as a static initializer. */
#define VIEW(literal)                                                                                                  \
    {                                                                                                                  \
        "" literal, sizeof(literal) - 1                                                                                \
    }

/* For printf's "%.*s": printf("%.*s", VIEW_ARG(view)). Views longer than INT_MAX print nothing. */
#define VIEW_ARG(view) ((view).len <= 0x7fffffff ? (int)(view).len : 0), ((view).data ? (view).data : "")

static inline struct view view_make(const char *data, size_t len)
{
    return (struct view){data, len};
}

/* The view of a C string. */
static inline struct view view_of(const char *text)
{
    return (struct view){text, strlen(text)};
}

static inline bool view_equal(struct view a, struct view b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static inline bool view_equal_text(struct view a, const char *text)
{
    return view_equal(a, view_of(text));
}

static inline bool view_starts_with(struct view a, struct view prefix)
{
    return a.len >= prefix.len && (prefix.len == 0 || memcmp(a.data, prefix.data, prefix.len) == 0);
}

#endif
