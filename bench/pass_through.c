/*
 * The limit that the gateway is measured against: the least that an epoll loop with nghttp2 spends between an HTTP/1.1 client and the
 * real track_service. It reads no JSON, validates nothing, and has no health checks, timers or retries.
 *
 *     pass_through --upstream=IP:PORT [--threads=N] [--put-messages=FILE]
 *         prints "pass_through: listening on 127.0.0.1:PORT" and serves until it is killed, or track_service goes away
 *
 *     GET /…/ID      GetTrack of ID
 *     PUT /…         UpdateTrack with the next request message of FILE, round and round; the body that came is dropped. FILE holds
 *                    messages as gRPC frames them: a zero, four bytes of length (big endian), the message. Thread T of N takes each
 *                    N-th from the T-th on, as wrk/requests.lua deals out requests.
 *
 * The answer is 200 with the encoded reply message, or 500 without a body. Bodies have a Content-Length. Requests may be pipelined.
 *
 * Each thread has an epoll instance, one connection to track_service, and the clients that the main thread, which accepts, dealt out to
 * it. Sockets are registered once, edge-triggered. A turn of the loop reads what came, into one buffer of the thread; at its end come the
 * answers of the calls that ended in it, one send each, and then everything for track_service with one send. A connection has one call at
 * a time, so the call's state is in it.
 */
#include "bench/pass_through.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define THREADS_MAX     64
#define EVENTS_MAX      256
#define FRAME_BYTES_MAX (9 + 16384) /* nghttp2 makes none that are longer, unless asked to */
#define REPLY_BYTES_MAX (16 * 1024 * 1024)
#define WINDOW_BYTES    (16 * 1024 * 1024)

static struct message *messages;
static size_t message_count;
static size_t thread_count = 1;
static const char *upstream_address;

static _Noreturn void die(const char *what, const char *why)
{
    fprintf(stderr, "pass_through: %s: %s\n", what, why);
    exit(1);
}

/* Calls. */

static ssize_t on_request_wanted(nghttp2_session *session, int32_t stream, uint8_t *buf, size_t len, uint32_t *flags,
                                 nghttp2_data_source *source, void *ctx)
{
    (void)session;
    (void)stream;
    (void)ctx;
    struct connection *c = source->ptr;
    size_t n = c->request.len < len ? c->request.len : len;
    memcpy(buf, c->request.bytes, n);
    c->request.bytes += n;
    c->request.len -= n;
    if (c->request.len == 0)
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    return (ssize_t)n;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name, size_t name_len,
                     const uint8_t *value, size_t value_len, uint8_t flags, void *ctx)
{
    (void)flags;
    (void)ctx;
    if (name_len == 11 && memcmp(name, "grpc-status", 11) == 0) {
        struct connection *c = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
        if (c)
            c->ok = value_len == 1 && value[0] == '0';
    }
    return 0;
}

static int on_reply_bytes(nghttp2_session *session, uint8_t flags, int32_t stream, const uint8_t *data, size_t len,
                          void *ctx)
{
    (void)flags;
    (void)ctx;
    struct connection *c = nghttp2_session_get_stream_user_data(session, stream);
    if (!c)
        return 0;
    if (len > c->reply_cap - c->reply_len) {
        size_t cap = 2 * (c->reply_len + len);
        char *reply = cap <= REPLY_BYTES_MAX ? realloc(c->reply, cap) : NULL;
        if (!reply)
            return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE; /* resets the stream */
        c->reply = reply;
        c->reply_cap = cap;
    }
    memcpy(c->reply + c->reply_len, data, len);
    c->reply_len += len;
    return 0;
}

static int on_call_ended(nghttp2_session *session, int32_t stream, uint32_t error, void *ctx)
{
    struct loop *loop = ctx;
    struct connection *c = nghttp2_session_get_stream_user_data(session, stream);
    if (c) {
        c->ok = c->ok && error == NGHTTP2_NO_ERROR;
        c->next = loop->ended;
        loop->ended = c;
    }
    return 0;
}

static nghttp2_nv field(const char *name, const char *value)
{
    return (nghttp2_nv){(uint8_t *)name, (uint8_t *)value, strlen(name), strlen(value),
                        NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE};
}

void call_begin(struct connection *c)
{
    const nghttp2_nv fields[] = {
        field(":method", "POST"), field(":scheme", "http"),
        field(":path", c->path),  field(":authority", "track_service"),
        field("te", "trailers"),  field("content-type", "application/grpc"),
    };
    nghttp2_data_provider body = {.source.ptr = c, .read_callback = on_request_wanted};
    c->in_call = true;
    c->ok = false;
    c->reply_len = REPLY_ROOM_BYTES;
    int32_t stream = nghttp2_submit_request(c->loop->session, NULL, fields, sizeof(fields) / sizeof(*fields), &body, c);
    if (stream < 0)
        die("call", nghttp2_strerror(stream));
}

