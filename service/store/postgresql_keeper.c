#include "service/store/postgresql_keeper.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "service/limits.h"
#include "service/store/store_thread.h"

struct postgresql_keeper {
    struct postgresql_session session;
    int64_t next_forget_s; /* by the monotonic clock */
    pthread_t thread;

    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t wake;
    bool stopping;
};

/* Waits for the link's next heartbeat or attempt. False: the keeper is to end. */
static bool wait_for_turn(struct postgresql_keeper *keeper)
{
    struct timespec turn;
    int64_t pause_ms = link_pause_ms(keeper->session.link);
    clock_gettime(CLOCK_MONOTONIC, &turn);
    int64_t turn_ns = turn.tv_nsec + pause_ms * 1000000;
    turn.tv_sec += turn_ns / 1000000000;
    turn.tv_nsec = turn_ns % 1000000000;
    pthread_mutex_lock(&keeper->lock);
    for (int error = 0; !keeper->stopping && error != ETIMEDOUT;)
        error = pthread_cond_timedwait(&keeper->wake, &keeper->lock, &turn);
    bool stopping = keeper->stopping;
    pthread_mutex_unlock(&keeper->lock);
    return !stopping;
}

/* A row's version begins as the nanosecond of its creation: those of the present are higher, whatever clock gives them. */
static void forget_deleted(struct postgresql_keeper *keeper)
{
    struct postgresql_session *session = &keeper->session;
    struct timespec monotonic;
    struct timespec now;
    struct status st;
    char bytes[8];
    clock_gettime(CLOCK_MONOTONIC, &monotonic);
    if (monotonic.tv_sec < keeper->next_forget_s || !session_use(session, &st))
        return;
    keeper->next_forget_s = monotonic.tv_sec + POSTGRESQL_FORGET_S;
    clock_gettime(CLOCK_REALTIME, &now);
    struct view version = postgresql_number((now.tv_sec - POSTGRESQL_REMEMBER_S) * 1000000000, bytes);
    bool ok = postgresql_send(session->connection, POSTGRESQL_FORGET, &version, &st) &&
              postgresql_sync(session->connection, &st) &&
              postgresql_receive(session->connection, "DELETE", NULL, NULL, &st);
    postgresql_finish(session->connection);
    if (!ok)
        session_failed(session, &st);
}

static void *run(void *ctx)
{
    struct postgresql_keeper *keeper = ctx;
    do {
        session_ping(&keeper->session);
        forget_deleted(keeper);
    } while (wait_for_turn(keeper));
    return NULL;
}

static void free_keeper(struct postgresql_keeper *keeper)
{
    session_free(&keeper->session);
    pthread_cond_destroy(&keeper->wake);
    pthread_mutex_destroy(&keeper->lock);
    free(keeper);
}

bool keeper_create(struct postgresql_link *link, struct postgresql_keeper **ret_keeper, struct status *st)
{
    struct postgresql_keeper *keeper = calloc(1, sizeof(*keeper));
    if (!keeper || !session_init(&keeper->session, link)) {
        free(keeper);
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for a database connection");
    }
    keeper->session.is_keeper = true;
    pthread_mutex_init(&keeper->lock, NULL);
    store_thread_init_wake(&keeper->wake);
    int error = store_thread_start(&keeper->thread, "store-keeper", run, keeper);
    if (error) {
        free_keeper(keeper);
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "cannot start a thread of the store: %s", strerror(error));
    }
    *ret_keeper = keeper;
    return true;
}

void keeper_destroy(struct postgresql_keeper *keeper)
{
    if (!keeper)
        return;
    pthread_mutex_lock(&keeper->lock);
    keeper->stopping = true;
    pthread_cond_signal(&keeper->wake);
    pthread_mutex_unlock(&keeper->lock);
    pthread_join(keeper->thread, NULL);
    free_keeper(keeper);
}
