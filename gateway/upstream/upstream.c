/* Addresses of a list are given to the pools at once; those of a name come as one message a loop for each answer that differs. */
#include "gateway/upstream/upstream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/container_of.h"
#include "gateway/upstream/limits.h"
#include "gateway/upstream/upstream_resolver.h"
#include "gateway/upstream/upstream_target.h"

/* Memory of a target: the addresses of the longest list. */
#define ARENA_BYTES (UPSTREAM_ADDRESSES_MAX * sizeof(struct upstream_address) + 64 * 1024)

struct seat {
    struct loop *loop;
    struct upstream_pool *pool;
};

struct upstream {
    struct arena arena;
    struct upstream_target target;
    struct upstream_resolver *resolver; /* NULL: the target is a list, or it has not been started */
    unsigned seat_count;
    struct seat seats[];
};

/* ---- Addresses of a name, on their way to a loop ---- */

struct news {
    struct loop_message message;
    struct upstream_pool *pool;
    char failure[128]; /* why there are none */
    size_t count;
    struct upstream_address addresses[];
};

static void on_news(struct loop_message *message)
{
    struct news *news = CONTAINER_OF(message, struct news, message);
    if (news->count == 0)
        upstream_pool_set_detail(news->pool, news->failure);
    else if (!upstream_pool_set_addresses(news->pool, news->addresses, news->count))
        upstream_pool_set_detail(news->pool, "no memory for the addresses of the service");
    free(news);
}

static void post(struct upstream *upstream, const struct upstream_address *addresses, size_t count, const char *failure)
{
    for (unsigned i = 0; i < upstream->seat_count; i++) {
        struct news *news = malloc(sizeof(*news) + count * sizeof(news->addresses[0]));
        if (!news)
            continue; /* the next answer is not far */
        news->message.run = on_news;
        news->pool = upstream->seats[i].pool;
        news->count = count;
        snprintf(news->failure, sizeof(news->failure), "%.80s: %.40s", upstream->target.name, failure);
        if (count)
            memcpy(news->addresses, addresses, count * sizeof(*addresses));
        loop_post(upstream->seats[i].loop, &news->message);
    }
}

static void found(const struct upstream_address *addresses, size_t count, void *ctx)
{
    post(ctx, addresses, count, "");
}

static void failed(const char *why, void *ctx)
{
    post(ctx, NULL, 0, why);
}

static void on_loss(void *ctx)
{
    struct upstream *upstream = ctx;
    if (upstream->resolver)
        upstream_resolver_ask(upstream->resolver);
}

/* ---- Start and end ---- */

static bool create_pools(struct upstream *upstream, const struct upstream_options *options, struct loop *const *loops,
                         unsigned loop_count, struct status *st)
{
    struct upstream_pool_options own = {
        .calls_max = (options->calls_max + loop_count - 1) / loop_count,
        .wait_ms = options->wait_ms,
        .keepalive_ms = options->keepalive_ms,
        .on_loss = on_loss,
        .on_loss_ctx = upstream,
    };
    for (; upstream->seat_count < loop_count; upstream->seat_count++) {
        struct seat *seat = &upstream->seats[upstream->seat_count];
        own.on_change = upstream->seat_count == 0 ? options->on_change : NULL; /* one is enough for the log */
        seat->loop = loops[upstream->seat_count];
        if (!upstream_pool_create(seat->loop, &own, upstream->target.authority, &seat->pool, st))
            return false;
        if (upstream->target.addresses &&
            !upstream_pool_set_addresses(seat->pool, upstream->target.addresses, upstream->target.address_count)) {
            upstream->seat_count++;
            return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for the addresses of the service");
        }
    }
    return true;
}

bool upstream_create(const char *target, const struct upstream_options *options, struct loop *const *loops,
                     unsigned loop_count, struct upstream **ret_upstream, struct status *st)
{
    struct upstream *upstream = calloc(1, sizeof(*upstream) + loop_count * sizeof(upstream->seats[0]));
    if (!upstream)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for the gRPC client");
    arena_init(&upstream->arena, ARENA_BYTES);
    if (upstream_target_parse(target, &upstream->arena, &upstream->target, st) &&
        create_pools(upstream, options, loops, loop_count, st)) {
        *ret_upstream = upstream;
        return true;
    }
    for (unsigned i = 0; i < upstream->seat_count; i++)
        upstream_pool_close(upstream->seats[i].pool);
    upstream_destroy(upstream);
    return false;
}

bool upstream_start(struct upstream *upstream, struct status *st)
{
    const struct upstream_resolver_events events = {found, failed, upstream};
    return !upstream->target.name || upstream_resolver_create(&upstream->target, &events, &upstream->resolver, st);
}

struct upstream_pool *upstream_get_pool(const struct upstream *upstream, unsigned loop)
{
    return upstream->seats[loop].pool;
}

void upstream_stop(struct upstream *upstream)
{
    if (upstream->resolver)
        upstream_resolver_stop(upstream->resolver);
}

void upstream_destroy(struct upstream *upstream)
{
    if (!upstream)
        return;
    upstream_resolver_destroy(upstream->resolver);
    for (unsigned i = 0; i < upstream->seat_count; i++)
        upstream_pool_destroy(upstream->seats[i].pool);
    arena_free(&upstream->arena);
    free(upstream);
}
