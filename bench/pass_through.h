/*
 * The parts of pass_through: the loop and its calls to track_service (pass_through.c), and what is HTTP/1.1 (pass_through_http.c).
 */
#ifndef BENCH_PASS_THROUGH_H
#define BENCH_PASS_THROUGH_H

#include <nghttp2/nghttp2.h>
#include <stdbool.h>
#include <stddef.h>

#define IN_BYTES         (64 * 1024)
#define OUT_BYTES        (256 * 1024)
#define REST_BYTES_MAX   (16 * 1024)
#define ID_BYTES_MAX     100
#define PREFIX_BYTES     5  /* before a message: whether it is compressed, and its length */
#define REPLY_ROOM_BYTES 96 /* where the response's head is put, before the message */

struct message {
    const char *bytes;
    size_t len;
};

struct connection {
    struct loop *loop;
    int fd;       /* -1: the client has gone, its call has not ended */
    bool in_call; /* from the request on until the answer is composed */
    bool ok;      /* the call's grpc-status is 0 */
    const char *path;
    struct message request; /* what is still to be sent of it */
    char get[PREFIX_BYTES + 2 + ID_BYTES_MAX];
    size_t body_left;            /* bytes of the request's body that have not come */
    char *reply;                 /* REPLY_ROOM_BYTES, then the reply as gRPC frames it */
    size_t reply_len, reply_cap; /* the room counts */
    struct message answer;       /* what is still to be sent of it */
    struct connection *next;     /* in loop.ended */
    size_t rest_len;
    char rest[REST_BYTES_MAX]; /* the beginning of a head, or what came behind a request that is not answered */
};

struct loop {
    int epoll;
    int upstream;
    nghttp2_session *session;
    struct connection *ended;       /* their calls ended in this turn of the loop */
    const struct message *messages; /* for PUTs */
    size_t message_count;
    size_t next_message, message_step;
    size_t out_len, out_sent;
    char out[OUT_BYTES]; /* frames for track_service */
    char in[IN_BYTES];
};

/* Begins the call of c->path with c->request. */
void call_begin(struct connection *c);

/* Takes what a client sent, and begins its calls, one at a time; keeps what is no whole request yet. False: not a request for us. */
bool http_receive(struct connection *c, const char *data, size_t len);

/* The same with what was kept, once c->answer has gone. */
bool http_receive_rest(struct connection *c);

/* Makes c->answer of the call's end. */
void http_compose_answer(struct connection *c);

#endif