/* Clients. */

static void hang_up(struct connection *c)
{
    close(c->fd);
    c->fd = -1;
    if (!c->in_call) {
        free(c->reply);
        free(c);
    }
}

static bool send_answer(struct connection *c)
{
    while (c->answer.len > 0) {
        ssize_t n = send(c->fd, c->answer.bytes, c->answer.len, MSG_NOSIGNAL);
        if (n < 0)
            return errno == EAGAIN;
        c->answer.bytes += n;
        c->answer.len -= (size_t)n;
    }
    return http_receive_rest(c);
}

static void on_client(struct connection *c, uint32_t events)
{
    if (c->answer.len > 0 && (events & EPOLLOUT) && !send_answer(c)) {
        hang_up(c);
        return;
    }
    if (!(events & ~(uint32_t)EPOLLOUT))
        return;
    ssize_t n;
    do { /* a short read has emptied the socket, unless its end is behind it */
        n = recv(c->fd, c->loop->in, IN_BYTES, 0);
        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0 || !http_receive(c, c->loop->in, (size_t)n)) {
            hang_up(c);
            return;
        }
    } while (n == IN_BYTES || (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)));
}

/* track_service. */

static void on_upstream(struct loop *loop, uint32_t events)
{
    ssize_t n;
    do {
        n = recv(loop->upstream, loop->in, IN_BYTES, 0);
        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0)
            die("track_service", n < 0 ? strerror(errno) : "has closed the connection");
        ssize_t taken = nghttp2_session_mem_recv(loop->session, (const uint8_t *)loop->in, (size_t)n);
        if (taken < 0)
            die("track_service", nghttp2_strerror((int)taken));
    } while (n == IN_BYTES || (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)));
}

static void gather_frames(struct loop *loop)
{
    loop->out_len = loop->out_sent = 0;
    while (OUT_BYTES - loop->out_len >= FRAME_BYTES_MAX) {
        const uint8_t *frame;
        ssize_t n = nghttp2_session_mem_send(loop->session, &frame);
        if (n < 0 || n > FRAME_BYTES_MAX)
            die("track_service", n < 0 ? nghttp2_strerror((int)n) : "is sent too long a frame");
        if (n == 0)
            return;
        memcpy(loop->out + loop->out_len, frame, (size_t)n);
        loop->out_len += (size_t)n;
    }
}

static void send_frames(struct loop *loop)
{
    for (;;) {
        if (loop->out_sent == loop->out_len)
            gather_frames(loop);
        if (loop->out_len == 0)
            return;
        ssize_t n = send(loop->upstream, loop->out + loop->out_sent, loop->out_len - loop->out_sent, MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN)
            return;
        if (n < 0)
            die("track_service", strerror(errno));
        loop->out_sent += (size_t)n;
    }
}

/* Loops. */

static void end_turn(struct loop *loop)
{
    while (loop->ended) {
        struct connection *c = loop->ended;
        loop->ended = c->next;
        c->in_call = false;
        if (c->fd >= 0)
            http_compose_answer(c);
        if (c->fd < 0 || !send_answer(c))
            hang_up(c);
    }
    send_frames(loop);
}

static _Noreturn void serve(struct loop *loop)
{
    struct epoll_event events[EVENTS_MAX];
    for (;;) {
        end_turn(loop);
        int count = epoll_wait(loop->epoll, events, EVENTS_MAX, -1);
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr)
                on_client(events[i].data.ptr, events[i].events);
            else
                on_upstream(loop, events[i].events);
        }
    }
}

static void *run(void *loop)
{
    serve(loop);
}

static void watch(struct loop *loop, int fd, struct connection *c)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = c};
    if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        die("epoll_ctl", strerror(errno));
}

static struct sockaddr_in parse_address(const char *text)
{
    char host[16] = "";
    const char *colon = strchr(text, ':');
    struct sockaddr_in address = {.sin_family = AF_INET};
    if (!colon || colon - text >= (ptrdiff_t)sizeof(host))
        die("--upstream", "expected IP:PORT");
    memcpy(host, text, (size_t)(colon - text));
    address.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
    if (inet_pton(AF_INET, host, &address.sin_addr) != 1)
        die("--upstream", "expected IP:PORT");
    return address;
}

