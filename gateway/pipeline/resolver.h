/*
 * From an HTTP request to the method that it calls and the message that it sends: everything before the call, without
 * any I/O.
 *
 * Flow     route -> check what the body says it is -> body, path variables, query parameters to wire bytes.
 * Memory   The message is appended to the caller's buf, whose limit bounds it; the arena holds decoded text until the
 *          call is made.
 * Threads  Const after create: any number at once.
 * Errors   A refusal, with the HTTP status where it does not follow from the code. Messages name the path variable, the
 *          query parameter, or place and field of the body.
 *
 * Decisions where google/api/http.proto leaves room:
 *  - A query parameter may not set a field that path or body set; with body: "*" no parameter can (400).
 *  - The body may repeat what the path says, but not contradict it (400), neither by another value nor by another field of
 *    the same oneof. The default of a field without presence is no value: "" beside a path of "a" says nothing.
 *  - A parameter may be given once, of a oneof one, of a map each key once; lists take one element each time.
 *  - A PATCH whose message has a FieldMask beside the body gets one made of the body's members, when the query gives
 *    none (AIP-134). Members that are ignored are not in it.
 *  - A rule with a body wants one: an empty body is 400, one that is not application/json in UTF-8, or is compressed,
 *    415.
 *  - A rule without a body takes none, because data would be lost silently (400); but "{}", "null" and white space,
 *    which some clients send with every DELETE, say nothing and are let through, whatever their content type.
 */
#ifndef GATEWAY_PIPELINE_RESOLVER_H
#define GATEWAY_PIPELINE_RESOLVER_H

#include "base/arena.h"
#include "base/buf.h"
#include "gateway/pipeline/endpoint.h"
#include "gateway/pipeline/refusal.h"

struct resolver {
    const struct endpoint_set *endpoints;
    struct transcode_options json;
    bool ignore_unknown_query; /* accept a query parameter that names no field */
};

struct resolver_request {
    struct view method;
    struct view path;  /* percent-encoded */
    struct view query; /* percent-encoded, without '?' */
    struct view body;
    struct view content_type; /* header fields; data is NULL when absent */
    struct view content_encoding;
};

/* On success *ret_endpoint is what to call, and its request message has been appended to `message`. */
MUST_USE bool resolver_resolve(const struct resolver *resolver, const struct resolver_request *request,
                               struct arena *arena, struct buf *message, const struct endpoint **ret_endpoint,
                               struct refusal *refusal);

#endif
