/*
 * A thread accepts, a thread a connection passes messages on. What clients send is taken apart into messages (a type, a length,
 * a body; the first has no type) to find the Bind of a prepared statement; what servers send only while an answer is swallowed,
 * to find its end.
 *
 * Source   https://www.postgresql.org/docs/15/protocol-message-formats.html
 */
#include "tests/support/postgresql_proxy.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <cmocka.h>

#define CONNECTIONS_MAX 256
#define SOCKET_NAME     "/.s.PGSQL.5432"

struct postgresql_proxy {
    struct sockaddr_un address;
    struct sockaddr_un server;
    int listener;
    pthread_t acceptor;
    pthread_t connections[CONNECTIONS_MAX];
    size_t connection_count; /* the acceptor's until it has ended */

    pthread_mutex_t lock; /* guards what follows */
    enum proxy_cut cut;
    const char *statement;
    int groups;
};

/* Messages of one direction that have not arrived whole. */
struct stream {
    char *bytes;
    size_t len;
    size_t cap;
};

struct connection {
    struct postgresql_proxy *proxy;
    int client;
    int server;
    struct stream from_client;
    struct stream from_server;
    bool has_started;   /* the startup message has passed */
    bool is_swallowing; /* the server's answer, until it is complete */
};

static bool receive(int fd, struct stream *stream)
{
    if (stream->cap - stream->len < 65536) {
        stream->cap = stream->cap * 2 + 65536;
        stream->bytes = realloc(stream->bytes, stream->cap);
    }
    ssize_t len = recv(fd, stream->bytes + stream->len, stream->cap - stream->len, 0);
    stream->len += len > 0 ? (size_t)len : 0;
    return len > 0;
}

static bool pass_on(int fd, struct stream *stream, size_t len)
{
    for (size_t sent = 0; sent < len;) {
        ssize_t part = send(fd, stream->bytes + sent, len - sent, MSG_NOSIGNAL);
        if (part <= 0)
            return false;
        sent += (size_t)part;
    }
    memmove(stream->bytes, stream->bytes + len, stream->len - len);
    stream->len -= len;
    return true;
}

/* Bytes of the first message, 0 when it has not arrived whole. */
static size_t message_len(const struct stream *stream, size_t type_bytes)
{
    uint32_t len;
    if (stream->len < type_bytes + sizeof(len))
        return 0;
    memcpy(&len, stream->bytes + type_bytes, sizeof(len));
    len = ntohl(len) + (uint32_t)type_bytes;
    return len <= stream->len ? len : 0;
}

/* Counts Syncs. A Bind has the names of a portal and of a statement; takes the order to cut when it is the one that was named. */
static enum proxy_cut look_at(struct postgresql_proxy *proxy, const char *message)
{
    enum proxy_cut cut = PROXY_CUT_NOTHING;
    const char *portal = message + 5;
    pthread_mutex_lock(&proxy->lock);
    proxy->groups += *message == 'S';
    if (*message == 'B' && proxy->cut && strcmp(portal + strlen(portal) + 1, proxy->statement) == 0) {
        cut = proxy->cut;
        proxy->cut = PROXY_CUT_NOTHING;
    }
    pthread_mutex_unlock(&proxy->lock);
    return cut;
}

/* False: the connection is to end. */
static bool serve_client(struct connection *connection)
{
    struct stream *stream = &connection->from_client;
    if (!receive(connection->client, stream))
        return false;
    for (size_t len; (len = message_len(stream, connection->has_started));) {
        enum proxy_cut cut = connection->has_started ? look_at(connection->proxy, stream->bytes) : PROXY_CUT_NOTHING;
        connection->is_swallowing |= cut == PROXY_CUT_AFTER;
        connection->has_started = true;
        if (cut == PROXY_CUT_BEFORE || !pass_on(connection->server, stream, len))
            return false;
    }
    return true;
}

static bool serve_server(struct connection *connection)
{
    struct stream *stream = &connection->from_server;
    if (!receive(connection->server, stream))
        return false;
    if (!connection->is_swallowing)
        return pass_on(connection->client, stream, stream->len);
    for (size_t len; (len = message_len(stream, 1));) {
        if (*stream->bytes == 'Z') /* ready for the next group */
            return false;
        memmove(stream->bytes, stream->bytes + len, stream->len - len);
        stream->len -= len;
    }
    return true;
}

static void *run_connection(void *ctx)
{
    struct connection *connection = ctx;
    bool goes_on = connect(connection->server, (struct sockaddr *)&connection->proxy->server,
                           sizeof(connection->proxy->server)) == 0;
    while (goes_on) {
        struct pollfd ready[] = {{.fd = connection->client, .events = POLLIN},
                                 {.fd = connection->server, .events = POLLIN}};
        poll(ready, 2, -1);
        if (ready[0].revents)
            goes_on = serve_client(connection);
        if (goes_on && ready[1].revents)
            goes_on = serve_server(connection);
    }
    close(connection->client);
    close(connection->server);
    free(connection->from_client.bytes);
    free(connection->from_server.bytes);
    free(connection);
    return NULL;
}

static void *run_acceptor(void *ctx)
{
    struct postgresql_proxy *proxy = ctx;
    for (int client;
         (client = accept(proxy->listener, NULL, NULL)) >= 0 && proxy->connection_count < CONNECTIONS_MAX;) {
        struct connection *connection = calloc(1, sizeof(*connection));
        connection->proxy = proxy;
        connection->client = client;
        connection->server = socket(AF_UNIX, SOCK_STREAM, 0);
        pthread_create(&proxy->connections[proxy->connection_count++], NULL, run_connection, connection);
    }
    return NULL;
}

static struct sockaddr_un address_in(const char *directory)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int len = snprintf(address.sun_path, sizeof(address.sun_path), "%s" SOCKET_NAME, directory);
    assert_true(len > 0 && (size_t)len < sizeof(address.sun_path));
    return address;
}

struct postgresql_proxy *proxy_start(const char *directory, const char *server_directory)
{
    struct postgresql_proxy *proxy = calloc(1, sizeof(*proxy));
    assert_non_null(proxy);
    proxy->address = address_in(directory);
    proxy->server = address_in(server_directory);
    pthread_mutex_init(&proxy->lock, NULL);
    proxy->listener = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(proxy->listener, (struct sockaddr *)&proxy->address, sizeof(proxy->address)), 0);
    assert_int_equal(listen(proxy->listener, 16), 0);
    assert_int_equal(pthread_create(&proxy->acceptor, NULL, run_acceptor, proxy), 0);
    return proxy;
}

void proxy_cut(struct postgresql_proxy *proxy, enum proxy_cut cut, const char *statement)
{
    pthread_mutex_lock(&proxy->lock);
    proxy->cut = cut;
    proxy->statement = statement;
    pthread_mutex_unlock(&proxy->lock);
}

int proxy_count_groups(struct postgresql_proxy *proxy)
{
    pthread_mutex_lock(&proxy->lock);
    int groups = proxy->groups;
    pthread_mutex_unlock(&proxy->lock);
    return groups;
}

void proxy_end(struct postgresql_proxy *proxy)
{
    shutdown(proxy->listener, SHUT_RDWR);
    pthread_join(proxy->acceptor, NULL);
    for (size_t i = 0; i < proxy->connection_count; i++)
        pthread_join(proxy->connections[i], NULL);
    close(proxy->listener);
    unlink(proxy->address.sun_path);
    pthread_mutex_destroy(&proxy->lock);
    free(proxy);
}
