/*
 * What a client sends over a connection, with a handler that does what the first letter of the path says. The first byte says how the
 * rest is cut into pieces; between two of them the loop takes some turns, and the client reads.
 *
 * Every request that begins ends, once; the connection goes when its client does; what it was charged is given back; and what it sends
 * begins with a status line of HTTP/1.1.
 */
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/budget.h"
#include "tests/fuzz/fuzz.h"
#include "web/http1/http1_connection.h"

#define BODY_BYTES_MAX 1000
#define TURNS          4 /* behind a piece */
#define LATER_MAX      16

static struct loop *loop;
static struct http_context context;
static unsigned begins, ends;
static struct http_exchange *later[LATER_MAX]; /* to be answered between pieces */
static size_t later_count;

/* ---- The handler ---- */

static char kind(const struct http_exchange *exchange)
{
    return exchange->path.len > 1 ? exchange->path.data[1] : 'c';
}

static void forget(const struct http_exchange *exchange)
{
    for (size_t i = 0; i < later_count; i++)
        if (later[i] == exchange)
            later[i--] = later[--later_count];
}

static void answer(struct http_exchange *exchange)
{
    bool is_complete = buf_append_text(&exchange->reply, "reply"); /* or there is no memory for it */
    (void)is_complete;
    http_exchange_answer(exchange, 200, NULL, 0);
}

static void on_head(struct http_exchange *exchange, void *ctx)
{
    (void)ctx;
    begins++;
    exchange->handler_data = exchange; /* it has begun */
    switch (kind(exchange)) {
    case 'e': answer(exchange); break; /* early */
    case 's':                          /* streams in; answers at the end */
    case 'x': http_exchange_stream(exchange); break;
    case 'b': /* both ways */
        http_exchange_stream(exchange);
        http_exchange_start(exchange, 200, NULL, 0);
        break;
    case 'p': /* paused at first */
        http_exchange_stream(exchange);
        if (later_count < LATER_MAX) {
            http_exchange_pause(exchange);
            later[later_count++] = exchange;
        }
        break;
    case 'a': /* aborted */
        http_exchange_start(exchange, 200, NULL, 0);
        http_exchange_abort(exchange);
        break;
    default: http_exchange_collect(exchange);
    }
}

static void on_body(struct http_exchange *exchange, struct view piece, bool is_last, void *ctx)
{
    static const struct http_header trailer = {"X-Trailer", "x"};
    (void)ctx;
    switch (kind(exchange)) {
    case 'b':
        if (!http_exchange_write(exchange, piece))
            http_exchange_abort(exchange);
        else if (is_last)
            http_exchange_end(exchange, &trailer, 1);
        return;
    case 'x': http_exchange_abort(exchange); return;
    case 's':
    case 'p':
        if (is_last)
            answer(exchange);
        return;
    case 'l':
        FUZZ_CHECK(piece.len <= BODY_BYTES_MAX, "a whole body is within its limit");
        if (later_count < LATER_MAX)
            later[later_count++] = exchange;
        else
            answer(exchange);
        return;
    default: FUZZ_CHECK(is_last && piece.len <= BODY_BYTES_MAX, "a whole body is within its limit"); answer(exchange);
    }
}

static void on_fault(struct http_exchange *exchange, void *ctx)
{
    (void)ctx;
    begins += !exchange->handler_data;
    FUZZ_CHECK(exchange->fault_http_status >= 400 && exchange->fault_http_status < 600, "a status for it: %u",
               exchange->fault_http_status);
    fuzz_check_refusal(&exchange->fault);
    forget(exchange);
    buf_clear(&exchange->reply);
    answer(exchange);
}

static void on_gone(struct http_exchange *exchange, void *ctx)
{
    (void)ctx;
    forget(exchange);
}

static void on_ended(struct http_exchange *exchange, const struct http_ended *ended, void *ctx)
{
    (void)ctx;
    (void)ended;
    forget(exchange);
    ends++;
    FUZZ_CHECK(ends <= begins, "each request ends once");
}

static void act_later(void)
{
    if (!later_count)
        return;
    struct http_exchange *exchange = later[--later_count];
    if (kind(exchange) == 'p')
        http_exchange_resume(exchange);
    else
        answer(exchange);
}

/* ---- The loop and the client ---- */

static unsigned turns_left;

static void count_turn(struct loop_task *task)
{
    if (--turns_left == 0)
        loop_stop(loop);
    else
        loop_task_add(loop, task);
}

static void take_turns(void)
{
    struct loop_task task = {.run = count_turn};
    turns_left = TURNS;
    loop_task_add(loop, &task);
    loop_run(loop);
}

static void read_answers(int peer, bool *has_begun)
{
    char bytes[4096];
    ssize_t len;
    while ((len = recv(peer, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0) {
        FUZZ_CHECK(*has_begun || len < 9 || memcmp(bytes, "HTTP/1.1 ", 9) == 0,
                   "an answer begins with its status line");
        *has_begun = true;
    }
}

static void talk(int peer, struct view input, size_t step)
{
    bool has_begun = false;
    while (input.len) {
        size_t len = step < input.len ? step : input.len;
        ssize_t sent = send(peer, input.data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent > 0)
            input = view_make(input.data + sent, input.len - (size_t)sent);
        take_turns();
        read_answers(peer, &has_begun);
        act_later();
        if (sent <= 0 && context.connections.next == &context.connections)
            break;
    }
    shutdown(peer, SHUT_WR);
    for (int i = 0; i < LATER_MAX + 2; i++) {
        take_turns();
        read_answers(peer, &has_begun);
        act_later();
    }
    close(peer);
    take_turns();
    if (context.connections.next != &context.connections)
        context.connections.next->destroy(context.connections.next);
    take_turns();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct budget budget;
    struct budget_purse purse;
    struct status st;
    atomic_uint connection_count = 1;
    int fds[2];
    if (len < 1)
        return 0;
    begins = ends = 0;
    later_count = 0;
    budget_init(&budget, 1 << 22);
    budget_purse_init(&purse, &budget);
    FUZZ_CHECK(loop_create(&loop, &st) && http_context_init(&context, loop, &purse), "there is memory");
    context.handler = (struct http_handler){on_head, on_body, on_fault, NULL, on_gone, on_ended, NULL};
    context.body_bytes_max = BODY_BYTES_MAX;
    context.idle_timeout_ms = 3600000;
    context.client_bytes_max = 1 << 21;
    context.connection_count = &connection_count;
    FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0, "there are sockets");
    http1_connection_start(&context, fds[0], false);
    talk(fds[1], view_make((const char *)data + 1, len - 1), data[0] == 0xff ? len : (size_t)data[0] + 1);
    FUZZ_CHECK(begins == ends, "%u requests began, %u ended", begins, ends);
    FUZZ_CHECK(atomic_load(&connection_count) == 0, "the connection is gone");
    FUZZ_CHECK(context.in_flight == 0, "nothing is in flight");
    http_context_free(&context);
    budget_purse_free(&purse);
    FUZZ_CHECK(atomic_load(&budget.used) == 0, "nothing is charged: %zu", atomic_load(&budget.used));
    loop_destroy(loop);
    return 0;
}
