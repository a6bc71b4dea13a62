#include "tests/web/http/raw_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

bool raw_client_connect(struct raw_client *client, const char *address)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    to.sin_port = htons((unsigned short)atoi(strrchr(address, ':') + 1));
    struct timeval limit = {.tv_sec = 10};
    client->len = 0;
    client->fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(client->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    setsockopt(client->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    if (connect(client->fd, (struct sockaddr *)&to, sizeof(to)) == 0)
        return true;
    raw_client_close(client);
    return false;
}

void raw_client_close(struct raw_client *client)
{
    close(client->fd);
    client->fd = -1;
}

void raw_client_reset(struct raw_client *client)
{
    struct linger at_once = {.l_onoff = 1};
    setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    raw_client_close(client);
}

void raw_client_shut(struct raw_client *client)
{
    shutdown(client->fd, SHUT_WR);
}

bool raw_client_send(struct raw_client *client, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t sent = send(client->fd, data, len, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        data += sent;
        len -= (size_t)sent;
    }
    return true;
}

bool raw_client_send_text(struct raw_client *client, const char *text)
{
    return raw_client_send(client, text, strlen(text));
}

/* More bytes into the buffer; false at the end of the connection. */
static bool receive(struct raw_client *client)
{
    size_t room = sizeof(client->buffer) - 1 - client->len;
    ssize_t len = room ? recv(client->fd, client->buffer + client->len, room, 0) : 0;
    if (len <= 0)
        return false;
    client->len += (size_t)len;
    return true;
}

static void consume(struct raw_client *client, char *out, size_t len)
{
    memcpy(out, client->buffer, len);
    out[len] = '\0';
    client->len -= len;
    memmove(client->buffer, client->buffer + len, client->len);
}

void raw_client_read(struct raw_client *client, bool to_head, struct raw_response *ret_response)
{
    *ret_response = (struct raw_response){0};
    char *end;
    while (client->buffer[client->len] = '\0', (end = strstr(client->buffer, "\r\n\r\n")) == NULL) {
        if (!receive(client))
            return;
    }
    size_t header_len = (size_t)(end - client->buffer) + 4;
    if (header_len >= sizeof(ret_response->header))
        return;
    consume(client, ret_response->header, header_len);
    const char *length = raw_response_field(ret_response, "Content-Length");
    int status = atoi(ret_response->header + strlen("HTTP/1.1 "));
    size_t body_len = length && !to_head && status != 304 ? strtoul(length, NULL, 10) : 0;
    while (client->len < body_len)
        if (body_len >= sizeof(ret_response->body) || !receive(client))
            return;
    consume(client, ret_response->body, body_len);
    ret_response->body_len = body_len;
    ret_response->status = status;
}

bool raw_client_at_end(struct raw_client *client)
{
    char byte;
    return client->len == 0 && recv(client->fd, &byte, 1, 0) == 0;
}

void raw_client_ask(const char *address, const char *request, struct raw_response *ret_response)
{
    static _Thread_local struct raw_client client;
    *ret_response = (struct raw_response){0};
    if (!raw_client_connect(&client, address))
        return;
    if (raw_client_send_text(&client, request))
        raw_client_read(&client, false, ret_response);
    raw_client_close(&client);
}

const char *raw_response_field(const struct raw_response *response, const char *name)
{
    static _Thread_local char value[1024];
    size_t name_len = strlen(name);
    for (const char *line = strstr(response->header, "\r\n"); line && line[2] != '\r'; line = strstr(line, "\r\n")) {
        line += 2;
        if (strncasecmp(line, name, name_len) != 0 || line[name_len] != ':')
            continue;
        const char *start = line + name_len + 1 + strspn(line + name_len + 1, " ");
        snprintf(value, sizeof(value), "%.*s", (int)strcspn(start, "\r"), start);
        return value;
    }
    return NULL;
}
