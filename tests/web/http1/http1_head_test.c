/* Heads that are taken and heads that are refused, each read in every two pieces and byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/web/http1/http1_transcript.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void check(struct view input, const char *expected, const char *what)
{
    struct http1_transcript transcript;
    http1_transcript_init(&transcript);
    http1_transcript_of(input, &transcript);
    if (!view_equal_text(buf_view(&transcript.text), expected))
        fail_msg("%s: expected\n%s\ngot\n%.*s", what, expected, VIEW_ARG(buf_view(&transcript.text)));
    http1_transcript_free(&transcript);
}

static void reads_a_get(void **state)
{
    (void)state;
    static const struct view input = VIEW("GET /a?b=1 HTTP/1.1\r\nHost: h\r\nX:  y \t\r\n\r\n");
    check(input, "request GET /a?b=1 HTTP/1.1\nhost h\nfield Host: h\nfield X: y\nend keep-alive\n", "GET");
}

static void reads_a_chunked_body(void **state)
{
    (void)state;
    static const struct view input =
        VIEW("PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nSum: 1\r\n\r\n");
    check(input,
          "request PUT / HTTP/1.1\nhost h\nfield Host: h\nfield Transfer-Encoding: chunked\nbody 5 "
          "hello\ntrailer Sum: 1\nend keep-alive\n",
          "PUT");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_get),
        cmocka_unit_test(reads_a_chunked_body),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
