/* What grpc_client.c and grpc_client_call.c share. */
#ifndef GRPC_CLIENT_CHANNEL_H
#define GRPC_CLIENT_CHANNEL_H

#include <grpc/grpc.h>
#include <pthread.h>
#include <stdatomic.h>

#include "grpc/client/grpc_client.h"

struct grpc_client_thread {
    struct grpc_client *client;
    grpc_completion_queue *queue;
    pthread_t thread;
};

/* The channels of a client. They share their connections. */
enum { CHANNEL_RETRYING, CHANNEL_ONCE, CHANNELS };

struct grpc_client_method {
    void *handles[CHANNELS]; /* the same path, registered with each channel */
    struct grpc_client_method *next;
};

struct grpc_client {
    grpc_channel *channels[CHANNELS];
    struct grpc_client_method *methods;
    unsigned calls_max;
    atomic_uint calls_in_flight;
    atomic_uint next_thread;
    unsigned thread_count; /* those that run */
    struct grpc_client_thread threads[];
};

/* Called on a completion thread when the call of this tag has ended. */
void grpc_client_call_ended(struct grpc_client *client, void *tag);

#endif
