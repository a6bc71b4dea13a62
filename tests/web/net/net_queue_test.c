/* What goes in comes out, whatever the pieces; and every byte that is held is charged, and released. */
#include "web/net/net_queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* after the above */
#include <cmocka.h>

#include "web/net/limits.h"

#define BUDGET_BYTES ((size_t)64 << 20)

static struct budget budget;
static struct budget_purse purse;
static struct budget_account account;
static struct net_pool pool;
static struct net_queue queue;

static int set_up(void **state)
{
    (void)state;
    budget_init(&budget, BUDGET_BYTES);
    budget_purse_init(&purse, &budget);
    account = (struct budget_account){.purse = &purse, .max = BUDGET_BYTES};
    pool = (struct net_pool){0};
    net_queue_init(&queue, &pool, &account);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    net_queue_clear(&queue);
    assert_int_equal(queue.bytes, 0);
    assert_int_equal(account.used, 0);
    net_pool_free(&pool);
    budget_purse_free(&purse);
    assert_int_equal(atomic_load(&budget.used), 0);
    return 0;
}

/* The bytes that are queued are a counter, so that each says where it stands. */
static size_t written, consumed;

static char byte_at(size_t place)
{
    return (char)(place * 31 + place / 251);
}

static void append(size_t len)
{
    char *bytes = malloc(len + 1);
    for (size_t i = 0; i < len; i++)
        bytes[i] = byte_at(written + i);
    assert_true(net_queue_append(&queue, view_make(bytes, len)));
    free(bytes);
    written += len;
}

static void append_buf(size_t len)
{
    struct buf buf;
    buf_init(&buf, len + 1);
    buf_set_account(&buf, &account);
    assert_true(buf_reserve(&buf, len + 1));
    for (size_t i = 0; i < len; i++)
        buf.data[i] = byte_at(written + i);
    buf.len = len;
    assert_true(net_queue_append_buf(&queue, &buf));
    assert_int_equal(buf.len, 0);
    buf_free(&buf);
    written += len;
}

static void reserve(size_t room, size_t len)
{
    char *memory = net_queue_reserve(&queue, room);
    assert_non_null(memory);
    for (size_t i = 0; i < len; i++)
        memory[i] = byte_at(written + i);
    net_queue_commit(&queue, len);
    written += len;
}

/* Takes up to so many bytes, as a socket would that is nearly full, after a look at all that is shown. */
static void consume(size_t most)
{
    struct iovec pieces[NET_WRITE_PIECES_MAX];
    int count = net_queue_pieces(&queue, pieces, NET_WRITE_PIECES_MAX);
    size_t shown = 0;
    for (int i = 0; i < count; i++)
        for (size_t j = 0; j < pieces[i].iov_len; j++, shown++)
            if (((const char *)pieces[i].iov_base)[j] != byte_at(consumed + shown))
                fail_msg("byte %zu", consumed + shown);
    assert_true(shown > 0 || queue.bytes == 0);
    size_t taken = most < shown ? most : shown;
    net_queue_consume(&queue, taken);
    consumed += taken;
    assert_int_equal(queue.bytes, written - consumed);
    assert_true(account.used >= queue.bytes);
}

static void begin(void)
{
    written = consumed = 0;
}

static void gives_the_bytes_back_in_order_whatever_the_pieces(void **state)
{
    static const size_t lengths[] = {0,
                                     1,
                                     2,
                                     100,
                                     5000,
                                     NET_BLOCK_BYTES - 1,
                                     NET_BLOCK_BYTES,
                                     NET_BLOCK_BYTES + 1,
                                     40000,
                                     NET_TAKEN_BYTES_MIN - 1,
                                     NET_TAKEN_BYTES_MIN,
                                     200000};
    unsigned seed = 1;
    (void)state;
    begin();
    for (int i = 0; i < 800; i++) {
        seed = seed * 1103515245 + 12345;
        size_t len = lengths[seed / 65536 % (sizeof(lengths) / sizeof(lengths[0]))];
        switch (seed / 16777216 % 4) {
        case 0: append(len); break;
        case 1: append_buf(len); break;
        case 2: reserve(len % 10000 + 1, len % 10000); break;
        default: consume(len + 1); break;
        }
        if (queue.bytes > 4 << 20)
            consume(3 << 20);
    }
    while (queue.bytes)
        consume(7777);
    assert_int_equal(consumed, written);
}

