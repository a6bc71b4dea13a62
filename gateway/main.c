/*
 * The gateway: REST/JSON in front, gRPC behind, for any service whose descriptors it is given.
 *
 * Lifetimes, outermost first: schema, endpoints, resolver, upstream, pipeline, probes, HTTP server. All but the last are const
 * while requests are served; they are destroyed in the opposite order when SIGTERM or SIGINT has ended the server. A
 * second signal ends at once.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/heap.h"
#include "base/log.h"
#include "base/standard_descriptors.h"
#include "codec/schema/schema_file.h"
#include "gateway/http/http_server.h"
#include "gateway/limits.h"
#include "gateway/options.h"
#include "gateway/pipeline/endpoint.h"
#include "gateway/pipeline/explain.h"
#include "gateway/pipeline/idempotent.h"
#include "gateway/pipeline/pipeline.h"
#include "gateway/pipeline/probes.h"
#include "grpc/client/grpc_client.h"

STANDARD_DESCRIPTORS_AT_START;

/* Descriptors besides those of the client connections: libraries, epoll sets, the upstream's connections. */
#define OTHER_DESCRIPTORS 256

static void log_grpc(bool error, const char *message)
{
    log_write(error ? LOG_ERROR : LOG_DEBUG, "gRPC", LOG_TEXT("detail", message));
}

/* Raises the limit of open files to what the connections need. Returns how many connections it allows for. */
static unsigned raise_file_limit(unsigned connections_max)
{
    struct rlimit limit;
    rlim_t other = HTTP_REFUSED_CONNECTIONS_MAX + OTHER_DESCRIPTORS;
    rlim_t wanted = connections_max + other;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return connections_max;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    if (setrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= wanted)
        return connections_max;
    unsigned allowed = limit.rlim_cur > other ? (unsigned)(limit.rlim_cur - other) : 1;
    log_write(LOG_WARNING, "fewer connections than asked for: the limit of open files is too low",
              LOG_INT("connections", allowed), LOG_INT("wanted", connections_max));
    return allowed;
}

/* SIGTERM and SIGINT, blocked in this thread and all that it starts. */
static sigset_t block_signals(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
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

static bool serve(const struct options *options, struct http_handler handler, const sigset_t *signals,
                  struct status *st)
{
    struct http_server_options server_options = {
        .address = options->listen,
        .threads = options->http_threads,
        .connections_max = raise_file_limit(options->connections_max),
        .idle_timeout_s = options->idle_timeout_s,
        .body_bytes_max = options->body_bytes_max,
        .handler = handler,
    };
    struct http_server *server;
    if (!http_server_start(&server_options, &server, st))
        return false;
    printf("gateway: listening on %s\n", http_server_address(server));
    fflush(stdout);
    wait_for_signal(signals);
    http_server_stop(server, options->drain_timeout_ms);
    return true;
}

static bool connect_upstream(const struct options *options, const struct endpoint_set *endpoints,
                             struct grpc_client **ret_upstream, struct status *st)
{
    struct grpc_client_options upstream_options = {.target = options->upstream,
                                                   .threads = options->grpc_threads,
                                                   .calls_max = options->calls_max,
                                                   .keepalive_ms = options->upstream_keepalive_ms};
    struct arena arena;
    arena_init(&arena, SIZE_MAX);
    bool created = idempotent_paths(endpoints, &arena, &upstream_options.idempotent, &upstream_options.idempotent_count)
                       ? grpc_client_create(&upstream_options, ret_upstream, st)
                       : status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for the methods");
    arena_free(&arena);
    return created || status_prefix(st, "--upstream=%s: ", options->upstream);
}

static bool run_server(const struct options *options, const struct resolver *resolver, struct status *st)
{
    struct grpc_client *upstream = NULL;
    struct pipeline *pipeline = NULL;
    struct probes *probes = NULL;
    sigset_t signals = block_signals(); /* before there are threads */
    grpc_client_set_log(log_grpc);
    if (!connect_upstream(options, resolver->endpoints, &upstream, st))
        return false;
    struct pipeline_options pipeline_options = {resolver, upstream, options->error_body, options->deadline_ms};
    struct probes_options probes_options = {options->health_path_prefix, resolver, upstream, options->error_body, {0}};
    bool created = pipeline_create(&pipeline_options, &pipeline, st);
    if (created) {
        probes_options.next = pipeline_handler(pipeline);
        created = probes_create(&probes_options, &probes, st);
    }
    bool served = created && serve(options, probes_handler(probes), &signals, st);
    probes_destroy(probes);
    pipeline_destroy(pipeline);
    grpc_client_destroy(upstream);
    return served;
}

/* What the flags ask for. *ret_code is the exit code when it could be done. */
static bool run(const struct options *options, const struct schema *schema, int *ret_code, struct status *st)
{
    struct endpoint_set *endpoints;
    bool accepted = true;
    bool done = true;
    if (!endpoint_set_create(schema, options->skip_unsupported, &endpoints, st))
        return false;
    struct resolver resolver = {endpoints, options->json, options->ignore_unknown_query};
    resolver.json.schema = schema;
    if (options->print_routes)
        explain_routes(endpoints, stdout);
    else if (options->explain)
        accepted =
            explain_request(&resolver, options->error_body, options->explain, stdin, options->body_bytes_max, stdout);
    else
        done = run_server(options, &resolver, st);
    endpoint_set_destroy(endpoints);
    *ret_code = accepted ? EXIT_SUCCESS : EXIT_FAILURE;
    return done;
}

int main(int argc, char **argv)
{
    struct options options = options_parse(argc, argv);
    struct schema *schema = NULL;
    struct status st;
    int code = EXIT_FAILURE;
    heap_start();
    log_start("gateway", options.log_level);
    signal(SIGPIPE, SIG_IGN);
    if (!schema_load_file(options.descriptors, &schema, &st) || !run(&options, schema, &code, &st)) {
        log_write(LOG_ERROR, "cannot start", LOG_TEXT("detail", st.message));
        code = EXIT_FAILURE;
    }
    schema_destroy(schema);
    return code;
}
