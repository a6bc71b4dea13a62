/*
 * Header blocks of a response as text, "name: value" a line; a line without a colon ends a block.
 *
 * Whatever they say, a status comes of them, and it is OK only where grpc-status said so, once and properly. Its text is UTF-8. So it is
 * with an arena that is too small, too.
 */
#include <stdlib.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "gateway/upstream/grpc_response.h"
#include "gateway/upstream/limits.h"
#include "tests/fuzz/fuzz.h"

#define ARENA_BYTES_MAX ((size_t)1 << 22)

struct seen {
    unsigned statuses;
    bool is_zero; /* the last of them */
    size_t bytes;
    bool all_taken;
};

/* One field or the end of a block. */
static void take_line(struct grpc_response *response, struct view line, struct seen *seen)
{
    const char *colon = line.len > 1 ? memmem(line.data + 1, line.len - 1, ": ", 2) : NULL; /* ":status: 200" */
    if (!colon) {
        size_t before = response->bytes;
        if (grpc_response_end_block(response, false) == GRPC_BLOCK_INFORMATIONAL)
            seen->statuses = 0;
        FUZZ_CHECK(before == response->bytes, "bytes of a block are forgotten");
        return;
    }
    struct view name = view_make(line.data, (size_t)(colon - line.data));
    struct view value = view_make(colon + 2, (size_t)(line.data + line.len - colon - 2));
    seen->bytes += name.len + value.len + 32;
    if (view_equal_text(name, "grpc-status")) {
        seen->statuses++;
        seen->is_zero = value.len > 0;
        for (size_t i = 0; i < value.len; i++)
            seen->is_zero &= value.data[i] == '0';
    }
    bool is_taken = grpc_response_add(response, name, value);
    FUZZ_CHECK(!is_taken || seen->bytes <= UPSTREAM_METADATA_BYTES_MAX, "%zu bytes were taken", seen->bytes);
    FUZZ_CHECK(is_taken || response->is_malformed, "a field was refused, and nothing is wrong");
    seen->all_taken &= is_taken;
}

static void check_metadata(const struct grpc_response *response)
{
    static const struct view reserved = VIEW("grpc-");
    FUZZ_CHECK(response->metadata_count <= response->metadata_cap, "more metadata than room");
    for (size_t i = 0; i < response->metadata_count; i++) {
        struct view key = response->metadata[i].key;
        FUZZ_CHECK(!view_starts_with(key, reserved) && (!key.len || key.data[0] != ':'), "%.*s is gRPC's own",
                   VIEW_ARG(key));
        FUZZ_CHECK(response->metadata[i].value.data, "a value of %.*s is missing", VIEW_ARG(key));
    }
}

static void run(struct view text, size_t arena_bytes_max)
{
    struct grpc_response response;
    struct status st;
    struct arena arena;
    struct seen seen = {.all_taken = true};
    arena_init(&arena, arena_bytes_max);
    grpc_response_init(&response, &arena);
    while (text.len && seen.all_taken) {
        const char *end = memchr(text.data, '\n', text.len);
        size_t len = end ? (size_t)(end - text.data) : text.len;
        take_line(&response, view_make(text.data, len), &seen);
        text = view_make(text.data + len + (end ? 1 : 0), text.len - len - (end ? 1 : 0));
    }
    FUZZ_CHECK(grpc_response_end_block(&response, true) == GRPC_BLOCK_TRAILERS, "the end is not the end");
    check_metadata(&response);
    bool is_ok = grpc_response_status(&response, &st);
    bool is_malformed = grpc_response_is_malformed(&response);
    FUZZ_CHECK(is_ok == (st.code == STATUS_OK), "two answers");
    FUZZ_CHECK(!is_ok || (!is_malformed && seen.statuses == 1 && seen.is_zero && seen.all_taken), "OK from %u statuses",
               seen.statuses);
    FUZZ_CHECK(seen.statuses < 2 || is_malformed, "%u statuses are fine", seen.statuses);
    FUZZ_CHECK(st.code <= STATUS_UNAUTHENTICATED, "code %d", (int)st.code);
    FUZZ_CHECK(utf8_valid_len(view_of(st.message)) == strlen(st.message), "a message that is no UTF-8");
    arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char *copy = malloc(len ? len : 1);
    FUZZ_CHECK(copy, "no memory");
    if (len)
        memcpy(copy, data, len);
    run(view_make(copy, len), ARENA_BYTES_MAX);
    run(view_make(copy, len), 8192); /* too small for many */
    run(view_make(copy, len), 0);
    free(copy);
    return 0;
}
