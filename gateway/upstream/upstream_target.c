/*
 * A scheme says what follows. Without one it is a list when there is a comma in it, an address when it is one, and otherwise a name.
 */
#include "gateway/upstream/upstream_target.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/un.h>

#include "base/ascii.h"
#include "gateway/upstream/limits.h"

/* The longest name that DNS has. */
#define NAME_BYTES_MAX 253

/* Where gRPC's naming has a port that is not said. */
#define PORT_UNSAID 443

static bool expect(struct status *st, const char *what, const char *text)
{
    return status_fail(st, STATUS_INVALID_ARGUMENT, "expected %s, found \"%s\"", what, text);
}

static bool skip(const char **text, const char *prefix)
{
    size_t len = strlen(prefix);
    if (strncmp(*text, prefix, len) != 0)
        return false;
    *text += len;
    return true;
}

/* One to five digits that are a port. */
static bool parse_port(struct view text, unsigned *ret_port)
{
    unsigned port = 0;
    if (text.len == 0 || text.len > 5)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (!ascii_is_digit(text.data[i]))
            return false;
        port = port * 10 + (unsigned)(text.data[i] - '0');
    }
    *ret_port = port;
    return port > 0 && port <= 65535;
}

/*
 * HOST:PORT, [IPv6]:PORT, or either without its port when one is given for that. As in gRPC, more than one colon without brackets are an
 * IPv6 address without a port.
 */
static bool split(struct view text, unsigned port_unsaid, struct view *ret_host, unsigned *ret_port)
{
    const char *end = text.data + text.len;
    const char *bracket = text.len && text.data[0] == '[' ? memchr(text.data, ']', text.len) : NULL;
    const char *colon = memrchr(text.data, ':', text.len);
    *ret_port = port_unsaid;
    if (bracket) {
        *ret_host = view_make(text.data + 1, (size_t)(bracket - text.data - 1));
        if (!memchr(ret_host->data, ':', ret_host->len))
            return false;
        colon = bracket + 1;
    } else if (colon && memchr(text.data, ':', text.len) == colon) {
        *ret_host = view_make(text.data, (size_t)(colon - text.data));
    } else {
        *ret_host = text;
        colon = end;
    }
    if (colon == end)
        return port_unsaid != 0;
    return *colon == ':' && parse_port(view_make(colon + 1, (size_t)(end - colon - 1)), ret_port);
}

/* ---- Addresses ---- */

static bool make_address(struct view host, unsigned port, struct upstream_address *ret_address)
{
    char text[INET6_ADDRSTRLEN];
    struct sockaddr_in *v4 = (struct sockaddr_in *)&ret_address->socket;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&ret_address->socket;
    memset(ret_address, 0, sizeof(*ret_address));
    if (host.len >= sizeof(text))
        return false;
    memcpy(text, host.data, host.len);
    text[host.len] = '\0';
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)port);
        ret_address->socket_bytes = sizeof(*v4);
    } else if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons((uint16_t)port);
        ret_address->socket_bytes = sizeof(*v6);
    } else {
        return false;
    }
    upstream_address_write_text(ret_address);
    return true;
}

static bool is_address(struct view text, unsigned port_unsaid, int family)
{
    struct upstream_address address;
    struct view host;
    unsigned port;
    return split(text, port_unsaid, &host, &port) && make_address(host, port, &address) &&
           (family == AF_UNSPEC || address.socket.ss_family == family);
}

/* family: AF_UNSPEC for both kinds. */
static bool parse_list(const char *list, int family, unsigned port_unsaid, struct arena *arena,
                       struct upstream_target *ret_target, struct status *st)
{
    size_t count = 1;
    for (const char *comma = list; (comma = strchr(comma, ',')); comma++)
        count++;
    if (count > UPSTREAM_ADDRESSES_MAX)
        return status_fail(st, STATUS_INVALID_ARGUMENT, "expected at most %d addresses, found %zu",
                           UPSTREAM_ADDRESSES_MAX, count);
    ret_target->addresses = arena_calloc(arena, count, sizeof(*ret_target->addresses));
    if (!ret_target->addresses)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for the addresses");
    ret_target->address_count = count;
    for (size_t i = 0; i < count; i++) {
        const char *end = strchrnul(list, ',');
        struct view item = view_make(list, (size_t)(end - list)), host;
        unsigned port;
        if (!is_address(item, port_unsaid, family) || !split(item, port_unsaid, &host, &port) ||
            !make_address(host, port, &ret_target->addresses[i]))
            return status_fail(
                st, STATUS_INVALID_ARGUMENT,
                "expected a list of IP:PORT, found \"%.*s\" in it (a name stands alone, and means all its "
                "addresses)",
                VIEW_ARG(item));
        list = end + 1;
    }
    ret_target->authority = ret_target->addresses[0].text;
    return true;
}

