/*
 * What a table of short inputs does not show: the limits of a body's overhead, its memory, and what comes after its
 * end.
 */
#include "web/http1/http1_body.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "web/http1/limits.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

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

static void init_chunked(struct http1_body *body)
{
    const struct http1_head head = {.chunked = true};
    http1_body_init(body, &head);
}

/* Reads in pieces of so many bytes until there is a verdict; counts content. */
static enum http1_body_result read_all(struct http1_body *body, struct view input, size_t piece_bytes,
                                       size_t *ret_content, struct http1_fault *fault)
{
    enum http1_body_result result = HTTP1_BODY_MORE;
    *ret_content = 0;
    while (result == HTTP1_BODY_MORE && input.len) {
        struct view part = view_make(input.data, input.len < piece_bytes ? input.len : piece_bytes), piece;
        input = view_make(input.data + part.len, input.len - part.len);
        while ((result = http1_body_read(body, &part, &piece, fault)) == HTTP1_BODY_PIECE)
            *ret_content += piece.len;
        if (result == HTTP1_BODY_MORE)
            assert_int_equal(part.len, 0);
    }
    return result;
}

/* Of a chunked body, in pieces of several sizes: END (http_status 0), or BAD of this status. */
static void check(const struct buf *input, size_t content, unsigned http_status)
{
    static const size_t sizes[] = {SIZE_MAX, 1, 5, 1000};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct http1_body body;
        struct http1_fault fault = {0, NULL};
        size_t got;
        init_chunked(&body);
        enum http1_body_result result = read_all(&body, buf_view(input), sizes[i], &got, &fault);
        assert_int_equal(result, http_status ? HTTP1_BODY_BAD : HTTP1_BODY_END);
        assert_int_equal(fault.http_status, http_status);
        assert_int_equal(got, content);
        http1_body_free(&body);
    }
}

/* A chunk of one byte with so many bytes of extension, ';' included. */
static void append_chunk(struct buf *input, size_t extension_bytes)
{
    append(input, "1;");
    fill(input, 'e', extension_bytes - 1);
    append(input, "\r\nx\r\n");
}

static void bounds_the_extensions_of_one_chunk(void **state)
{
    (void)state;
    struct buf input;
    buf_init(&input, 1 << 20);
    append_chunk(&input, HTTP1_CHUNK_EXTENSION_BYTES_MAX);
    append(&input, "0\r\n\r\n");
    check(&input, 1, 0);
    buf_clear(&input);
    append_chunk(&input, HTTP1_CHUNK_EXTENSION_BYTES_MAX + 1);
    append(&input, "0\r\n\r\n");
    check(&input, 0, 400);
    buf_free(&input);
}

static void bounds_the_extensions_of_all_chunks_together(void **state)
{
    (void)state;
    struct buf input;
    buf_init(&input, 1 << 20);
    for (size_t bytes = 0; bytes < HTTP1_CHUNK_EXTENSION_BYTES_MAX; bytes += 64)
        append_chunk(&input, 64);
    size_t chunks = HTTP1_CHUNK_EXTENSION_BYTES_MAX / 64, whole = input.len;
    append(&input, "0\r\n\r\n");
    check(&input, chunks, 0);
    input.len = whole;
    append(&input, "0;\r\n\r\n");
    check(&input, chunks, 400);
    buf_free(&input);
}

static void bounds_the_trailer_section(void **state)
{
    (void)state;
    struct buf input;
    buf_init(&input, 1 << 20);
    for (size_t more = 0; more < 5; more++) {
        buf_clear(&input);
        append(&input, "0\r\nX: ");
        fill(&input, 'x', HTTP1_TRAILER_BYTES_MAX - strlen("X: \r\n\r\n") + more);
        append(&input, "\r\n\r\n");
        check(&input, 0, more ? 431 : 0);
    }
    buf_free(&input);
}

static void bounds_the_number_of_trailers(void **state)
{
    (void)state;
    struct buf input;
    buf_init(&input, 1 << 20);
    for (size_t more = 0; more < 2; more++) {
        buf_clear(&input);
        append(&input, "0\r\n");
        for (size_t i = 0; i < HTTP1_FIELDS_MAX + more; i++)
            append(&input, "a:\r\n");
        append(&input, "\r\n");
        check(&input, 0, more ? 431 : 0);
    }
    buf_free(&input);
}

static void takes_a_hundred_thousand_chunks_of_one_byte(void **state)
{
    (void)state;
    struct buf input;
    buf_init(&input, 8 << 20);
    for (size_t i = 0; i < 100000; i++)
        append(&input, "1\r\nx\r\n");
    append(&input, "0\r\n\r\n");
    check(&input, 100000, 0);
    buf_free(&input);
}

