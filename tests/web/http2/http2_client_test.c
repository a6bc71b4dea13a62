/*
 * The client and a server of nghttp2's, with nothing but bytes between them. What a stream is told is written down: F field, B block,
 * D data, S sent, W whole, R reset, L lost.
 */
#include "web/http2/http2_client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* after the above */
#include <cmocka.h>

#include "base/container_of.h"
#include "tests/web/http2/http2_peer.h"
#include "web/http2/limits.h"

struct call {
    struct http2_stream stream;
    char told[256];
    char fields[512];
    size_t body_bytes;
    uint32_t error_code;
    bool was_processed;
    bool consumes;     /* what comes is read at once */
    size_t fields_max; /* 0: any number */
    size_t field_count;
    char resets_at;         /* the letter at which it resets itself */
    struct call *resets;    /* or another one */
    struct call *starts;    /* or begins another one */
    struct view next_piece; /* to be sent when the first one has been */
    unsigned pieces_left;
};

static struct http2_memory memory;
static struct http2_client *client;
static struct http2_peer peer;
static unsigned settings_count, pong_count, goaway_count;
static uint32_t goaway_code;

static void begin(struct call *call, const char *path);

static void tell(struct call *call, char letter)
{
    size_t len = strlen(call->told);
    if (len + 1 < sizeof(call->told) && (len == 0 || call->told[len - 1] != letter || letter != 'D')) {
        call->told[len] = letter;
        call->told[len + 1] = '\0';
    }
    if (call->resets_at != letter)
        return;
    call->resets_at = '\0';
    struct call *other = call->resets;
    if (call->starts)
        begin(call->starts, "/started");
    if (other && other->stream.next)
        http2_stream_reset(client, &other->stream, HTTP2_CANCEL);
}

static struct call *call_of(struct http2_stream *stream)
{
    return CONTAINER_OF(stream, struct call, stream);
}

static bool on_field(struct http2_stream *stream, struct view name, struct view value)
{
    struct call *call = call_of(stream);
    size_t len = strlen(call->fields);
    snprintf(call->fields + len, sizeof(call->fields) - len, "%.*s=%.*s;", VIEW_ARG(name), VIEW_ARG(value));
    call->field_count++;
    return !call->fields_max || call->field_count <= call->fields_max;
}

static void on_block(struct http2_stream *stream, bool is_end)
{
    tell(call_of(stream), is_end ? 'E' : 'B');
}

static void on_data(struct http2_stream *stream, struct view piece)
{
    struct call *call = call_of(stream);
    call->body_bytes += piece.len;
    if (call->consumes)
        http2_stream_consume(client, stream, piece.len);
    tell(call, 'D');
}

static void on_sent(struct http2_stream *stream)
{
    struct call *call = call_of(stream);
    tell(call, 'S');
    if (call->pieces_left) {
        call->pieces_left--;
        http2_stream_send(client, stream, call->next_piece, call->pieces_left == 0);
    }
}

static void on_ended(struct http2_stream *stream, enum http2_end end, uint32_t error_code, bool was_processed)
{
    static const char letters[] = {[HTTP2_END_WHOLE] = 'W', [HTTP2_END_RESET] = 'R', [HTTP2_END_LOST] = 'L'};
    struct call *call = call_of(stream);
    assert_null(stream->next); /* it is no stream any more */
    call->error_code = error_code;
    call->was_processed = was_processed;
    tell(call, letters[end]);
}

static const struct http2_stream_events stream_events = {on_field, on_block, on_data, on_sent, on_ended};

static void on_settings(void *ctx)
{
    (void)ctx;
    settings_count++;
}

static void on_goaway(uint32_t error_code, struct view debug, void *ctx)
{
    (void)ctx;
    (void)debug;
    goaway_count++;
    goaway_code = error_code;
}

static void on_pong(void *ctx)
{
    (void)ctx;
    pong_count++;
}

