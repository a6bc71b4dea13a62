/*
 * grpc.health.v1.Health/Watch of the whole server (the service name is empty), on one of a replica's connections. The server says how
 * it is at once and whenever that changes. One that does not know the method counts as serving; when the stream ends otherwise it is
 * asked for again after UPSTREAM_WATCH_AGAIN_MS, and does not serve until then.
 *
 * Source   https://github.com/grpc/grpc/blob/master/doc/health-checking.md, gRFC A17
 */
#include <pb_decode.h>
#include <stdio.h>

#include "base/container_of.h"
#include "gateway/upstream/limits.h"
#include "gateway/upstream/upstream_internal.h"
#include "grpc/health/v1/health.pb.h"

/* Memory of one header block of a watch, and of a message. */
#define WATCH_ARENA_BYTES_MAX   (2 * UPSTREAM_METADATA_BYTES_MAX)
#define WATCH_MESSAGE_BYTES_MAX 1024

static struct upstream_replica *replica_of(struct http2_stream *stream)
{
    return CONTAINER_OF(stream, struct upstream_replica, watch.stream);
}

static void set_health(struct upstream_replica *replica, enum upstream_health health)
{
    struct upstream_pool *pool = replica->pool;
    if (replica->health == health)
        return;
    replica->health = health;
    if (health == UPSTREAM_NOT_SERVING)
        snprintf(pool->detail, sizeof(pool->detail), "%.80s: says that it is not serving", replica->address.text);
    upstream_pool_changed(pool);
}

static bool on_field(struct http2_stream *stream, struct view name, struct view value)
{
    struct upstream_watch *watch = &replica_of(stream)->watch;
    return grpc_response_add(&watch->response, name, value);
}

static void on_block(struct http2_stream *stream, bool is_end)
{
    struct upstream_watch *watch = &replica_of(stream)->watch;
    if (grpc_response_end_block(&watch->response, is_end) == GRPC_BLOCK_HEADERS)
        grpc_message_reader_set_encoding(&watch->reader, watch->response.encoding);
}

static void read_message(struct upstream_replica *replica, struct view message)
{
    grpc_health_v1_HealthCheckResponse response = grpc_health_v1_HealthCheckResponse_init_zero;
    pb_istream_t in = pb_istream_from_buffer((const pb_byte_t *)message.data, message.len);
    bool is_serving = pb_decode(&in, grpc_health_v1_HealthCheckResponse_fields, &response) &&
                      response.status == grpc_health_v1_HealthCheckResponse_ServingStatus_SERVING;
    set_health(replica, is_serving ? UPSTREAM_SERVING : UPSTREAM_NOT_SERVING);
}

static void on_data(struct http2_stream *stream, struct view piece)
{
    struct upstream_replica *replica = replica_of(stream);
    struct upstream_watch *watch = &replica->watch;
    struct status st;
    http2_stream_consume(watch->connection->client, stream, piece.len);
    for (;;) {
        switch (grpc_message_read(&watch->reader, &piece, &watch->message, &st)) {
        case GRPC_MESSAGE_MORE: return;
        case GRPC_MESSAGE_DONE:
            read_message(replica, buf_view(&watch->message));
            buf_clear(&watch->message);
            break;
        default: set_health(replica, UPSTREAM_NOT_SERVING); return;
        }
    }
}

static void on_ended(struct http2_stream *stream, enum http2_end end, uint32_t error_code, bool was_processed)
{
    struct upstream_replica *replica = replica_of(stream);
    struct upstream_watch *watch = &replica->watch;
    struct status st;
    (void)error_code;
    (void)was_processed;
    watch->connection = NULL;
    if (end == HTTP2_END_LOST)
        return;                           /* the replica sees to it */
    upstream_pool_changed(replica->pool); /* its stream is free for a call */
    bool is_unknown =
        end == HTTP2_END_WHOLE && !grpc_response_status(&watch->response, &st) && st.code == STATUS_UNIMPLEMENTED;
    if (is_unknown) {
        set_health(replica, UPSTREAM_SERVING);
        return;
    }
    set_health(replica, UPSTREAM_NOT_SERVING);
    loop_timer_set(replica->pool->loop, &watch->again, loop_now_ms(replica->pool->loop) + UPSTREAM_WATCH_AGAIN_MS);
}

static void on_again(struct timer *timer)
{
    struct upstream_replica *replica = CONTAINER_OF(timer, struct upstream_replica, watch.again);
    for (struct upstream_connection *connection = replica->connections; connection && !replica->watch.connection;
         connection = connection->next)
        if (connection->state == UPSTREAM_READY)
            upstream_watch_start(replica, connection);
}

static void reset(struct upstream_watch *watch)
{
    arena_reset(&watch->arena);
    grpc_message_reader_free(&watch->reader);
    grpc_message_reader_init(&watch->reader, WATCH_MESSAGE_BYTES_MAX);
    buf_clear(&watch->message);
    grpc_response_init(&watch->response, &watch->arena);
}

void upstream_watch_start(struct upstream_replica *replica, struct upstream_connection *connection)
{
    static const struct http2_stream_events events = {on_field, on_block, on_data, NULL, on_ended};
    static const char empty_message[GRPC_PREFIX_BYTES];
    static const struct http2_field fields[] = {
        {VIEW(":method"), VIEW("POST"), true},
        {VIEW(":scheme"), VIEW("http"), true},
        {VIEW(":path"), VIEW("/grpc.health.v1.Health/Watch"), false},
        {VIEW("te"), VIEW("trailers"), true},
        {VIEW("content-type"), VIEW("application/grpc"), true},
    };
    struct upstream_watch *watch = &replica->watch;
    struct http2_field all[sizeof(fields) / sizeof(fields[0]) + 1];
    memcpy(all, fields, sizeof(fields));
    all[sizeof(fields) / sizeof(fields[0])] = all[4];
    all[4] = all[3];
    all[3] = (struct http2_field){VIEW(":authority"), view_of(replica->pool->authority), true};
    if (!watch->arena.bytes_max) {
        arena_init(&watch->arena, WATCH_ARENA_BYTES_MAX);
        buf_init(&watch->message, WATCH_MESSAGE_BYTES_MAX);
        watch->again.on_due = on_again;
    }
    loop_timer_clear(replica->pool->loop, &watch->again);
    reset(watch);
    watch->stream.events = &events;
    if (http2_client_request(connection->client, &watch->stream, all, sizeof(all) / sizeof(all[0]),
                             view_make(empty_message, GRPC_PREFIX_BYTES), true)) {
        watch->connection = connection;
        upstream_connection_flush(connection);
    } else {
        loop_timer_set(replica->pool->loop, &watch->again, loop_now_ms(replica->pool->loop) + UPSTREAM_WATCH_AGAIN_MS);
    }
}

void upstream_watch_stop(struct upstream_replica *replica)
{
    struct upstream_watch *watch = &replica->watch;
    if (!watch->connection)
        return;
    http2_stream_reset(watch->connection->client, &watch->stream, HTTP2_CANCEL);
    watch->connection = NULL;
}

void upstream_watch_free(struct upstream_replica *replica)
{
    struct upstream_watch *watch = &replica->watch;
    loop_timer_clear(replica->pool->loop, &watch->again);
    if (!watch->arena.bytes_max)
        return;
    grpc_message_reader_free(&watch->reader);
    buf_free(&watch->message);
    arena_free(&watch->arena);
}
