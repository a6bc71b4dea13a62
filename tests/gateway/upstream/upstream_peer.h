/*
 * A gRPC server on a loop, for tests of its clients: sockets around http2_peer.h, on the same thread as the client. It does to each
 * request what the test's function says, and leaves it open otherwise.
 *
 * Health   Watch is answered as by a server that does not have it, unless health is set; then by what health says.
 */
#ifndef TESTS_GATEWAY_UPSTREAM_UPSTREAM_PEER_H
#define TESTS_GATEWAY_UPSTREAM_UPSTREAM_PEER_H

#include "gateway/upstream/upstream_address.h"
#include "tests/web/http2/http2_peer.h"
#include "web/loop/loop.h"
#include "web/net/listen_socket.h"
#include "web/net/net_stream.h"

#define UPSTREAM_PEER_CONNECTIONS_MAX 64

struct upstream_peer;

struct upstream_peer_connection {
    struct upstream_peer *peer;
    struct http2_peer http2;
    struct net_stream stream;
    bool is_silent; /* does not read */
};

struct upstream_peer {
    struct loop *loop;
    struct listen_socket socket;
    struct loop_watch listener;
    struct net_pool pool;
    struct upstream_address address;
    uint32_t streams_max; /* of a connection; 0: any number */
    enum { UPSTREAM_PEER_NO_HEALTH, UPSTREAM_PEER_SERVING, UPSTREAM_PEER_NOT_SERVING } health;
    /* Called for each piece of a request and its end; may answer. */
    void (*serve)(struct http2_peer_request *request, void *ctx);
    void *ctx;
    struct upstream_peer_connection
        *connections[UPSTREAM_PEER_CONNECTIONS_MAX]; /* the newest last; those that were lost, too */
    size_t connection_count;
    bool is_stopped;
};

/* Listens on a free port of loopback. */
void upstream_peer_start(struct upstream_peer *peer, struct loop *loop);

/* Closes everything; it can be asked for its requests until free. */
void upstream_peer_stop(struct upstream_peer *peer);
void upstream_peer_free(struct upstream_peer *peer);

/* What the test has made of requests leaves. */
void upstream_peer_flush(struct upstream_peer *peer);

/* Of all connections: how many requests there were but for those of health, and the nth of them in the order they came to each. */
size_t upstream_peer_request_count(const struct upstream_peer *peer);
struct http2_peer_request *upstream_peer_request(const struct upstream_peer *peer, size_t nth);

/* Sets its health, and tells those that watch. */
void upstream_peer_set_health(struct upstream_peer *peer, bool is_serving);

/* Closes a connection as a process that dies. */
void upstream_peer_break(struct upstream_peer_connection *connection);

struct upstream_peer_connection *upstream_peer_connection_of(struct http2_peer_request *request);

/* Answers a request: a message, and a status. */
void upstream_peer_answer(struct http2_peer_request *request, struct view message, const char *trailers);

/* One message, in gRPC's frame. */
void upstream_peer_message(struct http2_peer_request *request, struct view message);

#define UPSTREAM_PEER_HEAD ":status: 200\ncontent-type: application/grpc\n"

#endif