static void charges_what_it_holds_and_releases_it(void **state)
{
    (void)state;
    begin();
    append(10);
    assert_int_equal(account.used, NET_BLOCK_BYTES);
    append(10); /* behind it, in the same block */
    assert_int_equal(account.used, NET_BLOCK_BYTES);
    append_buf(100000); /* taken over, with all that it had reserved */
    assert_in_range(account.used, NET_BLOCK_BYTES + 100000, NET_BLOCK_BYTES + 300000);
    consume(5);
    assert_in_range(account.used, NET_BLOCK_BYTES + 100000, NET_BLOCK_BYTES + 300000);
    consume(15);
    assert_in_range(account.used, 100000, 300000);
    consume(99999);
    assert_in_range(account.used, 100000, 300000);
    consume(1);
    assert_int_equal(account.used, 0);
}

static void takes_a_large_buf_over_without_what_it_did_not_need(void **state)
{
    struct buf buf;
    struct iovec piece;
    (void)state;
    buf_init(&buf, 100000);
    buf_set_account(&buf, &account);
    assert_true(buf_reserve(&buf, 100000));
    memset(buf.data, 'x', 60000);
    buf.len = 60000;
    assert_true(net_queue_append_buf(&queue, &buf));
    assert_null(buf.data);
    assert_int_equal(net_queue_pieces(&queue, &piece, 1), 1);
    assert_int_equal(piece.iov_len, 60000); /* in one piece: not copied into blocks */
    assert_int_equal(account.used, 60000);
    buf_free(&buf);
}

static void refuses_what_is_over_the_budget(void **state)
{
    struct view much = {calloc(1, 200000), 200000};
    struct buf buf;
    (void)state;
    account.max = 3 * NET_BLOCK_BYTES;
    assert_false(net_queue_append(&queue, much));
    assert_true(account.refused);
    assert_in_range(account.used, 0, account.max);
    net_queue_clear(&queue);
    assert_int_equal(account.used, 0);
    buf_init(&buf, 200000);
    assert_true(buf_append(&buf, much));
    assert_false(net_queue_append_buf(&queue, &buf)); /* its own memory was not charged before */
    assert_int_equal(account.used, 0);
    assert_int_equal(queue.bytes, 0);
    buf_free(&buf);
    assert_null(net_queue_reserve(&queue, NET_BLOCK_BYTES + 1));
    assert_int_equal(account.used, 0);
    free((void *)(uintptr_t)much.data);
}

static void keeps_blocks_for_reuse_but_not_all(void **state)
{
    (void)state;
    begin();
    append((NET_KEPT_BLOCKS_MAX + 10) * NET_BLOCK_BYTES);
    net_queue_clear(&queue);
    assert_int_equal(pool.count, NET_KEPT_BLOCKS_MAX);
    begin();
    append(1);
    assert_int_equal(pool.count, NET_KEPT_BLOCKS_MAX - 1);
}

static void charges_nobody_without_an_account(void **state)
{
    struct net_queue other;
    (void)state;
    net_queue_init(&other, &pool, NULL);
    assert_true(net_queue_append(&other, view_of("hello")));
    assert_int_equal(account.used, 0);
    net_queue_clear(&other);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(gives_the_bytes_back_in_order_whatever_the_pieces),
        TEST(charges_what_it_holds_and_releases_it),
        TEST(takes_a_large_buf_over_without_what_it_did_not_need),
        TEST(refuses_what_is_over_the_budget),
        TEST(keeps_blocks_for_reuse_but_not_all),
        TEST(charges_nobody_without_an_account),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
