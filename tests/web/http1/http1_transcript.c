/*
 * The reader is used as a connection uses it: the head is found in what has come, copied, and parsed from the copy; a
 * piece that is fed lives no longer than the call, in memory of just its size, so that the sanitizers see what reads
 * beyond it.
 */
#include "tests/web/http1/http1_transcript.h"

#include <stdio.h>
#include <stdlib.h>

#include "web/http1/http1_field.h"

#define BYTES_MAX ((size_t)64 << 20)

static void must(bool ok)
{
    if (!ok) {
        fprintf(stderr, "http1_transcript: there is no memory\n");
        abort();
    }
}

void http1_transcript_init(struct http1_transcript *transcript)
{
    *transcript = (struct http1_transcript){0};
    buf_init(&transcript->text, BYTES_MAX);
    buf_init(&transcript->input, BYTES_MAX);
    buf_init(&transcript->content, BYTES_MAX);
}

void http1_transcript_free(struct http1_transcript *transcript)
{
    buf_free(&transcript->text);
    buf_free(&transcript->input);
    buf_free(&transcript->content);
    if (transcript->in_body)
        http1_body_free(&transcript->body);
}

static void say(struct http1_transcript *transcript, const char *word, struct view a, const char *between,
                struct view b)
{
    struct buf *text = &transcript->text;
    must(buf_append_text(text, word) && buf_append(text, a) && buf_append_text(text, between) && buf_append(text, b));
}

static const struct view nothing = VIEW("");

static void say_fields(struct http1_transcript *transcript, const char *word, const struct http_field *fields,
                       size_t count)
{
    for (size_t i = 0; i < count; i++) {
        say(transcript, word, fields[i].name, ": ", fields[i].value);
        must(buf_append_text(&transcript->text, "\n"));
    }
}

static void say_bad(struct http1_transcript *transcript, const struct http1_head *head, const struct http1_fault *fault)
{
    must(buf_printf(&transcript->text, "bad %u %s", fault->http_status, fault->message));
    if (head && head->method.len)
        say(transcript, " of ", head->method, " ", head->target);
    must(buf_append_text(&transcript->text, "\n"));
    transcript->has_ended = transcript->bad = true;
}

static void drop_input(struct http1_transcript *transcript, size_t bytes)
{
    struct buf *input = &transcript->input;
    input->len -= bytes;
    if (input->len)
        memmove(input->data, input->data + bytes, input->len);
}

/* False when there is nothing more to do with what has come. */
static bool read_head(struct http1_transcript *transcript)
{
    struct http1_fault fault = {0, NULL};
    size_t start = 0, bytes = 0;
    switch (http1_head_find(&transcript->finder, buf_view(&transcript->input), &start, &bytes, &fault)) {
    case HTTP1_MORE: return false;
    case HTTP1_BAD: say_bad(transcript, NULL, &fault); return false;
    case HTTP1_HTTP2_PREFACE:
        must(buf_printf(&transcript->text, "preface %u %s\n", fault.http_status, fault.message));
        transcript->has_ended = true;
        return false;
    case HTTP1_DONE: break;
    }
    char *copy = malloc(bytes);
    must(copy);
    memcpy(copy, transcript->input.data + start, bytes);
    drop_input(transcript, start + bytes);
    struct http_field fields[HTTP1_FIELDS_MAX];
    struct http1_head *head = &transcript->head;
    if (http1_head_parse(view_make(copy, bytes), fields, HTTP1_FIELDS_MAX, head, &fault)) {
        say(transcript, "request ", head->method, " ", head->target);
        must(buf_printf(&transcript->text, " HTTP/1.%u\n", head->minor_version));
        if (!transcript->only_common) {
            say(transcript, "host ", head->host, "\n", nothing);
            must(buf_append_text(&transcript->text, head->expect_continue ? "continue\n" : ""));
        }
        say_fields(transcript, "field ", head->fields, head->field_count);
        http1_body_init(&transcript->body, head);
        transcript->in_body = true;
        transcript->certain_bytes = transcript->text.len;
        buf_clear(&transcript->content);
    } else {
        say_bad(transcript, head, &fault);
    }
    free(copy);
    return transcript->in_body;
}

static void say_content(struct http1_transcript *transcript)
{
    if (!transcript->content.len)
        return;
    must(buf_printf(&transcript->text, "body %zu ", transcript->content.len));
    say(transcript, "", buf_view(&transcript->content), "\n", nothing);
}

