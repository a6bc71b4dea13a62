/*
 * What a table of short inputs does not show: limits, the cost of many pieces, heads that nobody looked for, and what
 * is kept of a refused one.
 */
#include "web/http1/http1_head.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "tests/web/http1/http1_transcript.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char start[] = "GET / HTTP/1.1\r\nHost: h\r\n";

static void append(struct buf *buf, const char *text)
{
    assert_true(buf_append_text(buf, text));
}

static void fill(struct buf *buf, char byte, size_t count)
{
    assert_true(buf_reserve(buf, count));
    memset(buf->data + buf->len, byte, count);
    buf->len += count;
}

/* A request whose head has so many bytes, by means of one long field. */
static void make_head(struct buf *buf, size_t bytes)
{
    buf_clear(buf);
    append(buf, start);
    append(buf, "X: ");
    fill(buf, 'x', bytes - buf->len - 4);
    append(buf, "\r\n\r\n");
    assert_int_equal(buf->len, bytes);
}

/* Whole, and in pieces of some sizes. */
static void check(const struct buf *input, unsigned requests, const char *end)
{
    static const size_t sizes[] = {SIZE_MAX, 1, 7, 4096};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct http1_transcript transcript;
        http1_transcript_init(&transcript);
        size_t bytes = sizes[i] < input->len ? sizes[i] : input->len;
        http1_transcript_in_pieces(buf_view(input), bytes, &transcript);
        struct view text = buf_view(&transcript.text);
        size_t end_len = strlen(end);
        if (transcript.requests != requests || text.len < end_len ||
            memcmp(text.data + text.len - end_len, end, end_len) != 0)
            fail_msg("pieces of %zu: expected %u requests and \"%s\", got %u and\n%.*s", bytes, requests, end,
                     transcript.requests, VIEW_ARG(text));
        http1_transcript_free(&transcript);
    }
}

static void takes_a_head_of_the_limit_and_none_above(void **state)
{
    (void)state;
    struct buf input;
    buf_init(&input, 1 << 20);
    make_head(&input, HTTP1_HEAD_BYTES_MAX);
    check(&input, 1, "end keep-alive\n");
    for (size_t more = 1; more < 6; more++) {
        make_head(&input, HTTP1_HEAD_BYTES_MAX + more);
        check(&input, 0, "bad 431 expected a head of at most 16384 bytes\n");
    }
    buf_free(&input);
}

static void counts_no_empty_lines_before_it(void **state)
{
    (void)state;
    struct buf head, input;
    buf_init(&head, 1 << 20);
    buf_init(&input, 1 << 20);
    make_head(&head, HTTP1_HEAD_BYTES_MAX);
    append(&input, "\r\n\r\n\r\n\r\n");
    assert_true(buf_append(&input, buf_view(&head)));
    check(&input, 1, "end keep-alive\n");
    buf_free(&head);
    buf_free(&input);
}

static void names_a_request_line_over_the_limit(void **state)
{
    (void)state;
    struct buf input;
    buf_init(&input, 1 << 20);
    append(&input, "GET /");
    fill(&input, 'x', HTTP1_HEAD_BYTES_MAX);
    check(&input, 0, "bad 431 expected a request line of less than 16384 bytes\n");
    buf_free(&input);
}

/* A head that never ends is refused as soon as the limit is reached, not kept until more comes. */
static void refuses_at_the_limit_without_another_byte(void **state)
{
    (void)state;
    struct buf input;
    buf_init(&input, 1 << 20);
    make_head(&input, HTTP1_HEAD_BYTES_MAX + 1);
    input.len = HTTP1_HEAD_BYTES_MAX - 1;
    check(&input, 0, "more\n");
    input.len = HTTP1_HEAD_BYTES_MAX;
    check(&input, 0, "bad 431 expected a head of at most 16384 bytes\n");
    buf_free(&input);
}

