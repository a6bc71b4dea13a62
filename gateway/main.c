/*
 * The gateway: REST/JSON in front, gRPC behind, for any service whose descriptors it is given.
 *
 * SIGTERM and SIGINT drain it; a second signal ends it at once.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/heap.h"
#include "base/log.h"
#include "base/standard_descriptors.h"
#include "codec/schema/schema_file.h"
#include "gateway/api/api.h"
#include "gateway/gateway.h"
#include "gateway/limits.h"
#include "gateway/options.h"
#include "gateway/pipeline/explain.h"
#include "gateway/upstream/limits.h"
#include "web/http/limits.h"

STANDARD_DESCRIPTORS_AT_START;

/* ---- The process ---- */

/* Descriptors besides those of clients and of the service: libraries, logs, the listening socket, name look-ups. */
#define OTHER_DESCRIPTORS 64

/* Of a loop: its epoll set, its wake-up, and its connections to the replicas of a service of the usual size. */
#define LOOP_DESCRIPTORS (2 + 8 * UPSTREAM_CONNECTIONS_MAX)

/* Raises the limit of open files to what the connections need. Returns how many connections of clients it allows for. */
static unsigned raise_file_limit(unsigned connections_max, unsigned loops)
{
    struct rlimit limit;
    rlim_t other = HTTP_REFUSED_CONNECTIONS_MAX + OTHER_DESCRIPTORS + (rlim_t)loops * LOOP_DESCRIPTORS;
    rlim_t wanted = connections_max + other;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return connections_max;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    if (setrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= wanted)
        return connections_max;
    /* Half for the clients where there are not enough for all. */
    rlim_t left = limit.rlim_cur > 2 * other ? limit.rlim_cur - other : limit.rlim_cur / 2;
    unsigned allowed = left < connections_max ? (unsigned)left : connections_max;
    log_write(LOG_WARNING, "fewer connections than asked for: the limit of open files is too low",
              LOG_INT("connections", allowed), LOG_INT("wanted", connections_max));
    return allowed;
}

/* SIGTERM and SIGINT end the gateway; SIGHUP and the like, which would kill by default, do nothing. */
static sigset_t block_signals(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL); /* before there are threads, which inherit it */
    signal(SIGHUP, SIG_IGN);
    signal(SIGUSR1, SIG_IGN);
    signal(SIGUSR2, SIG_IGN);
    return signals;
}

/* From then on a signal ends the program at once. */
static void wait_for_signal(const sigset_t *signals)
{
    int number;
    sigwait(signals, &number);
    pthread_sigmask(SIG_UNBLOCK, signals, NULL);
    log_write(LOG_INFO, "draining", LOG_INT("signal", number));
}

/* ---- Serving ---- */

static void log_change(bool has_replica, const char *detail)
{
    if (has_replica)
        log_write(LOG_INFO, "the service can be reached");
    else
        log_write(LOG_WARNING, "the service cannot be reached", LOG_TEXT("detail", detail));
}

static bool run_server(const struct options *options, struct api *api, struct status *st)
{
    sigset_t signals = block_signals();
    const struct gateway_options gateway_options = {
        .listen = options->listen,
        .upstream = options->upstream,
        .loops = options->http_threads,
        .connections_max = raise_file_limit(options->connections_max, options->http_threads),
        .idle_timeout_ms = options->idle_timeout_s * 1000,
        .body_bytes_max = options->body_bytes_max,
        .memory_bytes_max = options->memory_bytes_max,
        .client_bytes_max = options->memory_bytes_max / MEMORY_CLIENT_SHARE,
        .peer_bytes_max = options->memory_bytes_max / MEMORY_PEER_SHARE,
        .calls_max = options->calls_max,
        .deadline_ms = options->deadline_ms,
        .upstream_wait_ms = options->upstream_wait_ms,
        .upstream_keepalive_ms = options->upstream_keepalive_ms,
        .error_body = options->error_body,
        .health_path_prefix = options->health_path_prefix,
        .on_upstream = log_change,
    };
    struct gateway *gateway;
    if (!gateway_create(&gateway_options, api, &gateway, st))
        return false;
    bool started = gateway_start(gateway, st);
    if (started) {
        printf("gateway: listening on %s\n", gateway_address(gateway));
        fflush(stdout);
        wait_for_signal(&signals);
        gateway_stop(gateway, options->drain_timeout_ms);
    }
    gateway_destroy(gateway);
    return started;
}

/* What the flags ask for. *ret_code is the exit code when it could be done. */
static bool run(const struct options *options, struct api *api, int *ret_code, struct status *st)
{
    bool accepted = true;
    bool done = true;
    if (options->print_routes)
        explain_routes(api->endpoints, stdout);
    else if (options->explain)
        accepted = explain_request(api, options->error_body, options->explain, stdin, options->body_bytes_max, stdout);
    else
        done = run_server(options, api, st);
    *ret_code = accepted ? EXIT_SUCCESS : EXIT_FAILURE;
    return done;
}

static bool load_api(const struct options *options, struct api **ret_api, struct status *st)
{
    struct schema *schema;
    return schema_load_file(options->descriptors, &schema, st) &&
           api_create(schema, &options->json, options->ignore_unknown_query, options->skip_unsupported, ret_api, st);
}

int main(int argc, char **argv)
{
    struct options options = options_parse(argc, argv);
    struct api *api = NULL;
    struct status st;
    int code = EXIT_FAILURE;
    heap_start();
    log_start("gateway", options.log_level);
    signal(SIGPIPE, SIG_IGN);
    if (options.has_grpc_threads)
        log_write(LOG_WARNING, "--grpc-threads has no meaning any more: --http-threads says how many loops there are");
    if (!load_api(&options, &api, &st) || !run(&options, api, &code, &st)) {
        log_write(LOG_ERROR, "cannot start", LOG_TEXT("detail", st.message));
        code = EXIT_FAILURE;
    }
    api_release(api);
    return code;
}
