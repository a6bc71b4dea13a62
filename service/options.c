#include "service/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/version.h"
#include "service/limits.h"

static const char usage[] =
    "track_service [--listen=HOST:PORT] [--store=URI] [flags]\n"
    "Keeps Soundcheck's tracks and serves them as the gRPC service soundcheck.v1.TrackService.\n"
    "\n"
    "  --listen=HOST:PORT        where to serve gRPC (127.0.0.1:50051); port 0 takes a free one\n"
    "  --store=URI               where tracks are kept (sqlite:tracks.db):\n"
    "                              sqlite:PATH     a file, made when it is not there\n"
    "                              postgresql://…  a database, by any URI that libpq understands; keep passwords\n"
    "                                              in a PGPASSFILE, as other users see command lines\n"
    "                              memory:         nothing on disk\n"
    "  --drain-timeout=SECONDS   after SIGTERM, time for calls in flight (10); what is left is cancelled\n"
    "  --grpc-threads=N          (one for two processors)\n"
    "Connections, by the names and defaults of gRPC's own settings:\n"
    "  --keepalive-time=SECONDS                  silence after which a client is pinged (7200)\n"
    "  --keepalive-timeout=SECONDS               time for its answer (20)\n"
    "  --keepalive-permit-without-calls          clients may ping, and are pinged, while they have no calls\n"
    "  --min-ping-interval-without-data=SECONDS  a client that pings more often is sent away (10, not 300)\n"
    "  --max-connection-idle=SECONDS             a connection without calls is closed (never)\n"
    "  --max-connection-age=SECONDS              a connection gets no more calls, so that clients meet new replicas "
    "(never)\n"
    "  --max-connection-age-grace=SECONDS        then, time for its calls (no end)\n"
    "  --max-receive-message-length=BYTES        a request message (4194304)\n"
    "Other:\n"
    "  --log-level=debug|info|warning|error  least level that is logged (info)\n"
    "  --help, --version\n";

enum option_id {
    OPTION_LISTEN = 256,
    OPTION_STORE,
    OPTION_DRAIN_TIMEOUT,
    OPTION_GRPC_THREADS,
    OPTION_KEEPALIVE_TIME,
    OPTION_KEEPALIVE_TIMEOUT,
    OPTION_KEEPALIVE_PERMIT_WITHOUT_CALLS,
    OPTION_MIN_PING_INTERVAL_WITHOUT_DATA,
    OPTION_MAX_CONNECTION_IDLE,
    OPTION_MAX_CONNECTION_AGE,
    OPTION_MAX_CONNECTION_AGE_GRACE,
    OPTION_MAX_RECEIVE_MESSAGE_LENGTH,
    OPTION_LOG_LEVEL,
    OPTION_HELP,
    OPTION_VERSION,
};

static const struct option options_long[] = {
    {"listen", required_argument, NULL, OPTION_LISTEN},
    {"store", required_argument, NULL, OPTION_STORE},
    {"drain-timeout", required_argument, NULL, OPTION_DRAIN_TIMEOUT},
    {"grpc-threads", required_argument, NULL, OPTION_GRPC_THREADS},
    {"keepalive-time", required_argument, NULL, OPTION_KEEPALIVE_TIME},
    {"keepalive-timeout", required_argument, NULL, OPTION_KEEPALIVE_TIMEOUT},
    {"keepalive-permit-without-calls", no_argument, NULL, OPTION_KEEPALIVE_PERMIT_WITHOUT_CALLS},
    {"min-ping-interval-without-data", required_argument, NULL, OPTION_MIN_PING_INTERVAL_WITHOUT_DATA},
    {"max-connection-idle", required_argument, NULL, OPTION_MAX_CONNECTION_IDLE},
    {"max-connection-age", required_argument, NULL, OPTION_MAX_CONNECTION_AGE},
    {"max-connection-age-grace", required_argument, NULL, OPTION_MAX_CONNECTION_AGE_GRACE},
    {"max-receive-message-length", required_argument, NULL, OPTION_MAX_RECEIVE_MESSAGE_LENGTH},
    {"log-level", required_argument, NULL, OPTION_LOG_LEVEL},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {0},
};

static _Noreturn void exit_to_help(void)
{
    fputs("Try track_service --help.\n", stderr);
    exit(2);
}

