/* The limits of web/http, whatever the version of HTTP; those that users set are in struct http_server_options. */
#ifndef WEB_HTTP_LIMITS_H
#define WEB_HTTP_LIMITS_H

/* Memory of one request besides its body and its reply: header, target, decoded parameters, the error body. */
#define HTTP_ARENA_BYTES_MAX (1024 * 1024)

/* The body of an answer in one piece. A reply message of 16 MiB fits unless its JSON is four times as long. */
#define HTTP_REPLY_BYTES_MAX (64 * 1024 * 1024)

/* What a handler makes of a request before it is sent on: as much as a message to the service may be. */
#define HTTP_SCRATCH_BYTES_MAX (16 * 1024 * 1024)

/* What a loop reads at once: header and body of nearly every request, and of many that are pipelined. */
#define HTTP_INPUT_BYTES (64 * 1024)

/* Of the budget that a connection gets even when it is used up: enough to refuse a request with JSON. */
#define HTTP_FLOOR_BYTES (12 * 1024)

/* A buffer that grew beyond this is given back when its request ends; what is kept for the next one stays below. */
#define HTTP_KEPT_BYTES_MAX (64 * 1024)

/* Ended requests whose memory a loop keeps for the next ones. */
#define HTTP_KEPT_EXCHANGES_MAX 256

/* What is read and dropped of a body that is not wanted (413), so that the client gets to see its answer, before it is cut off. */
#define HTTP_DISCARD_BYTES_MAX (64 * 1024 * 1024)

/* How long a connection whose answer is its last is drained before it is closed, so that the client gets to read it. */
#define HTTP_LINGER_MS 5000

/* Time for a header, from its first byte (an empty line counts) to its last. */
#define HTTP_HEAD_MS_MAX 10000

/*
 * The least rate at which a body must come, and an answer be taken, looked at every HTTP_RATE_MS: twice below it in a row ends the
 * connection. A client on a slow mobile line has ten times as much.
 */
#define HTTP_RATE_BYTES_PER_S 4096
#define HTTP_RATE_MS          5000

/* Requests of one connection that are served in one turn before others have theirs. */
#define HTTP_REQUESTS_PER_TURN 64

/* Connections over the limit that are still accepted, to be told 503; what exceeds these is closed at once. */
#define HTTP_REFUSED_CONNECTIONS_MAX 128

/* How long accepting rests when no descriptor is left. */
#define HTTP_ACCEPT_REST_MS 100

/* While draining: how long no request may have arrived before the last connections are closed. */
#define HTTP_DRAIN_QUIET_MS 100

/* Behind the drain's deadline: time for the last answers to leave. */
#define HTTP_DRAIN_LAST_MS 500

#endif
