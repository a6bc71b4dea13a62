/*
 * libpq in non-blocking mode, with poll() where there is nothing to do: so every wait has an end, which libpq's own have not.
 * (Connecting is the exception: it blocks, as only then libpq limits the time for each of several hosts.)
 *
 * libpq keeps what is sent until the socket takes it, and doubles its memory for that; large groups are therefore flushed as
 * they grow. While it waits to send it reads as well, so that a server that waits for its results to be taken is no deadlock.
 *
 * A server may be silent because it is gone, or because a commit waits for a standby, which no statement timeout ends: so it is
 * asked to give that up before the connection is closed. Otherwise its process would wait on, with the rows locked.
 */
#include "service/store/postgresql_connection.h"

#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "service/limits.h"
#include "service/store/postgresql_sqlstate.h"
#include "service/store/postgresql_uri.h"

#define COLUMNS_MAX 3

struct postgresql_connection {
    const char *uri;
    PGconn *pq; /* NULL: not connected */
    size_t unsent_bytes;
    size_t pending;    /* statements whose outcome was not taken */
    bool is_synced;    /* the group's end is to be taken, behind them */
    bool was_warned;   /* in this group */
    bool takes_writes; /* did, when the connection was made */
    char detail[512];
};

/* ---- Errors ---- */

/* libpq's messages have lines. */
static void note(struct postgresql_connection *connection, const char *text)
{
    size_t len = 0;
    for (; *text && len < sizeof(connection->detail) - 3; text++) {
        if (*text != '\n')
            connection->detail[len++] = *text;
        else if (text[1])
            len += (size_t)sprintf(connection->detail + len, "; ");
    }
    connection->detail[len] = '\0';
}

/* Closes the connection because of `why`; NULL: libpq says it. */
static bool lose(struct postgresql_connection *connection, const char *why, struct status *st)
{
    note(connection, why ? why : PQerrorMessage(connection->pq));
    postgresql_disconnect(connection);
    return status_fail(st, STATUS_UNAVAILABLE, "the connection to the database was lost");
}

static const char *field_of(const PGresult *result, int code)
{
    const char *field = PQresultErrorField(result, code);
    return field ? field : "";
}

static void note_result(struct postgresql_connection *connection, const PGresult *result)
{
    char text[sizeof(connection->detail)];
    const char *more = field_of(result, PG_DIAG_MESSAGE_DETAIL);
    snprintf(text, sizeof(text), "%s %s: %s%s%s", field_of(result, PG_DIAG_SEVERITY_NONLOCALIZED),
             field_of(result, PG_DIAG_SQLSTATE), field_of(result, PG_DIAG_MESSAGE_PRIMARY), *more ? "; " : "", more);
    note(connection, text);
}

static bool fail(struct postgresql_connection *connection, const PGresult *result, struct status *st)
{
    char sqlstate[6];
    snprintf(sqlstate, sizeof(sqlstate), "%s", field_of(result, PG_DIAG_SQLSTATE));
    if (!*sqlstate) /* libpq's own error */
        return lose(connection, NULL, st);
    note_result(connection, result);
    const struct sqlstate_meaning *meaning = sqlstate_meaning(sqlstate);
    bool is_over = *field_of(result, PG_DIAG_SEVERITY_NONLOCALIZED) != 'E'; /* but FATAL or PANIC */
    if (is_over || meaning->reconnect)
        postgresql_disconnect(connection);
    if (is_over)
        return status_fail(st, STATUS_UNAVAILABLE, "the database has closed the connection (SQLSTATE %s)", sqlstate);
    return status_fail(st, meaning->code, "the database has refused (SQLSTATE %s)", sqlstate);
}

static void take_notice(void *ctx, const PGresult *notice)
{
    struct postgresql_connection *connection = ctx;
    if (*field_of(notice, PG_DIAG_SEVERITY_NONLOCALIZED) != 'W')
        return;
    connection->was_warned = true;
    note_result(connection, notice);
}

const char *postgresql_detail(const struct postgresql_connection *connection)
{
    return connection->detail;
}

bool postgresql_was_warned(const struct postgresql_connection *connection)
{
    return connection->was_warned;
}

/* ---- Waiting ---- */

