/*
 * Gives each file of a corpus to a fuzz target, as a test: every fault that a fuzzer found stays found.
 *
 *     replay NAME [--prefixes] FILE…
 *
 * One test case a file, named fuzz/NAME/FILE. With --prefixes it is also cut off at every byte, as a case of its own. Each input is
 * in memory of exactly its length, so that the sanitizers see what reads beyond it.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

static void feed(const char *data, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1);
    if (!copy)
        fuzz_fail("there is no memory");
    memcpy(copy, data, len);
    LLVMFuzzerTestOneInput(copy, len);
    free(copy);
}

static void read_file(const char *path, struct buf *content)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        fuzz_fail("%s can be read: %s", path, strerror(errno));
    buf_clear(content);
    size_t got;
    do {
        if (!buf_reserve(content, 65536))
            fuzz_fail("%s is smaller than %zu bytes", path, content->max);
        got = fread(content->data + content->len, 1, 65536, file);
        content->len += got;
    } while (got);
    fclose(file);
}

static void begin(const char *target, const char *name, const char *matter)
{
    printf("[ RUN      ] fuzz/%s/%s%s\n", target, name, matter);
    fflush(stdout);
}

static void end(const char *target, const char *name, const char *matter)
{
    printf("[       OK ] fuzz/%s/%s%s\n", target, name, matter);
}

static void replay(const char *target, const char *path, bool prefixes, struct buf *content)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    read_file(path, content);
    begin(target, name, "");
    feed(content->data, content->len);
    end(target, name, "");
    if (!prefixes)
        return;
    begin(target, name, ", cut off at every byte");
    for (size_t len = 0; len < content->len; len++)
        feed(content->data, len);
    end(target, name, ", cut off at every byte");
}

int main(int argc, char **argv)
{
    bool prefixes = argc > 2 && strcmp(argv[2], "--prefixes") == 0;
    int first = prefixes ? 3 : 2;
    if (argc <= first) {
        fprintf(stderr, "usage: replay NAME [--prefixes] FILE...\n");
        return 2;
    }
    struct buf content;
    buf_init(&content, FUZZ_OUTPUT_BYTES_MAX);
    for (int i = first; i < argc; i++)
        replay(argv[1], argv[i], prefixes, &content);
    buf_free(&content);
    return 0;
}
