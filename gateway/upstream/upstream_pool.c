/*
 * Replicas are few, so they are a list that is walked. Calls that wait are a queue, served at the end of a turn in which anything has
 * changed that they may wait for; a call that is new goes behind them.
 */
#include "gateway/upstream/upstream_pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/container_of.h"
#include "gateway/upstream/limits.h"
#include "gateway/upstream/upstream_internal.h"

uint64_t upstream_jitter(struct upstream_pool *pool, uint64_t ms)
{
    /* xorshift64 (Marsaglia, 2003): to spread attempts, nothing more */
    pool->random ^= pool->random << 13;
    pool->random ^= pool->random >> 7;
    pool->random ^= pool->random << 17;
    uint64_t width = ms * 2 / 5 + 1;
    return ms - ms / 5 + pool->random % width;
}

/* ---- The choice ---- */

static struct upstream_connection *find_room(const struct upstream_replica *replica)
{
    for (struct upstream_connection *connection = replica->connections; connection; connection = connection->next)
        if (upstream_connection_has_room(connection))
            return connection;
    return NULL;
}

struct upstream_connection *upstream_pool_pick(struct upstream_pool *pool)
{
    struct upstream_replica *first = pool->turn ? pool->turn : pool->replicas, *replica = first;
    if (!first)
        return NULL;
    do {
        struct upstream_replica *next = replica->next ? replica->next : pool->replicas;
        if (upstream_replica_is_ready(replica)) {
            struct upstream_connection *connection = find_room(replica);
            if (connection) {
                pool->turn = next;
                return connection;
            }
            upstream_replica_connect(replica); /* it is full */
        }
        replica = next;
    } while (replica != first);
    return NULL;
}

/* ---- What changes ---- */

static bool has_replica(const struct upstream_pool *pool)
{
    for (const struct upstream_replica *replica = pool->replicas; replica; replica = replica->next)
        if (upstream_replica_is_ready(replica))
            return true;
    return false;
}

static void tell(struct upstream_pool *pool)
{
    if (pool->options.on_change)
        pool->options.on_change(!pool->is_out, pool->is_out ? pool->detail : "");
}

static void look_whether_out(struct upstream_pool *pool)
{
    bool is_out = !has_replica(pool);
    if (is_out == pool->is_out)
        return;
    pool->is_out = is_out;
    if (is_out) { /* told when it lasts */
        pool->out_ms = loop_now_ms(pool->loop);
        loop_timer_set(pool->loop, &pool->out, pool->out_ms + pool->options.wait_ms);
    } else {
        loop_timer_clear(pool->loop, &pool->out);
        tell(pool);
    }
}

static void remove_those_gone(struct upstream_pool *pool)
{
    for (struct upstream_replica **link = &pool->replicas; *link;) {
        struct upstream_replica *replica = *link;
        if (!replica->is_gone || replica->connections) {
            link = &replica->next;
            continue;
        }
        *link = replica->next;
        if (pool->turn == replica)
            pool->turn = replica->next;
        upstream_replica_destroy(replica);
    }
}

static void serve(struct loop_task *task)
{
    struct upstream_pool *pool = CONTAINER_OF(task, struct upstream_pool, serve);
    remove_those_gone(pool);
    look_whether_out(pool);
    while (pool->first) {
        struct upstream_connection *connection = upstream_pool_pick(pool);
        if (!connection)
            return;
        upstream_call_send_on(pool->first, connection);
    }
}

void upstream_pool_changed(struct upstream_pool *pool)
{
    loop_task_add(pool->loop, &pool->serve);
}

/* No replica has come in time. */
static void on_out(struct timer *timer)
{
    struct upstream_pool *pool = CONTAINER_OF(timer, struct upstream_pool, out);
    tell(pool);
    while (pool->is_out && pool->first)
        upstream_call_fail_waiting(pool->first);
}

/* ---- Addresses ---- */

static bool has_address(const struct upstream_address *addresses, size_t count, const struct upstream_address *wanted)
{
    for (size_t i = 0; i < count; i++)
        if (upstream_address_equal(&addresses[i], wanted))
            return true;
    return false;
}

static struct upstream_replica *find_replica(struct upstream_pool *pool, const struct upstream_address *address)
{
    for (struct upstream_replica *replica = pool->replicas; replica; replica = replica->next)
        if (!replica->is_gone && upstream_address_equal(&replica->address, address))
            return replica;
    return NULL;
}

bool upstream_pool_set_addresses(struct upstream_pool *pool, const struct upstream_address *addresses, size_t count)
{
    struct upstream_replica *added = NULL;
    for (size_t i = 0; i < count; i++) {
        if (find_replica(pool, &addresses[i]))
            continue;
        struct upstream_replica *replica = upstream_replica_create(pool, &addresses[i]);
        if (!replica) {
            while (added) {
                replica = added;
                added = added->next;
                upstream_replica_destroy(replica);
            }
            return false;
        }
        replica->next = added;
        added = replica;
    }
    for (struct upstream_replica *replica = pool->replicas; replica; replica = replica->next)
        if (!replica->is_gone && !has_address(addresses, count, &replica->address))
            upstream_replica_leave(replica);
    struct upstream_replica **end = &pool->replicas;
    while (*end)
        end = &(*end)->next;
    *end = added;
    for (struct upstream_replica *replica = added; replica; replica = replica->next)
        upstream_replica_connect(replica);
    upstream_pool_changed(pool);
    return true;
}

void upstream_pool_set_detail(struct upstream_pool *pool, const char *detail)
{
    if (!pool->replicas)
        snprintf(pool->detail, sizeof(pool->detail), "%s", detail);
}

/* ---- Start and end ---- */

bool upstream_pool_create(struct loop *loop, const struct upstream_pool_options *options, const char *authority,
                          struct upstream_pool **ret_pool, struct status *st)
{
    struct upstream_pool *pool = calloc(1, sizeof(*pool));
    if (pool) {
        pool->authority = strdup(authority);
        pool->input = malloc(UPSTREAM_INPUT_BYTES);
    }
    if (!pool || !pool->authority || !pool->input) {
        upstream_pool_destroy(pool);
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for the gRPC client");
    }
    pool->loop = loop;
    pool->options = *options;
    pool->serve.run = serve;
    pool->out.on_due = on_out;
    pool->random = (uint64_t)(uintptr_t)pool | 1;
    http2_memory_init(&pool->memory);
    snprintf(pool->detail, sizeof(pool->detail), "no address is known yet");
    pool->is_out = true;
    pool->out_ms = loop_now_ms(loop);
    loop_timer_set(loop, &pool->out, pool->out_ms + options->wait_ms);
    *ret_pool = pool;
    return true;
}

void upstream_pool_close(struct upstream_pool *pool)
{
    pool->is_closing = true;
    for (struct upstream_replica *replica = pool->replicas, *next; replica; replica = next) {
        next = replica->next;
        upstream_replica_destroy(replica);
    }
    pool->replicas = pool->turn = NULL;
    loop_timer_clear(pool->loop, &pool->out);
    loop_task_remove(pool->loop, &pool->serve);
}

void upstream_pool_destroy(struct upstream_pool *pool)
{
    if (!pool)
        return;
    net_pool_free(&pool->blocks);
    http2_memory_free(&pool->memory);
    free(pool->authority);
    free(pool->input);
    free(pool);
}
