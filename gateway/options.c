/*
 * A flag is a row of the table, a case of the switch, and a line of the usage. Numbers are read strictly, with their
 * range.
 */
#include "gateway/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/processors.h"
#include "base/version.h"
#include "gateway/limits.h"

static const char usage[] =
    "gateway --descriptors=FILE [--listen=ADDRESS] [--upstream=TARGET] [flags]\n"
    "Serves the unary methods of a gRPC service as REST/JSON, by the google.api.http rules of its descriptors.\n"
    "\n"
    "  --descriptors=FILE              an encoded google.protobuf.FileDescriptorSet, imports included\n"
    "  --listen=ADDRESS                where to serve HTTP (127.0.0.1:8080): HOST:PORT, port 0 takes a free one, or "
    "unix:PATH\n"
    "  --upstream=TARGET               the gRPC service (127.0.0.1:50051): HOST:PORT, a list of IP:PORT with commas in "
    "between,\n"
    "                                  dns:[//server/]NAME:PORT, ipv4: or ipv6: and a list, unix:PATH, "
    "unix-abstract:NAME;\n"
    "                                  calls go round its replicas\n"
    "JSON:\n"
    "  --emit-defaults                 print fields without presence also when they hold their default\n"
    "  --json-names=camel|proto        names of fields in replies (camel); requests may use both\n"
    "  --enums=name|number             how enums are printed (name)\n"
    "  --int64=string|number           how 64-bit integers are printed (string)\n"
    "  --unknown-fields=reject|ignore  a JSON field that the message does not have (reject)\n"
    "  --unknown-query=reject|ignore   a query parameter that the message does not have (reject)\n"
    "  --error-body=status|backstage   errors as google.rpc.Status or as @backstage/errors parses them (status)\n"
    "Limits:\n"
    "  --max-body=BYTES                a request body (1048576)\n"
    "  --max-connections=N             client connections (10000)\n"
    "  --max-calls=N                   calls in flight to the service, waiting ones included (1024 per processor, 2048 "
    "to 16384)\n"
    "  --deadline-ms=N                 time for one call (10000)\n"
    "  --upstream-keepalive-ms=N       silence after which a connection to the service is tested (330000); 0: never\n"
    "  --upstream-wait-ms=N            how long calls wait for a replica, from the loss of the last one on (2500)\n"
    "  --memory-limit=BYTES            memory held for clients: bodies, replies, requests in flight (536870912)\n"
    "  --idle-timeout=SECONDS          a connection without activity (60)\n"
    "  --drain-timeout=SECONDS         after SIGTERM, time for requests in flight (10)\n"
    "  --http-threads=N                event loops, each on a thread of its own (one per processor, 1 to 64)\n"
    "Other:\n"
    "  --health-path-prefix=PATH       PATH/live and PATH/ready are for probes (/healthz); empty: there are none\n"
    "  --skip-unsupported              leave out streaming methods instead of refusing to start\n"
    "  --log-level=debug|info|warning|error  least level that is logged (info)\n"
    "  --print-routes                  print one line a route, METHOD TEMPLATE -> package.Service/Method, and end\n"
    "  --explain='PUT /path?q=1'       print what this request, with its body on stdin, would call and send, and end\n"
    "  --help, --version\n";

enum option_id {
    OPTION_LISTEN = 256,
    OPTION_UPSTREAM,
    OPTION_DESCRIPTORS,
    OPTION_ERROR_BODY,
    OPTION_UNKNOWN_FIELDS,
    OPTION_UNKNOWN_QUERY,
    OPTION_EMIT_DEFAULTS,
    OPTION_JSON_NAMES,
    OPTION_ENUMS,
    OPTION_INT64,
    OPTION_MAX_BODY,
    OPTION_MAX_CONNECTIONS,
    OPTION_MAX_CALLS,
    OPTION_DEADLINE_MS,
    OPTION_UPSTREAM_KEEPALIVE_MS,
    OPTION_UPSTREAM_WAIT_MS,
    OPTION_MEMORY_LIMIT,
    OPTION_IDLE_TIMEOUT,
    OPTION_DRAIN_TIMEOUT,
    OPTION_HTTP_THREADS,
    OPTION_GRPC_THREADS,
    OPTION_HEALTH_PATH_PREFIX,
    OPTION_SKIP_UNSUPPORTED,
    OPTION_LOG_LEVEL,
    OPTION_PRINT_ROUTES,
    OPTION_EXPLAIN,
    OPTION_HELP,
    OPTION_VERSION,
};

