/*
 * The protocol of REST clients: JSON in the body, fields in path and query (google/api/http.proto). What a request says as the message
 * that is sent, and what the service replies as JSON again; without any I/O.
 *
 * Flow     check what the body says it is -> body, path variables, query parameters to wire bytes; and back.
 * Memory   The message is appended to the caller's buf, whose limit bounds it; the arena holds decoded text until the
 *          call is made.
 * Threads  Stateless.
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
#ifndef GATEWAY_PIPELINE_REST_JSON_H
#define GATEWAY_PIPELINE_REST_JSON_H

#include "base/arena.h"
#include "base/buf.h"
#include "gateway/api/api.h"
#include "gateway/pipeline/refusal.h"

struct rest_json_request {
    struct view query; /* percent-encoded, without '?' */
    struct view body;
    struct view content_type; /* header fields; data is NULL when absent */
    struct view content_encoding;
};

/* Appends the request message to `message`, behind what is in it. The match is routing_find()'s. */
MUST_USE bool rest_json_decode(const struct api *api, const struct router_match *match,
                               const struct rest_json_request *request, struct arena *arena, struct buf *message,
                               struct refusal *refusal);

/* Whether a reply has a body at all: not with a success status of 204 or 205. */
bool rest_json_has_body(const struct endpoint *endpoint);

/*
 * Appends the JSON of a reply message. A reply that cannot be shown is the service's fault or ours, not the client's: 502, or 503
 * when it is only that there is no memory for it now.
 */
MUST_USE bool rest_json_encode(const struct api *api, const struct endpoint *endpoint, struct view message,
                               struct buf *reply, struct refusal *refusal);

#endif
