/*
 * Descriptors 0, 1 and 2 of a process that was started without them. The first sockets and files that it opens would take these numbers:
 * a log line would go to a client, or into the database.
 */
#ifndef BASE_STANDARD_DESCRIPTORS_H
#define BASE_STANDARD_DESCRIPTORS_H

#include <stdbool.h>

/*
 * Stands in the file of main(): those that are closed are opened before anything else, the constructors of shared libraries included,
 * for gRPC's open descriptors. When they cannot be opened the program ends, having nowhere to say why.
 */
#define STANDARD_DESCRIPTORS_AT_START                                                                                  \
    __attribute__((section(".preinit_array"), used)) static void (*standard_descriptors_at_start)(void) =              \
        standard_descriptors_open_or_exit

/* Opens those that are closed on /dev/null: 0 to read, 1 and 2 to write. False: they cannot be opened. */
bool standard_descriptors_open(void) __attribute__((warn_unused_result));

/* The same; the process ends with a failure where that returns false. */
void standard_descriptors_open_or_exit(void);

#endif
