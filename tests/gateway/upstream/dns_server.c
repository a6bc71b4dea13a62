/*
 * RFC 1035 as far as one question of one name goes. An answer that is longer than a datagram may be (4.2.1) is left out, with TC, so that
 * the question comes again over TCP, where each message has its length before it (4.2.2).
 */
#include "tests/gateway/upstream/dns_server.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEADER_BYTES       12
#define DATAGRAM_BYTES_MAX 512
#define TYPE_A             1
#define TYPE_AAAA          28

struct reply {
    unsigned char bytes[16384];
    size_t len;
};

static void put(struct reply *reply, const void *bytes, size_t len)
{
    assert(reply->len + len <= sizeof(reply->bytes));
    memcpy(reply->bytes + reply->len, bytes, len);
    reply->len += len;
}

static void put_record(struct reply *reply, unsigned char type, const void *address, unsigned char address_bytes)
{
    const unsigned char head[] = {0xc0, HEADER_BYTES, 0, type, 0, 1, 0, 0, 0, 1,
                                  0,    address_bytes}; /* TTL of a second */
    put(reply, head, sizeof(head));
    put(reply, address, address_bytes);
    unsigned count = ((unsigned)reply->bytes[6] << 8 | reply->bytes[7]) + 1;
    reply->bytes[6] = (unsigned char)(count >> 8);
    reply->bytes[7] = (unsigned char)count;
}

static void put_addresses(struct dns_server *server, struct reply *reply, unsigned char type)
{
    for (size_t i = 0; type == TYPE_A && i < server->v4_count; i++) {
        uint32_t address = htonl(server->v4[i]);
        put_record(reply, TYPE_A, &address, 4);
    }
    for (unsigned i = 1; type == TYPE_AAAA && i <= server->v6_count; i++) {
        unsigned char address[16] = {0xfd};
        address[15] = (unsigned char)i;
        put_record(reply, TYPE_AAAA, address, 16);
    }
}

/* The question's bytes, its type and class included; 0: it is none. */
static size_t question_bytes(const unsigned char *query, size_t len)
{
    size_t at = HEADER_BYTES;
    while (at < len && query[at])
        at += query[at] + 1u;
    return at + 5 <= len ? at + 5 - HEADER_BYTES : 0;
}

/* False: nothing is to be sent. */
static bool answer(struct dns_server *server, const unsigned char *query, size_t len, struct reply *reply)
{
    size_t question = len > HEADER_BYTES ? question_bytes(query, len) : 0;
    if (!question)
        return false;
    unsigned char type = query[HEADER_BYTES + question - 3];
    server->queries += type == TYPE_A;
    enum dns_behaviour behaviour = server->behaviour;
    if (behaviour == DNS_FAILS_FOR_IPV6)
        behaviour = type == TYPE_AAAA ? DNS_FAILS : DNS_ANSWERS;
    if (behaviour == DNS_SAYS_NOTHING)
        return false;
    unsigned char code = behaviour == DNS_FAILS ? 2 : behaviour == DNS_NO_SUCH_NAME ? 3 : 0;
    const unsigned char header[HEADER_BYTES] = {query[0], query[1], 0x81, (unsigned char)(0x80 | code), 0, 1};
    reply->len = 0;
    put(reply, header, sizeof(header));
    put(reply, query + HEADER_BYTES, question);
    if (behaviour == DNS_ANSWERS)
        put_addresses(server, reply, type);
    if (behaviour == DNS_SENDS_GARBAGE)
        reply->bytes[7] = 9;
    return true;
}

static bool answer_locked(struct dns_server *server, const unsigned char *query, size_t len, struct reply *reply)
{
    pthread_mutex_lock(&server->lock);
    bool has_reply = answer(server, query, len, reply);
    pthread_mutex_unlock(&server->lock);
    return has_reply;
}