static int set_up_with(uint32_t streams_max)
{
    static const struct http2_client_events events = {on_settings, on_goaway, on_pong, NULL};
    struct status st;
    settings_count = pong_count = goaway_count = 0;
    http2_memory_init(&memory);
    assert_true(http2_client_create(&memory, &events, &client, &st));
    http2_peer_init(&peer, streams_max);
    return 0;
}

static int set_up(void **state)
{
    (void)state;
    return set_up_with(0);
}

static int set_up_narrow(void **state)
{
    (void)state;
    return set_up_with(2);
}

static int tear_down(void **state)
{
    (void)state;
    http2_client_lose(client);
    assert_int_equal(http2_client_stream_count(client), 0);
    http2_client_destroy(client);
    http2_memory_free(&memory);
    http2_peer_free(&peer);
    return 0;
}

/* Carries bytes until both are silent, in pieces of at most so many. False: one of the two has given up. */
static bool carry(size_t piece_max)
{
    for (bool has_more = true; has_more;) {
        struct view bytes;
        has_more = false;
        while (http2_client_next(client, &bytes)) {
            has_more = true;
            if (!http2_peer_receive(&peer, bytes)) {
                return false;
            }
        }
        while (http2_peer_next(&peer, &bytes)) {
            has_more = true;
            while (bytes.len) {
                size_t len = bytes.len < piece_max ? bytes.len : piece_max;
                if (!http2_client_receive(client, view_make(bytes.data, len))) {
                    return false;
                }
                bytes = view_make(bytes.data + len, bytes.len - len);
            }
        }
    }
    return true;
}

static void talk(void)
{
    assert_true(carry(SIZE_MAX));
}

static bool try_begin(struct call *call, const char *path, struct view body, bool is_last)
{
    const struct http2_field fields[] = {
        {VIEW(":method"), VIEW("POST"), true},
        {VIEW(":scheme"), VIEW("http"), true},
        {VIEW(":path"), view_of(path), false},
        {VIEW(":authority"), VIEW("x:1"), true},
        {VIEW("content-type"), VIEW("application/grpc"), true},
    };
    call->stream.events = &stream_events;
    return http2_client_request(client, &call->stream, fields, sizeof(fields) / sizeof(fields[0]), body, is_last);
}

static void begin(struct call *call, const char *path)
{
    assert_true(try_begin(call, path, view_of("hi"), true));
}

static struct http2_peer_request *asked(const char *path)
{
    struct http2_peer_request *request = http2_peer_find(&peer, path);
    if (!request)
        fail_msg("%s was not asked for", path);
    return request;
}

#define HEAD ":status: 200\ncontent-type: application/grpc\n"

static void answer(const char *path)
{
    struct http2_peer_request *request = asked(path);
    http2_peer_head(request, HEAD, false);
    http2_peer_data(request, view_of("hello"), false);
    http2_peer_trailers(request, "grpc-status: 0\n");
}

/* ---- One call ---- */

static void asks_and_is_answered_with_trailers(void **state)
{
    static const size_t pieces[] = {1, 7, SIZE_MAX};
    struct call calls[3] = {{.consumes = true}, {.consumes = true}, {.consumes = true}};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        begin(&calls[i], "/a");
        assert_true(carry(pieces[i]));
        struct http2_peer_request *request = asked("/a");
        assert_true(request->has_ended);
        assert_true(view_equal_text(buf_view(&request->body), "hi"));
        assert_string_equal(http2_peer_field(request, ":method"), "POST");
        assert_string_equal(http2_peer_field(request, ":authority"), "x:1");
        answer("/a");
        assert_true(carry(pieces[i]));
        assert_string_equal(calls[i].told, "BDEW");
        assert_string_equal(calls[i].fields, ":status=200;content-type=application/grpc;grpc-status=0;");
        assert_int_equal(calls[i].body_bytes, 5);
        assert_true(calls[i].was_processed);
    }
    assert_true(settings_count > 0);
}

