/*
 * What an HTTP/2 peer sends, with calls in flight. The first byte says how many bytes of control follow; they are taken in turns, again
 * and again: how long the next piece is, what is done behind it, and what each callback does (resets its stream or another one, begins
 * one, sends or consumes). The rest are the peer's bytes.
 *
 * No callback comes for a stream that has ended or was reset; each ends once; none is left when the connection is lost, and no memory.
 */
#include <string.h>

#include "base/container_of.h"
#include "tests/fuzz/fuzz.h"
#include "web/http2/http2_client.h"

#define CALLS_MAX 24
#define BEGUN_MAX                                                                                                      \
    500 /* of one input: who begins one whenever one ends does so for ever on a connection that takes no more */
#define OUTPUT_TURNS 1000

struct call {
    struct http2_stream stream;
    bool is_open;
    size_t unread;
};

static struct http2_client *client;
static struct call calls[CALLS_MAX];
static const uint8_t *control;
static size_t control_len, control_at;
static unsigned begun;

static uint8_t next_control(void)
{
    return control_len ? control[control_at++ % control_len] : 1;
}

static const struct http2_stream_events stream_events;

static void begin(void)
{
    static const struct http2_field fields[] = {
        {VIEW(":method"), VIEW("POST"), true}, {VIEW(":scheme"), VIEW("http"), true},
        {VIEW(":path"), VIEW("/a"), true},     {VIEW(":authority"), VIEW("x"), true},
        {VIEW("te"), VIEW("trailers"), true},  {VIEW("authorization"), VIEW("x"), false},
    };
    for (size_t i = 0; i < CALLS_MAX && begun < BEGUN_MAX; i++) {
        struct call *call = &calls[i];
        if (call->is_open)
            continue;
        begun++;
        memset(call, 0, sizeof(*call));
        call->stream.events = &stream_events;
        call->is_open = http2_client_request(client, &call->stream, fields, sizeof(fields) / sizeof(fields[0]),
                                             view_of("hello"), next_control() % 2);
        return;
    }
}

static void reset(struct call *call)
{
    if (!call->is_open)
        return;
    call->is_open = false;
    http2_stream_reset(client, &call->stream, HTTP2_CANCEL);
}

static void act(struct call *own)
{
    uint8_t what = next_control();
    struct call *other = &calls[what % CALLS_MAX];
    switch (what >> 6) {
    case 1: reset(own); break;
    case 2: reset(other); break;
    case 3: begin(); break;
    default: break;
    }
}

/* ---- Callbacks ---- */

static struct call *call_of(struct http2_stream *stream)
{
    struct call *call = CONTAINER_OF(stream, struct call, stream);
    FUZZ_CHECK(call->is_open, "nothing is told of a stream that has ended");
    return call;
}

static bool on_field(struct http2_stream *stream, struct view name, struct view value)
{
    call_of(stream);
    FUZZ_CHECK(name.len == 0 || name.data, "a name");
    FUZZ_CHECK(value.len == 0 || value.data, "a value");
    return next_control() != 77;
}

static void on_block(struct http2_stream *stream, bool is_end)
{
    (void)is_end;
    act(call_of(stream));
}

static void on_data(struct http2_stream *stream, struct view piece)
{
    struct call *call = call_of(stream);
    call->unread += piece.len;
    if (next_control() % 2) {
        http2_stream_consume(client, stream, call->unread);
        call->unread = 0;
    }
    act(call);
}

static void on_sent(struct http2_stream *stream)
{
    struct call *call = call_of(stream);
    if (next_control() % 4)
        http2_stream_send(client, stream, view_of("more"), next_control() % 2);
    act(call);
}

static bool is_losing; /* nothing can be begun any more */

static void on_ended(struct http2_stream *stream, enum http2_end end, uint32_t error_code, bool was_processed)
{
    struct call *call = call_of(stream);
    (void)error_code;
    FUZZ_CHECK(end != HTTP2_END_WHOLE || was_processed, "a whole answer is one that was made");
    call->is_open = false;
    if (!is_losing)
        act(call);
}

static const struct http2_stream_events stream_events = {on_field, on_block, on_data, on_sent, on_ended};

static void on_settings(void *ctx)
{
    (void)ctx;
    if (next_control() % 8 == 3)
        begin();
}

static void on_goaway(uint32_t error_code, struct view debug, void *ctx)
{
    (void)error_code;
    (void)ctx;
    FUZZ_CHECK(debug.len == 0 || debug.data, "what it says");
}

static void on_pong(void *ctx)
{
    (void)ctx;
}

/* ---- The connection ---- */

static void take_output(void)
{
    struct view bytes;
    unsigned turns = 0;
    while (turns < OUTPUT_TURNS && http2_client_next(client, &bytes)) {
        FUZZ_CHECK(bytes.len > 0, "there are bytes");
        turns++;
    }
}

static void act_between(void)
{
    uint8_t what = next_control();
    switch (what % 8) {
    case 1: begin(); break;
    case 2: reset(&calls[(what >> 3) % CALLS_MAX]); break;
    case 3: {
        bool ignored = http2_client_ping(client);
        (void)ignored;
        break;
    }
    case 4: return; /* the output waits */
    case 5: {
        struct call *call = &calls[(what >> 3) % CALLS_MAX];
        if (call->is_open && call->unread)
            http2_stream_consume(client, &call->stream, call->unread);
        call->unread = 0;
        break;
    }
    default: break;
    }
    take_output();
}

static size_t count_open(void)
{
    size_t count = 0;
    for (size_t i = 0; i < CALLS_MAX; i++)
        count += calls[i].is_open;
    return count;
}

static void feed(struct view input)
{
    bool is_fine = true;
    while (input.len && is_fine && !http2_client_is_over(client)) {
        size_t len = (size_t)next_control() + 1;
        if (len > input.len || len > 200)
            len = input.len;
        is_fine = http2_client_receive(client, view_make(input.data, len));
        input = view_make(input.data + len, input.len - len);
        FUZZ_CHECK(http2_client_stream_count(client) == count_open(), "the client knows what is open");
        if (is_fine)
            act_between();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const struct http2_client_events events = {on_settings, on_goaway, on_pong, NULL};
    struct http2_memory memory;
    struct status st;
    size_t count = len ? data[0] : 0;
    if (len < 1 + count)
        return 0;
    control = data + 1;
    control_len = count;
    control_at = 0;
    is_losing = false;
    begun = 0;
    memset(calls, 0, sizeof(calls));
    http2_memory_init(&memory);
    FUZZ_CHECK(http2_client_create(&memory, &events, &client, &st), "there is memory");
    begin();
    take_output();
    begin();
    begin();
    feed(view_make((const char *)data + 1 + count, len - 1 - count));
    take_output();
    is_losing = true;
    http2_client_lose(client);
    FUZZ_CHECK(count_open() == 0 && http2_client_stream_count(client) == 0, "no stream is left");
    http2_client_destroy(client);
    http2_memory_free(&memory);
    return 0;
}
