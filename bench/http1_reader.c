/*
 * What reading a request costs: ours (find the head, copy it, parse it, read the body) and llhttp with its callbacks,
 * which note where each field stands, in the same run.
 *
 *     http1_reader [MILLISECONDS]     a table of nanoseconds a request, the best of seven rounds each, of so long (100)
 *
 * Each request lies whole in the buffer, as it mostly does after a read from a socket.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <llhttp.h>

#include "web/http1/http1_body.h"
#include "web/http1/http1_head.h"
#include "web/http1/limits.h"

#define ROUNDS 7
#define BATCH  1000

static const char curl_get[] = "GET /api/soundcheck/tracks/track-0001 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n"
                               "User-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n";

static const char browser_get[] =
    "GET /api/soundcheck/tracks?pageSize=50&filter=owner%3Dteam-a HTTP/1.1\r\n"
    "Host: backstage.example.org\r\nConnection: keep-alive\r\n"
    "sec-ch-ua: \"Chromium\";v=\"130\", \"Google Chrome\";v=\"130\", \"Not?A_Brand\";v=\"99\"\r\n"
    "sec-ch-ua-mobile: ?0\r\nsec-ch-ua-platform: \"Linux\"\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 "
    "Safari/537.36\r\nAccept: application/json\r\n"
    "Authorization: Bearer eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJ1c2VyOmRlZmF1bHQvZ3Vlc3QiLCJlbnQiOlsidXNl"
    "cjpkZWZhdWx0L2d1ZXN0Il0sImF1ZCI6ImJhY2tzdGFnZSIsImlhdCI6MTcwMDAwMDAwMCwiZXhwIjoxNzAwMDAzNjAwfQ.c2lnbmF0dXJlLXNp"
    "Z25hdHVyZS1zaWduYXR1cmUtc2lnbmF0dXJlLXNpZ25hdHVyZS1zaWduYXR1cmUtMDE\r\n"
    "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Dest: empty\r\n"
    "Referer: https://backstage.example.org/soundcheck\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n"
    "Accept-Language: en-US,en;q=0.9,de;q=0.8\r\n"
    "Cookie: session=0123456789abcdef0123456789abcdef; theme=dark; consent=1\r\n\r\n";

static const char put_head[] = "PUT /api/soundcheck/tracks/track-0001 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n"
                               "User-Agent: curl/7.88.1\r\nAccept: */*\r\nContent-Type: application/json\r\n"
                               "Content-Length: 1400\r\n\r\n";

/* What both must come to, so that neither is measured doing less. */
struct sum {
    size_t fields;
    size_t field_bytes;
    size_t body_bytes;
    size_t requests;
};

typedef void (*reader)(struct view request, struct sum *sum);

/* --- ours --- */

static char copied[HTTP1_HEAD_BYTES_MAX];

static void read_ours(struct view request, struct sum *sum)
{
    struct http1_finder finder = {0};
    struct http1_fault fault;
    struct http_field fields[HTTP1_FIELDS_MAX];
    struct http1_head head;
    size_t start, bytes;
    if (http1_head_find(&finder, request, &start, &bytes, &fault) != HTTP1_DONE)
        abort();
    memcpy(copied, request.data + start, bytes);
    if (!http1_head_parse(view_make(copied, bytes), fields, HTTP1_FIELDS_MAX, &head, &fault))
        abort();
    for (size_t i = 0; i < head.field_count; i++)
        sum->field_bytes += head.fields[i].name.len + head.fields[i].value.len;
    sum->fields += head.field_count;

    struct http1_body body;
    struct view input = view_make(request.data + start + bytes, request.len - start - bytes), piece;
    enum http1_body_result result;
    http1_body_init(&body, &head);
    while ((result = http1_body_read(&body, &input, &piece, &fault)) == HTTP1_BODY_PIECE)
        sum->body_bytes += piece.len;
    sum->requests += result == HTTP1_BODY_END;
    http1_body_free(&body);
}

/* --- llhttp --- */

struct noted {
    struct http_field fields[HTTP1_FIELDS_MAX];
    size_t count;
    struct view target;
    struct sum *sum;
};

