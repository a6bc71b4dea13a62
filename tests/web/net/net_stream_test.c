/* A stream on one end of a pair of sockets or a connection on loopback; the test is the other end, and takes turns with the loop. */
#include "web/net/net_stream.h"

#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
/* after the above */
#include <cmocka.h>

#include "base/container_of.h"
#include "tests/web/loop/loop_turns.h"

/* What the stream has told, in order: c connected, r readable, o room, s shut, x closed. */
struct end {
    struct net_stream stream;
    char told[64];
    size_t told_len;
    int error; /* of on_closed() */
    bool reads;
    enum net_read last_read;
    char input[65536];
    size_t input_len;
    bool closes_when_readable;
};

static struct loop *loop;
static struct net_pool pool;
static struct budget budget;
static struct budget_purse purse;
static struct budget_account account;
static struct end end;
static int peer; /* the other end's descriptor */

static void tell(struct end *of, char what)
{
    if (of->told_len + 1 < sizeof(of->told))
        of->told[of->told_len++] = what;
    of->told[of->told_len] = '\0';
}

static struct end *end_of(struct net_stream *stream)
{
    return CONTAINER_OF(stream, struct end, stream);
}

static void read_all(struct end *of)
{
    size_t bytes = 0;
    do {
        of->last_read =
            net_stream_read(&of->stream, of->input + of->input_len, sizeof(of->input) - of->input_len, &bytes);
        if (of->last_read == NET_READ_BYTES)
            of->input_len += bytes;
    } while (of->last_read == NET_READ_BYTES && of->input_len < sizeof(of->input));
}

static void on_connected(struct net_stream *stream)
{
    tell(end_of(stream), 'c');
}

static void on_readable(struct net_stream *stream)
{
    tell(end_of(stream), 'r');
    if (end_of(stream)->closes_when_readable)
        net_stream_close(stream);
    else if (end_of(stream)->reads)
        read_all(end_of(stream));
}

static void on_room(struct net_stream *stream)
{
    tell(end_of(stream), 'o');
}

static void on_shut(struct net_stream *stream)
{
    tell(end_of(stream), 's');
}

static void on_closed(struct net_stream *stream, int error)
{
    tell(end_of(stream), 'x');
    end_of(stream)->error = error;
}

static const struct net_stream_events events = {on_connected, on_readable, on_room, on_shut, on_closed};

static int set_up(void **state)
{
    struct status st;
    (void)state;
    assert_true(loop_create(&loop, &st));
    budget_init(&budget, 64 << 20);
    budget_purse_init(&purse, &budget);
    account = (struct budget_account){.purse = &purse, .max = 64 << 20};
    memset(&end, 0, sizeof(end));
    end.reads = true;
    peer = -1;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    net_stream_close(&end.stream); /* one that is closed is fine */
    assert_int_equal(account.used, 0);
    net_pool_free(&pool);
    loop_destroy(loop);
    if (peer >= 0)
        close(peer);
    return 0;
}

static void start_pair(void)
{
    int fds[2];
    struct status st;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    peer = fds[1];
    assert_true(net_stream_start(&end.stream, loop, fds[0], &pool, &account, &events, &st));
}

/* A listener on loopback, and its address. */
static int listen_on_loopback(struct sockaddr_in *ret_address)
{
    socklen_t len = sizeof(*ret_address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    *ret_address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(bind(fd, (struct sockaddr *)ret_address, len), 0);
    assert_int_equal(listen(fd, 10), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)ret_address, &len), 0);
    return fd;
}

static bool connect_to(const struct sockaddr_in *address)
{
    struct status st;
    return net_stream_connect(&end.stream, loop, (const struct sockaddr *)address, sizeof(*address), &pool, &events,
                              &st);
}

/* Both ends of a TCP connection. */
static void start_tcp(void)
{
    struct sockaddr_in address;
    struct status st;
    int listener = listen_on_loopback(&address);
    peer = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(peer, (struct sockaddr *)&address, sizeof(address)), 0);
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    assert_true(fd >= 0);
    close(listener);
    assert_true(net_stream_start(&end.stream, loop, fd, &pool, &account, &events, &st));
}

static bool has_told(void *what)
{
    return strchr(end.told, *(const char *)what) != NULL;
}

static void wait_for(const char *what)
{
    if (!loop_turns_until(loop, has_told, (void *)(uintptr_t)what))
        fail_msg("waited for %s: %s", what, end.told);
}

static unsigned count_told(char what)
{
    unsigned count = 0;
    for (const char *at = end.told; (at = strchr(at, what)); at++)
        count++;
    return count;
}

static bool has_ended(void *ctx)
{
    (void)ctx;
    return end.last_read == NET_READ_END;
}

/* ---- Reading ---- */

