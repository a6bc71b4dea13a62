/*
 * The exchanges of one HTTP thread: those in flight, and the memory of those that ended.
 *
 * Flow     take when a request line was read, put when its answer was sent. The sweep runs now and then on another
 *          thread.
 * Memory   Ended exchanges are kept with their buffers and arena, so that the next request allocates nothing.
 * Limits   HTTP_KEPT_EXCHANGES_MAX are kept, each with buffers of at most HTTP_KEPT_BYTES_MAX. What is in flight is
 *          bounded by the number of connections.
 * Threads  take, put and reclaim on the HTTP thread, all else on any. One lock, held for a few instructions but by the
 *          sweep.
 */
#ifndef GATEWAY_HTTP_EXCHANGE_TABLE_H
#define GATEWAY_HTTP_EXCHANGE_TABLE_H

#include <pthread.h>

#include "gateway/http/exchange.h"

struct exchange_table {
    pthread_mutex_t lock;
    pthread_cond_t empty; /* signalled when in_flight_count becomes 0 */
    const struct exchange_settings *settings;
    struct exchange *in_flight;
    size_t in_flight_count;
    uint64_t taken_count; /* since the start */
    struct exchange *kept;
    size_t kept_count;
};

/* Keeps the settings. */
void exchange_table_init(struct exchange_table *table, const struct exchange_settings *settings);

/* Nothing may be in flight. */
void exchange_table_free(struct exchange_table *table);

/* An exchange in flight, for a request on this connection; NULL when there is no memory. */
struct exchange *exchange_table_take(struct exchange_table *table, struct MHD_Connection *connection,
                                     struct exchange_connection *peer);

void exchange_table_put(struct exchange_table *table, struct exchange *exchange);

/* Makes a woken exchange the HTTP thread's own again: waits until no sweep is cancelling it. */
void exchange_table_reclaim(struct exchange_table *table, struct exchange *exchange);

/* Cancels the exchanges whose client has gone, and cuts off the senders that are over HTTP_RECEIVE_MS_MAX. */
void exchange_table_sweep(struct exchange_table *table);

/* Cancels what waits and cuts off all other connections: soon nothing is in flight. */
void exchange_table_abort(struct exchange_table *table);

/* Waits until nothing is in flight, at most until the deadline; false when it passed. */
MUST_USE bool exchange_table_wait_empty(struct exchange_table *table, uint64_t deadline_ms);

/* Requests that arrived since the start. */
uint64_t exchange_table_taken(struct exchange_table *table);

#endif
