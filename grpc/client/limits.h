/* Every limit of the gRPC client, with its reason. */
#ifndef GRPC_CLIENT_LIMITS_H
#define GRPC_CLIENT_LIMITS_H

/*
 * One message, sent or received. gRPC's own default for what a server takes is 4 MiB; replies may be lists of many of
 * those.
 */
#define GRPC_CLIENT_MESSAGE_BYTES_MAX (16 * 1024 * 1024)

/* A request message up to this length is copied into gRPC's memory; a longer one is handed over with its buffer. */
#define GRPC_CLIENT_COPIED_BYTES_MAX (16 * 1024)

/*
 * Metadata of one reply, details of an error included. gRPC's default, 8 KiB, is less than a hundred field violations
 * need.
 */
#define GRPC_CLIENT_METADATA_BYTES_MAX (64 * 1024)

/* Fields of metadata of one request. They are copied on the stack, 96 bytes each. */
#define GRPC_CLIENT_SENT_METADATA_MAX 64

/*
 * Waits between attempts to connect, first and longest: a service that was restarted is found again within this time.
 */
#define GRPC_CLIENT_BACKOFF_MS_MIN 100
#define GRPC_CLIENT_BACKOFF_MS_MAX 1000

/*
 * How often gRPC looks after a connection that no call is on, as when it is being made: its own 5 s would add up to a
 * restart's outage.
 */
#define GRPC_CLIENT_POLL_MS 200

/* Between two look-ups of a name in DNS, which happen when a connection breaks: gRPC's 30 s are long for a restart. */
#define GRPC_CLIENT_DNS_INTERVAL_MS 2000

/*
 * How often an idempotent call is sent at most (gRPC allows for no more), and the waits in between, first and longest. The
 * waits add up to more than two seconds, in which a service can drain, end and be started again; a replica that was killed
 * is left out by the second attempt.
 */
#define GRPC_CLIENT_ATTEMPTS_MAX 5
#define GRPC_CLIENT_RETRY_MS_MIN 100
#define GRPC_CLIENT_RETRY_MS_MAX 1000
#define GRPC_CLIENT_RETRY_GROWTH 3

/* An answer to a keep-alive ping; a connection that gives none is dead. */
#define GRPC_CLIENT_KEEPALIVE_TIMEOUT_MS 10000

#endif
