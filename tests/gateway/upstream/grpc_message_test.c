#include "gateway/upstream/grpc_message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>
/* after the above */
#include <cmocka.h>

#include "base/budget.h"

#define MESSAGE_BYTES_MAX 100000
#define WINDOW_ZLIB       15
#define WINDOW_GZIP       (15 + 16)
#define WINDOW_RAW        (-15)

/* ---- Frames ---- */

static void add_frame(struct buf *out, char flag, struct view bytes)
{
    char prefix[GRPC_PREFIX_BYTES];
    grpc_message_prefix(prefix, bytes.len);
    prefix[0] = flag;
    assert_true(buf_append(out, view_make(prefix, sizeof(prefix))));
    assert_true(buf_append(out, bytes));
}

static void compress_into(struct buf *out, struct view bytes, int window_bits)
{
    z_stream stream = {0};
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, window_bits, 9, Z_DEFAULT_STRATEGY), Z_OK);
    size_t bound = deflateBound(&stream, bytes.len);
    assert_true(buf_reserve(out, bound));
    stream.next_in = (Bytef *)(uintptr_t)bytes.data;
    stream.avail_in = (uInt)bytes.len;
    stream.next_out = (Bytef *)out->data + out->len;
    stream.avail_out = (uInt)bound;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out->len += stream.total_out;
    deflateEnd(&stream);
}

static void add_compressed(struct buf *out, struct view bytes, int window_bits, const char *behind)
{
    struct buf compressed;
    buf_init(&compressed, 1 << 28);
    compress_into(&compressed, bytes, window_bits);
    assert_true(buf_append_text(&compressed, behind));
    add_frame(out, 1, buf_view(&compressed));
    buf_free(&compressed);
}

static struct view text_of(size_t len)
{
    static char text[MESSAGE_BYTES_MAX + 1];
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (char)('a' + i % 23);
    return view_make(text, len);
}

/* ---- Reading ---- */

/* Reads both parts, each in memory of just its size. Returns the last result; every whole message is followed by '|' in `out`. */
static enum grpc_message_result read_parts(struct grpc_message_reader *reader, struct view whole, size_t cut,
                                           struct buf *out, struct status *st)
{
    const struct view parts[] = {view_make(whole.data, cut), view_make(whole.data + cut, whole.len - cut)};
    for (size_t i = 0; i < 2; i++) {
        char *copy = parts[i].len ? malloc(parts[i].len) : NULL;
        if (copy)
            memcpy(copy, parts[i].data, parts[i].len);
        struct view input = view_make(copy, parts[i].len);
        enum grpc_message_result result;
        while ((result = grpc_message_read(reader, &input, out, st)) == GRPC_MESSAGE_DONE) {
            assert_true(grpc_message_reader_is_between(reader));
            assert_true(buf_append_text(out, "|"));
        }
        if (result == GRPC_MESSAGE_MORE)
            assert_int_equal(input.len, 0);
        free(copy);
        if (result == GRPC_MESSAGE_BAD)
            return result;
    }
    return GRPC_MESSAGE_MORE;
}

/* Reads it split at every byte; out must be the same each time. */
static void check_messages(struct view whole, enum grpc_encoding encoding, struct view expected)
{
    for (size_t cut = 0; cut <= whole.len; cut++) {
        struct grpc_message_reader reader;
        struct buf out;
        struct status st;
        buf_init(&out, 1 << 20);
        grpc_message_reader_init(&reader, MESSAGE_BYTES_MAX);
        grpc_message_reader_set_encoding(&reader, encoding);
        if (read_parts(&reader, whole, cut, &out, &st) != GRPC_MESSAGE_MORE)
            fail_msg("cut at %zu: %s", cut, st.message);
        assert_true(view_equal(buf_view(&out), expected));
        assert_true(grpc_message_reader_is_between(&reader));
        grpc_message_reader_free(&reader);
        buf_free(&out);
    }
}