static const struct option options_long[] = {
    {"listen", required_argument, NULL, OPTION_LISTEN},
    {"upstream", required_argument, NULL, OPTION_UPSTREAM},
    {"descriptors", required_argument, NULL, OPTION_DESCRIPTORS},
    {"error-body", required_argument, NULL, OPTION_ERROR_BODY},
    {"unknown-fields", required_argument, NULL, OPTION_UNKNOWN_FIELDS},
    {"unknown-query", required_argument, NULL, OPTION_UNKNOWN_QUERY},
    {"emit-defaults", no_argument, NULL, OPTION_EMIT_DEFAULTS},
    {"json-names", required_argument, NULL, OPTION_JSON_NAMES},
    {"enums", required_argument, NULL, OPTION_ENUMS},
    {"int64", required_argument, NULL, OPTION_INT64},
    {"max-body", required_argument, NULL, OPTION_MAX_BODY},
    {"max-connections", required_argument, NULL, OPTION_MAX_CONNECTIONS},
    {"max-calls", required_argument, NULL, OPTION_MAX_CALLS},
    {"deadline-ms", required_argument, NULL, OPTION_DEADLINE_MS},
    {"upstream-keepalive-ms", required_argument, NULL, OPTION_UPSTREAM_KEEPALIVE_MS},
    {"upstream-wait-ms", required_argument, NULL, OPTION_UPSTREAM_WAIT_MS},
    {"memory-limit", required_argument, NULL, OPTION_MEMORY_LIMIT},
    {"idle-timeout", required_argument, NULL, OPTION_IDLE_TIMEOUT},
    {"drain-timeout", required_argument, NULL, OPTION_DRAIN_TIMEOUT},
    {"http-threads", required_argument, NULL, OPTION_HTTP_THREADS},
    {"grpc-threads", required_argument, NULL, OPTION_GRPC_THREADS},
    {"health-path-prefix", required_argument, NULL, OPTION_HEALTH_PATH_PREFIX},
    {"skip-unsupported", no_argument, NULL, OPTION_SKIP_UNSUPPORTED},
    {"log-level", required_argument, NULL, OPTION_LOG_LEVEL},
    {"print-routes", no_argument, NULL, OPTION_PRINT_ROUTES},
    {"explain", required_argument, NULL, OPTION_EXPLAIN},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {0},
};

__attribute__((noreturn, format(printf, 1, 2))) static void exit_usage(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("gateway: ", stderr);
    vfprintf(stderr, format, arguments);
    fputs("\nTry gateway --help.\n", stderr);
    va_end(arguments);
    exit(2);
}

/* Which of the words the flag's argument is; any other ends the program. The list ends with NULL. */
static unsigned choose(const char *flag, const char *const *words)
{
    for (unsigned i = 0; words[i]; i++)
        if (strcmp(optarg, words[i]) == 0)
            return i;
    exit_usage("--%s: \"%s\" is not one of its values", flag, optarg);
}
#define CHOOSE(flag, ...) choose(flag, (const char *const[]){__VA_ARGS__, NULL})

static unsigned long number(const char *flag, unsigned long least, unsigned long most)
{
    char *end;
    errno = 0;
    unsigned long value = strtoul(optarg, &end, 10);
    if (optarg[0] < '0' || optarg[0] > '9' || *end || errno || value < least || value > most)
        exit_usage("--%s: expected a number from %lu to %lu, found \"%s\"", flag, least, most, optarg);
    return value;
}

static void set_json_option(struct options *options, enum option_id id)
{
    struct transcode_options *json = &options->json;
    switch (id) {
    case OPTION_UNKNOWN_FIELDS: json->ignore_unknown_fields = CHOOSE("unknown-fields", "reject", "ignore"); break;
    case OPTION_EMIT_DEFAULTS: json->emit_defaults = true; break;
    case OPTION_JSON_NAMES: json->proto_names = CHOOSE("json-names", "camel", "proto"); break;
    case OPTION_ENUMS: json->enum_numbers = CHOOSE("enums", "name", "number"); break;
    default: json->int64_numbers = CHOOSE("int64", "string", "number"); break;
    }
}

