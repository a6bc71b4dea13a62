#include "service/store/postgresql_uri.h"

#include <string.h>

bool postgresql_uri_has_stray_at(const char *uri)
{
    const char *authority = strchr(uri, ':') + 1;
    authority += strspn(authority, "/");
    const char *parameters = authority + strcspn(authority, "?");
    const char *rest = authority + strcspn(authority, "@/?");
    rest += *rest == '@';
    return memchr(rest, '@', (size_t)(parameters - rest));
}