static void takes_an_answer_of_one_block_and_informational_ones_before(void **state)
{
    struct call call = {0};
    (void)state;
    begin(&call, "/a");
    talk();
    http2_peer_head(asked("/a"), ":status: 103\nlink: x\n", false);
    talk();
    assert_string_equal(call.told, "B");
    http2_peer_head(asked("/a"), HEAD "grpc-status: 5\n", true);
    talk();
    assert_string_equal(call.told, "BEW");
}

static void resets_a_stream_with_more_fields_than_it_takes(void **state)
{
    struct call call = {.fields_max = 1}, other = {0};
    (void)state;
    begin(&call, "/a");
    begin(&other, "/b");
    talk();
    answer("/a");
    answer("/b");
    talk();
    assert_string_equal(call.told, "R");
    assert_int_equal(call.error_code, HTTP2_INTERNAL_ERROR);
    assert_string_equal(other.told, "BDEW"); /* the connection is as it was */
}

static void sends_a_body_piece_by_piece_as_it_comes(void **state)
{
    static char first[100000], next[50000];
    struct call call = {.next_piece = {next, sizeof(next)}, .pieces_left = 3};
    (void)state;
    memset(first, 'f', sizeof(first));
    memset(next, 'n', sizeof(next));
    assert_true(try_begin(&call, "/a", view_make(first, sizeof(first)), false));
    talk();
    struct http2_peer_request *request = asked("/a");
    assert_true(request->has_ended);
    assert_int_equal(request->body.len, 250000);
    for (size_t i = 0; i < 250000; i++)
        if (request->body.data[i] != (i < 100000 ? 'f' : 'n'))
            fail_msg("byte %zu", i);
    assert_string_equal(call.told, "SSS"); /* not of the last one */
    answer("/a");
    talk();
    assert_string_equal(call.told, "SSSBDEW");
}

static void sends_the_next_piece_later_too(void **state)
{
    struct call call = {0};
    (void)state;
    assert_true(try_begin(&call, "/a", view_of("one"), false));
    talk();
    assert_string_equal(call.told, "S");
    http2_stream_send(client, &call.stream, view_of(" two"), true);
    talk();
    assert_true(view_equal_text(buf_view(&asked("/a")->body), "one two"));
    assert_true(asked("/a")->has_ended);
    assert_string_equal(call.told, "S");
    http2_client_lose(client);
}

/* The answer is complete although the request is not: nobody reads the rest. */
static void ends_with_an_answer_that_did_not_wait_for_the_request(void **state)
{
    struct call call = {0};
    (void)state;
    assert_true(try_begin(&call, "/a", view_of("one"), false));
    talk();
    http2_peer_head(asked("/a"), HEAD "grpc-status: 3\n", true);
    talk();
    assert_string_equal(call.told, "SEW");
    assert_true(asked("/a")->is_closed);
    assert_true(asked("/a")->was_reset);
    assert_int_equal(asked("/a")->reset_code, HTTP2_NO_ERROR);
}

/* ---- Flow control ---- */

static void lets_a_stream_come_no_faster_than_it_is_read(void **state)
{
    char *body = calloc(1, 3 * HTTP2_STREAM_WINDOW_BYTES);
    struct call slow = {0}, fast = {.consumes = true};
    (void)state;
    begin(&slow, "/slow");
    begin(&fast, "/fast");
    talk();
    http2_peer_head(asked("/slow"), HEAD, false);
    http2_peer_data(asked("/slow"), view_make(body, 3 * HTTP2_STREAM_WINDOW_BYTES), true);
    http2_peer_head(asked("/fast"), HEAD, false);
    http2_peer_data(asked("/fast"), view_make(body, 3 * HTTP2_STREAM_WINDOW_BYTES), true);
    talk();
    assert_int_equal(slow.body_bytes, HTTP2_STREAM_WINDOW_BYTES);
    assert_int_equal(fast.body_bytes, 3 * HTTP2_STREAM_WINDOW_BYTES); /* others are not held up by it */
    assert_string_equal(fast.told, "BDW");
    while (!strchr(slow.told, 'W')) {
        size_t before = slow.body_bytes;
        http2_stream_consume(client, &slow.stream, 600000);
        talk();
        assert_true(slow.body_bytes > before && slow.body_bytes <= before + 600000);
    }
    assert_int_equal(slow.body_bytes, 3 * HTTP2_STREAM_WINDOW_BYTES);
    free(body);
}

