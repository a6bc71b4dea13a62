#include "tests/web/http2/http2_peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* after the above */
#include <cmocka.h>

#define FIELDS_MAX     32
#define BODY_BYTES_MAX ((size_t)64 << 20)

static struct http2_peer_request *find_stream(struct http2_peer *peer, int32_t id)
{
    return nghttp2_session_get_stream_user_data(peer->session, id);
}

/* ---- What nghttp2 calls ---- */

static int on_begin(nghttp2_session *session, const nghttp2_frame *frame, void *ctx)
{
    struct http2_peer *peer = ctx;
    if (frame->hd.type != NGHTTP2_HEADERS || find_stream(peer, frame->hd.stream_id))
        return 0;
    assert_true(peer->request_count < HTTP2_PEER_REQUESTS_MAX);
    struct http2_peer_request *request = calloc(1, sizeof(*request));
    request->peer = peer;
    request->id = frame->hd.stream_id;
    buf_init(&request->fields, BODY_BYTES_MAX);
    buf_init(&request->body, BODY_BYTES_MAX);
    buf_init(&request->out, BODY_BYTES_MAX);
    peer->requests[peer->request_count++] = request;
    nghttp2_session_set_stream_user_data(session, request->id, request);
    return 0;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name, size_t name_len,
                     const uint8_t *value, size_t value_len, uint8_t flags, void *ctx)
{
    (void)session;
    (void)flags;
    struct http2_peer_request *request = find_stream(ctx, frame->hd.stream_id);
    if (!request)
        return 0;
    assert_true(buf_printf(&request->fields, "%.*s: %.*s\n", (int)name_len, name, (int)value_len, value));
    if (name_len == 5 && memcmp(name, ":path", 5) == 0)
        snprintf(request->path, sizeof(request->path), "%.*s", (int)value_len, value);
    return 0;
}

static int on_data_piece(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data, size_t len,
                         void *ctx)
{
    (void)session;
    (void)flags;
    struct http2_peer_request *request = find_stream(ctx, id);
    if (request)
        assert_true(buf_append(&request->body, view_make((const char *)data, len)));
    return 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *ctx)
{
    struct http2_peer *peer = ctx;
    (void)session;
    peer->pings += frame->hd.type == NGHTTP2_PING && !(frame->hd.flags & NGHTTP2_FLAG_ACK);
    peer->has_goaway |= frame->hd.type == NGHTTP2_GOAWAY;
    if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA)
        return 0;
    struct http2_peer_request *request = find_stream(peer, frame->hd.stream_id);
    if (!request)
        return 0;
    request->has_ended |= (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (peer->on_data)
        peer->on_data(request, peer->ctx);
    return 0;
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t code, void *ctx)
{
    (void)session;
    struct http2_peer_request *request = find_stream(ctx, id);
    if (!request)
        return 0;
    request->is_closed = true;
    request->reset_code = code;
    return 0;
}

static int on_reset(nghttp2_session *session, const nghttp2_frame *frame, void *ctx)
{
    struct http2_peer_request *request =
        frame->hd.type == NGHTTP2_RST_STREAM ? find_stream(ctx, frame->hd.stream_id) : NULL;
    if (request) {
        request->was_reset = true;
        request->reset_code = frame->rst_stream.error_code;
    }
    return on_frame(session, frame, ctx);
}

static ssize_t pull(nghttp2_session *session, int32_t id, uint8_t *out, size_t room, uint32_t *flags,
                    nghttp2_data_source *source, void *ctx);

/* ---- Start and end ---- */

void http2_peer_init(struct http2_peer *peer, uint32_t streams_max)
{
    nghttp2_session_callbacks *callbacks;
    const nghttp2_settings_entry settings = {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, streams_max};
    memset(peer, 0, sizeof(*peer));
    assert_int_equal(nghttp2_session_callbacks_new(&callbacks), 0);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data_piece);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_reset);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    assert_int_equal(nghttp2_session_server_new(&peer->session, callbacks, peer), 0);
    nghttp2_session_callbacks_del(callbacks);
    assert_int_equal(nghttp2_submit_settings(peer->session, NGHTTP2_FLAG_NONE, &settings, streams_max ? 1 : 0), 0);
}

void http2_peer_free(struct http2_peer *peer)
{
    nghttp2_session_del(peer->session);
    for (size_t i = 0; i < peer->request_count; i++) {
        buf_free(&peer->requests[i]->fields);
        buf_free(&peer->requests[i]->body);
        buf_free(&peer->requests[i]->out);
        free(peer->requests[i]->trailers);
        free(peer->requests[i]);
    }
    memset(peer, 0, sizeof(*peer));
}

