/*
 * All loops wait for the one listening socket, and the kernel wakes one of them for a connection (EPOLLEXCLUSIVE). It gives the
 * connection to the loop that has the fewest: the one hand-over between threads that there is, and none on a request's way.
 */
#include "web/http/http_server.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/container_of.h"
#include "web/http/http_context.h"
#include "web/http/limits.h"
#include "web/http1/http1_connection.h"
#include "web/net/listen_socket.h"

/* How many connections one turn accepts. */
#define ACCEPTS_PER_TURN 16

/* How often a drain is looked at. */
#define DRAIN_TICK_MS 20

/* A loop's part. On cache lines of its own, as other loops read connection_count. */
struct seat {
    _Alignas(64) atomic_uint connection_count;
    _Alignas(64) struct http_server *server;
    struct http_context context;
    struct loop_watch listener;
    struct timer rest; /* until accepting goes on */
    struct loop_message drain;
    struct timer drain_tick;
    uint64_t drain_deadline_ms;
    bool was_cut;
    void *drained_ctx;
};

struct http_server {
    struct listen_socket socket;
    unsigned connections_max;
    struct http_peers peers;
    void (*on_drained)(void *ctx);
    uint32_t drain_timeout_ms;
    unsigned seat_count;
    struct seat seats[];
};

/* ---- Accepting ---- */

static unsigned connection_count(const struct http_server *server)
{
    unsigned count = 0;
    for (unsigned i = 0; i < server->seat_count; i++)
        count += atomic_load_explicit(&server->seats[i].connection_count, memory_order_relaxed);
    return count;
}

/* The seat with the fewest connections; the given one of several such. */
static struct seat *choose(struct seat *own)
{
    struct http_server *server = own->server;
    struct seat *chosen = own;
    unsigned least = atomic_load_explicit(&own->connection_count, memory_order_relaxed);
    for (unsigned i = 0; i < server->seat_count; i++) {
        unsigned count = atomic_load_explicit(&server->seats[i].connection_count, memory_order_relaxed);
        if (count < least) {
            least = count;
            chosen = &server->seats[i];
        }
    }
    return chosen;
}

/* A connection on its way to another loop. */
struct handed_over {
    struct loop_message message;
    struct seat *seat;
    int fd;
    bool refused;
};

static void take_over(struct loop_message *message)
{
    struct handed_over *handed_over = CONTAINER_OF(message, struct handed_over, message);
    http1_connection_start(&handed_over->seat->context, handed_over->fd, handed_over->refused);
    free(handed_over);
}

static void hand_over(struct seat *own, struct seat *chosen, int fd, bool refused)
{
    struct handed_over *handed_over = chosen == own ? NULL : malloc(sizeof(*handed_over));
    if (!handed_over)
        chosen = own;
    atomic_fetch_add_explicit(&chosen->connection_count, 1, memory_order_relaxed);
    if (!handed_over) {
        http1_connection_start(&own->context, fd, refused);
        return;
    }
    *handed_over = (struct handed_over){{.run = take_over}, chosen, fd, refused};
    loop_post(chosen->context.loop, &handed_over->message);
}

static bool listen_again(struct seat *seat)
{
    struct status st;
    return loop_watch_add(seat->context.loop, &seat->listener, EPOLLIN | EPOLLEXCLUSIVE, &st);
}

static void rest(struct seat *seat)
{
    struct loop *loop = seat->context.loop;
    loop_watch_remove(loop, &seat->listener);
    loop_timer_set(loop, &seat->rest, loop_now_ms(loop) + HTTP_ACCEPT_REST_MS);
}

static void on_rested(struct timer *timer)
{
    struct seat *seat = CONTAINER_OF(timer, struct seat, rest);
    if (!listen_again(seat))
        loop_timer_set(seat->context.loop, &seat->rest, loop_now_ms(seat->context.loop) + HTTP_ACCEPT_REST_MS);
}

/* Accepts up to `most` connections that wait. False: it failed, as errno says. */
static bool accept_some(struct seat *seat, unsigned most)
{
    struct http_server *server = seat->server;
    while (most--) {
        int fd = accept4(seat->listener.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && errno != EINTR && errno != ECONNABORTED)
            return false;
        unsigned count = connection_count(server);
        if (fd >= 0 && count >= server->connections_max + HTTP_REFUSED_CONNECTIONS_MAX)
            close(fd);
        else if (fd >= 0)
            hand_over(seat, seat->context.draining ? seat : choose(seat), fd, count >= server->connections_max);
    }
    return true;
}

static void on_connection(struct loop_watch *watch, uint32_t events)
{
    struct seat *seat = CONTAINER_OF(watch, struct seat, listener);
    (void)events;
    if (!accept_some(seat, ACCEPTS_PER_TURN) &&
        (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM))
        rest(seat);
}

/* ---- The end ---- */

/* What is done to a connection frees it at the end of the turn, not before. */
#define EACH(context, act)                                                                                             \
    for (struct http_connection *each_ = (context)->connections.next; each_ != &(context)->connections;                \
         each_ = each_->next)                                                                                          \
    each_->act(each_)

