/*
 * llhttp's callbacks fill a request; what is complete is written down. Spans may come in pieces. llhttp leaves the
 * white space behind a value to its users, as node cuts it off itself.
 */
#include "tests/fuzz/llhttp_peer.h"

#include <stdlib.h>
#include <string.h>

#include <llhttp.h>

#define BYTES_MAX ((size_t)64 << 20)

struct reader {
    llhttp_t parser; /* its data is the reader */
    struct buf *text;
    struct buf target;
    struct buf name;
    struct buf value;
    struct buf body;
    bool in_request;
    bool in_body; /* fields are trailers */
};

static void must(bool ok)
{
    if (!ok)
        abort();
}

static int on_begin(llhttp_t *parser)
{
    struct reader *reader = parser->data;
    reader->in_request = false;
    reader->in_body = false;
    buf_clear(&reader->target);
    buf_clear(&reader->body);
    return 0;
}

/* With the first byte of a method; on_begin comes with empty lines too. */
static int on_method(llhttp_t *parser, const char *at, size_t len)
{
    struct reader *reader = parser->data;
    (void)at;
    (void)len;
    reader->in_request = true;
    return 0;
}

static int on_target(llhttp_t *parser, const char *at, size_t len)
{
    struct reader *reader = parser->data;
    must(buf_append(&reader->target, view_make(at, len)));
    return 0;
}

/* The request line, with its first field or, when it has none, its end. */
static void say_line(struct reader *reader)
{
    if (reader->target.len == 0)
        return;
    struct view target = buf_view(&reader->target);
    must(buf_append_text(reader->text, "request ") &&
         buf_append_text(reader->text, llhttp_method_name((llhttp_method_t)reader->parser.method)) &&
         buf_append_text(reader->text, " ") && buf_append(reader->text, target) &&
         buf_printf(reader->text, " HTTP/%u.%u\n", reader->parser.http_major, reader->parser.http_minor));
    buf_clear(&reader->target);
}

static int on_name(llhttp_t *parser, const char *at, size_t len)
{
    struct reader *reader = parser->data;
    say_line(reader);
    must(buf_append(&reader->name, view_make(at, len)));
    return 0;
}

static int on_value(llhttp_t *parser, const char *at, size_t len)
{
    struct reader *reader = parser->data;
    must(buf_append(&reader->value, view_make(at, len)));
    return 0;
}

static int on_value_complete(llhttp_t *parser)
{
    struct reader *reader = parser->data;
    struct view value = buf_view(&reader->value);
    while (value.len && (value.data[value.len - 1] == ' ' || value.data[value.len - 1] == '\t'))
        value.len--;
    must(buf_append_text(reader->text, reader->in_body ? "trailer " : "field ") &&
         buf_append(reader->text, buf_view(&reader->name)) && buf_append_text(reader->text, ": ") &&
         buf_append(reader->text, value) && buf_append_text(reader->text, "\n"));
    buf_clear(&reader->name);
    buf_clear(&reader->value);
    return 0;
}

static void say_body(struct reader *reader)
{
    struct view body = buf_view(&reader->body);
    if (body.len)
        must(buf_printf(reader->text, "body %zu ", body.len) && buf_append(reader->text, body) &&
             buf_append_text(reader->text, "\n"));
    buf_clear(&reader->body);
}

static int on_head_complete(llhttp_t *parser)
{
    struct reader *reader = parser->data;
    say_line(reader);
    reader->in_body = true;
    return 0;
}

static int on_body(llhttp_t *parser, const char *at, size_t len)
{
    struct reader *reader = parser->data;
    must(buf_append(&reader->body, view_make(at, len)));
    return 0;
}

/* The last chunk: what was read of the body is whole, and stands before the trailers. */
static int on_chunk_header(llhttp_t *parser)
{
    struct reader *reader = parser->data;
    if (parser->content_length == 0)
        say_body(reader);
    return 0;
}

static int on_complete(llhttp_t *parser)
{
    struct reader *reader = parser->data;
    bool keep_alive = llhttp_should_keep_alive(parser) && !(parser->flags & F_CONNECTION_CLOSE);
    reader->in_request = false;
    if (parser->method == HTTP_CONNECT)
        return 0;
    say_body(reader);
    must(buf_append_text(reader->text, keep_alive ? "end keep-alive\n" : "end close\n"));
    return 0;
}

static const llhttp_settings_t settings = {
    .on_message_begin = on_begin,
    .on_method = on_method,
    .on_url = on_target,
    .on_header_field = on_name,
    .on_header_value = on_value,
    .on_header_value_complete = on_value_complete,
    .on_headers_complete = on_head_complete,
    .on_body = on_body,
    .on_chunk_header = on_chunk_header,
    .on_message_complete = on_complete,
};

static enum llhttp_peer_end execute(struct reader *reader, struct view input, const char **ret_reason)
{
    while (true) {
        llhttp_errno_t error = llhttp_execute(&reader->parser, input.data, input.len);
        if (error == HPE_OK)
            return reader->in_request ? LLHTTP_PEER_MORE : LLHTTP_PEER_BETWEEN;
        if (error != HPE_PAUSED_UPGRADE) {
            *ret_reason = llhttp_get_error_reason(&reader->parser);
            return LLHTTP_PEER_REFUSED;
        }
        if (reader->parser.method == HTTP_CONNECT)
            return LLHTTP_PEER_TUNNEL;
        /* A server that upgrades nothing goes on. */
        const char *at = llhttp_get_error_pos(&reader->parser);
        llhttp_resume_after_upgrade(&reader->parser);
        input = view_make(at, (size_t)(input.data + input.len - at));
    }
}

enum llhttp_peer_end llhttp_peer_read(struct view input, struct buf *text, const char **ret_reason)
{
    struct reader reader = {.text = text};
    buf_init(&reader.target, BYTES_MAX);
    buf_init(&reader.name, BYTES_MAX);
    buf_init(&reader.value, BYTES_MAX);
    buf_init(&reader.body, BYTES_MAX);
    llhttp_init(&reader.parser, HTTP_REQUEST, &settings);
    reader.parser.data = &reader;
    enum llhttp_peer_end end = execute(&reader, input, ret_reason);
    if (end == LLHTTP_PEER_MORE)
        say_body(&reader);
    buf_free(&reader.target);
    buf_free(&reader.name);
    buf_free(&reader.value);
    buf_free(&reader.body);
    return end;
}
