/* Messages whose bytes protoc made from text: our bytes of the same JSON are those, and our JSON of those bytes is the same. */
#include "tests/codec/transcode/codec_case.h"
#include "tests/codec/transcode/codec_golden.h"

static void writes_the_bytes_that_protoc_writes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(codec_golden); i++) {
        struct buf json = codec_read_golden(codec_golden[i].name, "json");
        struct buf binary = codec_read_golden(codec_golden[i].name, "binpb");
        codec_expect(&(struct codec_case){codec_golden[i].message, NULL, buf_view(&json), false, codec_options()},
                     buf_view(&binary));
        buf_free(&json);
        buf_free(&binary);
    }
}

static void prints_the_bytes_that_protoc_writes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(codec_golden); i++) {
        struct buf json = codec_read_golden(codec_golden[i].name, "json");
        struct buf binary = codec_read_golden(codec_golden[i].name, "binpb");
        codec_expect(&(struct codec_case){codec_golden[i].message, NULL, buf_view(&binary), true, codec_options()},
                     buf_view(&json));
        buf_free(&json);
        buf_free(&binary);
    }
}

/* Compared by protoc, since the order of our bytes is that of the JSON. */
static void writes_the_same_message_from_another_spelling(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(codec_golden); i++) {
        if (!codec_golden[i].has_other)
            continue;
        struct buf ours = codec_read_golden(codec_golden[i].name, "ours.txt");
        struct buf theirs = codec_read_golden(codec_golden[i].name, "theirs.txt");
        if (!view_equal(buf_view(&ours), buf_view(&theirs)))
            fail_msg("%s:\n%.*s\nexpected:\n%.*s", codec_golden[i].name, VIEW_ARG(buf_view(&ours)),
                     VIEW_ARG(buf_view(&theirs)));
        buf_free(&ours);
        buf_free(&theirs);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_the_bytes_that_protoc_writes),
        cmocka_unit_test(prints_the_bytes_that_protoc_writes),
        cmocka_unit_test(writes_the_same_message_from_another_spelling),
    };
    return cmocka_run_group_tests(tests, codec_setup, codec_teardown);
}
