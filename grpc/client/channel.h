/* What upstream.c and upstream_call.c share. */
#ifndef GRPC_CLIENT_CHANNEL_H
#define GRPC_CLIENT_CHANNEL_H

#include <grpc/grpc.h>
#include <pthread.h>
#include <stdatomic.h>

#include "grpc/client/grpc_client.h"

struct upstream_thread {
    struct upstream *upstream;
    grpc_completion_queue *queue;
    pthread_t thread;
};

/* The channels of an upstream. They share their connections. */
enum { CHANNEL_RETRYING, CHANNEL_ONCE, CHANNELS };

struct upstream_method {
    void *handles[CHANNELS]; /* the same path, registered with each channel */
    struct upstream_method *next;
};

struct upstream {
    grpc_channel *channels[CHANNELS];
    struct upstream_method *methods;
    unsigned calls_max;
    atomic_uint calls_in_flight;
    atomic_uint next_thread;
    unsigned thread_count; /* those that run */
    struct upstream_thread threads[];
};

/* Called on a completion thread when the call of this tag has ended. */
void upstream_call_ended(struct upstream *upstream, void *tag);

#endif
