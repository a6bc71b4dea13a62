/* Shares of client addresses, on real sockets of 127.0.0.0/8 and ::1. */
#include "web/http/http_peers.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <unistd.h>
/* after the above */
#include <cmocka.h>

static struct http_peers peers;

/* The server's end of a connection from this address; the client's is closed. */
static int connected_from(const char *source)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}, from = to;
    socklen_t len = sizeof(to);
    int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(inet_pton(AF_INET, source, &from.sin_addr), 1);
    assert_int_equal(bind(listener, (struct sockaddr *)&to, sizeof(to)), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&to, &len), 0);
    assert_int_equal(bind(client, (struct sockaddr *)&from, sizeof(from)), 0);
    assert_int_equal(connect(client, (struct sockaddr *)&to, sizeof(to)), 0);
    int fd = accept(listener, NULL, NULL);
    assert_true(fd >= 0);
    close(listener);
    return fd; /* the client's end stays open until the process ends */
}

static void connections_of_one_address_share_and_those_of_others_do_not(void **state)
{
    int fds[3] = {connected_from("127.0.0.2"), connected_from("127.0.0.2"), connected_from("127.0.0.3")};
    struct http_peer *shares[3];
    (void)state;
    http_peers_init(&peers, 1000);
    for (int i = 0; i < 3; i++)
        shares[i] = http_peers_take(&peers, fds[i]);
    assert_ptr_equal(shares[0], shares[1]);
    assert_ptr_not_equal(shares[0], shares[2]);
    assert_int_equal(http_peer_budget(shares[0])->max, 1000);
    for (int i = 0; i < 3; i++) {
        http_peers_give(&peers, shares[i]);
        close(fds[i]);
    }
    for (size_t i = 0; i < HTTP_PEERS_BUCKETS; i++)
        assert_null(peers.buckets[i]);
    http_peers_free(&peers);
}

static void sockets_without_an_address_are_one_peer(void **state)
{
    int pair[2];
    (void)state;
    http_peers_init(&peers, 1000);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    struct http_peer *one = http_peers_take(&peers, pair[0]), *other = http_peers_take(&peers, pair[1]);
    assert_non_null(one);
    assert_ptr_equal(one, other);
    http_peers_give(&peers, one);
    http_peers_give(&peers, other);
    http_peers_give(&peers, NULL);
    close(pair[0]);
    close(pair[1]);
    http_peers_free(&peers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connections_of_one_address_share_and_those_of_others_do_not),
        cmocka_unit_test(sockets_without_an_address_are_one_peer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
