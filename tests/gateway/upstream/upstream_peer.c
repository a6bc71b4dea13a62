#include "tests/gateway/upstream/upstream_peer.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
/* after the above */
#include <cmocka.h>

#include "base/container_of.h"
#include "gateway/upstream/grpc_message.h"

static bool is_health(const struct http2_peer_request *request)
{
    return strcmp(request->path, "/grpc.health.v1.Health/Watch") == 0;
}

/* ---- Bytes ---- */

static void flush(struct upstream_peer_connection *connection)
{
    struct view bytes;
    if (!connection->stream.is_open)
        return;
    while (http2_peer_next(&connection->http2, &bytes))
        assert_true(net_queue_append(&connection->stream.out, bytes));
    net_stream_flush_later(&connection->stream);
}

static void on_readable(struct net_stream *stream)
{
    static char input[65536];
    struct upstream_peer_connection *connection = CONTAINER_OF(stream, struct upstream_peer_connection, stream);
    size_t bytes;
    while (!connection->is_silent && stream->is_open)
        switch (net_stream_read(stream, input, sizeof(input), &bytes)) {
        case NET_READ_BYTES:
            if (!http2_peer_receive(&connection->http2, view_make(input, bytes)))
                net_stream_close(stream);
            else
                flush(connection);
            break;
        case NET_READ_LATER: return;
        default: net_stream_close(stream); return;
        }
}

static void on_closed(struct net_stream *stream, int error)
{
    (void)stream;
    (void)error;
}

/* ---- Requests ---- */

static void tell_health(struct http2_peer_request *request, bool is_serving)
{
    upstream_peer_message(request, view_make(is_serving ? "\x08\x01" : "\x08\x02", 2));
}

static void serve_health(const struct upstream_peer *peer, struct http2_peer_request *request)
{
    if (request->was_answered)
        return;
    request->was_answered = true;
    if (peer->health == UPSTREAM_PEER_NO_HEALTH) {
        http2_peer_head(request, UPSTREAM_PEER_HEAD "grpc-status: 12\n", true);
        return;
    }
    http2_peer_head(request, UPSTREAM_PEER_HEAD, false);
    tell_health(request, peer->health == UPSTREAM_PEER_SERVING);
}

static void on_data(struct http2_peer_request *request, void *ctx)
{
    struct upstream_peer_connection *connection = ctx;
    if (is_health(request))
        serve_health(connection->peer, request);
    else if (connection->peer->serve)
        connection->peer->serve(request, connection->peer->ctx);
}

/* ---- Connections ---- */

static void on_connection(struct loop_watch *watch, uint32_t events)
{
    static const struct net_stream_events stream_events = {.on_readable = on_readable, .on_closed = on_closed};
    struct upstream_peer *peer = CONTAINER_OF(watch, struct upstream_peer, listener);
    struct status st;
    int fd;
    (void)events;
    while ((fd = accept4(watch->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        struct upstream_peer_connection *connection = calloc(1, sizeof(*connection));
        assert_true(peer->connection_count < UPSTREAM_PEER_CONNECTIONS_MAX);
        connection->peer = peer;
        http2_peer_init(&connection->http2, peer->streams_max);
        connection->http2.on_data = on_data;
        connection->http2.ctx = connection;
        peer->connections[peer->connection_count++] = connection;
        assert_true(net_stream_start(&connection->stream, peer->loop, fd, &peer->pool, NULL, &stream_events, &st));
        flush(connection);
    }
}

void upstream_peer_start(struct upstream_peer *peer, struct loop *loop)
{
    struct status st;
    socklen_t len = sizeof(peer->address.socket);
    peer->loop = loop;
    assert_true(listen_socket_open("127.0.0.1:0", &peer->socket, &st));
    assert_int_equal(getsockname(peer->socket.fd, (struct sockaddr *)&peer->address.socket, &len), 0);
    peer->address.socket_bytes = len;
    upstream_address_write_text(&peer->address);
    peer->listener = (struct loop_watch){peer->socket.fd, on_connection};
    assert_true(loop_watch_add(loop, &peer->listener, EPOLLIN, &st));
}

void upstream_peer_stop(struct upstream_peer *peer)
{
    if (peer->is_stopped)
        return;
    peer->is_stopped = true;
    loop_watch_remove(peer->loop, &peer->listener);
    listen_socket_close(&peer->socket);
    for (size_t i = 0; i < peer->connection_count; i++)
        net_stream_close(&peer->connections[i]->stream);
}

void upstream_peer_free(struct upstream_peer *peer)
{
    if (!peer->loop)
        return;
    upstream_peer_stop(peer);
    for (size_t i = 0; i < peer->connection_count; i++) {
        http2_peer_free(&peer->connections[i]->http2);
        free(peer->connections[i]);
    }
    net_pool_free(&peer->pool);
    memset(peer, 0, sizeof(*peer));
}

/* ---- What tests do ---- */

void upstream_peer_flush(struct upstream_peer *peer)
{
    for (size_t i = 0; i < peer->connection_count; i++)
        flush(peer->connections[i]);
}

size_t upstream_peer_request_count(const struct upstream_peer *peer)
{
    size_t count = 0;
    for (size_t i = 0; i < peer->connection_count; i++)
        for (size_t j = 0; j < peer->connections[i]->http2.request_count; j++)
            count += !is_health(peer->connections[i]->http2.requests[j]);
    return count;
}

struct http2_peer_request *upstream_peer_request(const struct upstream_peer *peer, size_t nth)
{
    for (size_t i = 0; i < peer->connection_count; i++)
        for (size_t j = 0; j < peer->connections[i]->http2.request_count; j++)
            if (!is_health(peer->connections[i]->http2.requests[j]) && nth-- == 0)
                return peer->connections[i]->http2.requests[j];
    fail_msg("there are not so many requests");
    return NULL;
}

void upstream_peer_set_health(struct upstream_peer *peer, bool is_serving)
{
    peer->health = is_serving ? UPSTREAM_PEER_SERVING : UPSTREAM_PEER_NOT_SERVING;
    for (size_t i = 0; i < peer->connection_count; i++)
        for (size_t j = 0; j < peer->connections[i]->http2.request_count; j++) {
            struct http2_peer_request *request = peer->connections[i]->http2.requests[j];
            if (is_health(request) && !request->is_closed)
                tell_health(request, is_serving);
        }
    upstream_peer_flush(peer);
}

void upstream_peer_break(struct upstream_peer_connection *connection)
{
    net_stream_abort(&connection->stream);
}

struct upstream_peer_connection *upstream_peer_connection_of(struct http2_peer_request *request)
{
    return CONTAINER_OF(request->peer, struct upstream_peer_connection, http2);
}

void upstream_peer_message(struct http2_peer_request *request, struct view message)
{
    char prefix[GRPC_PREFIX_BYTES];
    grpc_message_prefix(prefix, message.len);
    http2_peer_data(request, view_make(prefix, sizeof(prefix)), false);
    http2_peer_data(request, message, false);
}

void upstream_peer_answer(struct http2_peer_request *request, struct view message, const char *trailers)
{
    request->was_answered = true;
    http2_peer_head(request, UPSTREAM_PEER_HEAD, false);
    upstream_peer_message(request, message);
    http2_peer_trailers(request, trailers);
}
