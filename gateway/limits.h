/*
 * Every limit of the gateway process, with its reason. What is over a limit is refused with a message that says so;
 * nothing is cut silently. Grouped by the package that enforces them, lowest layer first.
 */
#ifndef GATEWAY_LIMITS_H
#define GATEWAY_LIMITS_H

/* ---- route: path templates (configuration) and request paths (input) ---- */

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

/* ---- http: what one client may ask for. --max-body, --max-connections and --idle-timeout are set by flags ---- */

/* Request line and header fields of one request, over it 431. Common proxies and browsers stay below 8 KiB. */
#define HTTP_HEADER_BYTES_MAX (16 * 1024)

/*
 * libmicrohttpd's memory of one connection: header fields, a piece of the body, the header of the response. Twice the
 * header limit, so that a header somewhat over it still gets our own 431; not more, because it is zeroed after every
 * request.
 */
#define HTTP_CONNECTION_BYTES (32 * 1024)

/* Memory of one request besides its body and its reply: target, decoded parameters, the error body. */
#define HTTP_ARENA_BYTES_MAX (1024 * 1024)

/* The body of one reply. A reply message of GRPC_CLIENT_MESSAGE_BYTES_MAX fits unless its JSON is four times as long. */
#define HTTP_REPLY_BYTES_MAX (64 * 1024 * 1024)

/* What a handler makes of a request before it is sent on: as much as an upstream message may be. */
#define HTTP_SCRATCH_BYTES_MAX (16 * 1024 * 1024)

/*
 * What is read and dropped of a chunked body over the limit, so that the client gets to see its 413, before it is cut
 * off.
 */
#define HTTP_DISCARD_BYTES_MAX (64 * 1024 * 1024)

/* A buffer that grew beyond this is given back when its request ends; what is kept for the next one stays below. */
#define HTTP_KEPT_BYTES_MAX (64 * 1024)

/* Ended requests whose memory is kept for the next ones, per HTTP thread. */
#define HTTP_KEPT_EXCHANGES_MAX 256

/*
 * Connections over the connection limit that are still accepted, to be told 503; what exceeds these is closed at once.
 */
#define HTTP_REFUSED_CONNECTIONS_MAX 128

/* Time to send one request as a whole, however slowly its bytes trickle in: 1 MiB at 140 kbit/s. */
#define HTTP_RECEIVE_MS_MAX 60000

/* How often slow senders, clients that went away and lingering connections are looked for, and HTTP threads are woken. */
#define HTTP_TICK_MS 250

/*
 * How long a connection that was answered before its body was read is drained before it is closed, and how many at a
 * time.
 */
#define HTTP_LINGER_MS              5000
#define HTTP_LINGER_CONNECTIONS_MAX 256

/* While draining: how long no request may have arrived before the last connections are closed. */
#define HTTP_DRAIN_QUIET_MS 100

/* ---- upstream: calls to the service. --max-calls and --deadline-ms are set by flags ---- */

/*
 * Metadata of one request: fields, and bytes as HTTP/2 counts them. gRPC's servers take 8 KiB by default, of which the
 * path and gRPC's own fields need some; a JSON web token is 1 to 4 KiB.
 */
#define UPSTREAM_SENT_METADATA_MAX       64
#define UPSTREAM_SENT_METADATA_BYTES_MAX (7 * 1024)

/* Metadata of a reply that is handed on as header fields. Clients and proxies commonly take 8 KiB of header. */
#define REPLY_HEADERS_MAX        32
#define REPLY_METADATA_BYTES_MAX (4 * 1024)

/* ---- health: what /healthz/ready asks the service ---- */

/* Time for one check. Kubernetes waits 1 s for a probe by default, within which an answer is to be written. */
#define READY_DEADLINE_MS 800

/* How long an answer is good: probes come every few seconds, but perhaps from many. */
#define READY_KEPT_MS 500

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

/* --max-connections: each costs 4 kB while it is new, and 45 kB once it was used. */
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
 * GRPC_CLIENT_KEEPALIVE_TIMEOUT_MS. A service of gRPC's default settings hangs up on who pings more often than every five minutes;
 * a shorter time is for those that are known to allow for it.
 */
#define DEFAULT_UPSTREAM_KEEPALIVE_MS 330000

/* --idle-timeout: as nginx and Apache keep connections, between 5 and 75 s. */
#define DEFAULT_IDLE_TIMEOUT_S 60

/* --drain-timeout: what a call may take, and a third of what Kubernetes waits before it kills. */
#define DEFAULT_DRAIN_TIMEOUT_MS 10000

/* --http-threads: one a processor within these; more only fight for the one connection to the service. */
#define DEFAULT_HTTP_THREADS_MIN 2
#define DEFAULT_HTTP_THREADS_MAX 8

/* --grpc-threads: measured best, see upstream.c. */
#define DEFAULT_GRPC_THREADS 1

#endif
