/*
 * What the connections of a store know in common about its server: whether it is there, when to try again, which connections
 * were made before something broke.
 *
 * Flow     link_init, link_free; each connection in a session: session_init, session_use before each piece of work,
 *          session_failed after one that failed, session_free.
 * Breaks   When one connection is lost, all others of its time are closed before their next use: after a failover they may
 *          lead to a server that is no longer the primary, and after a cut network each would have to find out by itself.
 * Retries  A lost connection is made anew at once. When that fails and no other is left, the store is down: work is refused
 *          at once, and the keeper's session alone tries again, with growing pauses that a random part makes different in
 *          every process.
 * Threads  A link is safe from any, a session is one's at a time.
 * Errors   UNAVAILABLE: the server cannot be reached now.
 */
#ifndef SERVICE_STORE_POSTGRESQL_LINK_H
#define SERVICE_STORE_POSTGRESQL_LINK_H

#include <pthread.h>
#include <stdatomic.h>

#include "service/store/availability.h"
#include "service/store/postgresql_connection.h"

struct postgresql_link {
    const char *uri;
    struct availability *availability; /* changes under the lock */
    _Atomic uint64_t time;             /* grows by one with each break, under the lock */

    pthread_mutex_t lock;    /* guards what follows */
    unsigned live;           /* connections of the present time */
    unsigned failures;       /* attempts to connect since the last that went well */
    int64_t next_attempt_ms; /* after a failure, by the monotonic clock */
};

struct postgresql_session {
    struct postgresql_link *link;
    struct postgresql_connection *connection;
    bool is_keeper; /* there is one, which tries while the store is down */
    uint64_t time;  /* the link's, when the connection was made */
    bool is_live;   /* counted by the link, if that time is the present one */
    bool is_fresh;  /* the connection was made by the latest session_use() */
};

/* Keeps both. */
void link_init(struct postgresql_link *link, const char *uri, struct availability *availability);
void link_free(struct postgresql_link *link);

/* Milliseconds until the keeper is to call session_ping(). */
int64_t link_pause_ms(struct postgresql_link *link);

/* False: no memory. */
MUST_USE bool session_init(struct postgresql_session *session, struct postgresql_link *link);

/* A session that is all zero is fine. */
void session_free(struct postgresql_session *session);

/* Sees to it that the connection is up to date: connects and prepares when it is not. */
MUST_USE bool session_use(struct postgresql_session *session, struct status *st);

/* Notes that work on the connection has failed in this way. */
void session_failed(struct postgresql_session *session, const struct status *st);

/* Whether work that has failed without effect is worth a second try: its connection was an old one, and is lost. */
bool session_was_stale(const struct postgresql_session *session);

/* For the keeper: asks the server whether it is there; connects when there is no connection. */
void session_ping(struct postgresql_session *session);

#endif