static void check_refused(struct view whole, enum grpc_encoding encoding, enum status_code code, const char *message)
{
    for (size_t cut = 0; cut <= whole.len; cut++) {
        struct grpc_message_reader reader;
        struct buf out;
        struct status st;
        buf_init(&out, 1 << 20);
        grpc_message_reader_init(&reader, MESSAGE_BYTES_MAX);
        grpc_message_reader_set_encoding(&reader, encoding);
        if (read_parts(&reader, whole, cut, &out, &st) != GRPC_MESSAGE_BAD)
            fail_msg("not refused: %s (cut at %zu)", message, cut);
        assert_int_equal(st.code, code);
        if (!strstr(st.message, message))
            fail_msg("expected \"%s\", found \"%s\"", message, st.message);
        assert_true(out.len <= MESSAGE_BYTES_MAX);
        grpc_message_reader_free(&reader);
        buf_free(&out);
    }
}

/* ---- Tests ---- */

static void writes_the_length_in_network_order(void **state)
{
    char prefix[GRPC_PREFIX_BYTES];
    (void)state;
    grpc_message_prefix(prefix, 0x01020304);
    assert_memory_equal(prefix, "\0\1\2\3\4", GRPC_PREFIX_BYTES);
    grpc_message_prefix(prefix, 0xfffefdfc);
    assert_memory_equal(prefix, "\0\xff\xfe\xfd\xfc", GRPC_PREFIX_BYTES);
}

static void reads_messages_split_at_every_byte(void **state)
{
    struct buf input;
    (void)state;
    buf_init(&input, 1 << 20);
    check_messages(buf_view(&input), GRPC_IDENTITY, (struct view)VIEW(""));
    add_frame(&input, 0, (struct view)VIEW(""));
    check_messages(buf_view(&input), GRPC_IDENTITY, (struct view)VIEW("|"));
    add_frame(&input, 0, (struct view)VIEW("hello"));
    add_frame(&input, 0, (struct view)VIEW(""));
    add_frame(&input, 0, (struct view)VIEW("x"));
    check_messages(buf_view(&input), GRPC_UNKNOWN_ENCODING, (struct view)VIEW("|hello||x|"));
    buf_free(&input);
}

static void inflates_gzip_and_zlib_split_at_every_byte(void **state)
{
    static const struct {
        enum grpc_encoding encoding;
        int window_bits;
    } cases[] = {{GRPC_GZIP, WINDOW_GZIP}, {GRPC_DEFLATE, WINDOW_ZLIB}};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct buf input, expected;
        buf_init(&input, 1 << 20);
        buf_init(&expected, 1 << 20);
        add_compressed(&input, (struct view)VIEW("first"), cases[i].window_bits, "");
        add_frame(&input, 0, (struct view)VIEW("plain"));
        add_compressed(&input, (struct view)VIEW(""), cases[i].window_bits, "");
        add_compressed(&input, text_of(50000), cases[i].window_bits, "");
        assert_true(buf_append_text(&expected, "first|plain||") && buf_append(&expected, text_of(50000)) &&
                    buf_append_text(&expected, "|"));
        check_messages(buf_view(&input), cases[i].encoding, buf_view(&expected));
        buf_free(&input);
        buf_free(&expected);
    }
}

static void refuses_what_is_no_message(void **state)
{
    static const char unknown_flag[] = {2, 0, 0, 0, 1, 'x'};
    static const char negative_flag[] = {(char)0xff, 0, 0, 0, 0};
    (void)state;
    check_refused(view_make(unknown_flag, 6), GRPC_GZIP, STATUS_INTERNAL, "unknown flag");
    check_refused(view_make(negative_flag, 5), GRPC_GZIP, STATUS_INTERNAL, "unknown flag");
}