void options_refuse(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("track_service: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit_to_help();
}

static unsigned long number(const char *flag, unsigned long least, unsigned long most)
{
    char *end;
    errno = 0;
    unsigned long value = strtoul(optarg, &end, 10);
    if (optarg[0] < '0' || optarg[0] > '9' || *end || errno || value < least || value > most)
        options_refuse("--%s: expected a number from %lu to %lu, found \"%s\"", flag, least, most, optarg);
    return value;
}

/* Milliseconds, at most a million seconds: gRPC counts them in an int. */
static int seconds(const char *flag)
{
    return (int)number(flag, 1, 1000000) * 1000;
}

static enum log_level log_level(void)
{
    static const char *const words[] = {
        [LOG_DEBUG] = "debug", [LOG_INFO] = "info", [LOG_WARNING] = "warning", [LOG_ERROR] = "error"};
    for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(optarg, words[i]) == 0)
            return (enum log_level)i;
    options_refuse("--log-level: \"%s\" is not one of its values", optarg);
}

/* HOST:PORT with a host and a number from 0 to 65535. What core would make of anything else is not what was meant. */
static const char *address(const char *flag)
{
    const char *colon = strrchr(optarg, ':');
    char *end;
    errno = 0;
    if (!colon || colon == optarg || colon[1] < '0' || colon[1] > '9' || strtoul(colon + 1, &end, 10) > 65535 || *end)
        options_refuse("--%s: expected HOST:PORT, found \"%s\"", flag, optarg);
    return optarg;
}

/* False: it is none of these. */
static bool set_connection_option(struct server_options *server, int id)
{
    switch (id) {
    case OPTION_KEEPALIVE_TIME: server->keepalive_time_ms = seconds("keepalive-time"); return true;
    case OPTION_KEEPALIVE_TIMEOUT: server->keepalive_timeout_ms = seconds("keepalive-timeout"); return true;
    case OPTION_KEEPALIVE_PERMIT_WITHOUT_CALLS: server->keepalive_permit_without_calls = true; return true;
    case OPTION_MIN_PING_INTERVAL_WITHOUT_DATA:
        server->min_ping_interval_ms = seconds("min-ping-interval-without-data");
        return true;
    case OPTION_MAX_CONNECTION_IDLE: server->connection_idle_ms_max = seconds("max-connection-idle"); return true;
    case OPTION_MAX_CONNECTION_AGE: server->connection_age_ms_max = seconds("max-connection-age"); return true;
    case OPTION_MAX_CONNECTION_AGE_GRACE:
        server->connection_age_grace_ms_max = seconds("max-connection-age-grace");
        return true;
    case OPTION_MAX_RECEIVE_MESSAGE_LENGTH:
        server->request_bytes_max = number("max-receive-message-length", 1024, 64 * 1024 * 1024);
        return true;
    default: return false;
    }
}

static void set_option(struct options *options, int id)
{
    if (set_connection_option(&options->server, id))
        return;
    switch (id) {
    case OPTION_LISTEN: options->listen = address("listen"); break;
    case OPTION_STORE: options->store = optarg; break;
    case OPTION_DRAIN_TIMEOUT: options->drain_timeout_ms = (int64_t)number("drain-timeout", 0, 86400) * 1000; break;
    case OPTION_GRPC_THREADS: options->server.threads = (unsigned)number("grpc-threads", 1, SERVER_THREADS_MAX); break;
    case OPTION_LOG_LEVEL: options->log_level = log_level(); break;
    case OPTION_HELP: fputs(usage, stdout); exit(0);
    case OPTION_VERSION: puts("track_service " VERSION); exit(0);
    default: exit_to_help(); /* getopt said what is wrong */
    }
}

struct options options_parse(int argc, char **argv)
{
    struct options options = {
        .listen = "127.0.0.1:50051",
        .store = "sqlite:tracks.db",
        .drain_timeout_ms = 10000,
        .log_level = LOG_INFO,
    };
    for (int id; (id = getopt_long(argc, argv, "", options_long, NULL)) != -1;)
        set_option(&options, id);
    if (optind != argc)
        options_refuse("\"%s\" is not expected", argv[optind]);
    return options;
}
