/*
 * A thin layer over nghttp2, which does the protocol. A stream is found by nghttp2's user data, which is cleared when the stream has
 * ended for its owner: nghttp2 may know it for longer. An answer that is complete ends the stream for us even while the request's body
 * is still being sent (RFC 9113 8.1); the rest is then not sent.
 */
#include "web/http2/http2_client.h"

#include <stdlib.h>
#include <string.h>

#include "web/http2/limits.h"

struct http2_client {
    nghttp2_session *session;
    struct http2_memory *memory;
    struct http2_client_events events;
    struct http2_stream streams; /* the head of a ring */
    size_t stream_count;
    bool is_broken;                 /* the peer has been told that it breaks the protocol */
    bool has_drained;               /* a stream's is_drained is set */
    struct http2_stream *told_next; /* by tell_drained(), whose callbacks may end any stream */
};

/* ---- Streams ---- */

static void link_stream(struct http2_client *client, struct http2_stream *stream)
{
    stream->next = &client->streams;
    stream->previous = client->streams.previous;
    stream->previous->next = stream;
    client->streams.previous = stream;
    client->stream_count++;
}

static void unlink_stream(struct http2_client *client, struct http2_stream *stream)
{
    if (client->told_next == stream)
        client->told_next = stream->next;
    stream->previous->next = stream->next;
    stream->next->previous = stream->previous;
    stream->next = stream->previous = NULL;
    client->stream_count--;
    nghttp2_session_set_stream_user_data(client->session, stream->id, NULL);
}

static struct http2_stream *find(const struct http2_client *client, int32_t id)
{
    return nghttp2_session_get_stream_user_data(client->session, id);
}

static void end_stream(struct http2_client *client, struct http2_stream *stream, enum http2_end end,
                       uint32_t error_code, bool was_processed)
{
    bool is_cut = end == HTTP2_END_WHOLE && !(stream->out_is_last && stream->out.len == 0);
    int32_t id = stream->id;
    unlink_stream(client, stream);
    if (is_cut) /* nobody reads the rest of the request */
        nghttp2_submit_rst_stream(client->session, NGHTTP2_FLAG_NONE, id, HTTP2_NO_ERROR);
    stream->events->on_ended(stream, end, error_code, was_processed);
}