static void takes_no_memory_without_trailers(void **state)
{
    (void)state;
    struct http1_body body;
    struct http1_fault fault;
    size_t content;
    init_chunked(&body);
    assert_int_equal(read_all(&body, view_of("3;e\r\nabc\r\n0\r\n\r\n"), 1, &content, &fault), HTTP1_BODY_END);
    assert_null(body.trailers.data);
    struct http_field fields[1];
    size_t count = 7;
    assert_true(http1_body_trailers(&body, fields, 0, &count));
    assert_int_equal(count, 0);
    http1_body_free(&body);
}

static void leaves_the_next_request_in_the_input(void **state)
{
    (void)state;
    struct http1_body body;
    struct http1_fault fault;
    struct view input = view_of("1\r\nx\r\n0\r\nA: b\r\n\r\nGET /"), piece;
    init_chunked(&body);
    assert_int_equal(http1_body_read(&body, &input, &piece, &fault), HTTP1_BODY_PIECE);
    assert_true(view_equal_text(piece, "x"));
    for (int i = 0; i < 3; i++) { /* it stays at the end */
        assert_int_equal(http1_body_read(&body, &input, &piece, &fault), HTTP1_BODY_END);
        assert_true(view_equal_text(input, "GET /"));
    }
    http1_body_free(&body);
}

static void stays_refused(void **state)
{
    (void)state;
    struct http1_body body;
    struct http1_fault first = {0, NULL}, second = {0, NULL};
    struct view input = view_of("x"), more = view_of("5\r\nhello\r\n0\r\n\r\n"), none = view_of(""), piece;
    init_chunked(&body);
    assert_int_equal(http1_body_read(&body, &input, &piece, &first), HTTP1_BODY_BAD);
    assert_int_equal(http1_body_read(&body, &more, &piece, &second), HTTP1_BODY_BAD);
    assert_int_equal(http1_body_read(&body, &none, &piece, &second), HTTP1_BODY_BAD);
    assert_int_equal(second.http_status, first.http_status);
    assert_ptr_equal(second.message, first.message);
    http1_body_free(&body);
}

static void ends_at_once_where_there_is_no_body(void **state)
{
    (void)state;
    static const struct http1_head heads[] = {{.has_length = false}, {.has_length = true, .content_length = 0}};
    for (size_t i = 0; i < COUNT(heads); i++) {
        struct http1_body body;
        struct http1_fault fault;
        struct view input = view_make(NULL, 0), piece;
        http1_body_init(&body, &heads[i]);
        assert_int_equal(http1_body_read(&body, &input, &piece, &fault), HTTP1_BODY_END);
        http1_body_free(&body);
    }
}

static void gives_trailers_only_once_they_are_whole(void **state)
{
    (void)state;
    static const char text[] = "0\r\nA: b\r\nHost: c\r\nC: d\r\n\r\n";
    struct http1_body body;
    struct http1_fault fault;
    struct http_field fields[2];
    size_t content, count = 7;
    init_chunked(&body);
    struct view all = view_of(text);
    assert_int_equal(read_all(&body, view_make(all.data, all.len - 1), 3, &content, &fault), HTTP1_BODY_MORE);
    assert_true(http1_body_trailers(&body, fields, 2, &count));
    assert_int_equal(count, 0);
    assert_int_equal(read_all(&body, view_of("\n"), 1, &content, &fault), HTTP1_BODY_END);
    assert_true(http1_body_trailers(&body, fields, 2, &count));
    assert_int_equal(count, 2);
    assert_true(view_equal_text(fields[0].name, "A") && view_equal_text(fields[0].value, "b"));
    assert_true(view_equal_text(fields[1].name, "C") && view_equal_text(fields[1].value, "d"));
    assert_false(http1_body_trailers(&body, fields, 1, &count));
    http1_body_free(&body);
    http1_body_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds_the_extensions_of_one_chunk),
        cmocka_unit_test(bounds_the_extensions_of_all_chunks_together),
        cmocka_unit_test(bounds_the_trailer_section),
        cmocka_unit_test(bounds_the_number_of_trailers),
        cmocka_unit_test(takes_a_hundred_thousand_chunks_of_one_byte),
        cmocka_unit_test(takes_no_memory_without_trailers),
        cmocka_unit_test(leaves_the_next_request_in_the_input),
        cmocka_unit_test(stays_refused),
        cmocka_unit_test(ends_at_once_where_there_is_no_body),
        cmocka_unit_test(gives_trailers_only_once_they_are_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
