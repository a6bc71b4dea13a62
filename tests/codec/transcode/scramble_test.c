/* The golden messages in other bytes of the same meaning: the JSON is the same. */
#include "tests/codec/transcode/scramble.h"

#include "tests/codec/transcode/codec_case.h"
#include "tests/codec/transcode/codec_golden.h"

#define ROUNDS 100

static void print_scrambled(const struct codec_golden *golden, struct view binary, struct view json,
                            struct fixed_random *source)
{
    const struct schema_message *message = codec_message(golden->message);
    const struct transcode_options options = codec_options();
    struct buf scrambled, out;
    struct status st;
    buf_init(&scrambled, SIZE_MAX / 2);
    buf_init(&out, SIZE_MAX / 2);
    uint64_t seed = source->state;
    scramble(message, binary, source, &scrambled);
    if (!transcode_binary_to_json(message, NULL, buf_view(&scrambled), &options, &out, &st))
        fail_msg("%s, seed %llu: %s", golden->name, (unsigned long long)seed, st.message);
    if (!view_equal(buf_view(&out), json))
        fail_msg("%s, seed %llu:\n%.*s", golden->name, (unsigned long long)seed, VIEW_ARG(buf_view(&out)));
    buf_free(&scrambled);
    buf_free(&out);
}

static void prints_the_same_of_bytes_in_any_order(void **state)
{
    (void)state;
    struct fixed_random source = {0x5eed};
    for (size_t i = 0; i < COUNT(codec_golden); i++) {
        struct buf json = codec_read_golden(codec_golden[i].name, "json");
        struct buf binary = codec_read_golden(codec_golden[i].name, "binpb");
        for (int round = 0; round < ROUNDS; round++)
            print_scrambled(&codec_golden[i], buf_view(&binary), buf_view(&json), &source);
        buf_free(&json);
        buf_free(&binary);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_the_same_of_bytes_in_any_order),
    };
    return cmocka_run_group_tests(tests, codec_setup, codec_teardown);
}
