/*
 * One scan for control characters over all that is new. Each must be the CR of a CR LF; between two of these without
 * a byte is the blank line. What the scan stands at when the input ends is looked at again by the next call, nothing
 * before it.
 */
#include <string.h>

#include "web/http1/http1_byte.h"
#include "web/http1/http1_head.h"
#include "web/http1/http1_scan.h"
#include "web/http1/limits.h"

_Static_assert(HTTP1_HEAD_BYTES_MAX == 16384, "the messages say this number");

static const struct view preface = VIEW("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

static enum http1_result bad(struct http1_fault *fault, unsigned http_status, const char *message)
{
    http1_fail(fault, http_status, message);
    return HTTP1_BAD;
}

static enum http1_result bad_control(char byte, struct http1_fault *fault)
{
    if (byte == '\r')
        return bad(fault, 400, "expected LF behind CR in the head of a request");
    if (byte == '\n')
        return bad(fault, 400, "expected CR before LF in the head of a request");
    return bad(fault, 400, "expected no control character in the head of a request");
}

/* Skips empty lines; HTTP1_DONE once the first byte of a request line is there. */
static enum http1_result begin(struct http1_finder *finder, struct view input, struct http1_fault *fault)
{
    while (finder->start < input.len) {
        const char *at = input.data + finder->start;
        if (*at != '\r') {
            if (!http1_byte_is(*at, HTTP1_BYTE_TOKEN))
                return bad(fault, 400, "expected a request line, which begins with a method");
            finder->line = finder->looked = finder->start;
            finder->has_begun = true;
            return HTTP1_DONE;
        }
        if (finder->start >= HTTP1_EMPTY_LINES_BYTES_MAX)
            return bad(fault, 400, "expected a request line, not more empty lines");
        if (input.len - finder->start < 2)
            break;
        if (at[1] != '\n')
            return bad_control('\r', fault);
        finder->start += 2;
    }
    return HTTP1_MORE;
}

/* Whether a whole first line looks like METHOD TARGET HTTP/…, so that who speaks something else is not waited for. */
static bool is_request_line(struct view line)
{
    const char *last = memrchr(line.data, ' ', line.len);
    const char *first = last ? memchr(line.data, ' ', line.len) : NULL;
    const struct view version = VIEW("HTTP/");
    return first && first < last &&
           view_starts_with(view_make(last + 1, (size_t)(line.data + line.len - last - 1)), version);
}

/* HTTP1_DONE of what begins like HTTP/2 but does not go on so. */
static enum http1_result judge_preface(const struct http1_finder *finder, struct view input, struct http1_fault *fault)
{
    size_t common = input.len < preface.len ? input.len : preface.len;
    if (finder->start > 0 || memcmp(input.data, preface.data, common) != 0)
        return HTTP1_DONE;
    if (common < preface.len)
        return HTTP1_MORE;
    http1_fail(fault, 400, "expected HTTP/1.1, not the preface of HTTP/2");
    return HTTP1_HTTP2_PREFACE;
}

static enum http1_result over_limit(const struct http1_finder *finder, struct http1_fault *fault)
{
    return bad(fault, 431,
               finder->line == finder->start ? "expected a request line of less than 16384 bytes"
                                             : "expected a head of at most 16384 bytes");
}

enum http1_result http1_head_find(struct http1_finder *finder, struct view input, size_t *ret_start, size_t *ret_bytes,
                                  struct http1_fault *fault)
{
    if (!finder->has_begun) {
        enum http1_result result = begin(finder, input, fault);
        if (result != HTTP1_DONE)
            return result;
    }
    size_t limit = finder->start + HTTP1_HEAD_BYTES_MAX;
    size_t end = input.len < limit ? input.len : limit;
    size_t at = finder->looked;
    while (true) {
        at = http1_scan(input.data, at, end);
        finder->looked = at;
        if (at == end || (input.data[at] == '\r' && end - at < 2))
            return end == limit ? over_limit(finder, fault) : HTTP1_MORE;
        if (input.data[at] != '\r' || input.data[at + 1] != '\n')
            return bad_control(input.data[at], fault);
        if (at == finder->line)
            break;
        if (finder->line == finder->start &&
            !is_request_line(view_make(input.data + finder->start, at - finder->start)))
            return bad(fault, 400, "expected a request line: a method, a target and HTTP/1.1");
        at += 2;
        finder->line = at;
    }
    enum http1_result result = judge_preface(finder, input, fault);
    if (result == HTTP1_DONE) {
        *ret_start = finder->start;
        *ret_bytes = at + 2 - finder->start;
    }
    return result;
}