/* ---- What nghttp2 calls ---- */

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name, size_t name_len,
                     const uint8_t *value, size_t value_len, uint8_t flags, void *ctx)
{
    (void)session;
    (void)flags;
    struct http2_stream *stream = frame->hd.type == NGHTTP2_HEADERS ? find(ctx, frame->hd.stream_id) : NULL;
    if (!stream)
        return 0;
    return stream->events->on_field(stream, view_make((const char *)name, name_len),
                                    view_make((const char *)value, value_len))
               ? 0
               : NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

static void on_headers_or_data(struct http2_client *client, const nghttp2_frame *frame)
{
    struct http2_stream *stream = find(client, frame->hd.stream_id);
    bool is_end = frame->hd.flags & NGHTTP2_FLAG_END_STREAM;
    if (stream && frame->hd.type == NGHTTP2_HEADERS)
        stream->events->on_block(stream, is_end);
    if (is_end) {
        stream = find(client, frame->hd.stream_id); /* on_block() may have reset it */
        if (stream)
            end_stream(client, stream, HTTP2_END_WHOLE, HTTP2_NO_ERROR, true);
    }
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *ctx)
{
    struct http2_client *client = ctx;
    (void)session;
    switch (frame->hd.type) {
    case NGHTTP2_HEADERS:
    case NGHTTP2_DATA: on_headers_or_data(client, frame); break;
    case NGHTTP2_SETTINGS:
        if (!(frame->hd.flags & NGHTTP2_FLAG_ACK))
            client->events.on_settings(client->events.ctx);
        break;
    case NGHTTP2_PING:
        if (frame->hd.flags & NGHTTP2_FLAG_ACK)
            client->events.on_pong(client->events.ctx);
        break;
    case NGHTTP2_GOAWAY:
        client->events.on_goaway(frame->goaway.error_code,
                                 view_make((const char *)frame->goaway.opaque_data, frame->goaway.opaque_data_len),
                                 client->events.ctx);
        break;
    default: break;
    }
    return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data, size_t len, void *ctx)
{
    struct http2_client *client = ctx;
    (void)flags;
    nghttp2_session_consume_connection(session, len);
    struct http2_stream *stream = find(client, id);
    if (stream)
        stream->events->on_data(stream, view_make((const char *)data, len));
    return 0;
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t error_code, void *ctx)
{
    struct http2_client *client = ctx;
    (void)session;
    struct http2_stream *stream = find(client, id);
    if (stream)
        end_stream(client, stream, HTTP2_END_RESET, error_code, stream->was_sent && error_code != HTTP2_REFUSED_STREAM);
    return 0;
}

static int on_sent_frame(nghttp2_session *session, const nghttp2_frame *frame, void *ctx)
{
    (void)session;
    struct http2_client *client = ctx;
    struct http2_stream *stream = frame->hd.type == NGHTTP2_HEADERS ? find(client, frame->hd.stream_id) : NULL;
    if (stream)
        stream->was_sent = true;
    if (frame->hd.type == NGHTTP2_GOAWAY && frame->goaway.error_code != HTTP2_NO_ERROR)
        client->is_broken = true;
    return 0;
}

/* A request that nghttp2 would not send, because the peer takes no more; it has made no stream of it. */
static int on_unsent_frame(nghttp2_session *session, const nghttp2_frame *frame, int error, void *ctx)
{
    struct http2_client *client = ctx;
    (void)session;
    (void)error;
    if (frame->hd.type != NGHTTP2_HEADERS)
        return 0;
    for (struct http2_stream *stream = client->streams.next; stream != &client->streams; stream = stream->next)
        if (stream->id == frame->hd.stream_id) {
            end_stream(client, stream, HTTP2_END_LOST, HTTP2_NO_ERROR, false);
            break;
        }
    return 0;
}

static ssize_t pull(nghttp2_session *session, int32_t id, uint8_t *out, size_t room, uint32_t *flags,
                    nghttp2_data_source *source, void *ctx)
{
    struct http2_client *client = ctx;
    (void)session;
    (void)source;
    struct http2_stream *stream = find(client, id);
    if (!stream)
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE; /* it has ended: it is being reset anyway */
    if (stream->out.len == 0 && !stream->out_is_last) {
        stream->is_stopped = true;
        return NGHTTP2_ERR_DEFERRED;
    }
    size_t len = stream->out.len < room ? stream->out.len : room;
    if (len)
        memcpy(out, stream->out.data, len);
    stream->out = view_make(stream->out.data + len, stream->out.len - len);
    if (stream->out.len == 0 && stream->out_is_last)
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (stream->out.len == 0 && !stream->out_is_last)
        client->has_drained = stream->is_drained = true;
    return (ssize_t)len;
}

/* ---- Start and end ---- */

static bool set_callbacks(nghttp2_session_callbacks **ret_callbacks)
{
    if (nghttp2_session_callbacks_new(ret_callbacks) != 0)
        return false;
    nghttp2_session_callbacks_set_on_header_callback(*ret_callbacks, on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(*ret_callbacks, on_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(*ret_callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(*ret_callbacks, on_close);
    nghttp2_session_callbacks_set_on_frame_send_callback(*ret_callbacks, on_sent_frame);
    nghttp2_session_callbacks_set_on_frame_not_send_callback(*ret_callbacks, on_unsent_frame);
    return true;
}

static bool set_options(nghttp2_option **ret_option)
{
    if (nghttp2_option_new(ret_option) != 0)
        return false;
    nghttp2_option_set_no_auto_window_update(*ret_option, 1);
    nghttp2_option_set_no_closed_streams(*ret_option, 1);
    /* gRPC's servers send grpc-message with the spaces that it ends in. */
    nghttp2_option_set_no_rfc9113_leading_and_trailing_ws_validation(*ret_option, 1);
    nghttp2_option_set_max_continuations(*ret_option, HTTP2_CONTINUATIONS_MAX);
    nghttp2_option_set_max_outbound_ack(*ret_option, HTTP2_ACKS_MAX);
    /* Until its settings say otherwise, a peer takes any number of streams (RFC 9113 6.5.2); nghttp2 would wait at 100. */
    nghttp2_option_set_peer_max_concurrent_streams(*ret_option, UINT32_MAX);
    return true;
}

static bool create_session(struct http2_client *client)
{
    nghttp2_session_callbacks *callbacks = NULL;
    nghttp2_option *option = NULL;
    bool created = set_callbacks(&callbacks) && set_options(&option) &&
                   nghttp2_session_client_new3(&client->session, callbacks, client, option, &client->memory->mem) == 0;
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_option_del(option);
    return created;
}

static bool send_settings(nghttp2_session *session)
{
    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, HTTP2_STREAM_WINDOW_BYTES},
    };
    return nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings, sizeof(settings) / sizeof(settings[0])) == 0 &&
           nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, HTTP2_CONNECTION_WINDOW_BYTES) == 0;
}

