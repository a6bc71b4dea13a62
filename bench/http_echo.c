/*
 * The least that an HTTP server on libmicrohttpd costs: the body of a request is its answer. Same library, epoll and number of
 * threads as the gateway, and nothing else of it.
 *
 *     http_echo THREADS       prints "http_echo: listening on 127.0.0.1:PORT" and serves until it is killed
 */
#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BODY_BYTES_MAX (1024 * 1024)

struct body {
    size_t len;
    char data[BODY_BYTES_MAX]; /* pages that are not written to cost nothing */
};

/* The body's memory goes from request to request of its connection. */
static void on_connection(void *ctx, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    (void)ctx;
    (void)connection;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *socket_context = malloc(sizeof(struct body));
    } else {
        free(*socket_context);
        *socket_context = NULL;
    }
}

static enum MHD_Result echo(struct MHD_Connection *connection, const struct body *body)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(body->len, (void *)body->data, MHD_RESPMEM_PERSISTENT);
    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, "Content-Type", "application/json");
    enum MHD_Result result = MHD_queue_response(connection, MHD_HTTP_OK, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result on_access(void *ctx, struct MHD_Connection *connection, const char *url, const char *method,
                                 const char *version, const char *data, size_t *data_bytes, void **request_context)
{
    (void)ctx;
    (void)url;
    (void)method;
    (void)version;
    struct body *body = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    if (!body)
        return MHD_NO;
    if (!*request_context) { /* the header is complete */
        *request_context = body;
        body->len = 0;
        return MHD_YES;
    }
    if (*data_bytes == 0)
        return echo(connection, body);
    if (*data_bytes > sizeof(body->data) - body->len)
        return MHD_NO;
    memcpy(body->data + body->len, data, *data_bytes);
    body->len += *data_bytes;
    *data_bytes = 0;
    return MHD_YES;
}

int main(int argc, char **argv)
{
    unsigned threads = argc == 2 ? (unsigned)strtoul(argv[1], NULL, 10) : 0;
    if (threads == 0) {
        fprintf(stderr, "usage: http_echo THREADS\n");
        return 2;
    }
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    /* clang-format off */
    struct MHD_Daemon *daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, on_access, NULL,
                                                 MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address,
                                                 MHD_OPTION_THREAD_POOL_SIZE, threads > 1 ? threads : 0,
                                                 MHD_OPTION_NOTIFY_CONNECTION, on_connection, NULL,
                                                 MHD_OPTION_END);
    /* clang-format on */
    if (!daemon) {
        fprintf(stderr, "http_echo: cannot start\n");
        return 1;
    }
    printf("http_echo: listening on 127.0.0.1:%u\n",
           (unsigned)MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
    fflush(stdout);
    for (;;)
        pause();
}