/* ---- Ends before their time ---- */

static void tells_who_may_be_sent_again(void **state)
{
    struct call refused = {0}, cancelled = {0}, answered = {0};
    (void)state;
    begin(&refused, "/refused");
    begin(&cancelled, "/cancelled");
    begin(&answered, "/answered");
    talk();
    http2_peer_reset(asked("/refused"), NGHTTP2_REFUSED_STREAM);
    http2_peer_reset(asked("/cancelled"), NGHTTP2_CANCEL);
    answer("/answered");
    talk();
    assert_string_equal(refused.told, "R");
    assert_int_equal(refused.error_code, HTTP2_REFUSED_STREAM);
    assert_false(refused.was_processed);
    assert_string_equal(cancelled.told, "R");
    assert_int_equal(cancelled.error_code, HTTP2_CANCEL);
    assert_true(cancelled.was_processed);
    assert_string_equal(answered.told, "BDEW");
}

static void ends_streams_above_the_last_of_a_goaway(void **state)
{
    struct call first = {0}, second = {0}, late = {0};
    (void)state;
    begin(&first, "/first");
    begin(&second, "/second");
    talk();
    http2_peer_goaway(&peer, asked("/first")->id, NGHTTP2_ENHANCE_YOUR_CALM, "too_many_pings");
    talk();
    assert_int_equal(goaway_count, 1);
    assert_int_equal(goaway_code, HTTP2_ENHANCE_YOUR_CALM);
    assert_string_equal(second.told, "R");
    assert_false(second.was_processed);
    assert_string_equal(first.told, "");
    if (try_begin(&late, "/late", view_of("hi"), true)) { /* it may take it, but does not send it */
        talk();
        assert_false(late.was_processed);
        assert_int_equal(strlen(late.told), 1);
    }
    assert_null(http2_peer_find(&peer, "/late"));
    answer("/first");
    talk();
    assert_string_equal(first.told, "BDEW"); /* it is finished */
    assert_true(http2_client_is_over(client));
    assert_false(http2_client_is_broken(client));
}

static void loses_what_is_left_and_tells_what_was_sent(void **state)
{
    struct call sent = {0}, unsent = {0};
    (void)state;
    begin(&sent, "/sent");
    talk();
    begin(&unsent, "/unsent");
    assert_int_equal(http2_client_stream_count(client), 2);
    http2_client_lose(client);
    assert_string_equal(sent.told, "L");
    assert_true(sent.was_processed);
    assert_string_equal(unsent.told, "L");
    assert_false(unsent.was_processed);
    assert_int_equal(http2_client_stream_count(client), 0);
}

static void tells_nothing_after_a_reset(void **state)
{
    struct call call = {0}, early = {0};
    (void)state;
    begin(&call, "/a");
    begin(&early, "/early");
    http2_stream_reset(client, &early.stream, HTTP2_CANCEL); /* before anything was sent of it */
    talk();
    answer("/a");
    http2_stream_reset(client, &call.stream, HTTP2_CANCEL); /* the answer is on its way */
    talk();
    assert_string_equal(call.told, "");
    assert_string_equal(early.told, "");
    assert_true(asked("/a")->was_reset);
    assert_int_equal(asked("/a")->reset_code, HTTP2_CANCEL);
    assert_int_equal(http2_client_stream_count(client), 0);
}

