#include "gateway/input.h"

#include <errno.h>
#include <string.h>

#include "gateway/limits.h"

#define PIECE_BYTES (64 * 1024)

bool input_read_stream(FILE *stream, const char *name, struct buf *out, struct status *st)
{
    char piece[PIECE_BYTES];
    size_t got;
    while ((got = fread(piece, 1, sizeof(piece), stream)) > 0)
        if (!buf_append(out, view_make(piece, got)))
            return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "%s: over the limit of %zu bytes", name, out->max);
    if (ferror(stream))
        return status_fail(st, STATUS_UNAVAILABLE, "%s: %s", name, strerror(errno));
    return true;
}

bool input_load_schema(const char *path, struct schema **ret_schema, struct status *st)
{
    struct buf bytes;
    FILE *file = fopen(path, "rb");
    if (!file)
        return status_fail(st, STATUS_NOT_FOUND, "%s: %s", path, strerror(errno));
    buf_init(&bytes, TRANSCODE_INPUT_BYTES_MAX);
    bool loaded = input_read_stream(file, path, &bytes, st) && schema_load(buf_view(&bytes), ret_schema, st);
    buf_free(&bytes);
    fclose(file);
    return loaded;
}
