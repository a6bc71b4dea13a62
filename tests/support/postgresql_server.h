/*
 * A PostgreSQL server of a test program's own, run by postgresql_server.sh on a temporary cluster.
 *
 * Every function fails the running test when something goes wrong.
 */
#ifndef TESTS_SUPPORT_POSTGRESQL_SERVER_H
#define TESTS_SUPPORT_POSTGRESQL_SERVER_H

#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

struct postgresql_server {
    pid_t script;
    FILE *commands;
    FILE *answers;
    char directory[64]; /* of its Unix socket */
    char answer[1024];  /* to the latest command */
};

/* Starts a server that does not sync its files: it may be killed, but not the machine. */
void postgresql_server_start(struct postgresql_server *server);

/* Ends it and removes its cluster. */
void postgresql_server_end(struct postgresql_server *server);

/* Gives one of the script's commands, such as "kill" or "sql SELECT 1", and waits until it is done. Returns server->answer. */
const char *postgresql_server_command(struct postgresql_server *server, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The URI of a schema of its database, through the socket in this directory (NULL: the server's own). */
void postgresql_server_uri(const struct postgresql_server *server, const char *socket_directory, const char *schema,
                           char *uri, size_t uri_bytes);

#endif