/* At every callback: itself, its neighbour that is told next, and a new one instead. */
static void may_reset_and_begin_streams_in_any_callback(void **state)
{
    static const char letters[] = "BDESW";
    for (size_t i = 0; i < strlen(letters); i++) {
        for (int whom = 0; whom < 2; whom++) {
            struct call call = {.consumes = true, .resets_at = letters[i]}, other = {.consumes = true};
            struct call started = {.consumes = true};
            call.resets = whom ? &other : &call;
            call.starts = &started;
            bool sends_more = letters[i] == 'S';
            assert_true(try_begin(&call, "/a", view_of("hi"), !sends_more));
            begin(&other, "/b");
            talk();
            if (sends_more && whom)
                http2_stream_send(client, &call.stream, view_of(" more"), true);
            talk();
            answer("/a");
            answer("/b");
            talk();
            answer("/started");
            talk();
            assert_string_equal(started.told, "BDEW");
            /* The one that was reset was told nothing more, and the other one all. */
            bool was_reset = whom || letters[i] != 'W';
            if (was_reset && strchr(whom ? other.told : call.told, 'W'))
                fail_msg("%c %d: %s %s", letters[i], whom, call.told, other.told);
            assert_non_null(strchr(whom ? call.told : other.told, 'W'));
            assert_int_equal(http2_client_stream_count(client), 0);
            tear_down(state);
            set_up(state);
        }
    }
}

/* ---- Many ---- */

static void sends_streams_beyond_the_peers_number_when_there_is_room(void **state)
{
    struct call calls[6] = {0};
    char path[16];
    (void)state;
    talk();
    assert_int_equal(http2_client_streams_max(client), 2);
    for (int i = 0; i < 6; i++) {
        snprintf(path, sizeof(path), "/%d", i);
        begin(&calls[i], path);
    }
    talk();
    assert_int_equal(http2_client_stream_count(client), 6);
    assert_int_equal(peer.request_count, 2);
    http2_stream_reset(client, &calls[4].stream, HTTP2_CANCEL); /* one that waits */
    for (int i = 0; i < 6; i++) {
        snprintf(path, sizeof(path), "/%d", i);
        if (i == 4)
            continue;
        answer(path);
        talk();
        assert_string_equal(calls[i].told, "BDEW");
    }
    assert_null(http2_peer_find(&peer, "/4"));
    assert_string_equal(calls[4].told, "");
}

static void begins_no_stream_that_it_cannot(void **state)
{
    struct http2_field fields[200];
    struct call call = {.stream.events = &stream_events};
    (void)state;
    for (size_t i = 0; i < 200; i++)
        fields[i] = (struct http2_field){VIEW("a"), VIEW("b"), false};
    assert_false(http2_client_request(client, &call.stream, fields, 200, view_of(""), true));
    assert_int_equal(http2_client_stream_count(client), 0);
}

/* What nghttp2 takes up to 8 KiB is given back to the pool: had it been taken from the heap, the pool would hold more. */
static void takes_nothing_from_the_heap_in_the_steady_state(void **state)
{
    struct call calls[50];
    size_t kept_bytes = 0;
    (void)state;
    for (int round = 0; round < 20; round++) {
        char path[16];
        memset(calls, 0, sizeof(calls));
        for (int i = 0; i < 50; i++) {
            calls[i].consumes = true;
            snprintf(path, sizeof(path), "/%d", i);
            begin(&calls[i], path);
        }
        talk();
        for (int i = 0; i < 50; i++) {
            snprintf(path, sizeof(path), "/%d", i);
            answer(path);
        }
        talk();
        for (int i = 0; i < 50; i++)
            assert_string_equal(calls[i].told, "BDEW");
        if (round == 2)
            kept_bytes = memory.kept_bytes;
        else if (round > 2)
            assert_int_equal(memory.kept_bytes, kept_bytes);
    }
    assert_in_range(kept_bytes, 1000, HTTP2_KEPT_BYTES_MAX);
}

/* ---- The connection ---- */

static void pings_and_hears(void **state)
{
    (void)state;
    assert_true(http2_client_ping(client));
    talk();
    assert_int_equal(peer.pings, 1);
    assert_int_equal(pong_count, 1);
}