/* ---- Socket files ---- */

static bool make_unix(struct view path, bool is_abstract, const char *text, struct arena *arena,
                      struct upstream_target *ret_target, struct status *st)
{
    struct upstream_address *address = arena_calloc(arena, 1, sizeof(*address));
    if (!address)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for the address");
    struct sockaddr_un *file = (struct sockaddr_un *)&address->socket;
    size_t bytes_max = sizeof(file->sun_path) - 1;
    if (path.len == 0 || path.len > bytes_max)
        return status_fail(st, STATUS_INVALID_ARGUMENT, "expected a path of 1 to %zu bytes", bytes_max);
    file->sun_family = AF_UNIX;
    memcpy(file->sun_path + (is_abstract ? 1 : 0), path.data, path.len);
    address->socket_bytes = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + path.len + 1);
    snprintf(address->text, sizeof(address->text), "%s", text);
    ret_target->addresses = address;
    ret_target->address_count = 1;
    ret_target->authority = "localhost";
    return true;
}

/* ---- Names ---- */

static bool is_name(struct view name)
{
    if (name.len == 0 || name.len > NAME_BYTES_MAX)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = ascii_lower(name.data[i]);
        if (!ascii_is_digit(c) && (c < 'a' || c > 'z') && c != '-' && c != '_' && c != '.')
            return false;
    }
    return true;
}

/* HOST:PORT; an address stays one. */
static bool parse_name(const char *text, unsigned port_unsaid, struct arena *arena, struct upstream_target *ret_target,
                       struct status *st)
{
    struct view host;
    if (is_address(view_of(text), port_unsaid, AF_UNSPEC))
        return parse_list(text, AF_UNSPEC, port_unsaid, arena, ret_target, st);
    if (*text == '[' || !split(view_of(text), port_unsaid, &host, &ret_target->port) || !is_name(host))
        return expect(st, "HOST:PORT with a port from 1 to 65535", text);
    ret_target->name = arena_copy(arena, host);
    ret_target->authority = arena_printf(arena, "%.*s:%u", VIEW_ARG(host), ret_target->port);
    return (ret_target->name && ret_target->authority) ||
           status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for the name");
}

/* Behind "dns:": [//[SERVER]/]NAME[:PORT] */
static bool parse_dns(const char *text, struct arena *arena, struct upstream_target *ret_target, struct status *st)
{
    const char *whole = text;
    if (skip(&text, "//")) {
        const char *slash = strchr(text, '/');
        if (!slash)
            return expect(st, "dns:[//SERVER/]NAME:PORT", whole);
        if (slash > text) {
            struct view server = view_make(text, (size_t)(slash - text));
            if (!is_address(server, 53, AF_UNSPEC))
                return expect(st, "dns://SERVER/NAME:PORT with the address of a name server", whole);
            ret_target->server = arena_copy(arena, server);
            if (!ret_target->server)
                return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for the name server");
        }
        text = slash + 1;
    }
    return parse_name(text, PORT_UNSAID, arena, ret_target, st);
}

/* A scheme of URLs, or of gRPC's names: letters, then a colon, then no port. */
static bool has_other_scheme(const char *text)
{
    static const char *const others[] = {"xds:", "vsock:", "google-c2p:", "c2p:"};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (strncmp(text, others[i], strlen(others[i])) == 0)
            return true;
    return strstr(text, "://") != NULL;
}

bool upstream_target_parse(const char *text, struct arena *arena, struct upstream_target *ret_target, struct status *st)
{
    const char *rest = text;
    *ret_target = (struct upstream_target){0};
    if (!*text)
        return status_fail(st, STATUS_INVALID_ARGUMENT, "expected an address, a list of addresses, or a name");
    if (skip(&rest, "dns:"))
        return parse_dns(rest, arena, ret_target, st);
    if (skip(&rest, "ipv4:"))
        return parse_list(rest, AF_INET, PORT_UNSAID, arena, ret_target, st);
    if (skip(&rest, "ipv6:"))
        return parse_list(rest, AF_INET6, PORT_UNSAID, arena, ret_target, st);
    if (skip(&rest, "unix-abstract:"))
        return make_unix(view_of(rest), true, text, arena, ret_target, st);
    if (skip(&rest, "unix:")) {
        if (skip(&rest, "//") && *rest != '/')
            return expect(st, "unix:PATH, or unix:// and an absolute path", text);
        return make_unix(view_of(rest), false, text, arena, ret_target, st);
    }
    if (has_other_scheme(text))
        return expect(st, "HOST:PORT, a list of IP:PORT, or dns:, ipv4:, ipv6:, unix:, unix-abstract:", text);
    if (strchr(text, ','))
        return parse_list(text, AF_UNSPEC, 0, arena, ret_target, st);
    return parse_name(text, 0, arena, ret_target, st);
}