static bool is_ready(struct pollfd *socket, int timeout_ms)
{
    int ready;
    do
        ready = poll(socket, 1, timeout_ms);
    while (ready < 0 && errno == EINTR);
    return ready > 0;
}

static void *run_cancel(void *request)
{
    char error[256];
    PQcancel(request, error, sizeof(error));
    PQfreeCancel(request);
    return NULL;
}

/* Asks the server to end what it is doing. On a thread of its own, which nobody waits for: libpq waits for the server to take
 * note, however long that takes. */
static void cancel(struct postgresql_connection *connection)
{
    pthread_t thread;
    PGcancel *request = PQgetCancel(connection->pq);
    if (request && pthread_create(&thread, NULL, run_cancel, request) == 0)
        pthread_detach(thread);
    else
        PQfreeCancel(request);
}

static bool wait_for(struct postgresql_connection *connection, short events, struct status *st)
{
    struct pollfd socket = {.fd = PQsocket(connection->pq), .events = events};
    if (!is_ready(&socket, POSTGRESQL_SILENCE_MS)) {
        cancel(connection);
        if (!is_ready(&socket, POSTGRESQL_CANCEL_MS))
            return lose(connection, "the server is silent", st);
    }
    if (!(socket.revents & ~POLLOUT))
        return true;
    /* TLS may have given us a part of a record, of whose rest poll() knows nothing. */
    for (int i = PQsslInUse(connection->pq) ? 2 : 1; i > 0; i--)
        if (!PQconsumeInput(connection->pq))
            return lose(connection, NULL, st);
    return true;
}

static bool flush(struct postgresql_connection *connection, struct status *st)
{
    connection->unsent_bytes = 0;
    for (int left; (left = PQflush(connection->pq)) != 0;) {
        if (left < 0)
            return lose(connection, NULL, st);
        if (!wait_for(connection, POLLIN | POLLOUT, st))
            return false;
    }
    return true;
}

/* The next result, NULL at a statement's end; false when the connection is lost. */
static bool next_result(struct postgresql_connection *connection, PGresult **ret_result, struct status *st)
{
    while (PQisBusy(connection->pq))
        if (!wait_for(connection, POLLIN, st))
            return false;
    *ret_result = PQgetResult(connection->pq);
    return true;
}

/* ---- A group of statements ---- */

static bool sent(struct postgresql_connection *connection, int ok, size_t bytes, struct status *st)
{
    if (!ok)
        return lose(connection, NULL, st);
    connection->pending++;
    connection->unsent_bytes += bytes;
    return connection->unsent_bytes < POSTGRESQL_UNSENT_BYTES_MAX || flush(connection, st);
}

/* A group begins with its first statement. */
static bool begin_group(struct postgresql_connection *connection, struct status *st)
{
    if (!connection->pq)
        return status_fail(st, STATUS_UNAVAILABLE, "there is no connection to the database");
    if (connection->pending == 0) {
        connection->was_warned = false;
        connection->detail[0] = '\0';
    }
    return true;
}

bool postgresql_send(struct postgresql_connection *connection, enum postgresql_statement statement,
                     const struct view *values, struct status *st)
{
    static const int binary[POSTGRESQL_PARAMETERS_MAX] = {1, 1, 1};
    const struct postgresql_statement_text *text = &postgresql_statement_texts[statement];
    const char *data[POSTGRESQL_PARAMETERS_MAX];
    int lengths[POSTGRESQL_PARAMETERS_MAX];
    size_t bytes = 0;
    if (!begin_group(connection, st))
        return false;
    for (int i = 0; i < text->parameter_count; i++) {
        data[i] = values[i].data;
        lengths[i] = (int)values[i].len;
        bytes += values[i].len;
    }
    int ok = PQsendQueryPrepared(connection->pq, text->name, text->parameter_count, data, lengths, binary, 1);
    return sent(connection, ok, bytes, st);
}

bool postgresql_send_sql(struct postgresql_connection *connection, const char *sql, struct status *st)
{
    return begin_group(connection, st) &&
           sent(connection, PQsendQueryParams(connection->pq, sql, 0, NULL, NULL, NULL, NULL, 0), 0, st);
}

bool postgresql_sync(struct postgresql_connection *connection, struct status *st)
{
    if (!PQpipelineSync(connection->pq))
        return lose(connection, NULL, st);
    connection->is_synced = true;
    return flush(connection, st);
}