static bool is_empty(const struct seat *seat)
{
    return seat->context.connections.next == &seat->context.connections &&
           atomic_load_explicit(&seat->connection_count, memory_order_relaxed) == 0;
}

/* Requests in flight are waited for, and a client that is between two of them is not cut off. */
static void on_drain_tick(struct timer *timer)
{
    struct seat *seat = CONTAINER_OF(timer, struct seat, drain_tick);
    struct http_context *context = &seat->context;
    uint64_t now_ms = loop_now_ms(context->loop);
    if (is_empty(seat)) {
        seat->server->on_drained(seat->drained_ctx);
        return;
    }
    bool is_quiet = context->in_flight == 0 && now_ms >= context->last_began_ms + HTTP_DRAIN_QUIET_MS;
    if (now_ms >= seat->drain_deadline_ms + HTTP_DRAIN_LAST_MS) {
        EACH(context, destroy);
    } else if (now_ms >= seat->drain_deadline_ms && !seat->was_cut) {
        seat->was_cut = true;
        EACH(context, cut);
    } else if (is_quiet) { /* also those that were on their way from another loop */
        EACH(context, drain);
    }
    loop_timer_set(context->loop, timer, now_ms + DRAIN_TICK_MS);
}

static void begin_drain(struct loop_message *message)
{
    struct seat *seat = CONTAINER_OF(message, struct seat, drain);
    struct loop *loop = seat->context.loop;
    if (timer_is_set(&seat->rest))
        loop_timer_clear(loop, &seat->rest);
    else
        loop_watch_remove(loop, &seat->listener);
    seat->context.draining = true;
    /* Who waits has been let in by the kernel already. The socket listens no more then, for all loops. */
    bool ignored = accept_some(seat, seat->server->connections_max);
    (void)ignored;
    shutdown(seat->listener.fd, SHUT_RD);
    seat->context.last_began_ms = loop_now_ms(loop); /* what the kernel has accepted may be about to ask */
    seat->drain_deadline_ms = loop_now_ms(loop) + seat->server->drain_timeout_ms;
    loop_timer_set(loop, &seat->drain_tick, loop_now_ms(loop) + 1);
}

void http_server_drain(struct http_server *server, uint32_t timeout_ms)
{
    server->drain_timeout_ms = timeout_ms;
    for (unsigned i = 0; i < server->seat_count; i++) {
        server->seats[i].drain.run = begin_drain;
        loop_post(server->seats[i].context.loop, &server->seats[i].drain);
    }
}

void http_server_destroy(struct http_server *server)
{
    if (!server)
        return;
    listen_socket_close(&server->socket);
    http_peers_free(&server->peers);
    for (unsigned i = 0; i < server->seat_count; i++)
        http_context_free(&server->seats[i].context);
    free(server);
}

/* ---- The start ---- */

static bool fill_seat(struct seat *seat, struct http_server *server, const struct http_server_options *options,
                      const struct http_server_loop *loop, struct status *st)
{
    seat->server = server;
    seat->drained_ctx = loop->drained_ctx;
    seat->listener = (struct loop_watch){server->socket.fd, on_connection};
    seat->rest.on_due = on_rested;
    seat->drain_tick.on_due = on_drain_tick;
    if (!http_context_init(&seat->context, loop->loop, loop->purse))
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for the HTTP server");
    seat->context.handler = loop->handler;
    seat->context.body_bytes_max = options->body_bytes_max;
    seat->context.idle_timeout_ms = options->idle_timeout_ms;
    seat->context.client_bytes_max = options->client_bytes_max;
    seat->context.peers = &server->peers;
    seat->context.connection_count = &seat->connection_count;
    return true;
}

bool http_server_create(const struct http_server_options *options, const struct http_server_loop *loops,
                        unsigned loop_count, struct http_server **ret_server, struct status *st)
{
    size_t bytes = sizeof(struct http_server) + loop_count * sizeof(struct seat);
    struct http_server *server = aligned_alloc(_Alignof(struct http_server), bytes);
    if (!server)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for the HTTP server");
    memset(server, 0, bytes);
    server->socket.fd = -1;
    server->connections_max = options->connections_max;
    http_peers_init(&server->peers, options->peer_bytes_max);
    server->on_drained = options->on_drained;
    bool created = listen_socket_open(options->address, &server->socket, st);
    for (; created && server->seat_count < loop_count; server->seat_count++)
        created = fill_seat(&server->seats[server->seat_count], server, options, &loops[server->seat_count], st);
    for (unsigned i = 0; created && i < loop_count; i++)
        created = loop_watch_add(loops[i].loop, &server->seats[i].listener, EPOLLIN | EPOLLEXCLUSIVE, st);
    if (!created) {
        http_server_destroy(server);
        return false;
    }
    *ret_server = server;
    return true;
}

const char *http_server_address(const struct http_server *server)
{
    return server->socket.name;
}
