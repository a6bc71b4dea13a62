/*
 * A replica has one connection, and more while all that it has are full. One attempt is made at a time; between two that fail there is
 * a wait that grows, but not beyond UPSTREAM_BACK_OFF_MS_SOON for some time behind a loss, so that a service that is started again is
 * found at once.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/container_of.h"
#include "gateway/upstream/limits.h"
#include "gateway/upstream/upstream_internal.h"

static bool has_attempt(const struct upstream_replica *replica)
{
    for (const struct upstream_connection *connection = replica->connections; connection; connection = connection->next)
        if (connection->state == UPSTREAM_CONNECTING)
            return true;
    return timer_is_set(&replica->retry);
}

static bool has_room(const struct upstream_replica *replica)
{
    for (const struct upstream_connection *connection = replica->connections; connection; connection = connection->next)
        if (upstream_connection_has_room(connection))
            return true;
    return false;
}

/* The wait before the next attempt. */
static void back_off(struct upstream_replica *replica)
{
    struct upstream_pool *pool = replica->pool;
    uint64_t now_ms = loop_now_ms(pool->loop);
    bool is_soon = now_ms < replica->lost_ms + UPSTREAM_SOON_MS;
    uint32_t most_ms = is_soon ? UPSTREAM_BACK_OFF_MS_SOON : UPSTREAM_BACK_OFF_MS_MAX;
    if (replica->back_off_ms > most_ms)
        replica->back_off_ms = most_ms;
    loop_timer_set(pool->loop, &replica->retry, now_ms + upstream_jitter(pool, replica->back_off_ms));
    replica->back_off_ms += replica->back_off_ms * 3 / 5;
}

static void attempt(struct upstream_replica *replica)
{
    struct upstream_connection **end = &replica->connections;
    struct status st;
    struct upstream_connection *connection = upstream_connection_create(replica, &st);
    if (!connection) {
        snprintf(replica->pool->detail, sizeof(replica->pool->detail), "%.60s: %.60s", replica->address.text,
                 st.message);
        back_off(replica);
        return;
    }
    while (*end)
        end = &(*end)->next;
    *end = connection;
    replica->connection_count++;
}

static void on_retry(struct timer *timer)
{
    attempt(CONTAINER_OF(timer, struct upstream_replica, retry));
}

void upstream_replica_connect(struct upstream_replica *replica)
{
    if (!replica->is_gone && !replica->pool->is_closing && replica->connection_count < UPSTREAM_CONNECTIONS_MAX &&
        !has_attempt(replica) && !has_room(replica))
        attempt(replica);
}

void upstream_replica_connected(struct upstream_replica *replica, struct upstream_connection *connection)
{
    replica->back_off_ms = UPSTREAM_BACK_OFF_MS_MIN;
    if (replica->watch.connection)
        return;
    if (replica->connection_count == 1) /* it may be another process than before */
        replica->health = UPSTREAM_HEALTH_UNKNOWN;
    upstream_watch_start(replica, connection);
}

static bool has_ready(const struct upstream_replica *replica)
{
    for (const struct upstream_connection *connection = replica->connections; connection; connection = connection->next)
        if (connection->state == UPSTREAM_READY)
            return true;
    return false;
}

/* The health is asked for on a connection that is left, or is not known any more. */
static void watch_elsewhere(struct upstream_replica *replica)
{
    if (replica->watch.connection)
        return;
    for (struct upstream_connection *connection = replica->connections; connection; connection = connection->next)
        if (connection->state == UPSTREAM_READY) {
            upstream_watch_start(replica, connection);
            return;
        }
    replica->health = UPSTREAM_HEALTH_UNKNOWN;
}

void upstream_replica_lost(struct upstream_replica *replica, struct upstream_connection *connection, bool was_ready)
{
    struct upstream_pool *pool = replica->pool;
    for (struct upstream_connection **link = &replica->connections; *link; link = &(*link)->next)
        if (*link == connection) {
            *link = connection->next;
            replica->connection_count--;
            break;
        }
    if (replica->is_gone || pool->is_closing) {
        upstream_pool_changed(pool); /* removes a replica that is gone */
        return;
    }
    if (was_ready && !has_ready(replica)) {
        replica->lost_ms = loop_now_ms(pool->loop);
        replica->back_off_ms = UPSTREAM_BACK_OFF_MS_MIN;
        pool->options.on_loss(pool->options.on_loss_ctx);
    }
    watch_elsewhere(replica);
    if (!has_ready(replica) && !has_attempt(replica))
        back_off(replica);
    upstream_pool_changed(pool);
}

bool upstream_replica_is_ready(const struct upstream_replica *replica)
{
    return !replica->is_gone && replica->health == UPSTREAM_SERVING && has_ready(replica);
}

struct upstream_replica *upstream_replica_create(struct upstream_pool *pool, const struct upstream_address *address)
{
    struct upstream_replica *replica = calloc(1, sizeof(*replica));
    if (!replica)
        return NULL;
    replica->pool = pool;
    replica->address = *address;
    replica->back_off_ms = UPSTREAM_BACK_OFF_MS_MIN;
    replica->lost_ms = loop_now_ms(pool->loop);
    replica->keepalive_ms = pool->options.keepalive_ms;
    replica->retry.on_due = on_retry;
    return replica;
}

void upstream_replica_leave(struct upstream_replica *replica)
{
    replica->is_gone = true;
    loop_timer_clear(replica->pool->loop, &replica->retry);
    for (struct upstream_connection *connection = replica->connections, *next; connection; connection = next) {
        next = connection->next;
        upstream_connection_leave(connection);
    }
}

void upstream_replica_destroy(struct upstream_replica *replica)
{
    replica->is_gone = true;
    loop_timer_clear(replica->pool->loop, &replica->retry);
    while (replica->connections)
        upstream_connection_close(replica->connections);
    upstream_watch_free(replica);
    free(replica);
}
