#include "tests/codec/transcode/codec_golden.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/support/test_file.h"

const struct codec_golden codec_golden[CODEC_GOLDEN_COUNT] = {
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

struct buf codec_read_golden(const char *name, const char *ending)
{
    char path[200];
    snprintf(path, sizeof(path), "tests/codec/transcode/golden/%s.%s", name, ending);
    struct buf content = test_file_read(path);
    if (strcmp(ending, "json") == 0) {
        assert_true(content.len > 0 && content.data[content.len - 1] == '\n');
        content.len--;
    }
    return content;
}