static void reads_what_comes_and_then_the_end(void **state)
{
    (void)state;
    start_pair();
    assert_int_equal(send(peer, "hello", 5, 0), 5);
    wait_for("r");
    assert_int_equal(end.input_len, 5);
    assert_memory_equal(end.input, "hello", 5);
    assert_int_equal(end.last_read, NET_READ_LATER);
    assert_int_equal(end.stream.bytes_in, 5);
    assert_int_equal(send(peer, " again", 6, 0), 6);
    shutdown(peer, SHUT_WR);
    assert_true(loop_turns_until(loop, has_ended, NULL));
    assert_int_equal(end.input_len, 11);
    assert_true(end.stream.is_open); /* we may still write */
    assert_true(net_queue_append(&end.stream.out, view_of("bye")));
    net_stream_flush_later(&end.stream);
    loop_turns_for(loop, 5);
    char byte[4];
    assert_int_equal(recv(peer, byte, sizeof(byte), MSG_DONTWAIT), 3);
}

static bool has_read_again(void *ctx)
{
    (void)ctx;
    return count_told('r') >= 2;
}

static void is_told_again_only_after_asking(void **state)
{
    (void)state;
    start_pair();
    end.reads = false;
    assert_int_equal(send(peer, "hello", 5, 0), 5);
    wait_for("r");
    loop_turns_for(loop, 20);
    assert_string_equal(end.told, "r"); /* epoll tells of bytes once */
    end.reads = true;
    net_stream_read_later(&end.stream);
    assert_true(loop_turns_until(loop, has_read_again, NULL));
    assert_int_equal(end.input_len, 5);
    net_stream_read_later(&end.stream); /* there is nothing */
    loop_turns_for(loop, 10);
    assert_string_equal(end.told, "rr");
}

static void may_be_closed_in_its_own_callback(void **state)
{
    (void)state;
    start_pair();
    end.closes_when_readable = true;
    assert_true(net_queue_append(&end.stream.out, view_of("never sent")));
    net_stream_flush_later(&end.stream);
    assert_int_equal(send(peer, "hello", 5, 0), 5);
    wait_for("r");
    loop_turns_for(loop, 10);
    assert_string_equal(end.told, "r"); /* who closes it is not told so */
    assert_int_equal(account.used, 0);
}

/* ---- Writing ---- */

static size_t drain_peer(size_t most)
{
    char bytes[65536];
    size_t sum = 0;
    while (sum < most) {
        ssize_t got = recv(peer, bytes, most - sum < sizeof(bytes) ? most - sum : sizeof(bytes), MSG_DONTWAIT);
        if (got <= 0)
            break;
        for (ssize_t i = 0; i < got; i++)
            assert_int_equal(bytes[i], 'w');
        sum += (size_t)got;
    }
    return sum;
}

static size_t peer_got;

static bool has_room_again(void *ctx)
{
    peer_got += drain_peer(4096);
    return has_told(ctx);
}

static bool has_got_all(void *ctx)
{
    peer_got += drain_peer(SIZE_MAX);
    return peer_got >= *(const size_t *)ctx;
}

static void holds_its_writer_up_between_the_marks(void **state)
{
    static char block[32768];
    size_t written = 0;
    (void)state;
    memset(block, 'w', sizeof(block));
    peer_got = 0;
    start_pair();
    while (!net_stream_is_full(&end.stream) || end.stream.may_write) {
        assert_true(net_queue_append(&end.stream.out, view_make(block, sizeof(block))));
        written += sizeof(block);
        net_stream_flush_later(&end.stream);
        loop_turns_for(loop, 2);
        assert_true(written < 16 << 20);
    }
    assert_true(end.stream.out.bytes > NET_QUEUED_BYTES_HIGH);
    assert_false(has_told((void *)"o"));
    assert_true(loop_turns_until(loop, has_room_again, (void *)"o"));
    assert_true(end.stream.out.bytes <= NET_QUEUED_BYTES_LOW);
    assert_int_equal(count_told('o'), 1);
    assert_true(loop_turns_until(loop, has_got_all, &written));
    assert_int_equal(peer_got, written);
    assert_int_equal(end.stream.bytes_out, written);
    assert_int_equal(count_told('o'), 1); /* once a filling */
    assert_int_equal(account.used, 0);
}

static void shuts_only_when_all_is_written(void **state)
{
    static char much[1 << 20];
    size_t written = sizeof(much);
    (void)state;
    memset(much, 'w', sizeof(much));
    peer_got = 0;
    start_pair();
    assert_true(net_queue_append(&end.stream.out, view_make(much, sizeof(much))));
    net_stream_shut_later(&end.stream);
    loop_turns_for(loop, 10);
    assert_false(has_told((void *)"s"));
    assert_true(loop_turns_until(loop, has_got_all, &written));
    wait_for("s");
    char byte;
    assert_int_equal(recv(peer, &byte, 1, MSG_DONTWAIT), 0);
    assert_int_equal(send(peer, "late", 4, 0), 4); /* the other direction is as it was */
    wait_for("r");
    assert_int_equal(end.input_len, 4);
    assert_int_equal(count_told('s'), 1);
}

