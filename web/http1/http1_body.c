/*
 * chunked-body = *chunk last-chunk trailer-section CRLF
 * chunk        = chunk-size [ chunk-ext ] CRLF chunk-data CRLF
 * last-chunk   = 1*"0" [ chunk-ext ] CRLF
 * chunk-ext    = *( ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] BWS )
 *
 * A function a state, each of which takes at least one byte of an input that is not empty, or changes to a state that
 * does. Of extensions only the first ";" and the bytes are checked, not their grammar: nobody acts on them. The
 * trailer section is kept as it comes, and read as fields once it is whole; its control characters are refused as
 * they come.
 */
#include "web/http1/http1_body.h"

#include "web/http1/http1_byte.h"
#include "web/http1/http1_field.h"
#include "web/http1/http1_scan.h"
#include "web/http1/limits.h"

_Static_assert(HTTP1_CHUNK_SIZE_DIGITS_MAX == 16 && HTTP1_CHUNK_EXTENSION_BYTES_MAX == 16384 &&
                   HTTP1_TRAILER_BYTES_MAX == 8192,
               "the messages say these numbers");

static void take(struct view *input, size_t len)
{
    *input = view_make(input->data + len, input->len - len);
}

static bool expect(struct http1_body *body, struct view *input, char byte, enum http1_body_state next,
                   const char *message, struct http1_fault *fault)
{
    if (input->data[0] != byte)
        return http1_fail(fault, 400, message);
    take(input, 1);
    body->state = next;
    return true;
}

static bool count_extension(struct http1_body *body, size_t bytes, struct http1_fault *fault)
{
    if (bytes > HTTP1_CHUNK_EXTENSION_BYTES_MAX - body->extension_bytes)
        return http1_fail(fault, 400, "expected chunk extensions of at most 16384 bytes in all");
    body->extension_bytes += bytes;
    return true;
}

static bool read_size(struct http1_body *body, struct view *input, struct http1_fault *fault)
{
    while (input->len && http1_byte_is(input->data[0], HTTP1_BYTE_HEX)) {
        if (body->digits == HTTP1_CHUNK_SIZE_DIGITS_MAX)
            return http1_fail(fault, 400, "expected a chunk size of at most 16 digits");
        body->left = body->left << 4 | http1_hex_value(input->data[0]);
        body->digits++;
        take(input, 1);
    }
    if (input->len == 0)
        return true;
    if (body->digits == 0)
        return http1_fail(fault, 400, "expected a chunk size in hexadecimal digits");
    bool is_last = input->data[0] == '\r';
    if (!is_last && input->data[0] != ';')
        return http1_fail(fault, 400, "expected CR LF or ';' directly behind a chunk size");
    take(input, 1);
    body->state = is_last ? HTTP1_BODY_SIZE_LF : HTTP1_BODY_EXTENSION;
    return is_last || count_extension(body, 1, fault);
}

static bool read_extension(struct http1_body *body, struct view *input, struct http1_fault *fault)
{
    size_t len = 0;
    while (len < input->len && (http1_byte_is_visible(input->data[len]) || http1_byte_is_space(input->data[len])) &&
           body->extension_bytes + len < HTTP1_CHUNK_EXTENSION_BYTES_MAX)
        len++;
    body->extension_bytes += len;
    take(input, len);
    if (input->len == 0)
        return true;
    if (input->data[0] == '\r') {
        take(input, 1);
        body->state = HTTP1_BODY_SIZE_LF;
        return true;
    }
    if (http1_byte_is_visible(input->data[0]) || http1_byte_is_space(input->data[0]))
        return count_extension(body, 1, fault);
    return http1_fail(fault, 400, "expected visible ASCII in a chunk extension, and CR LF behind it");
}

static bool read_size_lf(struct http1_body *body, struct view *input, struct http1_fault *fault)
{
    return expect(body, input, '\n', body->left ? HTTP1_BODY_DATA : HTTP1_BODY_TRAILERS,
                  "expected LF behind CR at the end of a chunk size", fault);
}

static bool read_data_lf(struct http1_body *body, struct view *input, struct http1_fault *fault)
{
    body->digits = 0;
    return expect(body, input, '\n', HTTP1_BODY_SIZE, "expected CR LF behind the data of a chunk", fault);
}

static bool keep_trailer(struct http1_body *body, struct view bytes, struct http1_fault *fault)
{
    if (bytes.len > body->trailers.max - body->trailers.len)
        return http1_fail(fault, 431, "expected a trailer section of at most 8192 bytes");
    if (!buf_append(&body->trailers, bytes))
        return http1_fail(fault, 503, "no memory for a trailer section");
    return true;
}

static bool read_trailers(struct http1_body *body, struct view *input, struct http1_fault *fault)
{
    if (body->trailers.len == 0 && input->data[0] == '\r') {
        take(input, 1);
        body->state = HTTP1_BODY_NO_TRAILERS_LF;
        return true;
    }
    size_t room = body->trailers.max - body->trailers.len;
    size_t len = http1_scan(input->data, 0, input->len < room ? input->len : room);
    if (len < input->len && len < room && input->data[len] != '\r')
        return http1_fail(fault, 400, "expected no control character but CR LF in a trailer section");
    if (len < input->len)
        len++; /* the CR, or one byte too many */
    if (!keep_trailer(body, view_make(input->data, len), fault))
        return false;
    if (input->data[len - 1] == '\r')
        body->state = HTTP1_BODY_TRAILERS_LF;
    take(input, len);
    return true;
}

