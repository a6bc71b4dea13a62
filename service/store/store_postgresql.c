/*
 * A PostgreSQL database, or one that speaks its protocol, which any number of services share.
 *
 *     write ──► committer ──► POSTGRESQL_WRITERS tables, two threads in turn each ──┐
 *     read  ──► readers   ──► threads that share round trips                        ├─ a session each ──► libpq ──► server
 *               keeper    ──► asks whether the server is there                      ┘  all of one link
 *
 * A track is a row, as in every store, and the database's row locks are what keeps services apart: a decision is taken on
 * rows that nobody else can change until it is committed. Nothing is cached, so replicas have nothing to tell each other.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/processors.h"
#include "service/limits.h"
#include "service/store/committer.h"
#include "service/store/postgresql_keeper.h"
#include "service/store/postgresql_readers.h"
#include "service/store/postgresql_schema.h"
#include "service/store/postgresql_table.h"
#include "service/store/store_backend.h"

struct store_postgresql {
    struct store store;
    char *uri;
    struct postgresql_link link;
    struct postgresql_table writers[POSTGRESQL_WRITERS];
    struct committer *committer;
    struct postgresql_readers *readers;
    struct postgresql_keeper *keeper;
};

static void read_method(struct store *store, struct store_read *read)
{
    readers_submit(((struct store_postgresql *)store)->readers, read);
}

static void write_method(struct store *store, struct store_write *write)
{
    committer_submit(((struct store_postgresql *)store)->committer, write);
}

/* Also for a store that was opened half-way. */
static void close_method(struct store *store)
{
    struct store_postgresql *postgresql = (struct store_postgresql *)store;
    committer_destroy(postgresql->committer);
    readers_destroy(postgresql->readers);
    keeper_destroy(postgresql->keeper);
    for (size_t i = 0; i < POSTGRESQL_WRITERS; i++)
        postgresql_table_free(&postgresql->writers[i]);
    link_free(&postgresql->link);
    availability_free(&postgresql->store.availability);
    free(postgresql->uri);
    free(postgresql);
}

/* On a connection of its own, as the others prepare statements that need the tables. Who starts a service wants details. */
static bool update_schema(const char *uri, struct status *st)
{
    struct postgresql_connection *connection = postgresql_create(uri);
    if (!connection)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for a database connection");
    bool ok = postgresql_connect(connection, st) && postgresql_schema_update(connection, st);
    if (!ok && *postgresql_detail(connection))
        status_fail(st, st->code == STATUS_INTERNAL ? STATUS_FAILED_PRECONDITION : st->code, "%s",
                    postgresql_detail(connection));
    postgresql_destroy(connection);
    return ok;
}

static bool start_writers(struct store_postgresql *postgresql, struct status *st)
{
    struct batch_table *tables[POSTGRESQL_WRITERS];
    for (size_t i = 0; i < POSTGRESQL_WRITERS; i++) {
        if (!postgresql_table_init(&postgresql->writers[i], &postgresql->link))
            return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for a database connection");
        tables[i] = &postgresql->writers[i].table;
    }
    return committer_create(tables, POSTGRESQL_WRITERS, STORE_QUEUE_MAX, &postgresql->committer, st);
}

static bool start_all(struct store_postgresql *postgresql, struct status *st)
{
    unsigned reader_count = processors_scale(1, POSTGRESQL_READERS_MIN, POSTGRESQL_READERS_MAX);
    return update_schema(postgresql->uri, st) && start_writers(postgresql, st) &&
           readers_create(&postgresql->link, reader_count, &postgresql->readers, st) &&
           keeper_create(&postgresql->link, &postgresql->keeper, st);
}

bool store_postgresql_open(const char *rest, struct store **ret_store, struct status *st)
{
    static const struct store_methods methods = {read_method, write_method, close_method};
    struct store_postgresql *postgresql = calloc(1, sizeof(*postgresql));
    char *uri = NULL;
    if (!postgresql || asprintf(&uri, "postgresql:%s", rest) < 0) {
        free(postgresql);
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for a store");
    }
    postgresql->store.methods = &methods;
    postgresql->uri = uri;
    availability_init(&postgresql->store.availability);
    link_init(&postgresql->link, uri, &postgresql->store.availability);
    if (!postgresql_check_uri(uri, st) || !start_all(postgresql, st)) {
        close_method(&postgresql->store);
        return status_prefix(st, "store postgresql: ");
    }
    *ret_store = &postgresql->store;
    return true;
}
