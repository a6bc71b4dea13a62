/*
 * track_service: the tracks, kept in a store and served over gRPC.
 *
 * Lifetimes, outermost first: store, handler, services of gRPC itself, server. Signals are blocked before the first thread starts, so that all threads
 * have them blocked and only the wait in this one takes them. SIGTERM or SIGINT ends the server, then the store, each after it
 * has finished what was begun; a second signal ends the program at once.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/log.h"
#include "base/standard_descriptors.h"
#include "service/handler/handler.h"
#include "service/options.h"
#include "service/served_descriptors.h"
#include "service/server/core_log.h"
#include "service/server/health.h"
#include "service/server/reflection.h"
#include "service/server/server.h"
#include "service/store/store.h"

STANDARD_DESCRIPTORS_AT_START;

static sigset_t block_signals(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a limit on the size of files is a full disk: an error of the write, not the end */
    return signals;
}

static void wait_for_signal(const sigset_t *signals)
{
    int number;
    sigwait(signals, &number);
    pthread_sigmask(SIG_UNBLOCK, signals, NULL);
    log_write(LOG_INFO, "draining", LOG_INT("signal", number));
}

/* The host of HOST:PORT, which may hold colons itself, with the port that was bound. */
static void print_address(const char *listen, int port)
{
    printf("track_service: listening on %.*s:%d\n", (int)(strrchr(listen, ':') - listen), listen, port);
    fflush(stdout);
}

static void note_store_event(void *ctx, enum store_event event, const char *detail)
{
    struct health *health = ctx;
    switch (event) {
    case STORE_WENT_DOWN:
        log_write(LOG_ERROR, "the store does not work", LOG_TEXT("detail", detail));
        health_set_serving(health, false);
        break;
    case STORE_CAME_BACK:
        log_write(LOG_INFO, "the store works again");
        health_set_serving(health, true);
        break;
    case STORE_FAILED: log_write(LOG_WARNING, "the store failed", LOG_TEXT("detail", detail)); break;
    }
}

static bool serve(const struct options *options, struct server *server, const sigset_t *signals, struct status *st)
{
    int port;
    if (!server_start(server, options->listen, &port, st))
        return false;
    print_address(options->listen, port);
    wait_for_signal(signals);
    if (!server_drain(server, options->drain_timeout_ms))
        log_write(LOG_WARNING, "calls were cancelled when the time to drain was over");
    return true;
}

static bool run(const struct options *options, struct store *store, const sigset_t *signals, struct status *st)
{
    struct handler handler;
    struct server *server;
    struct health *health = NULL;
    struct reflection *reflection = NULL;
    handler_init(&handler, store, handler_system_clock);
    if (!server_create(&options->server, &server, st))
        return false;
    bool served = server_add_service(server, &handler.service.base, st) && health_create(server, &health, st) &&
                  reflection_create(server, served_descriptors, &reflection, st);
    if (served) {
        store_watch(store, note_store_event, health);
        served = serve(options, server, signals, st);
        store_watch(store, NULL, NULL);
    }
    server_destroy(server);
    reflection_destroy(reflection);
    health_destroy(health);
    return served;
}

int main(int argc, char **argv)
{
    struct options options = options_parse(argc, argv);
    struct store *store = NULL;
    struct status st;
    sigset_t signals = block_signals();
    heap_start();
    log_start("track_service", options.log_level);
    core_log_start();
    bool opened = store_open(options.store, &store, &st);
    if (!opened && st.code == STATUS_INVALID_ARGUMENT)
        options_refuse("--store: %s", st.message);
    bool served = opened && run(&options, store, &signals, &st);
    if (!served)
        log_write(LOG_ERROR, "cannot start", LOG_TEXT("detail", st.message));
    store_close(store);
    return served ? EXIT_SUCCESS : EXIT_FAILURE;
}