static struct view column(const PGresult *result, int row, int index)
{
    if (PQgetisnull(result, row, index))
        return (struct view){0};
    return view_make(PQgetvalue(result, row, index), (size_t)PQgetlength(result, row, index));
}

static bool visit(const PGresult *result, postgresql_row_callback *callback, void *ctx, struct status *st)
{
    struct view columns[COLUMNS_MAX] = {0};
    int column_count = PQnfields(result) < COLUMNS_MAX ? PQnfields(result) : COLUMNS_MAX;
    for (int row = 0; callback && row < PQntuples(result); row++) {
        for (int i = 0; i < column_count; i++)
            columns[i] = column(result, row, i);
        if (!callback(ctx, columns, st))
            return false;
    }
    return true;
}

static bool check_tag(struct postgresql_connection *connection, PGresult *result, const char *tag, struct status *st)
{
    if (strncmp(PQcmdStatus(result), tag, strlen(tag)) == 0)
        return true;
    char text[128];
    snprintf(text, sizeof(text), "the server answered %.32s in place of %.32s", PQcmdStatus(result), tag);
    return lose(connection, text, st);
}

/* Takes one of a statement's results. */
static bool take(struct postgresql_connection *connection, PGresult *result, const char *tag,
                 postgresql_row_callback *callback, void *ctx, struct status *st)
{
    switch (PQresultStatus(result)) {
    case PGRES_SINGLE_TUPLE:
    case PGRES_TUPLES_OK:
        return visit(result, callback, ctx, st) &&
               (PQresultStatus(result) == PGRES_SINGLE_TUPLE || check_tag(connection, result, tag, st));
    case PGRES_COMMAND_OK: return check_tag(connection, result, tag, st);
    case PGRES_PIPELINE_ABORTED:
        return status_fail(st, STATUS_INTERNAL, "not run, as a statement before it has failed");
    default: return fail(connection, result, st);
    }
}

bool postgresql_receive(struct postgresql_connection *connection, const char *tag, postgresql_row_callback *callback,
                        void *ctx, struct status *st)
{
    PGresult *result;
    bool ok = true;
    if (!connection->pq)
        return status_fail(st, STATUS_UNAVAILABLE, "there is no connection to the database");
    PQsetSingleRowMode(connection->pq);
    while (next_result(connection, &result, st)) {
        if (!result) {
            connection->pending--;
            return ok;
        }
        ok = ok && take(connection, result, tag, callback, ctx, st);
        PQclear(result);
        if (!connection->pq)
            return false;
    }
    return false;
}

void postgresql_finish(struct postgresql_connection *connection)
{
    struct status ignored;
    PGresult *result = NULL;
    if (connection->pending && !connection->is_synced && !postgresql_sync(connection, &ignored))
        return;
    while (connection->pending) {
        bool received = postgresql_receive(connection, "", NULL, NULL, &ignored);
        (void)received; /* either way there is one less */
    }
    if (!connection->is_synced || !next_result(connection, &result, &ignored))
        return;
    if (PQresultStatus(result) != PGRES_PIPELINE_SYNC)
        lose(connection, "the server did not answer in its turn", &ignored);
    PQclear(result);
    connection->is_synced = false;
}

void postgresql_rollback(struct postgresql_connection *connection)
{
    struct status ignored;
    if (!connection->pq || PQtransactionStatus(connection->pq) == PQTRANS_IDLE)
        return;
    bool ok = postgresql_send_sql(connection, "ROLLBACK", &ignored) && postgresql_sync(connection, &ignored) &&
              postgresql_receive(connection, "ROLLBACK", NULL, NULL, &ignored);
    postgresql_finish(connection);
    if (!ok) /* that ends it as well */
        postgresql_disconnect(connection);
}

/* Servers tell these settings when they change, not only when they are asked. Those that do not know them are taken at their
 * word when they refuse a write. */
static bool takes_writes(const PGconn *pq)
{
    static const char *const settings[] = {"in_hot_standby", "default_transaction_read_only"};
    for (size_t i = 0; i < 2; i++) {
        const char *value = PQparameterStatus(pq, settings[i]);
        if (value && strcmp(value, "on") == 0)
            return false;
    }
    return true;
}

