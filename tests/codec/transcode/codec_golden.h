/* The golden messages: JSON of every kind of field beside the bytes that protoc made of the same message. */
#ifndef TESTS_GATEWAY_TRANSCODE_CODEC_GOLDEN_H
#define TESTS_GATEWAY_TRANSCODE_CODEC_GOLDEN_H

#include <stdbool.h>

#include "base/buf.h"

struct codec_golden {
    const char *name;    /* of the files in golden/ */
    const char *message; /* in the package codec.test */
    bool has_other;      /* NAME.other.json: the same in another order and spelling */
};

#define CODEC_GOLDEN_COUNT 18
extern const struct codec_golden codec_golden[CODEC_GOLDEN_COUNT];

/* golden/NAME.ENDING; "json" without its last line feed. The caller frees it. */
struct buf codec_read_golden(const char *name, const char *ending);

#endif