/* Those that http1_body_trailers() leaves out are among them. */
static void say_all_trailers(struct http1_transcript *transcript)
{
    struct view rest = buf_view(&transcript->body.trailers);
    struct http_field field;
    struct http1_fault fault;
    while (http1_field_read(&rest, &field, &fault) == HTTP1_FIELD)
        say_fields(transcript, "trailer ", &field, 1);
}

static void say_trailers(struct http1_transcript *transcript)
{
    struct http_field fields[HTTP1_FIELDS_MAX];
    size_t count = 0;
    must(http1_body_trailers(&transcript->body, fields, HTTP1_FIELDS_MAX, &count));
    say_fields(transcript, "trailer ", fields, count);
}

static void end_request(struct http1_transcript *transcript)
{
    say_content(transcript);
    if (transcript->only_common)
        say_all_trailers(transcript);
    else
        say_trailers(transcript);
    must(buf_append_text(&transcript->text, transcript->head.keep_alive ? "end keep-alive\n" : "end close\n"));
    http1_body_free(&transcript->body);
    transcript->in_body = false;
    transcript->finder = (struct http1_finder){0};
    transcript->requests++;
    transcript->certain_bytes = transcript->text.len;
    transcript->has_ended = !transcript->head.keep_alive;
}

static bool read_body(struct http1_transcript *transcript)
{
    struct view input = buf_view(&transcript->input), piece;
    struct http1_fault fault = {0, NULL};
    enum http1_body_result result;
    while ((result = http1_body_read(&transcript->body, &input, &piece, &fault)) == HTTP1_BODY_PIECE)
        must(piece.len > 0 && buf_append(&transcript->content, piece));
    drop_input(transcript, transcript->input.len - input.len);
    if (result == HTTP1_BODY_MORE) {
        must(input.len == 0);
        return false;
    }
    if (result == HTTP1_BODY_END) {
        end_request(transcript);
        return true;
    }
    say_content(transcript);
    say_bad(transcript, NULL, &fault);
    return false;
}

void http1_transcript_feed(struct http1_transcript *transcript, struct view bytes)
{
    must(buf_append(&transcript->input, bytes));
    while (!transcript->has_ended && (transcript->in_body ? read_body(transcript) : read_head(transcript)))
        ;
}

void http1_transcript_finish(struct http1_transcript *transcript)
{
    if (transcript->has_ended || (!transcript->in_body && transcript->input.len == 0))
        return;
    if (transcript->in_body)
        say_content(transcript);
    must(buf_append_text(&transcript->text, "more\n"));
    transcript->wants_more = true;
}

/* Feeds a copy of its own size, so that nothing can be read beyond it, or kept. */
static void feed_copy(struct http1_transcript *transcript, struct view bytes)
{
    char *copy = malloc(bytes.len ? bytes.len : 1);
    must(copy);
    if (bytes.len)
        memcpy(copy, bytes.data, bytes.len);
    http1_transcript_feed(transcript, view_make(copy, bytes.len));
    free(copy);
}

void http1_transcript_in_pieces(struct view input, size_t piece_bytes, struct http1_transcript *transcript)
{
    for (size_t at = 0; at < input.len; at += piece_bytes) {
        size_t rest = input.len - at;
        feed_copy(transcript, view_make(input.data + at, rest < piece_bytes ? rest : piece_bytes));
    }
    http1_transcript_finish(transcript);
}

static void compare(const struct http1_transcript *whole, const struct http1_transcript *pieces, size_t at)
{
    if (view_equal(buf_view(&whole->text), buf_view(&pieces->text)))
        return;
    fprintf(stderr, "in one piece:\n%.*s\ncut at %zu (0: at every byte):\n%.*s\n", VIEW_ARG(buf_view(&whole->text)), at,
            VIEW_ARG(buf_view(&pieces->text)));
    abort();
}

void http1_transcript_of(struct view input, struct http1_transcript *transcript)
{
    http1_transcript_in_pieces(input, input.len ? input.len : 1, transcript);
    for (size_t at = 0; at < input.len; at++) {
        struct http1_transcript pieces;
        http1_transcript_init(&pieces);
        pieces.only_common = transcript->only_common;
        if (at == 0) {
            http1_transcript_in_pieces(input, 1, &pieces);
        } else {
            feed_copy(&pieces, view_make(input.data, at));
            feed_copy(&pieces, view_make(input.data + at, input.len - at));
            http1_transcript_finish(&pieces);
        }
        compare(transcript, &pieces, at);
        http1_transcript_free(&pieces);
    }
}
