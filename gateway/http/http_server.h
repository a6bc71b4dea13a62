/*
 * An HTTP/1.1 server on libmicrohttpd: keeps connections, reads requests whole, hands them to one handler.
 *
 * Flow     start, drain, stop. What a request goes through is told in http_request.h.
 * Limits   gateway/limits.h, http, and the options. Over them: 413 for a body (at once when Content-Length announces
 *          it), 431 for a header, 503 for a connection; the handler makes the answers. A connection without activity is
 *          closed after idle_timeout_s, a request that is not complete after HTTP_RECEIVE_MS_MAX.
 * Threads  `threads` HTTP threads, each with an epoll set and connections of its own, plus one that accepts and keeps
 *          house. None of them waits for a handler's work: see http_request_wake().
 * Errors   What libmicrohttpd cannot parse as HTTP at all (no method, no version, a header line without a colon, a
 *          header beyond HTTP_CONNECTION_BYTES) it answers itself, with 400, 431 or 505 and a text of its own, and
 *          closes.
 *
 *     struct http_server_options options = {.address = "127.0.0.1:8080", …, .handler = {begin, finish, cancel, ctx}};
 *     if (!http_server_start(&options, &server, st))
 *         return false;
 *     printf("listening on %s\n", http_server_address(server));
 *     …
 *     http_server_stop(server, drain_timeout_ms);
 */
#ifndef GATEWAY_HTTP_HTTP_SERVER_H
#define GATEWAY_HTTP_HTTP_SERVER_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "gateway/http/http_request.h"

struct http_server;

struct http_server_options {
    const char *address; /* HOST:PORT, see listen_socket.h */
    unsigned threads;    /* at least 1 */
    unsigned connections_max;
    unsigned idle_timeout_s;
    size_t body_bytes_max;
    struct http_handler handler;
};

/* Accepts connections when it returns. */
MUST_USE bool http_server_start(const struct http_server_options *options, struct http_server **ret_server,
                                struct status *st);

/* Where it listens: "127.0.0.1:8080", with the port that was chosen for port 0. */
const char *http_server_address(const struct http_server *server);

/*
 * Stops accepting, answers what is in flight (each answer ends its connection), for at most drain_timeout_ms; then
 * cancels what is left, and closes everything. Every request that was begun has been answered when it returns. NULL is
 * fine.
 */
void http_server_stop(struct http_server *server, uint32_t drain_timeout_ms);

#endif
