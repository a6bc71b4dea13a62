#include "service/validate/url_scheme.h"

#include "base/ascii.h"

static const char *const scriptable[] = {"javascript:", "data:", "vbscript:"};

/* The bytes of the longest of them, and of a terminator. */
#define SCHEME_BYTES_MAX sizeof("javascript:")

/* Writes the beginning of the URL as a browser sees it, in lower case. */
static void read_start(struct view url, char ret_start[static SCHEME_BYTES_MAX])
{
    size_t len = 0;
    for (size_t i = 0; i < url.len && len < SCHEME_BYTES_MAX - 1; i++) {
        unsigned char byte = (unsigned char)url.data[i];
        bool dropped = byte == '\t' || byte == '\n' || byte == '\r' || (len == 0 && byte <= ' ');
        if (!dropped)
            ret_start[len++] = ascii_lower((char)byte);
    }
    ret_start[len] = '\0';
}

bool url_is_scriptable(struct view url)
{
    char start[SCHEME_BYTES_MAX];
    read_start(url, start);
    for (size_t i = 0; i < sizeof(scriptable) / sizeof(scriptable[0]); i++)
        if (view_starts_with(view_of(start), view_of(scriptable[i])))
            return true;
    return false;
}
