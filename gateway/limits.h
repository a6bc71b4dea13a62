/*
 * Every limit of the gateway process, with its reason. What is over a limit is refused with a message that says so;
 * nothing is cut silently. Grouped by the package that enforces them, lowest layer first.
 */
#ifndef GATEWAY_LIMITS_H
#define GATEWAY_LIMITS_H

/* ---- route: path templates (configuration) and request paths (input) ---- */

/* Segments of one path template. The longest of Google's public APIs has 15; it bounds the depth of the trie's search. */
#define ROUTE_TEMPLATE_SEGMENTS_MAX 32

/* Variables of one path template. Each costs 32 bytes in every struct router_match, which lives on the stack. */
#define ROUTE_VARIABLES_MAX 16

/* Segments of one request path: four times a template's, for what "**" may take. Each costs 40 bytes of stack. */
#define ROUTE_PATH_SEGMENTS_MAX 128

/* Different HTTP methods, custom kinds included, over all routes: a set of methods is one 64-bit word. */
#define ROUTE_METHODS_MAX 64

/* Routes of one gateway. Several times what all of Google's public APIs have together; node numbers fit 32 bits. */
#define ROUTE_RULES_MAX 65536

#endif
