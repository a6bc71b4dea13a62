#include "service/server/inflate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define GZIP (15 + 16)
#define ZLIB 15

/* Compresses; the caller frees. */
static struct view deflated(struct view message, int format)
{
    z_stream stream = {.next_in = (Bytef *)message.data, .avail_in = (uInt)message.len};
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, format, 9, Z_DEFAULT_STRATEGY), Z_OK);
    size_t room = deflateBound(&stream, message.len);
    char *bytes = malloc(room);
    stream.next_out = (Bytef *)bytes;
    stream.avail_out = (uInt)room;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    size_t len = stream.total_out;
    deflateEnd(&stream);
    return view_make(bytes, len);
}

static void expect_message(struct view compressed, size_t bytes_max, struct view expected)
{
    struct buf message;
    struct status st;
    if (!inflate_message(compressed, bytes_max, &message, &st))
        fail_msg("%zu bytes: %s", expected.len, st.message);
    assert_true(view_equal(buf_view(&message), expected));
    buf_free(&message);
}

static void expect_refusal(struct view compressed, size_t bytes_max, enum status_code code)
{
    struct buf message;
    struct status st;
    assert_false(inflate_message(compressed, bytes_max, &message, &st));
    assert_string_equal(status_code_name(st.code), status_code_name(code));
}

static void inflates_both_formats_up_to_the_limit(void **state)
{
    (void)state;
    static const size_t lengths[] = {0, 1, 2, 255, 256, 257, 1000, 65536, 1000000};
    char *text = malloc(1000000);
    for (size_t i = 0; i < 1000000; i++)
        text[i] = (char)(i % 1000 < 900 ? 'x' : i * i >> 5); /* compressible, though not well */
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        for (int format = ZLIB; format <= GZIP; format += GZIP - ZLIB) {
            struct view message = view_make(text, lengths[i]);
            struct view compressed = deflated(message, format);
            expect_message(compressed, lengths[i], message);
            expect_message(compressed, lengths[i] + 1, message);
            expect_message(compressed, 2000000, message);
            if (lengths[i] > 0)
                expect_refusal(compressed, lengths[i] - 1, STATUS_RESOURCE_EXHAUSTED);
            free((char *)compressed.data);
        }
    }
    free(text);
}

static void refuses_what_is_no_whole_message(void **state)
{
    (void)state;
    struct view compressed = deflated((struct view)VIEW("grpc.health.v1.Health, grpc.reflection.v1"), GZIP);
    char more[256];
    for (size_t len = 0; len < compressed.len; len++)
        expect_refusal(view_make(compressed.data, len), 1000, STATUS_INTERNAL);
    memcpy(more, compressed.data, compressed.len);
    more[compressed.len] = '\0';
    expect_refusal(view_make(more, compressed.len + 1), 1000, STATUS_INTERNAL);
    more[compressed.len - 8] ^= 1; /* the checksum */
    expect_refusal(view_make(more, compressed.len), 1000, STATUS_INTERNAL);
    expect_refusal((struct view)VIEW("not compressed at all"), 1000, STATUS_INTERNAL);
    free((char *)compressed.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inflates_both_formats_up_to_the_limit),
        cmocka_unit_test(refuses_what_is_no_whole_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
