/*
 * An HTTP server on several loops, one a thread: accepts connections, spreads them over the loops, and each stays on its own.
 *
 * Flow     create before the loops run; each then serves. drain (any thread) ends it: no connection is accepted any more, requests in
 *          flight are answered, and on_drained() is called on each loop once its last connection is gone. destroy when no loop
 *          runs any more.
 * Limits   The options. Over connections_max a connection's first request is told 503, and beyond HTTP_REFUSED_CONNECTIONS_MAX of
 *          those it is closed at once. When descriptors run out accepting rests for HTTP_ACCEPT_REST_MS: who waits is not lost.
 * Threads  A handler is called on its loop's thread only. Loops share the listening socket and their numbers of connections,
 *          which are written when one comes or goes.
 *
 *     struct http_server_loop loops[2] = {{loop_1, &purse_1, handler_1}, {loop_2, &purse_2, handler_2}};
 *     if (!http_server_create(&(struct http_server_options){.address = "127.0.0.1:8080", …}, loops, 2, &server, st))
 *         return false;
 *     printf("listening on %s\n", http_server_address(server));
 *     …                                    start the threads, wait for a signal
 *     http_server_drain(server, 10000);    join the threads, which on_drained() has ended
 *     http_server_destroy(server);
 */
#ifndef WEB_HTTP_HTTP_SERVER_H
#define WEB_HTTP_HTTP_SERVER_H

#include <stddef.h>
#include <stdint.h>

#include "base/budget.h"
#include "base/status.h"
#include "web/http/http_exchange.h"
#include "web/loop/loop.h"

struct http_server;

struct http_server_options {
    const char *address; /* HOST:PORT or unix:PATH, see listen_socket.h */
    unsigned connections_max;
    uint32_t idle_timeout_ms;
    size_t body_bytes_max;
    size_t client_bytes_max; /* of the budget, that one connection may hold */
    size_t peer_bytes_max;   /* and all of one client address */
    void (*on_drained)(void *ctx);
};

struct http_server_loop {
    struct loop *loop;
    struct budget_purse *purse;
    struct http_handler handler;
    void *drained_ctx; /* on_drained()'s */
};

/* Listens, and accepts as soon as the loops run. */
MUST_USE bool http_server_create(const struct http_server_options *options, const struct http_server_loop *loops,
                                 unsigned loop_count, struct http_server **ret_server, struct status *st);

/* Where it listens: "127.0.0.1:8080", with the port that was chosen for port 0. */
const char *http_server_address(const struct http_server *server);

/*
 * Stops accepting; answers what is in flight and what arrives meanwhile, each answer ending its connection, for at most timeout_ms.
 * What is left then is cancelled and told 503. Once.
 */
void http_server_drain(struct http_server *server, uint32_t timeout_ms);

/* No loop runs any more. NULL is fine. */
void http_server_destroy(struct http_server *server);

#endif
