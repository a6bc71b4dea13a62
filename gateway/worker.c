#include "gateway/worker.h"

#include <string.h>

bool worker_init(struct worker *worker, struct budget *budget, struct status *st)
{
    memset(worker, 0, sizeof(*worker));
    budget_purse_init(&worker->purse, budget);
    return loop_create(&worker->loop, st);
}

bool worker_set_pipeline(struct worker *worker, struct upstream_pool *pool, const struct pipeline_options *options,
                         struct api *api, struct status *st)
{
    struct pipeline_options own = *options;
    worker->pool = pool;
    own.loop = worker->loop;
    own.upstreams = &worker->pool;
    return pipeline_create(&own, &worker->pipeline, st) &&
           (pipeline_set_api(worker->pipeline, api) ||
            status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for the pipeline"));
}

static void *run(void *ctx)
{
    const struct worker *worker = ctx;
    loop_run(worker->loop);
    return NULL;
}

bool worker_start(struct worker *worker, struct status *st)
{
    worker->is_running = pthread_create(&worker->thread, NULL, run, worker) == 0;
    return worker->is_running || status_fail(st, STATUS_RESOURCE_EXHAUSTED, "cannot start a thread");
}

void worker_close(struct worker *worker)
{
    pipeline_destroy(worker->pipeline);
    worker->pipeline = NULL;
    if (worker->pool)
        upstream_pool_close(worker->pool);
    worker->pool = NULL;
}

/* The tasks of this last turn free what was closed. */
void worker_end(void *ctx)
{
    struct worker *worker = ctx;
    worker_close(worker);
    loop_stop(worker->loop);
}

void worker_join(struct worker *worker)
{
    if (worker->is_running)
        pthread_join(worker->thread, NULL);
    worker->is_running = false;
}

void worker_finish(struct worker *worker)
{
    if (worker->loop)
        loop_finish(worker->loop);
}

void worker_free(struct worker *worker)
{
    loop_destroy(worker->loop);
    budget_purse_free(&worker->purse);
    memset(worker, 0, sizeof(*worker));
}
