/*
 * Each HTTP thread is a libmicrohttpd daemon of its own, without a listening socket: the keeper accepts and deals the
 * connections out, the daemon with the fewest first. (The library's own thread pool would let one thread accept a whole
 * burst, and its way to stop accepting races with its threads.)
 *
 * The library asks epoll for 128 events, and when it gets as many asks for more before it serves any, waiting for as long as
 * no connection times out. So a burst of just so many would stand until something else happens; each tick makes something
 * happen, through an eventfd in the library's epoll set. It passes over events without a pointer.
 */
#include "gateway/http/http_server.h"

#include <fcntl.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/monotonic.h"
#include "gateway/http/exchange_table.h"
#include "gateway/http/keeper.h"
#include "gateway/http/listen_socket.h"
#include "gateway/limits.h"

struct worker {
    struct http_server *server;
    struct MHD_Daemon *daemon;
    struct exchange_table table;
    int nudge_fd;                 /* in the daemon's epoll set; -1: not there */
    atomic_uint connection_count; /* raised by the keeper, lowered by the HTTP thread */
};

struct http_server {
    struct exchange_settings settings;
    struct keeper keeper;
    unsigned connections_max;
    char address[LISTEN_SOCKET_NAME_BYTES];
    unsigned worker_count; /* those that were started */
    struct worker workers[];
};

static unsigned connection_count(struct http_server *server)
{
    unsigned count = 0;
    for (unsigned i = 0; i < server->worker_count; i++)
        count += atomic_load(&server->workers[i].connection_count);
    return count;
}

/* ---- what libmicrohttpd calls, on the HTTP thread ---- */

static struct exchange_connection *peer_of(struct MHD_Connection *connection)
{
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

static void on_connection(void *ctx, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct worker *worker = ctx;
    struct exchange_connection *peer;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        peer = calloc(1, sizeof(*peer));
        if (peer) {
            peer->fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
            peer->refused = connection_count(worker->server) > worker->server->connections_max;
        }
        *socket_context = peer;
        return;
    }
    peer = *socket_context;
    if (peer && peer->linger) {
        /* The library closes its descriptor next, having shut down the sending side; the copy keeps the socket open. */
        int fd = fcntl(peer->fd, F_DUPFD_CLOEXEC, 0);
        if (fd >= 0)
            linger_set_add(&worker->server->keeper.linger_set, fd);
    }
    free(peer);
    atomic_fetch_sub(&worker->connection_count, 1);
}

static void *on_target(void *ctx, const char *raw_target, struct MHD_Connection *connection)
{
    struct worker *worker = ctx;
    struct exchange_connection *peer = peer_of(connection);
    struct exchange *exchange = peer ? exchange_table_take(&worker->table, connection, peer) : NULL;
    if (exchange)
        exchange_set_target(exchange, raw_target ? raw_target : "");
    return exchange;
}

static enum MHD_Result on_access(void *ctx, struct MHD_Connection *connection, const char *url, const char *method,
                                 const char *version, const char *data, size_t *data_bytes, void **request_context)
{
    (void)ctx;
    (void)connection;
    (void)url;
    struct exchange *exchange = *request_context;
    return exchange ? exchange_access(exchange, method, version, data, data_bytes) : MHD_NO;
}

static void on_completed(void *ctx, struct MHD_Connection *connection, void **request_context,
                         enum MHD_RequestTerminationCode code)
{
    struct worker *worker = ctx;
    (void)connection;
    (void)code;
    struct exchange *exchange = *request_context;
    if (exchange) {
        exchange_close(exchange);
        exchange_table_put(&worker->table, exchange);
    }
    *request_context = NULL;
}

/* Leaves the library's own copy of the target alone: nobody reads it. */
static size_t decode_nothing(void *ctx, struct MHD_Connection *connection, char *text)
{
    (void)ctx;
    (void)connection;
    return strlen(text);
}

static struct MHD_Daemon *start_daemon(struct worker *worker, const struct http_server_options *options)
{
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC;
    /* clang-format off */
    return MHD_start_daemon(flags, 0, NULL, NULL, on_access, worker,
                            MHD_OPTION_CONNECTION_LIMIT, options->connections_max + HTTP_REFUSED_CONNECTIONS_MAX,
                            MHD_OPTION_CONNECTION_TIMEOUT, options->idle_timeout_s,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_CONNECTION_BYTES,
                            MHD_OPTION_NOTIFY_CONNECTION, on_connection, worker,
                            MHD_OPTION_URI_LOG_CALLBACK, on_target, worker,
                            MHD_OPTION_UNESCAPE_CALLBACK, decode_nothing, NULL,
                            MHD_OPTION_NOTIFY_COMPLETED, on_completed, worker,
                            MHD_OPTION_END);
    /* clang-format on */
}

/* Lets nudge() wake the daemon. */
static bool add_nudge(struct worker *worker)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(worker->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.ptr = NULL};
    worker->nudge_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return info && worker->nudge_fd >= 0 && epoll_ctl(info->epoll_fd, EPOLL_CTL_ADD, worker->nudge_fd, &event) == 0;
}