static void takes_fields_up_to_the_limit(void **state)
{
    (void)state;
    struct buf input;
    buf_init(&input, 1 << 20);
    for (size_t more = 0; more < 2; more++) {
        buf_clear(&input);
        append(&input, start);
        for (size_t i = 1; i < HTTP1_FIELDS_MAX + more; i++)
            append(&input, "a:\r\n");
        append(&input, "\r\n");
        check(&input, 1 - (unsigned)more,
              more ? "bad 431 expected fewer header fields of GET /\n" : "end keep-alive\n");
    }
    buf_free(&input);
}

static void takes_three_thousand_requests_in_a_row(void **state)
{
    (void)state;
    struct buf input;
    buf_init(&input, 1 << 20);
    for (size_t i = 0; i < 3000; i++) {
        append(&input, start);
        append(&input, "\r\n");
    }
    check(&input, 3000, "end keep-alive\n");
    buf_free(&input);
}

/* The finder may be told byte by byte, and tells at each byte what it tells of all. */
static void tells_a_fault_at_its_byte(void **state)
{
    (void)state;
    static const struct {
        const char *input;
        size_t at; /* bytes with which it must be told */
    } cases[] = {
        {"\x16\x03", 1},
        {"GET / HTTP/1.1\nHost", 15},
        {"GET / HTTP/1.1\rHost", 16},
        {"GET / HTTP/1.1\r\nX: a\x01", 21},
        {"GET / HTTP/1.1\r\nX: a\x7f and more", 21},
        {"\r\n\r\n\r\n\r\n\r\n", 9},
        {"GET / HTTP/1.1\r\n\n", 17},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct http1_finder finder = {0};
        struct http1_fault fault = {0, NULL};
        size_t head_start = 7, bytes = 7;
        for (size_t len = 0; len < cases[i].at; len++)
            assert_int_equal(http1_head_find(&finder, view_make(cases[i].input, len), &head_start, &bytes, &fault),
                             HTTP1_MORE);
        assert_null(fault.message);
        assert_int_equal(http1_head_find(&finder, view_make(cases[i].input, cases[i].at), &head_start, &bytes, &fault),
                         HTTP1_BAD);
        assert_int_equal(fault.http_status, 400);
        assert_non_null(fault.message);
        assert_int_equal(head_start, 7);
        assert_int_equal(bytes, 7);
    }
}

/* A byte at a time costs no second look: what was looked at may be gone. */
static void looks_at_no_byte_twice(void **state)
{
    (void)state;
    struct buf input;
    buf_init(&input, 1 << 20);
    make_head(&input, 8000);
    struct http1_finder finder = {0};
    struct http1_fault fault;
    size_t head_start, bytes;
    for (size_t len = 1; len < input.len; len++) {
        assert_int_equal(http1_head_find(&finder, view_make(input.data, len), &head_start, &bytes, &fault), HTTP1_MORE);
        assert_true(finder.looked + 2 >= len);
        if (finder.looked > 30)
            memset(input.data + 30, 0, finder.looked - 30); /* would be refused */
    }
    assert_int_equal(http1_head_find(&finder, buf_view(&input), &head_start, &bytes, &fault), HTTP1_DONE);
    assert_int_equal(head_start, 0);
    assert_int_equal(bytes, 8000);
    buf_free(&input);
}

static void knows_the_preface_of_http_2(void **state)
{
    (void)state;
    static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    struct http1_finder finder = {0};
    struct http1_fault fault = {0, NULL};
    size_t head_start, bytes;
    for (size_t len = 0; len < 24; len++)
        assert_int_equal(http1_head_find(&finder, view_make(preface, len), &head_start, &bytes, &fault), HTTP1_MORE);
    assert_int_equal(http1_head_find(&finder, view_make(preface, 24), &head_start, &bytes, &fault),
                     HTTP1_HTTP2_PREFACE);
    assert_int_equal(fault.http_status, 400);
    assert_non_null(fault.message);
}

