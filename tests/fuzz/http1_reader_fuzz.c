/*
 * The bytes of a connection, read by our reader and by node's parser.
 *
 * However the input is cut into pieces, ours gives the same. What ours takes llhttp takes and reads in the same way:
 * the same requests with the same fields, bodies, trailers and ends, and the same word on keeping the connection.
 * What ours refuses llhttp may take. The few things that ours takes and llhttp refuses are named below, with the
 * reason.
 */
#include <string.h>
#include <strings.h>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/llhttp_peer.h"
#include "tests/web/http1/http1_transcript.h"

/* Every cut of longer inputs would take too long for a fuzzer. */
#define CUT_EVERYWHERE_BYTES_MAX 256

/* How llhttp's words begin for what it refuses and ours takes. */
static const char *const known_refusals[] = {
    /* It knows the methods of a list; to ours, each token is one, and whether it is served is for the router to say. */
    "Invalid method encountered",
    "Expected space after method",
    "Expected SOURCE method for ICE/x.x request",
    "Invalid method for HTTP/x.x request",
    "Expected HTTP/2 Connection Preface",
    /* Ours hands on each target of visible ASCII; which characters a path has is for http_target to say. */
    "Invalid char in url",
    "Invalid characters in url",
    "Unexpected char in url",
    "Double @ in url",
    /* Of an extension ours checks the bytes and their number alone, since nobody acts on it. */
    "Invalid character in chunk extensions",
};

static bool is_known(const char *reason, struct view input)
{
    for (size_t i = 0; i < sizeof(known_refusals) / sizeof(known_refusals[0]); i++)
        if (strncmp(reason, known_refusals[i], strlen(known_refusals[i])) == 0)
            return true;
    /* It says this of white space in an extension, too. */
    return strcmp(reason, "Invalid character in chunk size") == 0 && memchr(input.data, ';', input.len);
}

/*
 * Where in the text the first trailer stands that llhttp acts on as if it were in the header section; text.len when
 * there is none. Ours drops it, as RFC 9110 6.5.1 asks for; from there on the two are not compared.
 */
static size_t framing_trailer_at(struct view text)
{
    static const char *const names[] = {
        "content-length:", "transfer-encoding:", "connection:", "proxy-connection:", "upgrade:"};
    static const char word[] = "\ntrailer ";
    if (text.len == 0)
        return 0;
    const char *end = text.data + text.len;
    for (const char *at = text.data; at && (at = memmem(at, (size_t)(end - at), word, strlen(word)));) {
        at += strlen(word);
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
            if ((size_t)(end - at) >= strlen(names[i]) && strncasecmp(at, names[i], strlen(names[i])) == 0)
                return (size_t)(at - text.data) - strlen(word) + 1;
    }
    return text.len;
}

static void read_in_pieces(struct view input, const struct http1_transcript *whole, size_t piece_bytes)
{
    struct http1_transcript pieces;
    http1_transcript_init(&pieces);
    pieces.only_common = true;
    http1_transcript_in_pieces(input, piece_bytes, &pieces);
    fuzz_check_equal(buf_view(&whole->text), buf_view(&pieces.text), "in one piece, and in several");
    http1_transcript_free(&pieces);
}

static void read_ours(struct view input, struct http1_transcript *transcript)
{
    transcript->only_common = true;
    if (input.len <= CUT_EVERYWHERE_BYTES_MAX) {
        http1_transcript_of(input, transcript);
        return;
    }
    http1_transcript_in_pieces(input, input.len, transcript);
    read_in_pieces(input, transcript, 1);
    read_in_pieces(input, transcript, 2 + (unsigned char)input.data[input.len / 2] % 61);
}

static void compare(struct view input, const struct http1_transcript *ours, struct view theirs,
                    enum llhttp_peer_end end, const char *reason)
{
    struct view text = buf_view(&ours->text);
    size_t until = framing_trailer_at(text);
    struct view certain = view_make(text.data, until < ours->certain_bytes ? until : ours->certain_bytes);
    if (end == LLHTTP_PEER_REFUSED && is_known(reason, input)) {
        FUZZ_CHECK(view_starts_with(text, theirs) || view_starts_with(theirs, certain),
                   "both read the same until llhttp refuses (%s): ours\n%.*s\nllhttp\n%.*s", reason, VIEW_ARG(text),
                   VIEW_ARG(theirs));
        return;
    }
    if (end == LLHTTP_PEER_TUNNEL) {
        FUZZ_CHECK(view_starts_with(text, theirs) || view_starts_with(theirs, certain),
                   "both read the same until CONNECT: ours\n%.*s\nllhttp\n%.*s", VIEW_ARG(text), VIEW_ARG(theirs));
        return;
    }
    FUZZ_CHECK(view_starts_with(theirs, certain), "llhttp (%d %s) reads what ours takes: ours\n%.*s\nllhttp\n%.*s",
               (int)end, reason ? reason : "", VIEW_ARG(text), VIEW_ARG(theirs));
    /* In the middle of a body? Ours reads the fields of a trailer section once it is whole. */
    if (ours->bad || !ours->in_body || ours->body.trailers.len > 0)
        return;
    struct view body = view_make(text.data, text.len - strlen("more\n"));
    FUZZ_CHECK(end == LLHTTP_PEER_MORE, "a body goes on for llhttp too (%d %s): ours\n%.*s", (int)end,
               reason ? reason : "", VIEW_ARG(text));
    FUZZ_CHECK(view_starts_with(theirs, body), "the body so far is the same: ours\n%.*s\nllhttp\n%.*s", VIEW_ARG(text),
               VIEW_ARG(theirs));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct view input = view_make((const char *)data, len);
    struct http1_transcript ours;
    struct buf theirs;
    const char *reason = NULL;
    http1_transcript_init(&ours);
    buf_init(&theirs, FUZZ_OUTPUT_BYTES_MAX);
    if (len)
        read_ours(input, &ours);
    enum llhttp_peer_end end = llhttp_peer_read(input, &theirs, &reason);
    compare(input, &ours, buf_view(&theirs), end, reason);
    buf_free(&theirs);
    http1_transcript_free(&ours);
    return 0;
}
