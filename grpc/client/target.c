#include "grpc/client/target.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

/* The schemes of gRPC that may hold commas. "HOST:PORT" looks like a scheme too, so they are named. */
static const char *const schemes[] = {"dns:", "ipv4:", "ipv6:", "unix:", "unix-abstract:", "xds:"};

struct address {
    bool is_ipv6;
    char host[INET6_ADDRSTRLEN];
    unsigned port;
};

static bool has_scheme(const char *text)
{
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
        if (strncmp(text, schemes[i], strlen(schemes[i])) == 0)
            return true;
    return strstr(text, "://") != NULL;
}

/* One to five digits, nothing behind. */
static bool parse_port(struct view text, unsigned *ret_port)
{
    unsigned port = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (i == 5 || text.data[i] < '0' || text.data[i] > '9')
            return false;
        port = port * 10 + (unsigned)(text.data[i] - '0');
    }
    *ret_port = port;
    return port > 0 && port <= 65535;
}

/* IPv4:PORT or [IPv6]:PORT. */
static bool parse_address(struct view text, struct address *ret_address)
{
    const char *colon = memrchr(text.data, ':', text.len);
    struct in6_addr binary; /* of either kind */
    if (!colon)
        return false;
    struct view host = view_make(text.data, (size_t)(colon - text.data));
    ret_address->is_ipv6 = host.len > 2 && host.data[0] == '[' && host.data[host.len - 1] == ']';
    if (ret_address->is_ipv6)
        host = view_make(host.data + 1, host.len - 2);
    if (host.len >= sizeof(ret_address->host))
        return false;
    memcpy(ret_address->host, host.data, host.len);
    ret_address->host[host.len] = '\0';
    return inet_pton(ret_address->is_ipv6 ? AF_INET6 : AF_INET, ret_address->host, &binary) == 1 &&
           parse_port(view_make(colon + 1, text.len - host.len - 1 - (ret_address->is_ipv6 ? 2 : 0)),
                      &ret_address->port);
}

/* The next address of the list at *rest, which is moved behind it; false when it is none. */
static bool next_address(const char **rest, struct address *ret_address, struct status *st)
{
    const char *end = strchrnul(*rest, ',');
    struct view text = view_make(*rest, (size_t)(end - *rest));
    *rest = *end ? end + 1 : NULL;
    return parse_address(text, ret_address) ||
           status_fail(
               st, STATUS_INVALID_ARGUMENT,
               "expected a list of IP:PORT, found \"%.*s\" in it (a name stands alone, and means all its addresses)",
               VIEW_ARG(text));
}

static bool has_ipv6(const char *list, bool *ret_ipv6, struct status *st)
{
    struct address address;
    *ret_ipv6 = false;
    while (list) {
        if (!next_address(&list, &address, st))
            return false;
        *ret_ipv6 |= address.is_ipv6;
    }
    return true;
}

bool grpc_client_target(const char *text, struct arena *arena, const char **ret_target, struct status *st)
{
    struct address address;
    bool ipv6;
    if (!*text)
        return status_fail(st, STATUS_INVALID_ARGUMENT, "expected an address, a list of addresses, or a gRPC name");
    if (has_scheme(text) || !strchr(text, ',')) {
        *ret_target = text;
        return true;
    }
    if (!has_ipv6(text, &ipv6, st))
        return false;
    const char *target = ipv6 ? "ipv6:" : "ipv4:";
    const char *separator = "";
    for (const char *rest = text; rest && target; separator = ",") {
        if (!next_address(&rest, &address, st))
            return false;
        const char *format = !ipv6 ? "%s%s%s:%u" : address.is_ipv6 ? "%s%s[%s]:%u" : "%s%s[::ffff:%s]:%u";
        target = arena_printf(arena, format, target, separator, address.host, address.port);
    }
    if (!target)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for the addresses");
    *ret_target = target;
    return true;
}
