/*
 * The authority of a request: Host's value, and what an absolute target or CONNECT names (RFC 9110 7.2, RFC 3986
 * 3.2).
 */
#ifndef WEB_HTTP1_HTTP1_HOST_H
#define WEB_HTTP1_HTTP1_HOST_H

#include <stdbool.h>

#include "base/view.h"

/*
 * Whether it is uri-host [ ":" port ]: a registered name, an IPv4 address, or an IPv6 or later address in brackets;
 * each may be followed by a port, whose digits may be missing. A registered name may be empty, as RFC 3986 has it.
 * User information is refused.
 */
bool http1_host_is_valid(struct view authority);

/* The authority without its port. */
struct view http1_host_name(struct view authority);

#endif
