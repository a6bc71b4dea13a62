/* The limits of gateway/route: path templates (configuration) and request paths (input). */
#ifndef GATEWAY_ROUTE_LIMITS_H
#define GATEWAY_ROUTE_LIMITS_H

/* Segments of one path template. Deep resource names have about a dozen; it bounds the depth of the router's search. */
#define ROUTE_TEMPLATE_SEGMENTS_MAX 32

/* Variables of one path template. Each costs 32 bytes in every struct router_match, which lives on the stack. */
#define ROUTE_VARIABLES_MAX 16

/* Segments of one request path: four times a template's, for what "**" may take. Each costs 32 bytes of stack. */
#define ROUTE_PATH_SEGMENTS_MAX 128

/* Different HTTP methods, custom kinds included, over all routes: a set of methods is one 64-bit word. */
#define ROUTE_METHODS_MAX 64

/* Routes of one gateway: far more than one process serves, few enough that the start takes well below a second. */
#define ROUTE_RULES_MAX 65536

#endif
