/*
 * The HTTP server's housekeeping thread: accepts connections, drains those that linger, and ticks for the sweeps.
 *
 * libmicrohttpd could accept by itself. Done here, connections are spread evenly over the HTTP threads, those over the
 * limit are told so, and accepting ends cleanly while the rest goes on. It costs a connection one more wake-up, and a
 * request nothing.
 *
 * Threads  The callbacks run on the keeper's own thread.
 */
#ifndef GATEWAY_HTTP_KEEPER_H
#define GATEWAY_HTTP_KEEPER_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "base/status.h"
#include "gateway/http/linger_set.h"

struct keeper_callbacks {
    /* A client has connected; the callback takes the socket over. */
    void (*accepted)(int fd, const struct sockaddr *address, socklen_t address_len, void *ctx);
    /* Every HTTP_TICK_MS or somewhat more. */
    void (*tick)(void *ctx);
    void *ctx;
};

struct keeper {
    struct keeper_callbacks callbacks;
    int listen_fd; /* -1 once accepting has ended */
    int epoll_fd;
    int event_fd;
    bool accept_paused; /* out of descriptors, until the next tick */
    atomic_bool accepting;
    sem_t accepting_ended;
    atomic_bool running;
    pthread_t thread;
    struct linger_set linger_set;
};

/* Starts the thread. Takes listen_fd over, also on failure. */
MUST_USE bool keeper_start(struct keeper *keeper, int listen_fd, const struct keeper_callbacks *callbacks,
                           struct status *st);

/*
 * Accepts who is waiting and closes the listening socket: who tries to connect afterwards is refused, and accepted() is not called any
 * more. Once.
 */
void keeper_stop_accepting(struct keeper *keeper);

/* Ends the thread and closes everything. */
void keeper_stop(struct keeper *keeper);

#endif
