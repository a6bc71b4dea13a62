/* What the files of a pool share: its structs. Calls belong to upstream_call.c, the rest is described in each file. */
#ifndef GATEWAY_UPSTREAM_UPSTREAM_INTERNAL_H
#define GATEWAY_UPSTREAM_UPSTREAM_INTERNAL_H

#include "gateway/upstream/grpc_timeout.h"
#include "gateway/upstream/upstream_call.h"
#include "gateway/upstream/upstream_pool.h"
#include "web/http2/http2_client.h"
#include "web/net/net_stream.h"

enum upstream_connection_state {
    UPSTREAM_CONNECTING, /* until the peer's settings have come */
    UPSTREAM_READY,
    UPSTREAM_LEAVING, /* finishes its calls: GOAWAY has come, or its address has gone */
    UPSTREAM_CLOSED,  /* is freed at the end of the turn */
};

struct upstream_connection {
    struct upstream_replica *replica;
    struct upstream_connection *next;
    enum upstream_connection_state state;
    struct net_stream stream;
    struct http2_client *client;
    struct loop_task flush;
    struct timer timer; /* the end of the attempt; then keep-alive */
    uint64_t heard_ms;  /* when bytes came last */
    bool is_pinged;     /* and has not answered */
};

struct upstream_watch {
    struct http2_stream stream;
    struct upstream_connection *connection; /* NULL: there is no stream */
    struct grpc_message_reader reader;
    struct grpc_response response;
    struct arena arena;
    struct buf message;
    struct timer again;
};

enum upstream_health { UPSTREAM_HEALTH_UNKNOWN, UPSTREAM_SERVING, UPSTREAM_NOT_SERVING };

struct upstream_replica {
    struct upstream_pool *pool;
    struct upstream_replica *next;
    struct upstream_address address;
    struct upstream_connection *connections; /* that are not closed; the oldest first */
    unsigned connection_count;
    bool is_gone; /* its address has vanished */
    struct timer retry;
    uint32_t back_off_ms;
    uint64_t lost_ms; /* when its last connection was lost */
    uint32_t keepalive_ms;
    struct upstream_watch watch;
    enum upstream_health health;
};

struct upstream_pool {
    struct loop *loop;
    struct upstream_pool_options options;
    char *authority;
    struct http2_memory memory;
    struct net_pool blocks;
    char *input; /* UPSTREAM_INPUT_BYTES */
    struct upstream_replica *replicas;
    struct upstream_replica *turn; /* whose turn it is; NULL: the first's */
    unsigned call_count;
    struct upstream_call *first; /* of those that wait */
    struct upstream_call *last;
    bool is_out; /* no replica can take a call now */
    bool is_closing;
    uint64_t out_ms;  /* since when */
    struct timer out; /* when those that wait are told */
    struct loop_task serve;
    char detail[128]; /* why the last connection was lost, or could not be made */
    uint64_t random;
};

/* ---- upstream_pool.c ---- */

/* A connection with room for a call, or NULL. */
struct upstream_connection *upstream_pool_pick(struct upstream_pool *pool);

/* Something has changed that calls may wait for. They are served at the end of the turn. */
void upstream_pool_changed(struct upstream_pool *pool);

/* Whether a replica is connected and serves. */
bool upstream_replica_is_ready(const struct upstream_replica *replica);

/* `ms`, a fifth more or less by chance. */
uint64_t upstream_jitter(struct upstream_pool *pool, uint64_t ms);

/* ---- upstream_replica.c ---- */

struct upstream_replica *upstream_replica_create(struct upstream_pool *pool, const struct upstream_address *address);

/* Makes a connection soon, if there is none yet, or one more if all are full and there may be more. */
void upstream_replica_connect(struct upstream_replica *replica);

/* A connection was made, or has ended (its struct is not to be used behind this). */
void upstream_replica_connected(struct upstream_replica *replica, struct upstream_connection *connection);
void upstream_replica_lost(struct upstream_replica *replica, struct upstream_connection *connection, bool was_ready);

/* Closes its connections once their calls have ended. */
void upstream_replica_leave(struct upstream_replica *replica);

/* Closes and frees it. */
void upstream_replica_destroy(struct upstream_replica *replica);

/* ---- upstream_connection.c ---- */

/* NULL: it cannot be made. */
struct upstream_connection *upstream_connection_create(struct upstream_replica *replica, struct status *st);

/* What was said to its client is sent at the end of the turn. */
void upstream_connection_flush(struct upstream_connection *connection);

bool upstream_connection_has_room(const struct upstream_connection *connection);

/* No new calls; closed when it has none. */
void upstream_connection_leave(struct upstream_connection *connection);

/* At once; its streams end as lost. */
void upstream_connection_close(struct upstream_connection *connection);

/* ---- upstream_watch.c ---- */

/* Asks the replica for its health on this connection. */
void upstream_watch_start(struct upstream_replica *replica, struct upstream_connection *connection);

/* Its connection is going. */
void upstream_watch_stop(struct upstream_replica *replica);

void upstream_watch_free(struct upstream_replica *replica);

/* ---- upstream_call.c ---- */

/* Gives a call that waited to a connection. */
void upstream_call_send_on(struct upstream_call *call, struct upstream_connection *connection);

/* Ends a call that waited: no replica has come. */
void upstream_call_fail_waiting(struct upstream_call *call);

/* The fields of a request: gRPC's own, then the metadata. Returns how many; 0 when memory is out. */
size_t upstream_fields_write(const struct upstream_request *request, const char *authority, uint64_t left_ms,
                             char timeout_text[static GRPC_TIMEOUT_BYTES], struct http2_field *ret_fields,
                             size_t fields_max);

#endif
