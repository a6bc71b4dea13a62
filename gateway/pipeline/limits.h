/* The limits of gateway/pipeline: what is handed on to the service and back, and what health checks take. */
#ifndef GATEWAY_PIPELINE_LIMITS_H
#define GATEWAY_PIPELINE_LIMITS_H

/*
 * Metadata of one request: fields, and bytes as HTTP/2 counts them. gRPC's servers take 8 KiB by default, of which the
 * path and gRPC's own fields need some; a JSON web token is 1 to 4 KiB.
 */
#define UPSTREAM_SENT_METADATA_MAX       64
#define UPSTREAM_SENT_METADATA_BYTES_MAX (7 * 1024)

/* Metadata of a reply that is handed on as header fields. Clients and proxies commonly take 8 KiB of header. */
#define REPLY_HEADERS_MAX        32
#define REPLY_METADATA_BYTES_MAX (4 * 1024)

/* Time for one check. Kubernetes waits 1 s for a probe by default, within which an answer is to be written. */
#define READY_DEADLINE_MS 800

/* How long an answer is good: probes come every few seconds, but perhaps from many. */
#define READY_KEPT_MS 500

#endif
