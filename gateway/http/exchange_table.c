/*
 * A list and a stack under one lock. The HTTP thread takes it three times a request, uncontended; the sweep, four times
 * a second, for one poll() a request that has been waiting since the last sweep. libmicrohttpd does not watch a
 * suspended connection, which is why the sweep has to: a client that hangs up costs the service at most two ticks of
 * work.
 */
#include "gateway/http/exchange_table.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/monotonic.h"
#include "gateway/limits.h"

void exchange_table_init(struct exchange_table *table, const struct exchange_settings *settings)
{
    *table = (struct exchange_table){.settings = settings};
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&table->lock, NULL);
    pthread_cond_init(&table->empty, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

static void destroy(struct exchange *exchange)
{
    arena_free(&exchange->request.arena);
    buf_free(&exchange->request.reply);
    buf_free(&exchange->request.scratch);
    buf_free(&exchange->body);
    free(exchange);
}

void exchange_table_free(struct exchange_table *table)
{
    while (table->kept) {
        struct exchange *exchange = table->kept;
        table->kept = exchange->next;
        destroy(exchange);
    }
    pthread_mutex_destroy(&table->lock);
    pthread_cond_destroy(&table->empty);
}

static struct exchange *create(const struct exchange_table *table)
{
    struct exchange *exchange = calloc(1, sizeof(*exchange));
    if (!exchange)
        return NULL;
    arena_init(&exchange->request.arena, HTTP_ARENA_BYTES_MAX);
    buf_init(&exchange->request.reply, HTTP_REPLY_BYTES_MAX);
    buf_init(&exchange->request.scratch, HTTP_SCRATCH_BYTES_MAX);
    buf_init(&exchange->body, table->settings->body_bytes_max);
    return exchange;
}

static struct buf tidied(struct buf buf)
{
    if (buf.cap > HTTP_KEPT_BYTES_MAX)
        buf_free(&buf);
    buf_clear(&buf);
    return buf;
}

/* Forgets the last request, but for its memory. */
static void reset(struct exchange *exchange)
{
    struct http_request *request = &exchange->request;
    arena_reset(&request->arena);
    if (request->arena.bytes_taken > HTTP_KEPT_BYTES_MAX)
        arena_free(&request->arena);
    *exchange = (struct exchange){.request.arena = request->arena,
                                  .request.reply = tidied(request->reply),
                                  .request.scratch = tidied(request->scratch),
                                  .body = tidied(exchange->body)};
}

struct exchange *exchange_table_take(struct exchange_table *table, struct MHD_Connection *connection,
                                     struct exchange_connection *peer)
{
    pthread_mutex_lock(&table->lock);
    struct exchange *exchange = table->kept;
    if (exchange) {
        table->kept = exchange->next;
        table->kept_count--;
    } else {
        exchange = create(table);
    }
    if (exchange) {
        exchange->table = table;
        exchange->settings = table->settings;
        exchange->connection = connection;
        exchange->peer = peer;
        exchange->request.started_ms = monotonic_ms();
        exchange->previous = NULL;
        exchange->next = table->in_flight;
        if (table->in_flight)
            table->in_flight->previous = exchange;
        table->in_flight = exchange;
        table->in_flight_count++;
        table->taken_count++;
    }
    pthread_mutex_unlock(&table->lock);
    return exchange;
}

void exchange_table_put(struct exchange_table *table, struct exchange *exchange)
{
    pthread_mutex_lock(&table->lock);
    if (exchange->previous)
        exchange->previous->next = exchange->next;
    else
        table->in_flight = exchange->next;
    if (exchange->next)
        exchange->next->previous = exchange->previous;
    if (--table->in_flight_count == 0)
        pthread_cond_broadcast(&table->empty);
    bool keep = table->kept_count < HTTP_KEPT_EXCHANGES_MAX;
    if (keep) {
        reset(exchange);
        exchange->next = table->kept;
        table->kept = exchange;
        table->kept_count++;
    }
    pthread_mutex_unlock(&table->lock);
    if (!keep)
        destroy(exchange);
}

void exchange_table_reclaim(struct exchange_table *table, struct exchange *exchange)
{
    pthread_mutex_lock(&table->lock);
    atomic_store(&exchange->state, EXCHANGE_HANDLING);
    pthread_mutex_unlock(&table->lock);
}

static void cancel(struct exchange *exchange)
{
    exchange->settings->handler.cancel(&exchange->request, exchange->settings->handler.ctx);
}

/*
 * A client that has closed its side (or only its sending half, which no HTTP client does that still wants an answer).
 */
static bool has_gone(const struct exchange *exchange)
{
    struct pollfd poll_fd = {.fd = exchange->peer->fd, .events = POLLRDHUP};
    return poll(&poll_fd, 1, 0) == 1;
}

/* A client that has gone and left a piece of a request behind: all of it was read, and no more will come. */
static bool has_gone_halfway(const struct exchange *exchange)
{
    int unread_bytes = 0;
    return has_gone(exchange) && ioctl(exchange->peer->fd, FIONREAD, &unread_bytes) == 0 && unread_bytes == 0;
}

void exchange_table_sweep(struct exchange_table *table)
{
    pthread_mutex_lock(&table->lock);
    uint64_t now = monotonic_ms(); /* not before: an exchange that was taken since would be younger than nothing */
    for (struct exchange *exchange = table->in_flight; exchange; exchange = exchange->next) {
        uint64_t age = now - exchange->request.started_ms;
        switch (atomic_load(&exchange->state)) {
        case EXCHANGE_SUSPENDED:
            if (age >= HTTP_TICK_MS && has_gone(exchange)) {
                exchange->request.client_has_gone = true;
                cancel(exchange);
            }
            break;
        case EXCHANGE_NEW:
        case EXCHANGE_RECEIVING:
            /*
             * Its descriptor is open: put comes before close. The HTTP thread sees the hang-up and does the rest, which it
             * does not do at the mere end of an unfinished body.
             */
            if (age >= HTTP_RECEIVE_MS_MAX || (age >= HTTP_TICK_MS && has_gone_halfway(exchange)))
                shutdown(exchange->peer->fd, SHUT_RDWR);
            break;
        default: break;
        }
    }
    pthread_mutex_unlock(&table->lock);
}

void exchange_table_abort(struct exchange_table *table)
{
    pthread_mutex_lock(&table->lock);
    for (struct exchange *exchange = table->in_flight; exchange; exchange = exchange->next) {
        enum exchange_state state = atomic_load(&exchange->state);
        if (state == EXCHANGE_SUSPENDED)
            cancel(exchange);
        else if (state != EXCHANGE_HANDLING && state != EXCHANGE_WOKEN)
            shutdown(exchange->peer->fd, SHUT_RDWR);
    }
    pthread_mutex_unlock(&table->lock);
}

bool exchange_table_wait_empty(struct exchange_table *table, uint64_t deadline_ms)
{
    struct timespec deadline = {.tv_sec = (time_t)(deadline_ms / 1000),
                                .tv_nsec = (long)(deadline_ms % 1000) * 1000000};
    int result = 0;
    pthread_mutex_lock(&table->lock);
    while (table->in_flight_count && result == 0)
        result = pthread_cond_timedwait(&table->empty, &table->lock, &deadline);
    bool empty = table->in_flight_count == 0;
    pthread_mutex_unlock(&table->lock);
    return empty;
}

uint64_t exchange_table_taken(struct exchange_table *table)
{
    pthread_mutex_lock(&table->lock);
    uint64_t count = table->taken_count;
    pthread_mutex_unlock(&table->lock);
    return count;
}