/* Reads the fields of a whole trailer section, and nothing else of it: are they well-formed, and few enough? */
static bool check_trailers(const struct http1_body *body, struct http1_fault *fault)
{
    struct view rest = buf_view(&body->trailers);
    for (size_t count = 0;; count++) {
        struct http_field field;
        enum http1_field_result result = http1_field_read(&rest, &field, fault);
        if (result != HTTP1_FIELD)
            return result == HTTP1_FIELD_END;
        if (count == HTTP1_FIELDS_MAX)
            return http1_fail(fault, 431, "expected fewer trailer fields");
    }
}

static bool read_trailers_lf(struct http1_body *body, struct view *input, struct http1_fault *fault)
{
    size_t line_bytes = body->trailers.len - body->trailer_line;
    if (!expect(body, input, '\n', HTTP1_BODY_TRAILERS, "expected LF behind CR in a trailer section", fault) ||
        !keep_trailer(body, view_make("\n", 1), fault))
        return false;
    body->trailer_line = body->trailers.len;
    if (line_bytes > 1)
        return true;
    body->state = HTTP1_BODY_ENDED;
    return check_trailers(body, fault);
}

/* One step; the input is not empty, and the next byte is none of content. */
static bool step(struct http1_body *body, struct view *input, struct http1_fault *fault)
{
    switch (body->state) {
    case HTTP1_BODY_SIZE: return read_size(body, input, fault);
    case HTTP1_BODY_EXTENSION: return read_extension(body, input, fault);
    case HTTP1_BODY_SIZE_LF: return read_size_lf(body, input, fault);
    case HTTP1_BODY_DATA_CR:
        return expect(body, input, '\r', HTTP1_BODY_DATA_LF, "expected CR LF behind the data of a chunk", fault);
    case HTTP1_BODY_DATA_LF: return read_data_lf(body, input, fault);
    case HTTP1_BODY_TRAILERS: return read_trailers(body, input, fault);
    case HTTP1_BODY_TRAILERS_LF: return read_trailers_lf(body, input, fault);
    case HTTP1_BODY_NO_TRAILERS_LF:
        return expect(body, input, '\n', HTTP1_BODY_ENDED, "expected LF behind CR at the end of a chunked body", fault);
    case HTTP1_BODY_LENGTH:
    case HTTP1_BODY_DATA:
    case HTTP1_BODY_ENDED:
    case HTTP1_BODY_FAILED: break;
    }
    return true;
}

static enum http1_body_result take_content(struct http1_body *body, struct view *input, struct view *ret_piece)
{
    size_t len = input->len < body->left ? input->len : (size_t)body->left;
    *ret_piece = view_make(input->data, len);
    take(input, len);
    body->left -= len;
    if (body->left == 0)
        body->state = body->state == HTTP1_BODY_DATA ? HTTP1_BODY_DATA_CR : HTTP1_BODY_ENDED;
    return HTTP1_BODY_PIECE;
}

void http1_body_init(struct http1_body *body, const struct http1_head *head)
{
    *body = (struct http1_body){.state = HTTP1_BODY_ENDED};
    buf_init(&body->trailers, HTTP1_TRAILER_BYTES_MAX);
    if (head->chunked) {
        body->state = HTTP1_BODY_SIZE;
    } else if (head->has_length && head->content_length > 0) {
        body->state = HTTP1_BODY_LENGTH;
        body->left = head->content_length;
    }
}

void http1_body_free(struct http1_body *body)
{
    if (body)
        buf_free(&body->trailers);
}

enum http1_body_result http1_body_read(struct http1_body *body, struct view *input, struct view *ret_piece,
                                       struct http1_fault *fault)
{
    while (true) {
        if (body->state == HTTP1_BODY_FAILED) {
            *fault = body->failed;
            return HTTP1_BODY_BAD;
        }
        if (body->state == HTTP1_BODY_ENDED)
            return HTTP1_BODY_END;
        if (input->len == 0)
            return HTTP1_BODY_MORE;
        if (body->state == HTTP1_BODY_LENGTH || body->state == HTTP1_BODY_DATA)
            return take_content(body, input, ret_piece);
        if (!step(body, input, &body->failed))
            body->state = HTTP1_BODY_FAILED;
    }
}

/* RFC 9110 6.5.1 names the kinds; these are the fields of each. */
static bool is_forbidden(struct view name)
{
    static const struct view names[] = {
        /* framing and the connection */
        VIEW("transfer-encoding"),
        VIEW("content-length"),
        VIEW("connection"),
        VIEW("keep-alive"),
        VIEW("proxy-connection"),
        VIEW("te"),
        VIEW("trailer"),
        VIEW("upgrade"),
        /* routing */
        VIEW("host"),
        VIEW("forwarded"),
        VIEW("via"),
        VIEW("max-forwards"),
        /* controls and conditions */
        VIEW("cache-control"),
        VIEW("expect"),
        VIEW("pragma"),
        VIEW("range"),
        VIEW("if-match"),
        VIEW("if-none-match"),
        VIEW("if-modified-since"),
        VIEW("if-unmodified-since"),
        VIEW("if-range"),
        /* authentication */
        VIEW("authorization"),
        VIEW("proxy-authorization"),
        VIEW("cookie"),
        VIEW("set-cookie"),
        /* what the content is */
        VIEW("content-encoding"),
        VIEW("content-type"),
        VIEW("content-range"),
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (http1_equal_any_case(name, names[i]))
            return true;
    return false;
}

bool http1_body_trailers(const struct http1_body *body, struct http_field *fields, size_t fields_max, size_t *ret_count)
{
    struct view rest = body->state == HTTP1_BODY_ENDED ? buf_view(&body->trailers) : view_make(NULL, 0);
    struct http1_fault fault;
    struct http_field field;
    size_t count = 0;
    while (http1_field_read(&rest, &field, &fault) == HTTP1_FIELD) {
        if (is_forbidden(field.name))
            continue;
        if (count == fields_max)
            return false;
        fields[count++] = field;
    }
    *ret_count = count;
    return true;
}