bool http2_peer_receive(struct http2_peer *peer, struct view bytes)
{
    return nghttp2_session_mem_recv(peer->session, (const uint8_t *)bytes.data, bytes.len) == (ssize_t)bytes.len;
}

bool http2_peer_next(struct http2_peer *peer, struct view *ret_bytes)
{
    const uint8_t *data;
    ssize_t len = nghttp2_session_mem_send(peer->session, &data);
    if (len <= 0)
        return false;
    *ret_bytes = view_make((const char *)data, (size_t)len);
    return true;
}

/* ---- Requests ---- */

struct http2_peer_request *http2_peer_find(struct http2_peer *peer, const char *path)
{
    for (size_t i = peer->request_count; i-- > 0;)
        if (strcmp(peer->requests[i]->path, path) == 0)
            return peer->requests[i];
    return NULL;
}

const char *http2_peer_field(const struct http2_peer_request *request, const char *name)
{
    static char value[4096];
    size_t name_len = strlen(name);
    const char *at = request->fields.data, *end = at + request->fields.len;
    value[0] = '\0';
    while (at < end) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        if ((size_t)(line_end - at) > name_len && memcmp(at, name, name_len) == 0 && at[name_len] == ':')
            snprintf(value, sizeof(value), "%.*s", (int)(line_end - at) - (int)name_len - 2, at + name_len + 2);
        at = line_end + 1;
    }
    return value;
}

/* ---- Answers ---- */

/* Fields of text, in place: the text is cut up. */
static size_t split(char *text, nghttp2_nv *ret_values)
{
    size_t count = 0;
    while (*text) {
        char *colon = strstr(text + 1, ":"), *end = strchr(text, '\n');
        assert_true(count < FIELDS_MAX && colon && end);
        ret_values[count++] = (nghttp2_nv){(uint8_t *)text, (uint8_t *)colon + 2, (size_t)(colon - text),
                                           (size_t)(end - colon - 2), NGHTTP2_NV_FLAG_NONE};
        text = end + 1;
    }
    return count;
}

static ssize_t pull(nghttp2_session *session, int32_t id, uint8_t *out, size_t room, uint32_t *flags,
                    nghttp2_data_source *source, void *ctx)
{
    struct http2_peer_request *request = source->ptr;
    (void)ctx;
    size_t left = request->out.len - request->out_sent, len = left < room ? left : room;
    if (!len && !request->is_last && !request->trailers) {
        request->is_waiting = true;
        return NGHTTP2_ERR_DEFERRED;
    }
    if (len) {
        memcpy(out, request->out.data + request->out_sent, len);
        request->out_sent += len;
    }
    if (left > len)
        return (ssize_t)len;
    if (request->is_last || request->trailers)
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (request->trailers) {
        nghttp2_nv values[FIELDS_MAX];
        size_t count = split(request->trailers, values);
        *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        nghttp2_submit_trailer(session, id, values, count);
    }
    return (ssize_t)len;
}

void http2_peer_head(struct http2_peer_request *request, const char *fields, bool is_end)
{
    nghttp2_session *session = request->peer->session;
    nghttp2_nv values[FIELDS_MAX];
    char *copy = strdup(fields);
    size_t count = split(copy, values);
    bool is_informational = count > 0 && values[0].value[0] == '1';
    nghttp2_data_provider body = {.source.ptr = request, .read_callback = pull};
    if (is_informational)
        assert_int_equal(nghttp2_submit_headers(session, NGHTTP2_FLAG_NONE, request->id, NULL, values, count, NULL), 0);
    else
        assert_int_equal(nghttp2_submit_response(session, request->id, values, count, is_end ? NULL : &body), 0);
    free(copy);
}

static void resume(struct http2_peer_request *request)
{
    if (!request->is_waiting)
        return;
    request->is_waiting = false;
    nghttp2_session_resume_data(request->peer->session, request->id);
}

void http2_peer_data(struct http2_peer_request *request, struct view bytes, bool is_end)
{
    assert_true(buf_append(&request->out, bytes));
    request->is_last = is_end;
    resume(request);
}

void http2_peer_trailers(struct http2_peer_request *request, const char *fields)
{
    request->trailers = strdup(fields);
    resume(request);
}

void http2_peer_reset(struct http2_peer_request *request, uint32_t code)
{
    nghttp2_submit_rst_stream(request->peer->session, NGHTTP2_FLAG_NONE, request->id, code);
}

void http2_peer_goaway(struct http2_peer *peer, int32_t last_id, uint32_t code, const char *debug)
{
    nghttp2_submit_goaway(peer->session, NGHTTP2_FLAG_NONE, last_id, code, (const uint8_t *)debug, strlen(debug));
}