static void open_session(struct loop *loop)
{
    nghttp2_session_callbacks *callbacks;
    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, WINDOW_BYTES},
    };
    if (nghttp2_session_callbacks_new(&callbacks) != 0)
        die("nghttp2", "no memory");
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_reply_bytes);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_call_ended);
    if (nghttp2_session_client_new(&loop->session, callbacks, loop) != 0 ||
        nghttp2_submit_settings(loop->session, NGHTTP2_FLAG_NONE, settings, 2) != 0 ||
        nghttp2_session_set_local_window_size(loop->session, NGHTTP2_FLAG_NONE, 0, WINDOW_BYTES) != 0)
        die("nghttp2", "no memory");
    nghttp2_session_callbacks_del(callbacks);
}

static struct loop *create_loop(size_t number)
{
    struct loop *loop = calloc(1, sizeof(*loop));
    struct sockaddr_in address = parse_address(upstream_address);
    if (!loop)
        die("start", "no memory");
    loop->messages = messages;
    loop->message_count = message_count;
    loop->message_step = thread_count;
    loop->next_message = message_count > 0 ? number % message_count : 0;
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    loop->upstream = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (loop->epoll < 0 || connect(loop->upstream, (struct sockaddr *)&address, sizeof(address)) != 0)
        die(upstream_address, strerror(errno));
    setsockopt(loop->upstream, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    int flags = fcntl(loop->upstream, F_GETFL);
    if (flags < 0 || fcntl(loop->upstream, F_SETFL, flags | O_NONBLOCK) != 0)
        die(upstream_address, strerror(errno));
    open_session(loop);
    watch(loop, loop->upstream, NULL);
    return loop;
}

static _Noreturn void accept_clients(struct loop **loops)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)); /* what it accepts has it too */
    if (bind(listener, (struct sockaddr *)&address, len) != 0 || listen(listener, SOMAXCONN) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &len) != 0)
        die("listen", strerror(errno));
    printf("pass_through: listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);
    for (size_t next = 0;; next = (next + 1) % thread_count) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && errno == ECONNABORTED)
            continue;
        struct connection *c = malloc(sizeof(*c));
        char *reply = malloc(REPLY_ROOM_BYTES);
        if (fd < 0 || !c || !reply)
            die("accept", strerror(errno));
        memset(c, 0, offsetof(struct connection, rest)); /* pages that are not written to cost nothing */
        c->loop = loops[next];
        c->fd = fd;
        c->reply = reply;
        c->reply_len = c->reply_cap = REPLY_ROOM_BYTES;
        watch(c->loop, fd, c);
    }
}

static void read_messages(const char *path)
{
    FILE *file = fopen(path, "rb");
    char prefix[PREFIX_BYTES];
    if (!file)
        die(path, strerror(errno));
    while (fread(prefix, 1, sizeof(prefix), file) == sizeof(prefix)) {
        uint32_t len;
        memcpy(&len, prefix + 1, sizeof(len));
        len = ntohl(len);
        char *bytes = len <= REPLY_BYTES_MAX ? malloc(PREFIX_BYTES + len) : NULL;
        struct message *more = realloc(messages, (message_count + 1) * sizeof(*more));
        if (!bytes || !more)
            die(path, "too long");
        memcpy(bytes, prefix, sizeof(prefix));
        if (fread(bytes + sizeof(prefix), 1, len, file) != len)
            die(path, "the last message is not whole");
        messages = more;
        messages[message_count++] = (struct message){bytes, PREFIX_BYTES + len};
    }
    fclose(file);
}

static bool read_flag(const char *argument)
{
    if (strncmp(argument, "--upstream=", 11) == 0)
        upstream_address = argument + 11;
    else if (strncmp(argument, "--threads=", 10) == 0)
        thread_count = strtoul(argument + 10, NULL, 10);
    else if (strncmp(argument, "--put-messages=", 15) == 0)
        read_messages(argument + 15);
    else
        return false;
    return thread_count >= 1 && thread_count <= THREADS_MAX;
}

int main(int argc, char **argv)
{
    struct loop *loops[THREADS_MAX];
    bool good = true;
    for (int i = 1; i < argc && good; i++)
        good = read_flag(argv[i]);
    if (!good || !upstream_address) {
        fprintf(stderr, "usage: pass_through --upstream=IP:PORT [--threads=N] [--put-messages=FILE]\n");
        return 2;
    }
    for (size_t i = 0; i < thread_count; i++)
        loops[i] = create_loop(i);
    pthread_t thread;
    for (size_t i = 0; i < thread_count; i++)
        if (pthread_create(&thread, NULL, run, loops[i]) != 0)
            die("start", "no thread");
    accept_clients(loops);
}
