/*
 * Lifetimes, outermost first: the workers' loops, the upstream, the pipelines, the HTTP server. They are destroyed in the opposite order
 * when the loops have ended.
 */
#include "gateway/gateway.h"

#include <stdlib.h>

#include "base/budget.h"
#include "gateway/pipeline/probes.h"
#include "gateway/upstream/upstream.h"
#include "gateway/worker.h"
#include "web/http/http_server.h"

struct gateway {
    struct gateway_options options;
    struct budget budget;
    struct upstream *upstream;
    struct http_server *server;
    unsigned worker_count;
    struct worker workers[];
};

static bool create_workers(struct gateway *gateway, struct status *st)
{
    bool created = true;
    while (created && gateway->worker_count < gateway->options.loops)
        created = worker_init(&gateway->workers[gateway->worker_count++], &gateway->budget, st);
    return created;
}

static struct loop **list_loops(struct gateway *gateway)
{
    struct loop **loops = calloc(gateway->worker_count, sizeof(*loops));
    for (unsigned i = 0; loops && i < gateway->worker_count; i++)
        loops[i] = gateway->workers[i].loop;
    return loops;
}

static bool create_upstream(struct gateway *gateway, struct status *st)
{
    const struct gateway_options *options = &gateway->options;
    const struct upstream_options upstream_options = {
        .calls_max = options->calls_max,
        .wait_ms = options->upstream_wait_ms,
        .keepalive_ms = options->upstream_keepalive_ms,
        .on_change = options->on_upstream,
    };
    struct loop **loops = list_loops(gateway);
    if (!loops)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for the gateway");
    bool created =
        upstream_create(options->upstream, &upstream_options, loops, gateway->worker_count, &gateway->upstream, st) ||
        status_prefix(st, "--upstream=%s: ", options->upstream);
    free(loops);
    return created;
}

static bool create_pipelines(struct gateway *gateway, struct api *api, struct status *st)
{
    const struct pipeline_options options = {
        .error_body = gateway->options.error_body,
        .deadline_ms = gateway->options.deadline_ms,
        .health_path_prefix = gateway->options.health_path_prefix,
    };
    for (unsigned i = 0; i < gateway->worker_count; i++)
        if (!worker_set_pipeline(&gateway->workers[i], upstream_get_pool(gateway->upstream, i), &options, api, st))
            return false;
    return true;
}

static bool create_server(struct gateway *gateway, struct status *st)
{
    const struct gateway_options *options = &gateway->options;
    const struct http_server_options server_options = {
        .address = options->listen,
        .connections_max = options->connections_max,
        .idle_timeout_ms = options->idle_timeout_ms,
        .body_bytes_max = options->body_bytes_max,
        .client_bytes_max = options->client_bytes_max,
        .peer_bytes_max = options->peer_bytes_max,
        .on_drained = worker_end,
    };
    struct http_server_loop *loops = calloc(gateway->worker_count, sizeof(*loops));
    if (!loops)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for the gateway");
    for (unsigned i = 0; i < gateway->worker_count; i++) {
        struct worker *worker = &gateway->workers[i];
        loops[i] = (struct http_server_loop){worker->loop, &worker->purse, pipeline_handler(worker->pipeline), worker};
    }
    bool created = http_server_create(&server_options, loops, gateway->worker_count, &gateway->server, st);
    free(loops);
    return created;
}

bool gateway_create(const struct gateway_options *options, struct api *api, struct gateway **ret_gateway,
                    struct status *st)
{
    if (!probes_check_prefix(options->health_path_prefix, api->endpoints, st))
        return false;
    struct gateway *gateway = calloc(1, sizeof(*gateway) + options->loops * sizeof(gateway->workers[0]));
    if (!gateway)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for the gateway");
    gateway->options = *options;
    budget_init(&gateway->budget, options->memory_bytes_max);
    if (create_workers(gateway, st) && create_upstream(gateway, st) && create_pipelines(gateway, api, st) &&
        create_server(gateway, st)) {
        *ret_gateway = gateway;
        return true;
    }
    gateway_destroy(gateway);
    return false;
}

bool gateway_start(struct gateway *gateway, struct status *st)
{
    bool started = upstream_start(gateway->upstream, st);
    for (unsigned i = 0; i < gateway->worker_count && started; i++)
        started = worker_start(&gateway->workers[i], st);
    if (!started)
        gateway_stop(gateway, 0); /* those that do run */
    return started;
}

const char *gateway_address(const struct gateway *gateway)
{
    return http_server_address(gateway->server);
}

void gateway_stop(struct gateway *gateway, uint32_t timeout_ms)
{
    upstream_stop(gateway->upstream);
    http_server_drain(gateway->server, timeout_ms);
    for (unsigned i = 0; i < gateway->worker_count; i++)
        worker_join(&gateway->workers[i]);
}

void gateway_destroy(struct gateway *gateway)
{
    if (!gateway)
        return;
    for (unsigned i = 0; i < gateway->worker_count; i++)
        worker_close(&gateway->workers[i]);
    upstream_destroy(gateway->upstream);
    for (unsigned i = 0; i < gateway->worker_count; i++)
        worker_finish(&gateway->workers[i]);
    http_server_destroy(gateway->server);
    for (unsigned i = 0; i < gateway->worker_count; i++)
        worker_free(&gateway->workers[i]);
    free(gateway);
}
