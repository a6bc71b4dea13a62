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
    "  --log-level=debug|info|warning|error  least level that is logged (info)\n"
    "  --help, --version\n";

enum option_id {
    OPTION_LISTEN = 256,
    OPTION_STORE,
    OPTION_DRAIN_TIMEOUT,
    OPTION_GRPC_THREADS,
    OPTION_LOG_LEVEL,
    OPTION_HELP,
    OPTION_VERSION,
};

static const struct option options_long[] = {
    {"listen", required_argument, NULL, OPTION_LISTEN},
    {"store", required_argument, NULL, OPTION_STORE},
    {"drain-timeout", required_argument, NULL, OPTION_DRAIN_TIMEOUT},
    {"grpc-threads", required_argument, NULL, OPTION_GRPC_THREADS},
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

static void set_option(struct options *options, int id)
{
    switch (id) {
    case OPTION_LISTEN: options->listen = address("listen"); break;
    case OPTION_STORE: options->store = optarg; break;
    case OPTION_DRAIN_TIMEOUT: options->drain_timeout_ms = (int64_t)number("drain-timeout", 0, 86400) * 1000; break;
    case OPTION_GRPC_THREADS: options->grpc_threads = (unsigned)number("grpc-threads", 1, SERVER_THREADS_MAX); break;
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