static void says_goodbye(void **state)
{
    (void)state;
    talk();
    http2_client_goaway(client);
    carry(SIZE_MAX);
    assert_true(peer.has_goaway);
}

static void gives_up_on_what_is_no_http_2(void **state)
{
    static const struct view cases[] = {
        VIEW("HTTP/1.1 400 Bad Request\r\n\r\n"),
        VIEW("\0\0\1\x07\0\0\0\0\0x"), /* GOAWAY of one byte */
        VIEW("\0\0\0\4\0\0\0\0\0"
             "\0\0\4\x08\0\0\0\0\0\0\0\0\0"), /* a window update of nothing */
        VIEW("\0\0\0\4\0\0\0\0\0"
             "\0\0\0\x09\4\0\0\0\1"), /* CONTINUATION of nothing */
        VIEW("\0\0\0\4\0\0\0\0\0"
             "\0\0\5\0\0\0\0\0\1hello"), /* DATA of a stream that is none */
        VIEW("\0\0\0\4\0\0\0\0\0"
             "\0\0\1\1\4\0\0\0\2\x88"), /* an answer to an even number */
        VIEW("\0\0\0\4\0\0\0\0\0"
             "\0\0\1\1\4\0\0\0\1\xff"), /* what HPACK is not */
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct call call = {0};
        struct view bytes;
        if (i != 4) /* an idle stream there */
            begin(&call, "/a");
        while (http2_client_next(client, &bytes))
            continue;
        assert_false(http2_client_is_over(client));
        bool is_fine = http2_client_receive(client, cases[i]);
        size_t said = 0;
        while (http2_client_next(client, &bytes)) /* the last bytes say why */
            said += bytes.len;
        if (is_fine && !(http2_client_is_over(client) && http2_client_is_broken(client) && said > 0))
            fail_msg("case %zu was taken", i);
        tear_down(state);
        set_up(state);
    }
}

static void gives_up_on_who_floods_it(void **state)
{
    static const struct view frames[] = {VIEW("\0\0\x08\6\0\0\0\0\0pingping"), VIEW("\0\0\0\4\0\0\0\0\0")};
    for (size_t i = 0; i < 2; i++) {
        unsigned count = 0;
        struct view bytes;
        tear_down(state);
        set_up(state);
        assert_true(http2_client_receive(client, view_make("\0\0\0\4\0\0\0\0\0", 9)));
        while (http2_client_next(client, &bytes))
            continue;
        while (http2_client_receive(client, frames[i])) /* nothing of what it says is taken meanwhile */
            assert_true(++count < 10 * HTTP2_ACKS_MAX);
        assert_true(count >= HTTP2_ACKS_MAX / 2);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(asks_and_is_answered_with_trailers),
        TEST(takes_an_answer_of_one_block_and_informational_ones_before),
        TEST(resets_a_stream_with_more_fields_than_it_takes),
        TEST(sends_a_body_piece_by_piece_as_it_comes),
        TEST(sends_the_next_piece_later_too),
        TEST(ends_with_an_answer_that_did_not_wait_for_the_request),
        TEST(lets_a_stream_come_no_faster_than_it_is_read),
        TEST(tells_who_may_be_sent_again),
        TEST(ends_streams_above_the_last_of_a_goaway),
        TEST(loses_what_is_left_and_tells_what_was_sent),
        TEST(tells_nothing_after_a_reset),
        TEST(may_reset_and_begin_streams_in_any_callback),
        cmocka_unit_test_setup_teardown(sends_streams_beyond_the_peers_number_when_there_is_room, set_up_narrow,
                                        tear_down),
        TEST(begins_no_stream_that_it_cannot),
        TEST(takes_nothing_from_the_heap_in_the_steady_state),
        TEST(pings_and_hears),
        TEST(says_goodbye),
        TEST(gives_up_on_what_is_no_http_2),
        TEST(gives_up_on_who_floods_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
