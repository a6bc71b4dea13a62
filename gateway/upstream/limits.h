/* The limits of gateway/upstream, each with its reason. Those that users set are in struct upstream_options. */
#ifndef GATEWAY_UPSTREAM_LIMITS_H
#define GATEWAY_UPSTREAM_LIMITS_H

/* One message of a reply. gRPC's own default for what a server takes is 4 MiB; replies may be lists of many of those. */
#define UPSTREAM_MESSAGE_BYTES_MAX (16 * 1024 * 1024)

/*
 * Metadata of one reply, as HTTP/2 counts it, details of an error included: gRPC's default, 8 KiB, is less than a hundred field
 * violations need.
 */
#define UPSTREAM_METADATA_BYTES_MAX (64 * 1024)

/* Fields of a request: gRPC's nine, and what metadata a request may have. */
#define UPSTREAM_FIELDS_MAX 80

/* What a loop reads at once from a connection. */
#define UPSTREAM_INPUT_BYTES (64 * 1024)

/* What may come of a stream while it is paused: what the peer was allowed to send. */
#define UPSTREAM_HELD_BYTES_MAX (2 * 1024 * 1024)

/* Connections of one loop to one replica. With the 100 streams that many servers allow, 3,200 calls. */
#define UPSTREAM_CONNECTIONS_MAX 32

/* Streams that we put on one connection, whatever the server allows: more would share one window and one lost packet. */
#define UPSTREAM_STREAMS_MAX 1000

/* Time for an attempt to connect, the server's SETTINGS included. */
#define UPSTREAM_ATTEMPT_MS_MAX 2000

/*
 * Waits between attempts: the first, and the longest ones: for some time after a loss, in which a service is likely to be started again,
 * and later.
 */
#define UPSTREAM_BACK_OFF_MS_MIN  50
#define UPSTREAM_BACK_OFF_MS_SOON 250
#define UPSTREAM_SOON_MS          10000
#define UPSTREAM_BACK_OFF_MS_MAX  5000

/* Before a health stream that broke is opened again. */
#define UPSTREAM_WATCH_AGAIN_MS 1000

/*
 * How often a call is sent at most, and the waits in between, first and longest. They add up to more than two seconds, in which a
 * service can drain, end and be started again.
 */
#define UPSTREAM_ATTEMPTS_MAX 5
#define UPSTREAM_RETRY_MS_MIN 100
#define UPSTREAM_RETRY_MS_MAX 1000
#define UPSTREAM_RETRY_GROWTH 3

/* An answer to a keep-alive ping; a connection that gives none is dead. */
#define UPSTREAM_KEEPALIVE_TIMEOUT_MS 10000

/* The longest time between pings, for servers that say they get too many. */
#define UPSTREAM_KEEPALIVE_MS_MAX 3600000

/* Addresses of one service. */
#define UPSTREAM_ADDRESSES_MAX 256

/* Between two look-ups of a name: the shortest time, when connections are lost, and the longest. */
#define UPSTREAM_RESOLVE_MS_MIN 2000
#define UPSTREAM_RESOLVE_MS_MAX 30000

#endif
