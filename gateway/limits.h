/*
 * The limits of the programs of this folder, each with its reason: what flags say when they are not given, and what bounds them. The
 * packages have theirs in their own limits.h. What is over a limit is refused with a message that says so; nothing is cut silently.
 */
#ifndef GATEWAY_LIMITS_H
#define GATEWAY_LIMITS_H

#include <stddef.h>

/* ---- transcode, the program ---- */

/* What is read from stdin. */
#define TRANSCODE_INPUT_BYTES_MAX ((size_t)256 * 1024 * 1024)

/*
 * How many times longer than the input the output may be: a number in an array, two bytes of JSON, is up to eleven on
 * the wire.
 */
#define TRANSCODE_GROWTH_MAX 8

/* ---- what the flags are when they are not given ---- */

/* --max-body: ten times what Backstage itself takes. */
#define DEFAULT_BODY_BYTES_MAX (1024 * 1024)

/* --max-connections: each costs less than 2 kB while it is idle. */
#define DEFAULT_CONNECTIONS_MAX 10000

/*
 * --max-calls: a service that answers in 20 ms serves 50,000 requests a second with that many in flight for a processor,
 * which is more than one of the gateway's passes on.
 */
#define DEFAULT_CALLS_PER_PROCESSOR 1024
#define DEFAULT_CALLS_MIN           2048
#define DEFAULT_CALLS_MAX           16384

/* --deadline-ms: longer than a healthy service ever needs, shorter than browsers and proxies wait (30 s and more). */
#define DEFAULT_DEADLINE_MS 10000

/*
 * --upstream-keepalive-ms: for idle connections only, a call to a peer that vanished is over after
 * UPSTREAM_KEEPALIVE_TIMEOUT_MS. A service of gRPC's default settings hangs up on who pings more often than every five minutes;
 * a shorter time is for those that are known to allow for it.
 */
#define DEFAULT_UPSTREAM_KEEPALIVE_MS 330000

/* --idle-timeout: as nginx and Apache keep connections, between 5 and 75 s. */
#define DEFAULT_IDLE_TIMEOUT_S 60

/* --drain-timeout: what a call may take, and a third of what Kubernetes waits before it kills. */
#define DEFAULT_DRAIN_TIMEOUT_MS 10000

/* --http-threads: one a processor. Each loop has connections of its own to every replica, which bounds how many there should be. */
#define DEFAULT_HTTP_THREADS_MIN 1
#define DEFAULT_HTTP_THREADS_MAX 64

/* Loops at most. */
#define HTTP_THREADS_MAX 256

/* --upstream-wait-ms: a service can drain, end and be started again in this time. */
#define DEFAULT_UPSTREAM_WAIT_MS 2500

/* --memory-limit: a dozen lists of the greatest length in the making at once, and 10,000 small requests in flight. */
#define DEFAULT_MEMORY_BYTES_MAX ((size_t)512 * 1024 * 1024)
#define MEMORY_BYTES_MIN         (1024 * 1024)

/* What one connection may hold of it: a quarter; and all connections of one address: half, as that may be a proxy with all clients. */
#define MEMORY_CLIENT_SHARE 4
#define MEMORY_PEER_SHARE   2

#endif