static void set_limit(struct options *options, enum option_id id)
{
    switch (id) {
    case OPTION_MAX_BODY: options->body_bytes_max = number("max-body", 0, TRANSCODE_INPUT_BYTES_MAX); break;
    case OPTION_MAX_CONNECTIONS: options->connections_max = (unsigned)number("max-connections", 1, 1000000); break;
    case OPTION_MAX_CALLS: options->calls_max = (unsigned)number("max-calls", 1, 1000000); break;
    case OPTION_DEADLINE_MS: options->deadline_ms = (uint32_t)number("deadline-ms", 1, 86400000); break;
    case OPTION_UPSTREAM_KEEPALIVE_MS:
        options->upstream_keepalive_ms = (uint32_t)number("upstream-keepalive-ms", 0, 86400000);
        break;
    case OPTION_UPSTREAM_WAIT_MS: options->upstream_wait_ms = (uint32_t)number("upstream-wait-ms", 0, 86400000); break;
    case OPTION_MEMORY_LIMIT: options->memory_bytes_max = number("memory-limit", MEMORY_BYTES_MIN, SIZE_MAX); break;
    case OPTION_IDLE_TIMEOUT: options->idle_timeout_s = (unsigned)number("idle-timeout", 1, 86400); break;
    case OPTION_DRAIN_TIMEOUT: options->drain_timeout_ms = (uint32_t)number("drain-timeout", 0, 86400) * 1000; break;
    case OPTION_HTTP_THREADS: options->http_threads = (unsigned)number("http-threads", 1, HTTP_THREADS_MAX); break;
    default:
        number("grpc-threads", 1, 256);
        options->has_grpc_threads = true;
        break;
    }
}

static void set_option(struct options *options, int id)
{
    switch ((enum option_id)id) {
    case OPTION_LISTEN: options->listen = optarg; break;
    case OPTION_UPSTREAM: options->upstream = optarg; break;
    case OPTION_DESCRIPTORS: options->descriptors = optarg; break;
    case OPTION_ERROR_BODY:
        options->error_body = (enum error_body_form)CHOOSE("error-body", "status", "backstage");
        break;
    case OPTION_UNKNOWN_QUERY: options->ignore_unknown_query = CHOOSE("unknown-query", "reject", "ignore"); break;
    case OPTION_HEALTH_PATH_PREFIX: options->health_path_prefix = optarg; break;
    case OPTION_SKIP_UNSUPPORTED: options->skip_unsupported = true; break;
    case OPTION_LOG_LEVEL:
        options->log_level = (enum log_level)CHOOSE("log-level", "debug", "info", "warning", "error");
        break;
    case OPTION_PRINT_ROUTES: options->print_routes = true; break;
    case OPTION_EXPLAIN: options->explain = optarg; break;
    case OPTION_HELP: fputs(usage, stdout); exit(0);
    case OPTION_VERSION: puts("gateway " VERSION); exit(0);
    case OPTION_UNKNOWN_FIELDS:
    case OPTION_EMIT_DEFAULTS:
    case OPTION_JSON_NAMES:
    case OPTION_ENUMS:
    case OPTION_INT64: set_json_option(options, (enum option_id)id); break;
    default: set_limit(options, (enum option_id)id); break;
    }
}

struct options options_parse(int argc, char **argv)
{
    struct options options = {
        .listen = "127.0.0.1:8080",
        .upstream = "127.0.0.1:50051",
        .health_path_prefix = "/healthz",
        .error_body = ERROR_BODY_STATUS,
        .log_level = LOG_INFO,
        .body_bytes_max = DEFAULT_BODY_BYTES_MAX,
        .connections_max = DEFAULT_CONNECTIONS_MAX,
        .calls_max = processors_scale(DEFAULT_CALLS_PER_PROCESSOR, DEFAULT_CALLS_MIN, DEFAULT_CALLS_MAX),
        .deadline_ms = DEFAULT_DEADLINE_MS,
        .upstream_keepalive_ms = DEFAULT_UPSTREAM_KEEPALIVE_MS,
        .idle_timeout_s = DEFAULT_IDLE_TIMEOUT_S,
        .drain_timeout_ms = DEFAULT_DRAIN_TIMEOUT_MS,
        .http_threads = processors_scale(1, DEFAULT_HTTP_THREADS_MIN, DEFAULT_HTTP_THREADS_MAX),
        .upstream_wait_ms = DEFAULT_UPSTREAM_WAIT_MS,
        .memory_bytes_max = DEFAULT_MEMORY_BYTES_MAX,
    };
    opterr = 0;
    for (int id; (id = getopt_long(argc, argv, "", options_long, NULL)) != -1;) {
        if (id == '?')
            exit_usage("%s: an unknown flag, or its value is missing or not expected", argv[optind - 1]);
        set_option(&options, id);
    }
    if (optind != argc)
        exit_usage("\"%s\" is not expected", argv[optind]);
    if (!options.descriptors)
        exit_usage("--descriptors is needed");
    return options;
}
