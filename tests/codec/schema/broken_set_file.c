#include "tests/codec/schema/broken_set_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "codec/wire/wire.h"
#include "tests/support/test_file.h"

/* Numbers of BrokenSet. */
enum { SET_NAME = 1, SET_SET = 2, SET_ERROR = 3 };

/* The content of field `number` in a message: its last occurrence, or nothing. */
static struct view find_field(struct view message, uint32_t number)
{
    struct view found = {0};
    const char *end = message.data + message.len;
    for (const char *in = message.data; in != end;) {
        struct wire_field field;
        in = wire_read_field(in, end, 1, &field);
        assert_non_null(in);
        if (field.number == number)
            found = view_make(field.begin, (size_t)(field.end - field.begin));
    }
    return found;
}

static void check(struct view broken_set, broken_set_load *load)
{
    struct view name = find_field(broken_set, SET_NAME), error = find_field(broken_set, SET_ERROR);
    struct status st;
    if (load(find_field(broken_set, SET_SET), &st)) {
        if (error.len)
            fail_msg("%.*s: taken", VIEW_ARG(name));
        return;
    }
    assert_int_equal(st.code, STATUS_INVALID_ARGUMENT);
    if (!view_equal(view_of(st.message), error))
        fail_msg("%.*s: %s", VIEW_ARG(name), st.message);
}

size_t broken_set_file_check(const char *path, broken_set_load *load)
{
    struct buf sets = test_file_read(path);
    const char *end = sets.data + sets.len;
    size_t count = 0;
    for (const char *in = sets.data; in != end; count++) {
        struct wire_field field;
        in = wire_read_field(in, end, 1, &field);
        assert_non_null(in);
        check(view_make(field.begin, (size_t)(field.end - field.begin)), load);
    }
    buf_free(&sets);
    return count;
}
