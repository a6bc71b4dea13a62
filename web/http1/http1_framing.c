/*
 * The length of the name picks the field, so that most fields cost one switch.
 *
 * Of two readings that are both allowed, refusing is chosen, because a proxy in front may have taken the other one:
 *  - a second Content-Length is refused even when it is the same, and so is a list of equal ones (RFC 9110 8.6 lets
 *    either be);
 *  - with both Content-Length and Transfer-Encoding the request is refused (RFC 9112 6.1 lets the latter win), also
 *    in HTTP/1.0, where Transfer-Encoding does not exist. Transfer codings: the last must be "chunked", once, or the
 *    end is not known, which must be a 400 (RFC 9112 6.3 item 4.2); "identity" is no coding any more and falls under
 *    that rule. Other codings before it are understood but not served: 501 (RFC 9112 6.1).
 */
#include "web/http1/http1_framing.h"

#include "web/http1/http1_byte.h"
#include "web/http1/http1_host.h"

static const struct view host_name = VIEW("host");
static const struct view expect_name = VIEW("expect");
static const struct view connection_name = VIEW("connection");
static const struct view length_name = VIEW("content-length");
static const struct view coding_name = VIEW("transfer-encoding");

static bool add_host(struct http1_framing *framing, struct view value, struct http1_fault *fault)
{
    if (framing->has_host)
        return http1_fail(fault, 400, "expected one Host field, not several");
    if (!http1_host_is_valid(value))
        return http1_fail(fault, 400, "Host: expected a name or an address, and perhaps a port");
    framing->has_host = true;
    framing->host = value;
    return true;
}

/* 1*DIGIT. Above 2^63 - 1 nothing can be counted safely by those who add to it. */
static bool read_length(struct view text, uint64_t *ret_bytes)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (!http1_byte_is(text.data[i], HTTP1_BYTE_DIGIT))
            return false;
        uint64_t digit = (uint64_t)(text.data[i] - '0');
        if (bytes > (INT64_MAX - digit) / 10)
            return false;
        bytes = bytes * 10 + digit;
    }
    *ret_bytes = bytes;
    return text.len > 0;
}

static bool add_length(struct http1_framing *framing, struct view value, struct http1_fault *fault)
{
    if (framing->has_length)
        return http1_fail(fault, 400, "expected one Content-Length field, not several");
    if (!read_length(value, &framing->content_length))
        return http1_fail(fault, 400, "Content-Length: expected a number of bytes, in digits alone");
    framing->has_length = true;
    return true;
}

static bool add_codings(struct http1_framing *framing, struct view value, struct http1_fault *fault)
{
    static const struct view chunked = VIEW("chunked");
    framing->has_coding = true;
    for (struct view coding; http1_list_next(&value, &coding);) {
        bool is_chunked = http1_equal_any_case(coding, chunked);
        if (coding.len == 0)
            return http1_fail(fault, 400, "Transfer-Encoding: expected codings, none empty");
        if (is_chunked && framing->chunked)
            return http1_fail(fault, 400, "Transfer-Encoding: expected \"chunked\" once");
        framing->chunked |= is_chunked;
        framing->chunked_is_last = is_chunked;
        framing->other_coding |= !is_chunked;
    }
    return true;
}

static void add_connection(struct http1_framing *framing, struct view value)
{
    static const struct view close = VIEW("close"), keep_alive = VIEW("keep-alive");
    for (struct view option; http1_list_next(&value, &option);) {
        framing->close |= http1_equal_any_case(option, close);
        framing->keep_alive |= http1_equal_any_case(option, keep_alive);
    }
}

static void add_expect(struct http1_framing *framing, struct view value)
{
    static const struct view wanted = VIEW("100-continue");
    if (http1_equal_any_case(value, wanted))
        framing->expects_continue = true;
    else
        framing->expects_otherwise = true;
}

bool http1_framing_add(struct http1_framing *framing, const struct http_field *field, struct http1_fault *fault)
{
    switch (field->name.len) {
    case 4: return !http1_equal_any_case(field->name, host_name) || add_host(framing, field->value, fault);
    case 6:
        if (http1_equal_any_case(field->name, expect_name))
            add_expect(framing, field->value);
        return true;
    case 10:
        if (http1_equal_any_case(field->name, connection_name))
            add_connection(framing, field->value);
        return true;
    case 14: return !http1_equal_any_case(field->name, length_name) || add_length(framing, field->value, fault);
    case 17: return !http1_equal_any_case(field->name, coding_name) || add_codings(framing, field->value, fault);
    default: return true;
    }
}

bool http1_framing_finish(const struct http1_framing *framing, unsigned minor_version, struct http1_fault *fault)
{
    if (minor_version > 0 && !framing->has_host)
        return http1_fail(fault, 400, "expected a Host field");
    if (framing->has_coding && framing->has_length)
        return http1_fail(fault, 400, "expected Content-Length or Transfer-Encoding, not both");
    if (framing->has_coding && minor_version == 0)
        return http1_fail(fault, 400, "expected no Transfer-Encoding in HTTP/1.0");
    if (framing->has_coding && !framing->chunked_is_last)
        return http1_fail(fault, 400, "Transfer-Encoding: expected \"chunked\" as the last coding");
    if (framing->other_coding)
        return http1_fail(fault, 501, "Transfer-Encoding: expected no other coding than \"chunked\"");
    if (framing->expects_otherwise)
        return http1_fail(fault, 417, "Expect: expected \"100-continue\"");
    return true;
}
