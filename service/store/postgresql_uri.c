/* The user ends where libpq ends him: at the first @, if no / stands before it. */
#include "service/store/postgresql_uri.h"

#include <string.h>

bool postgresql_uri_has_stray_at(const char *uri)
{
    static const char mark[] = "://";
    const char *authority = strstr(uri, mark);
    if (!authority)
        return false;
    authority += strlen(mark);
    const char *hosts = authority + strcspn(authority, "@/");
    hosts = *hosts == '@' ? hosts + 1 : authority;
    return memchr(hosts, '@', strcspn(hosts, "?"));
}
