#include "codec/schema/schema_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"

#define READ_BYTES ((size_t)64 * 1024)

static bool read_file(FILE *file, struct buf *out, struct status *st)
{
    size_t got;
    do {
        if (!buf_reserve(out, READ_BYTES))
            return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "larger than %zu bytes", SCHEMA_BYTES_MAX);
        got = fread(out->data + out->len, 1, out->cap - out->len, file);
        out->len += got;
    } while (got > 0);
    return !ferror(file) || status_fail(st, STATUS_UNAVAILABLE, "%s", strerror(errno));
}

bool schema_load_file(const char *path, struct schema **ret_schema, struct status *st)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return status_fail(st, STATUS_NOT_FOUND, "%s: %s", path, strerror(errno));
    struct buf bytes;
    buf_init(&bytes, SCHEMA_BYTES_MAX + READ_BYTES);
    bool loaded = read_file(file, &bytes, st) && schema_load(buf_view(&bytes), ret_schema, st);
    fclose(file);
    buf_free(&bytes);
    return loaded || status_prefix(st, "%s: ", path);
}
