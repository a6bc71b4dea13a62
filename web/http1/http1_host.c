/*
 * uri-host   = IP-literal / IPv4address / reg-name
 * IP-literal = "[" ( IPv6address / IPvFuture  ) "]"
 * IPvFuture  = "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" )
 * reg-name   = *( unreserved / pct-encoded / sub-delims )
 * An IPv4 address is a registered name by these rules too. inet_pton() takes the same IPv6 addresses as RFC 3986.
 */
#include "web/http1/http1_host.h"

#include <arpa/inet.h>

#include "web/http1/http1_byte.h"

static bool is_reg_name(struct view name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (http1_byte_is(name.data[i], HTTP1_BYTE_HOST))
            continue;
        if (name.data[i] != '%' || name.len - i < 3 || !http1_byte_is(name.data[i + 1], HTTP1_BYTE_HEX) ||
            !http1_byte_is(name.data[i + 2], HTTP1_BYTE_HEX))
            return false;
        i += 2;
    }
    return true;
}

static bool is_ipv6(struct view address)
{
    char text[INET6_ADDRSTRLEN];
    unsigned char binary[16];
    if (address.len >= sizeof(text) || (address.len && memchr(address.data, 0, address.len)))
        return false;
    memcpy(text, address.data, address.len);
    text[address.len] = 0;
    return inet_pton(AF_INET6, text, binary) == 1;
}

static bool is_ip_future(struct view address)
{
    size_t i = 1;
    while (i < address.len && http1_byte_is(address.data[i], HTTP1_BYTE_HEX))
        i++;
    if (i < 2 || address.len - i < 2 || (address.data[0] | 0x20) != 'v' || address.data[i] != '.')
        return false;
    for (i++; i < address.len; i++)
        if (!http1_byte_is(address.data[i], HTTP1_BYTE_HOST) && address.data[i] != ':')
            return false;
    return true;
}

struct view http1_host_name(struct view authority)
{
    const char *bracket = authority.len && authority.data[0] == '[' ? memchr(authority.data, ']', authority.len) : NULL;
    if (bracket)
        return view_make(authority.data, (size_t)(bracket - authority.data) + 1);
    const char *colon = authority.len ? memchr(authority.data, ':', authority.len) : NULL;
    return colon ? view_make(authority.data, (size_t)(colon - authority.data)) : authority;
}

static bool is_port(struct view text)
{
    if (text.len == 0)
        return true;
    if (text.data[0] != ':')
        return false;
    for (size_t i = 1; i < text.len; i++)
        if (!http1_byte_is(text.data[i], HTTP1_BYTE_DIGIT))
            return false;
    return true;
}

static bool is_ip_literal(struct view name)
{
    if (name.len < 2 || name.data[name.len - 1] != ']')
        return false;
    struct view address = view_make(name.data + 1, name.len - 2);
    return is_ipv6(address) || is_ip_future(address);
}

bool http1_host_is_valid(struct view authority)
{
    if (authority.len == 0)
        return true;
    struct view name = http1_host_name(authority);
    if (!is_port(view_make(authority.data + name.len, authority.len - name.len)))
        return false;
    return authority.data[0] == '[' ? is_ip_literal(name) : is_reg_name(name);
}