bool postgresql_ping(struct postgresql_connection *connection, struct status *st)
{
    bool ok = postgresql_send(connection, POSTGRESQL_PING, NULL, st) && postgresql_sync(connection, st) &&
              postgresql_receive(connection, "SELECT", NULL, NULL, st);
    postgresql_finish(connection);
    if (ok && connection->takes_writes && !takes_writes(connection->pq))
        return lose(connection, "the server takes no writes any more", st);
    return ok;
}

/* ---- Connecting ---- */

bool postgresql_check_uri(const char *uri, struct status *st)
{
    PQconninfoOption *options = PQconninfoParse(uri, NULL);
    PQconninfoFree(options);
    return (options && !postgresql_uri_has_stray_at(uri)) ||
           status_fail(st, STATUS_INVALID_ARGUMENT,
                       "expected postgresql://[USER[:PASSWORD]@][HOST[:PORT],…][/DATABASE][?PARAMETER=VALUE&…] with "
                       "parameters that libpq knows, and %%XX for characters that have a meaning in URIs");
}

struct postgresql_connection *postgresql_create(const char *uri)
{
    struct postgresql_connection *connection = calloc(1, sizeof(*connection));
    if (connection)
        connection->uri = uri;
    return connection;
}

void postgresql_disconnect(struct postgresql_connection *connection)
{
    PQfinish(connection->pq);
    connection->pq = NULL;
    connection->pending = 0;
    connection->is_synced = false;
}

void postgresql_destroy(struct postgresql_connection *connection)
{
    if (connection)
        postgresql_disconnect(connection);
    free(connection);
}

bool postgresql_is_connected(const struct postgresql_connection *connection)
{
    return connection->pq;
}

/* libpq's parameters. What stands before the URI is a default, and gives way to libpq's environment; what stands behind it is
 * not to be changed. */
struct parameters {
    const char *names[8];
    const char *values[8];
};

static struct parameters parameters_of(const char *uri)
{
    return (struct parameters){
        .names = {"connect_timeout", "target_session_attrs", "tcp_user_timeout", "fallback_application_name", "dbname",
                  "client_encoding"},
        .values = {getenv("PGCONNECT_TIMEOUT") ? NULL : POSTGRESQL_CONNECT_S,
                   getenv("PGTARGETSESSIONATTRS") ? NULL : "read-write", POSTGRESQL_UNACKNOWLEDGED_MS, "track_service",
                   uri, "UTF8"},
    };
}

bool postgresql_answers(const struct postgresql_connection *connection)
{
    struct parameters parameters = parameters_of(connection->uri);
    return PQpingParams(parameters.names, parameters.values, 1) == PQPING_OK;
}

bool postgresql_connect(struct postgresql_connection *connection, struct status *st)
{
    postgresql_disconnect(connection);
    struct parameters parameters = parameters_of(connection->uri);
    connection->pq = PQconnectdbParams(parameters.names, parameters.values, 1);
    if (PQstatus(connection->pq) != CONNECTION_OK || PQsetnonblocking(connection->pq, 1) != 0 ||
        !PQenterPipelineMode(connection->pq)) {
        lose(connection, NULL, st);
        return status_fail(st, STATUS_UNAVAILABLE, "the database cannot be reached");
    }
    PQsetNoticeReceiver(connection->pq, take_notice, connection);
    bool ok = postgresql_send_sql(connection, postgresql_settings_sql, st) && postgresql_sync(connection, st) &&
              postgresql_receive(connection, "SELECT", NULL, NULL, st);
    postgresql_finish(connection);
    connection->takes_writes = ok && takes_writes(connection->pq);
    return ok;
}

bool postgresql_prepare(struct postgresql_connection *connection, struct status *st)
{
    bool ok = begin_group(connection, st);
    for (size_t i = 0; ok && i < POSTGRESQL_STATEMENT_COUNT; i++) {
        const struct postgresql_statement_text *text = &postgresql_statement_texts[i];
        ok = sent(connection, PQsendPrepare(connection->pq, text->name, text->sql, text->parameter_count, text->types),
                  0, st);
    }
    ok = ok && postgresql_sync(connection, st);
    for (size_t i = 0; ok && i < POSTGRESQL_STATEMENT_COUNT; i++)
        ok = postgresql_receive(connection, "", NULL, NULL, st);
    postgresql_finish(connection);
    return ok;
}