static void refuses_compressed_messages_that_are_not_what_was_said(void **state)
{
    const struct view text = VIEW("some text, some text");
    const struct {
        int window_bits;
        enum grpc_encoding encoding;
        const char *behind;
        const char *message;
    } cases[] = {
        {WINDOW_GZIP, GRPC_IDENTITY, "", "without an encoding"},
        {WINDOW_GZIP, GRPC_UNKNOWN_ENCODING, "", "not offered"},
        {WINDOW_GZIP, GRPC_DEFLATE, "", "not what its encoding says"},
        {WINDOW_ZLIB, GRPC_GZIP, "", "not what its encoding says"},
        {WINDOW_RAW, GRPC_DEFLATE, "", "not what its encoding says"},
        {WINDOW_GZIP, GRPC_GZIP, "x", "bytes behind its compressed end"},
        {WINDOW_ZLIB, GRPC_DEFLATE, "garbage", "bytes behind its compressed end"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf input;
        buf_init(&input, 1 << 20);
        add_compressed(&input, text, cases[i].window_bits, cases[i].behind);
        check_refused(buf_view(&input), cases[i].encoding, STATUS_INTERNAL, cases[i].message);
        buf_free(&input);
    }
}

static void refuses_a_compressed_message_that_is_cut_short_anywhere(void **state)
{
    struct buf whole, input;
    (void)state;
    buf_init(&whole, 1 << 20);
    compress_into(&whole, (struct view)VIEW("some text"), WINDOW_GZIP);
    for (size_t len = 0; len < whole.len; len++) {
        buf_init(&input, 1 << 20);
        add_frame(&input, 1, view_make(whole.data, len));
        check_refused(buf_view(&input), GRPC_GZIP, STATUS_INTERNAL, "no end");
        buf_free(&input);
    }
    buf_free(&whole);
}

static void refuses_a_corrupted_check_sum(void **state)
{
    struct buf input;
    (void)state;
    buf_init(&input, 1 << 20);
    add_compressed(&input, (struct view)VIEW("some text"), WINDOW_GZIP, "");
    input.data[input.len - 6] ^= 1; /* of the CRC, which stands before the length */
    check_refused(buf_view(&input), GRPC_GZIP, STATUS_INTERNAL, "not what its encoding says");
    buf_free(&input);
}

static void refuses_a_large_message_by_its_length_alone(void **state)
{
    (void)state;
    for (char flag = 0; flag < 2; flag++) {
        struct grpc_message_reader reader;
        struct buf out;
        struct status st;
        char prefix[GRPC_PREFIX_BYTES];
        buf_init(&out, (size_t)1 << 33);
        grpc_message_reader_init(&reader, MESSAGE_BYTES_MAX);
        grpc_message_reader_set_encoding(&reader, GRPC_GZIP);
        grpc_message_prefix(prefix, MESSAGE_BYTES_MAX + 1);
        prefix[0] = flag;
        struct view input = view_make(prefix, sizeof(prefix));
        assert_int_equal(grpc_message_read(&reader, &input, &out, &st), GRPC_MESSAGE_BAD);
        assert_int_equal(st.code, STATUS_RESOURCE_EXHAUSTED);
        assert_string_equal(st.message, "a message of the service is larger than 100000 bytes");
        assert_null(out.data);
        assert_null(reader.inflater);
        grpc_message_reader_free(&reader);
    }
}

/* One message of `bytes` zeros, compressed, into a buf of buf_bytes_max that holds `before` bytes already. */
static enum grpc_message_result read_zeros(size_t bytes, size_t before, size_t buf_bytes_max, size_t *ret_cap,
                                           struct status *st)
{
    struct grpc_message_reader reader;
    struct buf input, out;
    char *zeros = calloc(1, bytes);
    assert_non_null(zeros);
    buf_init(&input, 1 << 20);
    buf_init(&out, buf_bytes_max);
    add_compressed(&input, view_make(zeros, bytes), WINDOW_GZIP, "");
    assert_true(buf_append(&out, text_of(before)));
    grpc_message_reader_init(&reader, MESSAGE_BYTES_MAX);
    grpc_message_reader_set_encoding(&reader, GRPC_GZIP);
    struct view rest = buf_view(&input);
    enum grpc_message_result result = grpc_message_read(&reader, &rest, &out, st);
    if (result == GRPC_MESSAGE_DONE) {
        assert_int_equal(out.len, before + bytes);
        assert_memory_equal(out.data + before, zeros, bytes);
    }
    assert_true(view_equal(view_make(out.data, before), text_of(before)));
    *ret_cap = out.cap;
    grpc_message_reader_free(&reader);
    buf_free(&input);
    buf_free(&out);
    free(zeros);
    return result;
}

static void inflates_up_to_the_limit_and_not_beyond(void **state)
{
    struct status st;
    size_t cap;
    (void)state;
    assert_int_equal(read_zeros(MESSAGE_BYTES_MAX, 0, (size_t)1 << 30, &cap, &st), GRPC_MESSAGE_DONE);
    assert_int_equal(read_zeros(MESSAGE_BYTES_MAX, 7, (size_t)1 << 30, &cap, &st), GRPC_MESSAGE_DONE);
    assert_int_equal(read_zeros(MESSAGE_BYTES_MAX + 1, 0, (size_t)1 << 30, &cap, &st), GRPC_MESSAGE_BAD);
    assert_int_equal(st.code, STATUS_RESOURCE_EXHAUSTED);
    assert_int_equal(read_zeros((size_t)50 << 20, 0, (size_t)1 << 30, &cap, &st), GRPC_MESSAGE_BAD); /* 50 kB of gzip */
    assert_int_equal(st.code, STATUS_RESOURCE_EXHAUSTED);
    assert_string_equal(st.message, "a message of the service is larger than 100000 bytes");
    assert_true(cap < 2 * MESSAGE_BYTES_MAX);
}

static void a_buf_that_is_smaller_than_the_limit_is_the_limit(void **state)
{
    struct status st;
    size_t cap;
    (void)state;
    assert_int_equal(read_zeros(20000, 0, 20000, &cap, &st),
                     GRPC_MESSAGE_DONE); /* more than one step, and no room left */
    assert_int_equal(read_zeros(20000, 1000, 21000, &cap, &st), GRPC_MESSAGE_DONE);
    assert_int_equal(read_zeros(20001, 0, 20000, &cap, &st), GRPC_MESSAGE_BAD);
    assert_string_equal(st.message, "a message of the service is larger than 20000 bytes");
    assert_int_equal(read_zeros(20000, 1001, 21000, &cap, &st), GRPC_MESSAGE_BAD);
    assert_string_equal(st.message, "a message of the service is larger than 19999 bytes");
}

static void memory_that_is_refused_is_no_malformed_message(void **state)
{
    struct budget budget;
    struct budget_purse purse;
    struct budget_account account = {.purse = &purse, .max = 10};
    struct buf inputs[2];
    (void)state;
    budget_init(&budget, 1 << 20);
    budget_purse_init(&purse, &budget);
    for (size_t i = 0; i < 2; i++)
        buf_init(&inputs[i], 1 << 20);
    add_frame(&inputs[0], 0, text_of(20));
    add_compressed(&inputs[1], text_of(20), WINDOW_GZIP, "");
    for (size_t i = 0; i < 2; i++) {
        struct grpc_message_reader reader;
        struct status st;
        struct buf out;
        struct view input = buf_view(&inputs[i]);
        buf_init(&out, 1 << 20);
        buf_set_account(&out, &account);
        grpc_message_reader_init(&reader, MESSAGE_BYTES_MAX);
        grpc_message_reader_set_encoding(&reader, GRPC_GZIP);
        assert_int_equal(grpc_message_read(&reader, &input, &out, &st), GRPC_MESSAGE_BAD);
        assert_int_equal(st.code, STATUS_RESOURCE_EXHAUSTED);
        assert_string_equal(st.message, "no memory for a message of the service");
        assert_true(account.refused);
        grpc_message_reader_free(&reader);
        buf_free(&out);
        buf_free(&inputs[i]);
    }
    budget_purse_free(&purse);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_the_length_in_network_order),
        cmocka_unit_test(reads_messages_split_at_every_byte),
        cmocka_unit_test(inflates_gzip_and_zlib_split_at_every_byte),
        cmocka_unit_test(refuses_what_is_no_message),
        cmocka_unit_test(refuses_compressed_messages_that_are_not_what_was_said),
        cmocka_unit_test(refuses_a_compressed_message_that_is_cut_short_anywhere),
        cmocka_unit_test(refuses_a_corrupted_check_sum),
        cmocka_unit_test(refuses_a_large_message_by_its_length_alone),
        cmocka_unit_test(inflates_up_to_the_limit_and_not_beyond),
        cmocka_unit_test(a_buf_that_is_smaller_than_the_limit_is_the_limit),
        cmocka_unit_test(memory_that_is_refused_is_no_malformed_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