/* ---- The end ---- */

static void is_told_of_a_reset_once(void **state)
{
    struct linger at_once = {.l_onoff = 1};
    (void)state;
    start_tcp();
    setsockopt(peer, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    close(peer);
    peer = -1;
    end.reads = false;
    wait_for("x");
    assert_int_equal(end.error, ECONNRESET);
    assert_false(end.stream.is_open);
    net_stream_close(&end.stream);
    loop_turns_for(loop, 10);
    assert_int_equal(count_told('x'), 1);
}

static void is_told_when_a_write_finds_nobody(void **state)
{
    (void)state;
    start_pair();
    close(peer);
    peer = -1;
    end.reads = false;
    assert_true(net_queue_append(&end.stream.out, view_of("anybody?")));
    net_stream_flush_later(&end.stream);
    wait_for("x");
    loop_turns_for(loop, 10);
    assert_int_equal(count_told('x'), 1);
    assert_int_equal(account.used, 0);
}

/* The owner does not read, because it is busy: a peer that is gone in both directions is told all the same. */
static void is_told_that_the_peer_has_gone_while_it_does_not_read(void **state)
{
    (void)state;
    start_pair();
    end.reads = false;
    close(peer);
    peer = -1;
    wait_for("x");
    assert_int_equal(end.error, 0);
}

static void gives_the_last_bytes_of_a_peer_that_has_gone(void **state)
{
    (void)state;
    start_pair();
    end.reads = false;
    assert_int_equal(send(peer, "goodbye", 7, 0), 7);
    close(peer);
    peer = -1;
    wait_for("r");
    loop_turns_for(loop, 10);
    assert_true(end.stream.is_open);
    read_all(&end);
    assert_int_equal(end.input_len, 7);
    assert_int_equal(end.last_read, NET_READ_END);
}

static void resets_the_peer_when_it_aborts(void **state)
{
    char byte;
    (void)state;
    start_tcp();
    assert_true(net_queue_append(&end.stream.out, view_of("half of it")));
    net_stream_flush(&end.stream);
    net_stream_abort(&end.stream);
    ssize_t got;
    while ((got = recv(peer, &byte, 1, 0)) > 0)
        continue;
    assert_int_equal(got, -1);
    assert_int_equal(errno, ECONNRESET);
    assert_string_equal(end.told, "");
}

/* ---- Connecting ---- */

static void connects_and_says_so_before_anything_else(void **state)
{
    struct sockaddr_in address;
    (void)state;
    int listener = listen_on_loopback(&address);
    assert_true(connect_to(&address));
    assert_string_equal(end.told, "");
    peer = accept(listener, NULL, NULL);
    assert_int_equal(send(peer, "hello", 5, 0), 5);
    wait_for("r");
    assert_int_equal(end.told[0], 'c');
    assert_int_equal(end.input_len, 5);
    close(listener);
}

static void says_that_nobody_listens(void **state)
{
    struct sockaddr_in address;
    (void)state;
    close(listen_on_loopback(&address));
    assert_true(connect_to(&address));
    wait_for("x");
    assert_int_equal(end.error, ECONNREFUSED);
    assert_string_equal(end.told, "x");
}

static void fails_at_once_where_the_system_does(void **state)
{
    struct sockaddr_un nowhere = {.sun_family = AF_UNIX, .sun_path = "/nonexistent/socket"};
    struct status st;
    (void)state;
    assert_false(
        net_stream_connect(&end.stream, loop, (const struct sockaddr *)&nowhere, sizeof(nowhere), &pool, &events, &st));
    assert_int_equal(st.code, STATUS_UNAVAILABLE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reads_what_comes_and_then_the_end),
        TEST(is_told_again_only_after_asking),
        TEST(may_be_closed_in_its_own_callback),
        TEST(holds_its_writer_up_between_the_marks),
        TEST(shuts_only_when_all_is_written),
        TEST(is_told_of_a_reset_once),
        TEST(is_told_when_a_write_finds_nobody),
        TEST(is_told_that_the_peer_has_gone_while_it_does_not_read),
        TEST(gives_the_last_bytes_of_a_peer_that_has_gone),
        TEST(resets_the_peer_when_it_aborts),
        TEST(connects_and_says_so_before_anything_else),
        TEST(says_that_nobody_listens),
        TEST(fails_at_once_where_the_system_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
