/* Lengths are added up first, so that the header is written in one go into the room that was reserved for it. */
#include "web/http1/http1_writer.h"

#include <stdio.h>
#include <string.h>

#include "web/net/limits.h"

/* "HTTP/1.1 200 " and a reason, Date, Connection and the framing field: all that is not a field of the handler. */
#define OWN_BYTES_MAX 256

/* Reason phrases; nobody reads them but people. */
static const char *reason(unsigned http_status)
{
    switch (http_status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 205: return "Reset Content";
    case 206: return "Partial Content";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 499: return "Client Closed Request";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    default: return "Status";
    }
}

static char *put(char *out, const char *text, size_t len)
{
    memcpy(out, text, len);
    return out + len;
}

#define PUT(out, literal) put(out, literal, sizeof(literal) - 1)

static char *put_number(char *out, uint64_t number)
{
    char digits[20];
    size_t len = 0;
    do
        digits[sizeof(digits) - ++len] = (char)('0' + number % 10);
    while (number /= 10);
    return put(out, digits + sizeof(digits) - len, len);
}

static char *put_field(char *out, const char *name, const char *value)
{
    out = put(out, name, strlen(name));
    out = PUT(out, ": ");
    out = put(out, value, strlen(value));
    return PUT(out, "\r\n");
}

static bool is_one_line(const char *text)
{
    return text[strcspn(text, "\r\n")] == '\0';
}

/* Bytes of the fields; SIZE_MAX when one would break out of its line. */
static size_t measure(const struct http_header *headers, size_t count)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_one_line(headers[i].name) || !is_one_line(headers[i].value))
            return SIZE_MAX;
        bytes += strlen(headers[i].name) + strlen(headers[i].value) + 4;
    }
    return bytes;
}

static char *put_framing(char *out, const struct http1_answer *answer)
{
    if (answer->framing == HTTP1_LENGTH) {
        out = PUT(out, "Content-Length: ");
        out = put_number(out, answer->length);
        return PUT(out, "\r\n");
    }
    return answer->framing == HTTP1_CHUNKED ? PUT(out, "Transfer-Encoding: chunked\r\n") : out;
}

bool http1_write_head(struct net_queue *queue, const struct http1_answer *answer)
{
    size_t bytes = measure(answer->headers, answer->header_count);
    char *start = bytes < NET_BLOCK_BYTES ? net_queue_reserve(queue, bytes + OWN_BYTES_MAX) : NULL;
    if (!start)
        return false;
    const char *phrase = reason(answer->http_status);
    char *out = PUT(start, "HTTP/1.1 ");
    out = put_number(out, answer->http_status);
    out = PUT(out, " ");
    out = put(out, phrase, strlen(phrase));
    out = PUT(out, "\r\n");
    for (size_t i = 0; i < answer->header_count; i++)
        out = put_field(out, answer->headers[i].name, answer->headers[i].value);
    out = put_framing(out, answer);
    if (answer->close)
        out = PUT(out, "Connection: close\r\n");
    else if (answer->keep_alive)
        out = PUT(out, "Connection: keep-alive\r\n");
    out = put_field(out, "Date", answer->date);
    out = PUT(out, "\r\n");
    net_queue_commit(queue, (size_t)(out - start));
    return true;
}

bool http1_write_chunk(struct net_queue *queue, struct view piece)
{
    char size[24];
    int len = snprintf(size, sizeof(size), "%zx\r\n", piece.len);
    return net_queue_append(queue, view_make(size, (size_t)len)) && net_queue_append(queue, piece) &&
           net_queue_append(queue, view_make("\r\n", 2));
}

bool http1_write_end(struct net_queue *queue, const struct http_header *trailers, size_t count)
{
    size_t bytes = measure(trailers, count);
    char *start = bytes < NET_BLOCK_BYTES ? net_queue_reserve(queue, bytes + 8) : NULL;
    if (!start)
        return false;
    char *out = PUT(start, "0\r\n");
    for (size_t i = 0; i < count; i++)
        out = put_field(out, trailers[i].name, trailers[i].value);
    out = PUT(out, "\r\n");
    net_queue_commit(queue, (size_t)(out - start));
    return true;
}