static int on_target(llhttp_t *parser, const char *at, size_t len)
{
    ((struct noted *)parser->data)->target = view_make(at, len);
    return 0;
}

static int on_name(llhttp_t *parser, const char *at, size_t len)
{
    struct noted *noted = parser->data;
    if (noted->count == HTTP1_FIELDS_MAX)
        return -1;
    noted->fields[noted->count].name = view_make(at, len);
    return 0;
}

static int on_value(llhttp_t *parser, const char *at, size_t len)
{
    struct noted *noted = parser->data;
    noted->fields[noted->count++].value = view_make(at, len);
    return 0;
}

static int on_body(llhttp_t *parser, const char *at, size_t len)
{
    struct noted *noted = parser->data;
    (void)at;
    noted->sum->body_bytes += len;
    return 0;
}

static int on_complete(llhttp_t *parser)
{
    struct noted *noted = parser->data;
    for (size_t i = 0; i < noted->count; i++)
        noted->sum->field_bytes += noted->fields[i].name.len + noted->fields[i].value.len;
    noted->sum->fields += noted->count;
    noted->sum->requests++;
    return 0;
}

static const llhttp_settings_t settings = {
    .on_url = on_target,
    .on_header_field = on_name,
    .on_header_value = on_value,
    .on_body = on_body,
    .on_message_complete = on_complete,
};

static void read_llhttp(struct view request, struct sum *sum)
{
    static llhttp_t parser;
    static struct noted noted;
    noted.count = 0;
    noted.sum = sum;
    if (parser.settings == NULL)
        llhttp_init(&parser, HTTP_REQUEST, &settings);
    parser.data = &noted;
    if (llhttp_execute(&parser, request.data, request.len) != HPE_OK)
        abort();
}

/* --- measuring --- */

static double now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* Nanoseconds a request, of one round. */
static double measure(reader read, struct view request, double round_ns, struct sum *sum)
{
    double begin = now_ns(), end = begin;
    size_t count = 0;
    while (end - begin < round_ns) {
        for (size_t i = 0; i < BATCH; i++)
            read(request, sum);
        count += BATCH;
        end = now_ns();
    }
    return (end - begin) / (double)count;
}

static void check_sums(const struct sum *a, const struct sum *b)
{
    if (a->fields * b->requests != b->fields * a->requests ||
        a->body_bytes * b->requests != b->body_bytes * a->requests ||
        a->field_bytes * b->requests != b->field_bytes * a->requests) {
        fprintf(stderr, "http1_reader: the two read different things\n");
        exit(1);
    }
}

/* The rounds of both alternate, so that they meet the same machine. */
static void compare(const char *name, struct view request, double round_ns)
{
    struct sum ours = {0}, theirs = {0};
    double best_ours = 1e18, best_theirs = 1e18;
    for (int i = 0; i < ROUNDS; i++) {
        double a = measure(read_ours, request, round_ns, &ours);
        double b = measure(read_llhttp, request, round_ns, &theirs);
        best_ours = a < best_ours ? a : best_ours;
        best_theirs = b < best_theirs ? b : best_theirs;
    }
    check_sums(&ours, &theirs);
    printf("%-12s %6zu %7zu %9.0f %9.0f %7.2f\n", name, request.len, ours.fields / ours.requests, best_ours,
           best_theirs, best_theirs / best_ours);
}

int main(int argc, char **argv)
{
    double milliseconds = argc > 1 ? strtod(argv[1], NULL) : 100;
    if (argc > 2 || milliseconds <= 0) {
        fprintf(stderr, "usage: http1_reader [MILLISECONDS]\n");
        return 2;
    }
    static char put[sizeof(put_head) - 1 + 1400];
    memcpy(put, put_head, sizeof(put_head) - 1);
    memset(put + sizeof(put_head) - 1, 'x', 1400);
    printf("%-12s %6s %7s %9s %9s %7s\n", "request", "bytes", "fields", "ours ns", "llhttp ns", "factor");
    compare("curl GET", view_of(curl_get), milliseconds * 1e6);
    compare("browser GET", view_of(browser_get), milliseconds * 1e6);
    compare("PUT 1.4 kB", view_make(put, sizeof(put)), milliseconds * 1e6);
    return 0;
}