bool http2_client_create(struct http2_memory *memory, const struct http2_client_events *events,
                         struct http2_client **ret_client, struct status *st)
{
    struct http2_client *client = calloc(1, sizeof(*client));
    if (client) {
        client->memory = memory;
        client->events = *events;
        client->streams.next = client->streams.previous = &client->streams;
    }
    if (!client || !create_session(client) || !send_settings(client->session)) {
        http2_client_destroy(client);
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for a connection");
    }
    *ret_client = client;
    return true;
}

void http2_client_destroy(struct http2_client *client)
{
    if (!client)
        return;
    nghttp2_session_del(client->session);
    free(client);
}

void http2_client_lose(struct http2_client *client)
{
    while (client->streams.next != &client->streams) {
        struct http2_stream *stream = client->streams.next;
        end_stream(client, stream, HTTP2_END_LOST, HTTP2_NO_ERROR, stream->was_sent);
    }
}

/* ---- Bytes ---- */

bool http2_client_receive(struct http2_client *client, struct view bytes)
{
    ssize_t taken = nghttp2_session_mem_recv(client->session, (const uint8_t *)bytes.data, bytes.len);
    return taken == (ssize_t)bytes.len;
}

bool http2_client_is_over(const struct http2_client *client)
{
    return !nghttp2_session_want_read(client->session) && !nghttp2_session_want_write(client->session);
}

bool http2_client_is_broken(const struct http2_client *client)
{
    return client->is_broken;
}

/* Outside of nghttp2's callbacks, where more may be sent. */
static void tell_drained(struct http2_client *client)
{
    client->has_drained = false;
    for (struct http2_stream *stream = client->streams.next; stream != &client->streams; stream = client->told_next) {
        client->told_next = stream->next;
        if (!stream->is_drained)
            continue;
        stream->is_drained = false;
        if (stream->events->on_sent)
            stream->events->on_sent(stream);
    }
    client->told_next = NULL;
}

bool http2_client_next(struct http2_client *client, struct view *ret_bytes)
{
    const uint8_t *data;
    ssize_t len = nghttp2_session_mem_send(client->session, &data);
    if (len <= 0 && client->has_drained) {
        tell_drained(client);
        len = nghttp2_session_mem_send(client->session, &data);
    }
    if (len <= 0)
        return false;
    *ret_bytes = view_make((const char *)data, (size_t)len);
    return true;
}

/* ---- Requests ---- */

/* More than a gRPC call has: its own dozen, and what metadata is allowed. */
#define FIELDS_MAX 96

bool http2_client_request(struct http2_client *client, struct http2_stream *stream, const struct http2_field *fields,
                          size_t field_count, struct view piece, bool is_last)
{
    nghttp2_nv values[FIELDS_MAX];
    if (field_count > FIELDS_MAX)
        return false;
    for (size_t i = 0; i < field_count; i++) {
        uint8_t flags = NGHTTP2_NV_FLAG_NONE;
        if (!fields[i].is_indexed)
            flags |= NGHTTP2_NV_FLAG_NO_INDEX;
        values[i] = (nghttp2_nv){(uint8_t *)fields[i].name.data, (uint8_t *)fields[i].value.data, fields[i].name.len,
                                 fields[i].value.len, flags};
    }
    nghttp2_data_provider body = {.read_callback = pull};
    *stream = (struct http2_stream){.events = stream->events, .out = piece, .out_is_last = is_last};
    stream->id = nghttp2_submit_request(client->session, NULL, values, field_count, &body, stream);
    if (stream->id < 0)
        return false;
    link_stream(client, stream);
    return true;
}

void http2_stream_send(struct http2_client *client, struct http2_stream *stream, struct view piece, bool is_last)
{
    stream->out = piece;
    stream->out_is_last = is_last;
    if (stream->is_stopped) {
        stream->is_stopped = false;
        nghttp2_session_resume_data(client->session, stream->id);
    }
}

void http2_stream_consume(struct http2_client *client, struct http2_stream *stream, size_t bytes)
{
    nghttp2_session_consume_stream(client->session, stream->id, bytes);
}

void http2_stream_reset(struct http2_client *client, struct http2_stream *stream, uint32_t error_code)
{
    int32_t id = stream->id;
    unlink_stream(client, stream);
    nghttp2_submit_rst_stream(client->session, NGHTTP2_FLAG_NONE, id, error_code);
}

/* ---- The connection ---- */

bool http2_client_ping(struct http2_client *client)
{
    return nghttp2_submit_ping(client->session, NGHTTP2_FLAG_NONE, NULL) == 0;
}

void http2_client_goaway(struct http2_client *client)
{
    nghttp2_session_terminate_session(client->session, NGHTTP2_NO_ERROR);
}

uint32_t http2_client_streams_max(const struct http2_client *client)
{
    return nghttp2_session_get_remote_settings(client->session, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
}

size_t http2_client_stream_count(const struct http2_client *client)
{
    return client->stream_count;
}
