#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"

static const struct view before = VIEW("what was there before");

void fuzz_fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fflush(stdout);
    fputs("does not hold: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    abort();
}

void fuzz_check_refusal(const struct status *st)
{
    struct view message = view_of(st->message);
    FUZZ_CHECK(st->code > STATUS_OK && st->code <= STATUS_UNAUTHENTICATED, "the refusal has code %d", (int)st->code);
    FUZZ_CHECK(message.len > 0, "the refusal has no message");
    FUZZ_CHECK(utf8_valid_len(message) == message.len, "the message is not UTF-8: %s", st->message);
}

void fuzz_output_init(struct buf *out)
{
    buf_init(out, FUZZ_OUTPUT_BYTES_MAX);
    if (!buf_append(out, before))
        fuzz_fail("there is no memory");
}

struct view fuzz_output(const struct buf *out)
{
    FUZZ_CHECK(view_starts_with(buf_view(out), before), "what was in the buffer before has changed");
    return view_make(out->data + before.len, out->len - before.len);
}

void fuzz_check_refused_output(const struct buf *out, const struct status *st)
{
    fuzz_check_refusal(st);
    FUZZ_CHECK(fuzz_output(out).len == 0, "something was appended though it was refused: %s", st->message);
}

/* Text as it is, other bytes as \xNN. */
static void print(const char *label, struct view bytes)
{
    fprintf(stderr, "%s ", label);
    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char byte = (unsigned char)bytes.data[i];
        fprintf(stderr, byte >= ' ' && byte < 0x7f ? "%c" : "\\x%02x", byte);
    }
    fputc('\n', stderr);
}

void fuzz_check_equal(struct view a, struct view b, const char *what)
{
    if (view_equal(a, b))
        return;
    print("one: ", a);
    print("other:", b);
    fuzz_fail("the two are equal: %s", what);
}
