/* Messages whose bytes protoc made from text: our bytes of the same JSON are those, and our JSON of those bytes is the same. */
#include <stdio.h>

#include "tests/gateway/transcode/codec_case.h"

static const struct {
    const char *name;
    const char *message;
    bool has_other; /* NAME.other.json: the same in another order and spelling */
} golden[] = {
    {"choice_message", "Choice", false},
    {"choice_nested", "Choice", false},
    {"legacy", "Legacy", false},
    {"lists", "Lists", true},
    {"maps", "Maps", true},
    {"names", "Names", true},
    {"node", "Node", false},
    {"optionals_empty", "Optionals", false},
    {"scalars", "Scalars", true},
    {"scalars_least", "Scalars", true},
    {"scalars_most", "Scalars", true},
    {"scalars_not_finite", "Scalars", true},
    {"sparse", "Sparse", false},
    {"unpacked_lists", "UnpackedLists", false},
    {"well_known", "WellKnown", true},
    {"well_known_empty", "WellKnown", false},
    {"well_known_lists", "WellKnownLists", false},
    {"well_known_maps", "WellKnownMaps", false},
};

static struct buf read_golden(const char *name, const char *ending)
{
    char path[200];
    snprintf(path, sizeof(path), "tests/gateway/transcode/golden/%s.%s", name, ending);
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("%s: not found", path);
    struct buf content;
    buf_init(&content, SIZE_MAX / 2);
    do {
        assert_true(buf_reserve(&content, 4096));
        content.len += fread(content.data + content.len, 1, content.cap - content.len, file);
    } while (!feof(file) && !ferror(file));
    fclose(file);
    return content;
}

/* JSON files end with a line feed. */
static struct buf read_json(const char *name)
{
    struct buf json = read_golden(name, "json");
    assert_true(json.len > 0 && json.data[json.len - 1] == '\n');
    json.len--;
    return json;
}

static void writes_the_bytes_that_protoc_writes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(golden); i++) {
        struct buf json = read_json(golden[i].name), binary = read_golden(golden[i].name, "binpb");
        codec_expect(&(struct codec_case){golden[i].message, NULL, buf_view(&json), false, codec_options()},
                     buf_view(&binary));
        buf_free(&json);
        buf_free(&binary);
    }
}

static void prints_the_bytes_that_protoc_writes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(golden); i++) {
        struct buf json = read_json(golden[i].name), binary = read_golden(golden[i].name, "binpb");
        codec_expect(&(struct codec_case){golden[i].message, NULL, buf_view(&binary), true, codec_options()},
                     buf_view(&json));
        buf_free(&json);
        buf_free(&binary);
    }
}

/* Compared by protoc, since the order of our bytes is that of the JSON. */
static void writes_the_same_message_from_another_spelling(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(golden); i++) {
        if (!golden[i].has_other)
            continue;
        struct buf ours = read_golden(golden[i].name, "ours.txt"), theirs = read_golden(golden[i].name, "theirs.txt");
        if (!view_equal(buf_view(&ours), buf_view(&theirs)))
            fail_msg("%s:\n%.*s\nexpected:\n%.*s", golden[i].name, VIEW_ARG(buf_view(&ours)),
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
