/* The command line of track_service. The flags are a contract: other tools rely on them. */
#ifndef SERVICE_OPTIONS_H
#define SERVICE_OPTIONS_H

#include <stdint.h>

#include "base/log.h"
#include "service/server/server.h"

struct options {
    const char *listen;
    const char *store;
    struct server_options server;
    int64_t drain_timeout_ms;
    enum log_level log_level;
};

/* Prints what is wrong with the command line, and where to look it up, and ends the program with 2. */
__attribute__((noreturn, format(printf, 1, 2))) void options_refuse(const char *format, ...);

/* Reads the flags. --help and --version end the program with 0, a bad command line as options_refuse() does. */
struct options options_parse(int argc, char **argv);

#endif
