/*
 * Stands between a client and a PostgreSQL server and cuts the connection at a place that a test chooses.
 *
 * Every function fails the running test when something goes wrong.
 */
#ifndef TESTS_SUPPORT_POSTGRESQL_PROXY_H
#define TESTS_SUPPORT_POSTGRESQL_PROXY_H

struct postgresql_proxy;

enum proxy_cut {
    PROXY_CUT_NOTHING,
    PROXY_CUT_BEFORE, /* the server does not see the statement, nor what is behind it */
    PROXY_CUT_AFTER, /* the server has run the statement and all of its group, and the client does not see the answer */
};

/* Listens on a Unix socket in the directory and leads to the server's in the other directory. */
struct postgresql_proxy *proxy_start(const char *directory, const char *server_directory);

/* Cuts the connection on which the prepared statement of this name is executed next, once. Keeps the name. */
void proxy_cut(struct postgresql_proxy *proxy, enum proxy_cut cut, const char *statement);

/* Groups of statements that clients have sent, each of which is a round trip. */
int proxy_count_groups(struct postgresql_proxy *proxy);

/* After the clients have closed their connections. */
void proxy_end(struct postgresql_proxy *proxy);

#endif
