/*
 * request-line = method SP request-target SP HTTP-version CRLF
 * Read by three small functions, each of which takes its part off the head; then field after field, each shown to the
 * framing at once. Nothing relies on http1_head_find() having seen the bytes before.
 */
#include "web/http1/http1_head.h"

#include "web/http1/http1_byte.h"
#include "web/http1/http1_field.h"
#include "web/http1/http1_framing.h"
#include "web/http1/http1_host.h"
#include "web/http1/http1_scan.h"

/* Takes so many bytes, and one more that stands behind them, off `*rest`. */
static struct view take(struct view *rest, size_t len)
{
    struct view taken = view_make(rest->data, len);
    *rest = view_make(rest->data + len + 1, rest->len - len - 1);
    return taken;
}

static bool read_method(struct view *rest, struct http1_head *head, struct http1_fault *fault)
{
    size_t len = 0;
    while (len < rest->len && http1_byte_is(rest->data[len], HTTP1_BYTE_TOKEN))
        len++;
    if (len == 0 || len == rest->len || rest->data[len] != ' ')
        return http1_fail(fault, 400, "expected a request line that begins with a method and one space");
    head->method = take(rest, len);
    return true;
}

static bool read_target(struct view *rest, struct http1_head *head, struct http1_fault *fault)
{
    size_t len = http1_scan_visible(rest->data, 0, rest->len);
    if (len == 0 || len == rest->len || rest->data[len] != ' ')
        return http1_fail(fault, 400, "expected a request target of visible ASCII, and one space behind it");
    head->target = take(rest, len);
    return true;
}

/* HTTP-version = "HTTP/" DIGIT "." DIGIT */
static bool read_version(struct view *rest, struct http1_head *head, struct http1_fault *fault)
{
    static const struct view name = VIEW("HTTP/");
    const char *at = rest->data;
    if (rest->len < 10 || !view_starts_with(*rest, name) || !http1_byte_is(at[5], HTTP1_BYTE_DIGIT) || at[6] != '.' ||
        !http1_byte_is(at[7], HTTP1_BYTE_DIGIT) || at[8] != '\r' || at[9] != '\n')
        return http1_fail(fault, 400, "expected HTTP/1.1 or HTTP/1.0 at the end of the request line");
    if (at[5] != '1' || at[7] > '1')
        return http1_fail(fault, 505, "expected HTTP/1.1 or HTTP/1.0");
    head->minor_version = (unsigned)(at[7] - '0');
    *rest = view_make(at + 10, rest->len - 10);
    return true;
}

/* The authority of an absolute target; false when it is none. http alone, since nothing else is served over HTTP. */
static bool find_authority(struct view target, struct view *ret_authority)
{
    static const struct view schemes[] = {VIEW("http://"), VIEW("https://")};
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        size_t len = schemes[i].len;
        if (target.len < len || !http1_equal_any_case(view_make(target.data, len), schemes[i]))
            continue;
        size_t end = len;
        while (end < target.len && target.data[end] != '/' && target.data[end] != '?' && target.data[end] != '#')
            end++;
        *ret_authority = view_make(target.data + len, end - len);
        return true;
    }
    return false;
}

/* request-target = origin-form / absolute-form / authority-form / asterisk-form. */
static bool check_target(struct http1_head *head, struct http1_fault *fault)
{
    struct view target = head->target;
    bool connect = view_equal_text(head->method, "CONNECT");
    struct view authority = target;
    if (connect || find_authority(target, &authority)) {
        struct view name = http1_host_name(authority);
        if (name.len == 0 || !http1_host_is_valid(authority) || (connect && authority.len - name.len < 2))
            return http1_fail(fault, 400,
                              connect ? "CONNECT: expected a host and a port as the target"
                                      : "expected a host in the URI of the request line, and no user");
        head->host = authority;
        return true;
    }
    if (target.data[0] == '/')
        return true;
    if (view_equal_text(target, "*") && view_equal_text(head->method, "OPTIONS"))
        return true;
    return http1_fail(fault, 400, "expected a path or an http URI as the target of the request line");
}

static bool read_fields(struct view rest, struct http_field *fields, size_t fields_max, struct http1_head *head,
                        struct http1_framing *framing, struct http1_fault *fault)
{
    size_t count = 0;
    while (true) {
        struct http_field field;
        enum http1_field_result result = http1_field_read(&rest, &field, fault);
        if (result == HTTP1_FIELD_BAD)
            return false;
        if (result == HTTP1_FIELD_END)
            break;
        if (count == fields_max)
            return http1_fail(fault, 431, "expected fewer header fields");
        fields[count++] = field;
        if (!http1_framing_add(framing, &field, fault))
            return false;
    }
    if (rest.len > 0)
        return http1_fail(fault, 400, "expected nothing behind the blank line of a head");
    head->fields = fields;
    head->field_count = count;
    return http1_framing_finish(framing, head->minor_version, fault);
}

static void conclude(struct http1_head *head, const struct http1_framing *framing)
{
    if (!head->host.data)
        head->host = framing->host;
    head->chunked = framing->chunked;
    head->has_length = framing->has_length;
    head->content_length = framing->content_length;
    /* What comes behind CONNECT may be meant for a tunnel, and must not be read as a request. */
    head->keep_alive = !framing->close && (head->minor_version > 0 || framing->keep_alive) &&
                       !view_equal_text(head->method, "CONNECT");
    /* RFC 9110 10.1.1: not of HTTP/1.0; and who sends no body waits for nothing. */
    head->expect_continue =
        framing->expects_continue && head->minor_version > 0 && (framing->chunked || framing->content_length > 0);
}

bool http1_head_parse(struct view head, struct http_field *fields, size_t fields_max, struct http1_head *ret_head,
                      struct http1_fault *fault)
{
    struct http1_head read = {.method = VIEW(""), .target = VIEW("")};
    struct http1_framing framing = {.host = VIEW("")};
    struct view rest = head;
    if (read_method(&rest, &read, fault) && read_target(&rest, &read, fault) && read_version(&rest, &read, fault) &&
        check_target(&read, fault) && read_fields(rest, fields, fields_max, &read, &framing, fault)) {
        conclude(&read, &framing);
        *ret_head = read;
        return true;
    }
    *ret_head = (struct http1_head){.method = read.method, .target = read.target, .host = VIEW("")};
    return false;
}
