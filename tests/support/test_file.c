#include "tests/support/test_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

struct buf test_file_read(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("%s: not found", path);
    struct buf content;
    buf_init(&content, SIZE_MAX / 2);
    do {
        assert_true(buf_reserve(&content, 65536));
        content.len += fread(content.data + content.len, 1, content.cap - content.len, file);
    } while (!feof(file) && !ferror(file));
    fclose(file);
    return content;
}
