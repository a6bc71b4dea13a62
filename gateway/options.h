/* The command line of the gateway. The flags are a contract: other tools rely on them. */
#ifndef GATEWAY_OPTIONS_H
#define GATEWAY_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/log.h"
#include "codec/transcode/transcode.h"
#include "gateway/pipeline/error_body.h"

struct options {
    const char *listen;
    const char *upstream;
    const char *descriptors;
    const char *health_path_prefix; /* empty: none */
    const char *explain;            /* NULL, or what to explain instead of serving */
    bool print_routes;              /* instead of serving */
    bool skip_unsupported;
    bool ignore_unknown_query;
    enum error_body_form error_body;
    struct transcode_options json; /* without its schema */
    enum log_level log_level;
    size_t body_bytes_max;
    unsigned connections_max;
    unsigned calls_max;
    unsigned idle_timeout_s;
    uint32_t deadline_ms;
    uint32_t upstream_keepalive_ms; /* 0: never */
    uint32_t drain_timeout_ms;
    uint32_t upstream_wait_ms;
    size_t memory_bytes_max;
    unsigned http_threads; /* loops */
    bool has_grpc_threads; /* a flag of old versions, to be warned about */
};

/* Reads the flags. --help and --version end the program with 0, a bad command line with 2 and a message on stderr. */
struct options options_parse(int argc, char **argv);

#endif