static void reads_what_only_begins_like_http_2_as_http_1(void **state)
{
    (void)state;
    struct buf input;
    buf_init(&input, 1 << 20);
    append(&input, "PRI * HTTP/2.0\r\n\r\nSM\r\n\rX");
    check(&input, 0, "bad 505 expected HTTP/1.1 or HTTP/1.0 of PRI *\n");
    buf_clear(&input);
    append(&input, "\r\nPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    check(&input, 0, "bad 505 expected HTTP/1.1 or HTTP/1.0 of PRI *\n");
    buf_free(&input);
}

/* http1_head_parse() trusts nobody: each beginning of a head is refused, in memory of its own size. */
static void parses_no_part_of_a_head(void **state)
{
    (void)state;
    static const char whole[] = "GET / HTTP/1.1\r\nHost: h\r\nX: y\r\n\r\n";
    struct http_field fields[4];
    struct http1_head head;
    struct http1_fault fault;
    for (size_t len = 0; len <= strlen(whole); len++) {
        char *copy = malloc(len ? len : 1);
        assert_non_null(copy);
        memcpy(copy, whole, len);
        bool parsed = http1_head_parse(view_make(copy, len), fields, COUNT(fields), &head, &fault);
        assert_int_equal(parsed, len == strlen(whole));
        free(copy);
    }
    static const char more[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\nX";
    assert_false(http1_head_parse(view_of(more), fields, COUNT(fields), &head, &fault));
    assert_int_equal(fault.http_status, 400);
}

static void keeps_what_it_knows_of_a_refused_request(void **state)
{
    (void)state;
    static const struct {
        const char *input, *method, *target;
    } cases[] = {
        {"G(T /x HTTP/1.1\r\n\r\n", "", ""},
        {"GET \r\n\r\n", "GET", ""},
        {"GET /x HTTP/3.7\r\n\r\n", "GET", "/x"},
        {"GET /x HTTP/1.1\r\nA: b\r\nTransfer-Encoding: x\r\n\r\n", "GET", "/x"},
        {"GET x HTTP/1.1\r\n\r\n", "GET", "x"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct http_field fields[4];
        struct http1_head head;
        struct http1_fault fault = {0, NULL};
        memset(&head, 0xff, sizeof(head));
        assert_false(http1_head_parse(view_of(cases[i].input), fields, COUNT(fields), &head, &fault));
        assert_true(view_equal_text(head.method, cases[i].method));
        assert_true(view_equal_text(head.target, cases[i].target));
        assert_int_equal(head.field_count, 0);
        assert_int_equal(head.host.len, 0);
        assert_false(head.keep_alive || head.chunked || head.has_length || head.expect_continue);
        assert_true(fault.http_status >= 400 && fault.message);
    }
}

static void needs_room_for_the_fields_alone(void **state)
{
    (void)state;
    static const char text[] = "GET / HTTP/1.0\r\n\r\n";
    struct http1_head head;
    struct http1_fault fault;
    assert_true(http1_head_parse(view_of(text), NULL, 0, &head, &fault));
    assert_int_equal(head.field_count, 0);
    assert_false(http1_head_parse(view_of("GET / HTTP/1.0\r\nA: b\r\n\r\n"), NULL, 0, &head, &fault));
    assert_int_equal(fault.http_status, 431);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_a_head_of_the_limit_and_none_above),
        cmocka_unit_test(counts_no_empty_lines_before_it),
        cmocka_unit_test(names_a_request_line_over_the_limit),
        cmocka_unit_test(refuses_at_the_limit_without_another_byte),
        cmocka_unit_test(takes_fields_up_to_the_limit),
        cmocka_unit_test(takes_three_thousand_requests_in_a_row),
        cmocka_unit_test(tells_a_fault_at_its_byte),
        cmocka_unit_test(looks_at_no_byte_twice),
        cmocka_unit_test(knows_the_preface_of_http_2),
        cmocka_unit_test(reads_what_only_begins_like_http_2_as_http_1),
        cmocka_unit_test(parses_no_part_of_a_head),
        cmocka_unit_test(keeps_what_it_knows_of_a_refused_request),
        cmocka_unit_test(needs_room_for_the_fields_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