static void *serve_udp(void *ctx)
{
    struct dns_server *server = ctx;
    unsigned char query[DATAGRAM_BYTES_MAX];
    struct reply reply;
    for (;;) {
        struct sockaddr_in from;
        socklen_t from_bytes = sizeof(from);
        ssize_t len = recvfrom(server->udp_fd, query, sizeof(query), 0, (struct sockaddr *)&from, &from_bytes);
        if (len <= 0)
            return NULL; /* stop */
        if (!answer_locked(server, query, (size_t)len, &reply))
            continue;
        if (reply.len > DATAGRAM_BYTES_MAX) {
            reply.bytes[2] |= 2; /* TC */
            memset(reply.bytes + 6, 0, 2);
            reply.len = HEADER_BYTES + question_bytes(reply.bytes, reply.len);
        }
        sendto(server->udp_fd, reply.bytes, reply.len, 0, (struct sockaddr *)&from, from_bytes);
    }
}

/* Answers the queries of a connection until the client closes it. */
static void serve_connection(struct dns_server *server, int fd)
{
    unsigned char head[2], query[DATAGRAM_BYTES_MAX];
    struct reply reply;
    while (recv(fd, head, 2, MSG_WAITALL) == 2) {
        size_t len = (size_t)head[0] << 8 | head[1];
        if (len > sizeof(query) || recv(fd, query, len, MSG_WAITALL) != (ssize_t)len)
            return;
        if (!answer_locked(server, query, len, &reply))
            continue;
        head[0] = (unsigned char)(reply.len >> 8);
        head[1] = (unsigned char)reply.len;
        if (send(fd, head, 2, MSG_NOSIGNAL) != 2 || send(fd, reply.bytes, reply.len, MSG_NOSIGNAL) < 0)
            return;
    }
}

static void *serve_tcp(void *ctx)
{
    struct dns_server *server = ctx;
    for (;;) {
        int fd = accept(server->tcp_fd, NULL, NULL);
        if (fd < 0)
            return NULL; /* stop */
        serve_connection(server, fd);
        close(fd);
    }
}

static bool open_sockets(struct dns_server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t address_bytes = sizeof(address);
    server->udp_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    server->tcp_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server->udp_fd >= 0 && server->tcp_fd >= 0 &&
        bind(server->tcp_fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
        getsockname(server->tcp_fd, (struct sockaddr *)&address, &address_bytes) == 0 &&
        bind(server->udp_fd, (struct sockaddr *)&address, sizeof(address)) == 0 && listen(server->tcp_fd, 8) == 0) {
        server->port = ntohs(address.sin_port);
        return true;
    }
    close(server->udp_fd);
    close(server->tcp_fd);
    return false;
}

void dns_server_start(struct dns_server *server)
{
    bool is_open = false;
    memset(server, 0, sizeof(*server));
    pthread_mutex_init(&server->lock, NULL);
    for (int i = 0; i < 20 && !is_open; i++) /* another process may have the same number for UDP */
        is_open = open_sockets(server);
    if (!is_open || pthread_create(&server->udp_thread, NULL, serve_udp, server) != 0 ||
        pthread_create(&server->tcp_thread, NULL, serve_tcp, server) != 0)
        abort();
}

void dns_server_stop(struct dns_server *server)
{
    shutdown(server->udp_fd, SHUT_RDWR); /* ends recvfrom(), with ENOTCONN for us */
    shutdown(server->tcp_fd, SHUT_RDWR); /* ends accept() */
    pthread_join(server->udp_thread, NULL);
    pthread_join(server->tcp_thread, NULL);
    close(server->udp_fd);
    close(server->tcp_fd);
    pthread_mutex_destroy(&server->lock);
}

void dns_server_set(struct dns_server *server, enum dns_behaviour behaviour, const uint32_t *v4, size_t v4_count,
                    unsigned v6_count)
{
    pthread_mutex_lock(&server->lock);
    server->behaviour = behaviour;
    for (size_t i = 0; i < v4_count; i++)
        server->v4[i] = v4[i];
    server->v4_count = v4_count;
    server->v6_count = v6_count;
    pthread_mutex_unlock(&server->lock);
}

unsigned dns_server_queries(struct dns_server *server)
{
    pthread_mutex_lock(&server->lock);
    unsigned queries = server->queries;
    pthread_mutex_unlock(&server->lock);
    return queries;
}
