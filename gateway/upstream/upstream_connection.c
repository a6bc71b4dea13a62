/*
 * One HTTP/2 connection to one replica. It counts as made when the peer's SETTINGS have come, as gRPC has it: what accepts and then
 * says nothing, or speaks something else, is no replica. Whatever was written to it in one turn of the loop leaves in one system
 * call at the turn's end.
 *
 * A connection that is silent for long is pinged, and one that gives no answer is dead. A peer that has no ears at all is found by
 * TCP itself: unacknowledged bytes are given up after UPSTREAM_KEEPALIVE_TIMEOUT_MS.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/container_of.h"
#include "gateway/upstream/limits.h"
#include "gateway/upstream/upstream_internal.h"

/* How many times UPSTREAM_INPUT_BYTES one turn reads of a connection, so that others have their turn. */
#define READS_PER_TURN 8

static struct loop *loop_of(const struct upstream_connection *connection)
{
    return connection->replica->pool->loop;
}

/* Why it is lost, for the log. */
static void note(struct upstream_connection *connection, const char *what)
{
    struct upstream_pool *pool = connection->replica->pool;
    snprintf(pool->detail, sizeof(pool->detail), "%.80s: %.40s", connection->replica->address.text, what);
}

/* ---- Writing ---- */

void upstream_connection_flush(struct upstream_connection *connection)
{
    if (connection->state != UPSTREAM_CLOSED)
        loop_task_add(loop_of(connection), &connection->flush);
}

/* Moves what the client has to say to the socket. What is over is closed behind its last bytes. */
static void send_out(struct upstream_connection *connection)
{
    struct view bytes;
    while (!net_stream_is_full(&connection->stream) && http2_client_next(connection->client, &bytes))
        if (!net_queue_append(&connection->stream.out, bytes)) {
            upstream_connection_close(connection);
            return;
        }
    net_stream_flush(&connection->stream);
    if (connection->state == UPSTREAM_CLOSED || !http2_client_is_over(connection->client))
        return;
    if (http2_client_is_broken(connection->client))
        note(connection, "not what HTTP/2 is");
    upstream_connection_close(connection);
}

/* ---- The end ---- */

void upstream_connection_close(struct upstream_connection *connection)
{
    struct upstream_replica *replica = connection->replica;
    if (connection->state == UPSTREAM_CLOSED)
        return;
    bool was_ready = connection->state != UPSTREAM_CONNECTING;
    connection->state = UPSTREAM_CLOSED;
    if (replica->watch.connection == connection)
        upstream_watch_stop(replica);
    upstream_replica_lost(replica, connection, was_ready);
    http2_client_lose(connection->client);
    net_stream_close(&connection->stream);
    loop_timer_clear(loop_of(connection), &connection->timer);
    http2_client_destroy(connection->client);
    connection->client = NULL;
    loop_task_remove(loop_of(connection), &connection->flush);
    loop_task_add(loop_of(connection), &connection->flush); /* frees it */
}

static void on_flush(struct loop_task *task)
{
    struct upstream_connection *connection = CONTAINER_OF(task, struct upstream_connection, flush);
    if (connection->state == UPSTREAM_CLOSED) {
        free(connection);
        return;
    }
    if (!connection->stream.is_connecting)
        send_out(connection);
    if (connection->state != UPSTREAM_CLOSED && http2_client_is_over(connection->client)) {
        note(connection, "not what HTTP/2 is");
        upstream_connection_close(connection);
    } else if (connection->state == UPSTREAM_LEAVING && http2_client_stream_count(connection->client) == 0)
        upstream_connection_close(connection);
}

void upstream_connection_leave(struct upstream_connection *connection)
{
    if (connection->state == UPSTREAM_CLOSED)
        return;
    if (connection->replica->watch.connection == connection)
        upstream_watch_stop(connection->replica);
    if (connection->state == UPSTREAM_CONNECTING) {
        upstream_connection_close(connection);
        return;
    }
    connection->state = UPSTREAM_LEAVING;
    upstream_connection_flush(connection); /* closes it, if it has no calls */
}

/* ---- What the client says ---- */

static void look_at(struct upstream_connection *connection, uint64_t due_ms)
{
    loop_timer_set(loop_of(connection), &connection->timer, due_ms);
}

static void on_settings(void *ctx)
{
    struct upstream_connection *connection = ctx;
    struct upstream_replica *replica = connection->replica;
    if (connection->state == UPSTREAM_CONNECTING) {
        connection->state = UPSTREAM_READY;
        loop_timer_clear(loop_of(connection), &connection->timer);
        if (replica->keepalive_ms)
            look_at(connection, loop_now_ms(loop_of(connection)) + replica->keepalive_ms);
        upstream_replica_connected(replica, connection);
    }
    upstream_pool_changed(replica->pool); /* there may be more room than before */
}

