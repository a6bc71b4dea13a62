/*
 * Finds the end of a head, the last segment of its path and its Content-Length, and nothing else. What is whole is taken where it was
 * received; the rest is copied.
 */
#include "bench/pass_through.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define GET_PATH "/soundcheck.v1.TrackService/GetTrack"
#define PUT_PATH "/soundcheck.v1.TrackService/UpdateTrack"

/* GetTrackRequest{track_id}. False: there is no id that fits. */
static bool compose_get(struct connection *c, const char *line, size_t len)
{
    const char *path_end = memchr(line + 4, ' ', len - 4);
    const char *slash = path_end ? memrchr(line, '/', (size_t)(path_end - line)) : NULL;
    size_t id_len = slash ? (size_t)(path_end - slash) - 1 : 0;
    if (id_len == 0 || id_len > ID_BYTES_MAX)
        return false;
    const char head[] = {0, 0, 0, 0, (char)(id_len + 2), 0x0a, (char)id_len};
    memcpy(c->get, head, sizeof(head));
    memcpy(c->get + sizeof(head), slash + 1, id_len);
    c->request = (struct message){c->get, sizeof(head) + id_len};
    return true;
}

static size_t content_length(const char *head, size_t len)
{
    static const char name[] = "\r\nContent-Length:";
    const char *end = head + len;
    for (const char *at = head; (at = memmem(at, (size_t)(end - at), "\r\n", 2)) != NULL; at += 2)
        if ((size_t)(end - at) > sizeof(name) && strncasecmp(at, name, sizeof(name) - 1) == 0)
            return strtoul(at + sizeof(name) - 1, NULL, 10); /* stops at the line's end, which is there */
    return 0;
}

/* Reads a head, and sets c->request and c->body_left. False: not a request for us. */
static bool read_head(struct connection *c, const char *head, size_t len)
{
    if (memcmp(head, "GET ", 4) == 0) {
        c->path = GET_PATH;
        return compose_get(c, head, len);
    }
    struct loop *loop = c->loop;
    if (memcmp(head, "PUT ", 4) != 0 || loop->message_count == 0)
        return false;
    c->path = PUT_PATH;
    c->request = loop->messages[loop->next_message];
    loop->next_message = (loop->next_message + loop->message_step) % loop->message_count;
    c->body_left = content_length(head, len);
    return true;
}

/* Takes the requests that are whole, one at a time. False: not a request for us. */
static bool take(struct connection *c, const char *data, size_t len, size_t *ret_taken)
{
    size_t at = 0;
    while (at < len && !c->in_call && c->answer.len == 0) {
        size_t n = c->body_left < len - at ? c->body_left : len - at;
        if (n == 0) {
            const char *end = memmem(data + at, len - at, "\r\n\r\n", 4);
            if (!end)
                break;
            n = (size_t)(end - (data + at)) + 4;
            if (!read_head(c, data + at, n))
                return false;
        } else {
            c->body_left -= n;
        }
        at += n;
        if (c->body_left == 0)
            call_begin(c);
    }
    *ret_taken = at;
    return true;
}

bool http_receive_rest(struct connection *c)
{
    size_t taken = 0;
    if (c->rest_len > 0 && !take(c, c->rest, c->rest_len, &taken))
        return false;
    c->rest_len -= taken;
    memmove(c->rest, c->rest + taken, c->rest_len);
    return true;
}

bool http_receive(struct connection *c, const char *data, size_t len)
{
    size_t taken = 0;
    bool direct = c->rest_len == 0;
    if (direct && !take(c, data, len, &taken))
        return false;
    if (len - taken > REST_BYTES_MAX - c->rest_len)
        return false;
    memcpy(c->rest + c->rest_len, data + taken, len - taken);
    c->rest_len += len - taken;
    return direct || http_receive_rest(c);
}

/* The head is written from its end on, so that it meets the message. */
void http_compose_answer(struct connection *c)
{
    static const char failed[] = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n";
    static const char begin[] = "HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: ";
    static_assert(sizeof(begin) + 20 + 4 <= REPLY_ROOM_BYTES + PREFIX_BYTES, "digits and the blank line fit");
    if (!c->ok || c->reply_len < REPLY_ROOM_BYTES + PREFIX_BYTES) {
        c->answer = (struct message){failed, sizeof(failed) - 1};
        return;
    }
    size_t message_len = c->reply_len - REPLY_ROOM_BYTES - PREFIX_BYTES;
    char *at = c->reply + REPLY_ROOM_BYTES + PREFIX_BYTES - 4;
    memcpy(at, "\r\n\r\n", 4);
    size_t digits = message_len;
    do
        *--at = (char)('0' + digits % 10);
    while ((digits /= 10) > 0);
    at -= sizeof(begin) - 1;
    memcpy(at, begin, sizeof(begin) - 1);
    c->answer = (struct message){at, (size_t)(c->reply + c->reply_len - at)};
}
