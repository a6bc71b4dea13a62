/*
 * One of the gateway's loops with all that is its own: the pipeline, and the connections to the service.
 *
 * Flow     init all, give their handlers to the HTTP server, start all; drain the server, which ends each of them; join, free.
 * Threads  init and free on the main thread while the loop does not run.
 */
#ifndef GATEWAY_WORKER_H
#define GATEWAY_WORKER_H

#include <pthread.h>

#include "base/budget.h"
#include "base/status.h"
#include "gateway/api/api.h"
#include "gateway/pipeline/pipeline.h"
#include "gateway/upstream/upstream.h"
#include "web/loop/loop.h"

struct worker {
    struct loop *loop;
    struct budget_purse purse;
    struct pipeline *pipeline;
    struct upstream_pool *pool; /* the upstream's */
    pthread_t thread;
    bool is_running;
};

/* The loop alone; the upstream wants loops before it can be made. */
MUST_USE bool worker_init(struct worker *worker, struct budget *budget, struct status *st);

/* The pipeline, in front of a pool of this loop. */
MUST_USE bool worker_set_pipeline(struct worker *worker, struct upstream_pool *pool,
                                  const struct pipeline_options *options, struct api *api, struct status *st);

MUST_USE bool worker_start(struct worker *worker, struct status *st);

/* On its thread: closes what it has, and ends its loop. */
void worker_end(void *worker);

/* The same for one that does not run; once is enough. */
void worker_close(struct worker *worker);

/* Waits for its end, if it was started. */
void worker_join(struct worker *worker);

/* Frees what was closed. */
void worker_finish(struct worker *worker);

void worker_free(struct worker *worker);

#endif