static void on_goaway(uint32_t error_code, struct view debug, void *ctx)
{
    struct upstream_connection *connection = ctx;
    struct upstream_replica *replica = connection->replica;
    if (error_code == HTTP2_ENHANCE_YOUR_CALM && view_equal_text(debug, "too_many_pings") &&
        replica->keepalive_ms <= UPSTREAM_KEEPALIVE_MS_MAX / 2)
        replica->keepalive_ms *= 2;
    note(connection, "the service closes the connection");
    if (connection->state != UPSTREAM_READY)
        return;
    upstream_connection_leave(connection);
    upstream_replica_connect(replica);
    upstream_pool_changed(replica->pool);
    replica->pool->options.on_loss(replica->pool->options.on_loss_ctx);
}

static void on_pong(void *ctx)
{
    struct upstream_connection *connection = ctx;
    connection->is_pinged = false;
}

/* ---- Time ---- */

static void on_due(struct timer *timer)
{
    struct upstream_connection *connection = CONTAINER_OF(timer, struct upstream_connection, timer);
    struct upstream_replica *replica = connection->replica;
    uint64_t now_ms = loop_now_ms(loop_of(connection));
    if (connection->state == UPSTREAM_CONNECTING || connection->is_pinged) {
        note(connection, connection->is_pinged ? "no answer to a ping" : "no answer in time");
        upstream_connection_close(connection);
        return;
    }
    uint64_t due_ms = connection->heard_ms + replica->keepalive_ms;
    if (now_ms < due_ms) {
        look_at(connection, due_ms);
        return;
    }
    connection->is_pinged = http2_client_ping(connection->client);
    look_at(connection, now_ms + UPSTREAM_KEEPALIVE_TIMEOUT_MS);
    upstream_connection_flush(connection);
}

/* ---- What the socket says ---- */

static void on_connected(struct net_stream *stream)
{
    struct upstream_connection *connection = CONTAINER_OF(stream, struct upstream_connection, stream);
    unsigned timeout_ms = UPSTREAM_KEEPALIVE_TIMEOUT_MS;
    setsockopt(stream->watch.fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, sizeof(timeout_ms));
    upstream_connection_flush(connection);
}

static void on_readable(struct net_stream *stream)
{
    struct upstream_connection *connection = CONTAINER_OF(stream, struct upstream_connection, stream);
    char *input = connection->replica->pool->input;
    for (unsigned i = 0; i < READS_PER_TURN; i++) {
        size_t bytes = 0;
        enum net_read result = net_stream_read(stream, input, UPSTREAM_INPUT_BYTES, &bytes);
        if (result == NET_READ_LATER)
            return;
        if (result != NET_READ_BYTES) {
            note(connection, "the connection was closed");
            upstream_connection_close(connection);
            return;
        }
        connection->heard_ms = loop_now_ms(loop_of(connection));
        bool is_fine = http2_client_receive(connection->client, view_make(input, bytes));
        if (connection->state == UPSTREAM_CLOSED)
            return;
        if (!is_fine) {
            note(connection, "not what HTTP/2 is");
            send_out(connection); /* why */
            upstream_connection_close(connection);
            return;
        }
        upstream_connection_flush(connection);
    }
    net_stream_read_later(stream);
}

static void on_room(struct net_stream *stream)
{
    upstream_connection_flush(CONTAINER_OF(stream, struct upstream_connection, stream));
}

static void on_closed(struct net_stream *stream, int error)
{
    struct upstream_connection *connection = CONTAINER_OF(stream, struct upstream_connection, stream);
    note(connection, error ? strerror(error) : "the connection was closed");
    upstream_connection_close(connection);
}

/* ---- The start ---- */

struct upstream_connection *upstream_connection_create(struct upstream_replica *replica, struct status *st)
{
    static const struct net_stream_events events = {on_connected, on_readable, on_room, NULL, on_closed};
    struct upstream_pool *pool = replica->pool;
    struct upstream_connection *connection = calloc(1, sizeof(*connection));
    if (!connection) {
        status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for a connection");
        return NULL;
    }
    connection->replica = replica;
    connection->flush.run = on_flush;
    connection->timer.on_due = on_due;
    const struct http2_client_events client_events = {on_settings, on_goaway, on_pong, connection};
    if (!http2_client_create(&pool->memory, &client_events, &connection->client, st) ||
        !net_stream_connect(&connection->stream, pool->loop, (const struct sockaddr *)&replica->address.socket,
                            replica->address.socket_bytes, &pool->blocks, &events, st)) {
        http2_client_destroy(connection->client);
        free(connection);
        return NULL;
    }
    look_at(connection, loop_now_ms(pool->loop) + UPSTREAM_ATTEMPT_MS_MAX);
    return connection;
}

bool upstream_connection_has_room(const struct upstream_connection *connection)
{
    size_t count = http2_client_stream_count(connection->client);
    return connection->state == UPSTREAM_READY && count < http2_client_streams_max(connection->client) &&
           count < UPSTREAM_STREAMS_MAX;
}
