#include "service/store/postgresql_link.h"

#include <stdlib.h>
#include <time.h>

#include "service/limits.h"

static int64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- The link ---- */

void link_init(struct postgresql_link *link, const char *uri, struct availability *availability)
{
    *link = (struct postgresql_link){.uri = uri, .availability = availability, .time = 1};
    pthread_mutex_init(&link->lock, NULL);
}

void link_free(struct postgresql_link *link)
{
    pthread_mutex_destroy(&link->lock);
}

int64_t link_pause_ms(struct postgresql_link *link)
{
    pthread_mutex_lock(&link->lock);
    bool is_trying = link->failures;
    int64_t pause_ms = link->next_attempt_ms - clock_ms();
    pthread_mutex_unlock(&link->lock);
    if (!is_trying)
        return POSTGRESQL_HEARTBEAT_MS;
    return pause_ms > 0 ? pause_ms : 0;
}

/* After so many failed attempts in a row. */
static int64_t retry_pause_ms(unsigned failures)
{
    uint32_t pause_ms = POSTGRESQL_RETRY_MS_MIN;
    for (unsigned i = 1; i < failures && pause_ms < POSTGRESQL_RETRY_MS_MAX; i++)
        pause_ms *= 2;
    if (pause_ms > POSTGRESQL_RETRY_MS_MAX)
        pause_ms = POSTGRESQL_RETRY_MS_MAX;
    return pause_ms - arc4random_uniform(pause_ms / 2);
}

/* ---- A session ---- */

bool session_init(struct postgresql_session *session, struct postgresql_link *link)
{
    *session = (struct postgresql_session){.link = link, .connection = postgresql_create(link->uri)};
    return session->connection;
}

void session_free(struct postgresql_session *session)
{
    postgresql_destroy(session->connection);
}

/* Gives up the session's place among the live ones, and tells whether it may try for another now. */
static bool begin_attempt(struct postgresql_session *session)
{
    struct postgresql_link *link = session->link;
    pthread_mutex_lock(&link->lock);
    if (session->is_live && session->time == link->time)
        link->live--;
    session->is_live = false;
    session->time = link->time;
    bool is_due = !link->failures || clock_ms() >= link->next_attempt_ms;
    bool may_try = is_due && (session->is_keeper || availability_get(link->availability));
    pthread_mutex_unlock(&link->lock);
    return may_try;
}

/* Under the lock: the connections of this time are of no use. */
static void break_off(struct postgresql_link *link)
{
    link->time++;
    link->live = 0;
}

/* When the keeper finds that nothing answers, it need not be told by connections that nobody uses. */
static void end_attempt(struct postgresql_session *session, bool ok)
{
    struct postgresql_link *link = session->link;
    bool is_gone = !ok && session->is_keeper && !postgresql_answers(session->connection);
    pthread_mutex_lock(&link->lock);
    if (is_gone && session->time == link->time)
        break_off(link);
    link->failures = ok ? 0 : link->failures + 1;
    if (!ok)
        link->next_attempt_ms = clock_ms() + retry_pause_ms(link->failures);
    session->is_live = ok && session->time == link->time;
    link->live += session->is_live;
    availability_set(link->availability, ok || link->live > 0, ok ? "" : postgresql_detail(session->connection));
    pthread_mutex_unlock(&link->lock);
}

bool session_use(struct postgresql_session *session, struct status *st)
{
    session->is_fresh = false;
    if (postgresql_is_connected(session->connection) && session->time == atomic_load(&session->link->time))
        return true;
    postgresql_disconnect(session->connection);
    if (!begin_attempt(session))
        return status_fail(st, STATUS_UNAVAILABLE, "the database cannot be reached, try again later");
    session->is_fresh = true;
    bool ok = postgresql_connect(session->connection, st) && postgresql_prepare(session->connection, st);
    if (!ok)
        postgresql_disconnect(session->connection);
    end_attempt(session, ok);
    return ok;
}

void session_failed(struct postgresql_session *session, const struct status *st)
{
    struct postgresql_link *link = session->link;
    if (st->code == STATUS_ABORTED)
        return;
    pthread_mutex_lock(&link->lock);
    if (!postgresql_is_connected(session->connection) && session->time == link->time) /* the first to find out */
        break_off(link);
    pthread_mutex_unlock(&link->lock);
    const char *detail = postgresql_detail(session->connection);
    availability_tell_failure(link->availability, *detail ? detail : st->message);
}

bool session_was_stale(const struct postgresql_session *session)
{
    return !session->is_fresh && !postgresql_is_connected(session->connection);
}

void session_ping(struct postgresql_session *session)
{
    struct status st;
    if (!session_use(session, &st))
        return;
    if (postgresql_ping(session->connection, &st))
        return;
    session_failed(session, &st);
    bool ok = session_use(session, &st);
    (void)ok; /* the link knows */
}
