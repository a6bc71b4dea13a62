/*
 * A client's connection in HTTP/1.1 or 1.0, from its first byte to its last (RFC 9112): requests one after the other, however
 * they are cut into pieces or pipelined, each an http_exchange for the handler.
 *
 * Flow     http1_connection_start(); it ends and frees itself: when the client leaves, when an answer was its last, when nothing
 *          happens for too long, or when the context's list is drained, cut or destroyed.
 * Pressure The next request is read when the one before has been answered and most of its answer has been taken.
 * Memory   Nothing but this struct while idle. Input that waits, a body and answers are charged to the connection's account.
 * Limits   web/http/limits.h; context->body_bytes_max, idle_timeout_ms, client_bytes_max.
 * Threads  The loop's.
 * Errors   Whatever is at fault with a request is the handler's to answer (on_fault()), also of what was no HTTP at all. Where
 *          the framing is in doubt the connection ends with this answer, and what still comes is read and dropped for a while,
 *          because a reset would take the answer from the client.
 */
#ifndef WEB_HTTP1_HTTP1_CONNECTION_H
#define WEB_HTTP1_HTTP1_CONNECTION_H

#include "web/http/http_context.h"

/* Takes over fd, connected and non-blocking. refused: its first request is to be answered with 503, and the connection closed. */
void http1_connection_start(struct http_context *context, int fd, bool refused);

#endif