static void nudge(const struct worker *worker)
{
    uint64_t one = 1;
    ssize_t written = write(worker->nudge_fd, &one, sizeof(one));
    (void)written; /* it cannot fail: at four times a second the counter is never full */
}

/* ---- what the keeper calls, on its own thread ---- */

static void on_accepted(int fd, const struct sockaddr *address, socklen_t address_len, void *ctx)
{
    struct http_server *server = ctx;
    if (connection_count(server) >= server->connections_max + HTTP_REFUSED_CONNECTIONS_MAX) {
        close(fd);
        return;
    }
    struct worker *chosen = &server->workers[0];
    for (unsigned i = 1; i < server->worker_count; i++)
        if (atomic_load(&server->workers[i].connection_count) < atomic_load(&chosen->connection_count))
            chosen = &server->workers[i];
    atomic_fetch_add(&chosen->connection_count, 1);
    /* Takes the descriptor over; when it fails it has closed it. */
    if (MHD_add_connection(chosen->daemon, fd, address, address_len) != MHD_YES)
        atomic_fetch_sub(&chosen->connection_count, 1);
}

static void on_tick(void *ctx)
{
    struct http_server *server = ctx;
    for (unsigned i = 0; i < server->worker_count; i++) {
        exchange_table_sweep(&server->workers[i].table);
        nudge(&server->workers[i]);
    }
}

/* ---- start and stop ---- */

static void stop_daemons(struct http_server *server)
{
    for (unsigned i = 0; i < server->worker_count; i++)
        MHD_stop_daemon(server->workers[i].daemon);
}

static void destroy(struct http_server *server)
{
    for (unsigned i = 0; i < server->worker_count; i++) {
        exchange_table_free(&server->workers[i].table);
        if (server->workers[i].nudge_fd >= 0)
            close(server->workers[i].nudge_fd);
    }
    free(server);
}

static bool start_workers(struct http_server *server, const struct http_server_options *options, struct status *st)
{
    while (server->worker_count < options->threads) {
        struct worker *worker = &server->workers[server->worker_count];
        worker->server = server;
        worker->nudge_fd = -1;
        exchange_table_init(&worker->table, &server->settings);
        worker->daemon = start_daemon(worker, options);
        if (!worker->daemon) {
            exchange_table_free(&worker->table);
            return status_fail(st, STATUS_UNAVAILABLE, "cannot start an HTTP thread");
        }
        server->worker_count++;
        if (!add_nudge(worker))
            return status_fail(st, STATUS_UNAVAILABLE, "cannot watch over an HTTP thread");
    }
    return true;
}

bool http_server_start(const struct http_server_options *options, struct http_server **ret_server, struct status *st)
{
    struct http_server *server = calloc(1, sizeof(*server) + options->threads * sizeof(server->workers[0]));
    int listen_fd = -1;
    if (!server)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for the HTTP server");
    server->settings.handler = options->handler;
    server->settings.body_bytes_max = options->body_bytes_max;
    server->connections_max = options->connections_max;
    struct keeper_callbacks callbacks = {on_accepted, on_tick, server};
    bool started = listen_socket_open(options->address, &listen_fd, st) &&
                   listen_socket_name(listen_fd, server->address, st) && start_workers(server, options, st);
    if (started && keeper_start(&server->keeper, listen_fd, &callbacks, st)) {
        *ret_server = server;
        return true;
    }
    if (!started && listen_fd >= 0)
        close(listen_fd);
    stop_daemons(server);
    destroy(server);
    return false;
}

const char *http_server_address(const struct http_server *server)
{
    return server->address;
}

static bool wait_empty(struct http_server *server, uint64_t deadline_ms)
{
    for (unsigned i = 0; i < server->worker_count; i++)
        if (!exchange_table_wait_empty(&server->workers[i].table, deadline_ms))
            return false;
    return true;
}

static uint64_t taken(struct http_server *server)
{
    uint64_t count = 0;
    for (unsigned i = 0; i < server->worker_count; i++)
        count += exchange_table_taken(&server->workers[i].table);
    return count;
}

/* Until nothing is in flight and nothing has arrived for a while: a client between two requests is not cut off. */
static void drain(struct http_server *server, uint64_t deadline_ms)
{
    uint64_t before;
    do {
        before = taken(server);
        if (!wait_empty(server, deadline_ms))
            return;
        usleep(HTTP_DRAIN_QUIET_MS * 1000);
    } while (taken(server) != before && monotonic_ms() < deadline_ms);
}

void http_server_stop(struct http_server *server, uint32_t drain_timeout_ms)
{
    if (!server)
        return;
    atomic_store(&server->settings.draining, true);
    keeper_stop_accepting(&server->keeper); /* no daemon that is being stopped is given a connection */
    drain(server, monotonic_ms() + drain_timeout_ms);
    /* The library must not be stopped while a connection is suspended. */
    atomic_store(&server->settings.stopping, true);
    do {
        for (unsigned i = 0; i < server->worker_count; i++)
            exchange_table_abort(&server->workers[i].table);
    } while (!wait_empty(server, monotonic_ms() + HTTP_TICK_MS));
    stop_daemons(server);
    keeper_stop(&server->keeper); /* after the daemons, which give it what has to linger */
    destroy(server);
}
