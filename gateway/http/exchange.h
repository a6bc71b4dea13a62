/*
 * One request and its answer on the way through libmicrohttpd: the private half of struct http_request.
 *
 * Flow     take (the request line was read), access (once for the header, for each piece of the body, at its end, and
 *          after a wake), put (the answer was sent, or the connection is gone). exchange_table.h takes and puts.
 * Threads  The HTTP thread of the connection, but for what `state` says: http_request_wake() from any thread, and the
 *          sweep.
 *
 * States   RECEIVING -> HANDLING -> ANSWERED, or HANDLING -> SUSPENDED -> WOKEN -> HANDLING -> ANSWERED; a wake that
 *          comes before the connection is suspended goes from HANDLING to WOKEN. Only SUSPENDED belongs to no thread:
 *          the change to it publishes the exchange, the change to WOKEN takes it back, and a sweep that cancels holds
 *          the table's lock, which the HTTP thread also takes before finish().
 */
#ifndef GATEWAY_HTTP_EXCHANGE_H
#define GATEWAY_HTTP_EXCHANGE_H

#include <microhttpd.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/http/http_framing.h"
#include "gateway/http/http_request.h"

struct exchange_table;

enum exchange_state {
    EXCHANGE_NEW, /* the header is not complete yet */
    EXCHANGE_RECEIVING,
    EXCHANGE_HANDLING,
    EXCHANGE_SUSPENDED,
    EXCHANGE_WOKEN,
    EXCHANGE_ANSWERED,
};

/* What all exchanges of a server share. */
struct exchange_settings {
    struct http_handler handler;
    size_t body_bytes_max;
    atomic_bool draining; /* answers end their connection */
    atomic_bool stopping; /* no request is begun any more */
};

/* What is kept of one connection: libmicrohttpd's socket_context. */
struct exchange_connection {
    int fd;
    bool refused; /* over the connection limit */
    bool linger;  /* answered before its body was read: drain it before closing */
};

struct exchange {
    struct http_request request; /* first: the one is cast to the other */
    struct exchange_table *table;
    const struct exchange_settings *settings;
    struct MHD_Connection *connection;
    struct exchange_connection *peer; /* never NULL */
    const char *target_end;           /* of the raw target in the connection's memory */
    struct http_framing framing;
    struct buf body;
    size_t discarded_bytes;        /* of a body over the limit */
    struct MHD_Response *response; /* between answer and queue */
    unsigned http_status;
    _Atomic enum exchange_state state;
    struct exchange *previous; /* in the table's list */
    struct exchange *next;
};

/* Keeps what is needed of the request target, which libmicrohttpd is about to take apart in place. */
void exchange_set_target(struct exchange *exchange, const char *raw_target);

/* libmicrohttpd's access handler for this request; see MHD_AccessHandlerCallback. */
enum MHD_Result exchange_access(struct exchange *exchange, const char *method, const char *version, const char *data,
                                size_t *data_bytes);

/*
 * The connection has ended or goes on to the next request: lets a handler that was woken in vain give back what it
 * holds.
 */
void exchange_close(struct exchange *exchange);

#endif
