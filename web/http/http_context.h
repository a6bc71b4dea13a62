/*
 * What all client connections of one loop share: the handler, limits, memory for reuse, and the list of the connections themselves.
 *
 * Threads  The loop's; other threads read `connection_count` only.
 */
#ifndef WEB_HTTP_HTTP_CONTEXT_H
#define WEB_HTTP_HTTP_CONTEXT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/budget.h"
#include "web/http/http_exchange.h"
#include "web/http/http_peers.h"
#include "web/loop/loop.h"
#include "web/net/net_queue.h"

#define HTTP_DATE_BYTES sizeof("Sun, 06 Nov 1994 08:49:37 GMT")

/* A connection in the list; the version of HTTP knows the rest. */
struct http_connection {
    struct http_connection *previous;
    struct http_connection *next;
    /* Requests in flight are finished, and there are no others; an idle connection is closed. */
    void (*drain)(struct http_connection *connection);
    /* Requests in flight are answered with 503, then the connection is closed. */
    void (*cut)(struct http_connection *connection);
    /* Closed at once. */
    void (*destroy)(struct http_connection *connection);
};

struct http_context {
    struct loop *loop;
    struct http_handler handler;
    size_t body_bytes_max;
    uint32_t idle_timeout_ms;
    size_t client_bytes_max;  /* of the budget, that one connection may hold */
    struct http_peers *peers; /* what one client address may hold, shared by all loops; NULL: not limited */

    struct budget_purse *purse;
    struct budget_account kept_account; /* for what waits to be used again */
    struct http_exchange *kept;
    size_t kept_count;
    struct net_pool blocks;
    char *input; /* HTTP_INPUT_BYTES, used by one callback at a time */

    struct http_connection connections; /* the head of a ring */
    atomic_uint *connection_count;      /* of this loop; others read it to share the load */
    size_t in_flight;                   /* exchanges */
    uint64_t last_began_ms;             /* a request, for the drain's end */
    bool draining;

    time_t date_second;
    char date[HTTP_DATE_BYTES];
};

/* False: no memory. The handler and limits are the caller's to set. */
MUST_USE bool http_context_init(struct http_context *context, struct loop *loop, struct budget_purse *purse);

/* No connection may be left. */
void http_context_free(struct http_context *context);

/* A cleared exchange whose memory is charged to the account; NULL: there is none for this client. */
struct http_exchange *http_context_take(struct http_context *context, struct budget_account *account);

/* Takes an exchange that has ended. */
void http_context_put(struct http_context *context, struct http_exchange *exchange);

/* The value of a Date field, made anew every second. */
const char *http_context_date(struct http_context *context);

void http_context_add(struct http_context *context, struct http_connection *connection);
void http_context_remove(struct http_context *context, struct http_connection *connection);

#endif
