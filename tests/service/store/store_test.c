/* What every store does: each test runs once on each kind. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/service/store/store_client.h"
#include "tests/service/store/store_kinds.h"

static void is_empty_when_new(void **state)
{
    const struct fixture *fixture = *state;
    client_expect_rows(fixture->store, NULL, "");
    client_expect_rows(fixture->store, (const char *[]){"a", NULL}, "");
}

static void lists_rows_by_the_bytes_of_their_ids(void **state)
{
    struct store *store = ((struct fixture *)*state)->store;
    static const char *const ids[] = {"b", "a", "\xc3\xa9", "ab", "B", "a:b", "z", "a/b"};
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
        client_put(store, ids[i], "1");
    client_expect_rows(store, NULL, "B=1 a=1 a/b=1 a:b=1 ab=1 b=1 z=1 \xc3\xa9=1");
}

static void reads_the_ids_asked_for_and_leaves_unknown_ones_out(void **state)
{
    struct store *store = ((struct fixture *)*state)->store;
    client_put(store, "a", "1");
    client_put(store, "b", "2");
    client_put(store, "c", "3");
    client_expect_rows(store, (const char *[]){"a", "aa", "c", "d", NULL}, "a=1 c=3");
    client_expect_rows(store, (const char *[]){"b", NULL}, "b=2");
}

static void replaces_rows_under_growing_versions(void **state)
{
    struct store *store = ((struct fixture *)*state)->store;
    int64_t first = client_put(store, "a", "one");
    int64_t second = client_put(store, "a", "a longer one");
    int64_t third = client_put(store, "a", "");
    assert_true(0 < first && first < second && second < third);
    assert_int_equal(client_version(store, "a"), third);
    client_expect_rows(store, NULL, "a=");
}

static void removes_rows(void **state)
{
    struct store *store = ((struct fixture *)*state)->store;
    client_put(store, "a", "1");
    client_put(store, "b", "2");
    client_put(store, "c", "3");
    client_remove(store, "b");
    client_expect_rows(store, NULL, "a=1 c=3");
    client_remove(store, "b");
    client_expect_rows(store, NULL, "a=1 c=3");
}

static void never_gives_a_version_of_an_id_twice(void **state)
{
    struct store *store = ((struct fixture *)*state)->store;
    client_put(store, "a", "1");
    int64_t before = client_put(store, "a", "2");
    client_remove(store, "a");
    assert_int_equal(client_version(store, "a"), 0);
    assert_true(client_put(store, "a", "1") > before);
}

static struct view large_bytes(size_t len)
{
    char *data = malloc(len);
    assert_non_null(data);
    for (size_t i = 0; i < len; i++)
        data[i] = (char)(i * 7);
    return view_make(data, len);
}

static bool compare_with_ctx(struct store_write *write, struct status *st)
{
    const struct view *expected = write->ctx;
    return view_equal(write->entries[0].bytes, *expected) || status_fail(st, STATUS_INTERNAL, "other bytes");
}

static void keeps_any_bytes_exactly(void **state)
{
    struct store *store = ((struct fixture *)*state)->store;
    static const size_t lengths[] = {0, 1, 255, 4096, 100000, 1024 * 1024};
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        struct view bytes = large_bytes(lengths[i]);
        client_put_expecting(store, "a", bytes, STATUS_OK);
        struct store_entry entry = {.id = VIEW("a")};
        struct store_write write = {.entries = &entry, .entry_count = 1, .decide = compare_with_ctx, .ctx = &bytes};
        client_write(store, &write);
        assert_int_equal(write.st.code, STATUS_OK);
        free((char *)bytes.data);
    }
}

static bool put_all_then_refuse(struct store_write *write, struct status *st)
{
    for (size_t i = 0; i < write->entry_count; i++) {
        write->entries[i].action = i % 2 ? STORE_REMOVE : STORE_PUT;
        write->entries[i].next = view_of("wrong");
    }
    return status_fail(st, STATUS_ALREADY_EXISTS, "refused on purpose");
}

static void changes_nothing_when_refused(void **state)
{
    struct store *store = ((struct fixture *)*state)->store;
    client_put(store, "a", "1");
    client_put(store, "b", "2");
    int64_t version = client_version(store, "a");
    struct store_entry entries[] = {{.id = VIEW("a")}, {.id = VIEW("b")}, {.id = VIEW("c")}};
    struct store_write write = {.entries = entries, .entry_count = 3, .decide = put_all_then_refuse};
    client_write(store, &write);
    assert_int_equal(write.st.code, STATUS_ALREADY_EXISTS);
    assert_string_equal(write.st.message, "refused on purpose");
    client_expect_rows(store, NULL, "a=1 b=2");
    assert_int_equal(client_version(store, "a"), version);
}

static bool check_and_swap(struct store_write *write, struct status *st)
{
    struct store_entry *entries = write->entries;
    if (entries[0].version || !entries[1].version || entries[0].bytes.len ||
        !view_equal(entries[1].bytes, view_of("1")) || !view_equal(entries[2].bytes, view_of("3")))
        return status_fail(st, STATUS_INTERNAL, "other rows than there are");
    entries[0].action = STORE_PUT;
    entries[0].next = view_of("new");
    entries[1].action = STORE_REMOVE;
    return true;
}

static void changes_several_rows_at_once(void **state)
{
    struct store *store = ((struct fixture *)*state)->store;
    client_put(store, "a", "1");
    int64_t version = client_put(store, "c", "3");
    struct store_entry entries[] = {{.id = VIEW("b")}, {.id = VIEW("a")}, {.id = VIEW("c")}};
    struct store_write write = {.entries = entries, .entry_count = 3, .decide = check_and_swap};
    client_write(store, &write);
    assert_string_equal(write.st.message, "");
    assert_int_equal(write.st.code, STATUS_OK);
    client_expect_rows(store, NULL, "b=new c=3");
    assert_int_equal(entries[0].version, client_version(store, "b"));
    assert_int_equal(entries[1].version, 0);
    assert_int_equal(entries[2].version, version);
    assert_int_equal(client_version(store, "c"), version);
}

static bool keep_everything(struct store_write *write, struct status *st)
{
    (void)st;
    return write->entry_count > 0;
}

static void writes_nothing_when_told_to_keep(void **state)
{
    struct store *store = ((struct fixture *)*state)->store;
    int64_t version = client_put(store, "a", "1");
    struct store_entry entries[] = {{.id = VIEW("a")}, {.id = VIEW("b")}};
    struct store_write write = {.entries = entries, .entry_count = 2, .decide = keep_everything};
    client_write(store, &write);
    assert_int_equal(write.st.code, STATUS_OK);
    assert_int_equal(entries[0].version, version);
    assert_int_equal(entries[1].version, 0);
    client_expect_rows(store, NULL, "a=1");
}

static bool refuse_second_row(struct store_read *read, const struct store_row *row, struct status *st)
{
    (void)row;
    return ++*(int *)read->ctx < 2 || status_fail(st, STATUS_RESOURCE_EXHAUSTED, "enough");
}

static void ends_reading_when_the_reader_has_enough(void **state)
{
    struct store *store = ((struct fixture *)*state)->store;
    client_put(store, "a", "1");
    client_put(store, "b", "2");
    client_put(store, "c", "3");
    static const struct view ids[] = {VIEW("a"), VIEW("b"), VIEW("c")};
    for (size_t id_count = 0; id_count <= 3; id_count += 3) {
        int rows = 0;
        struct store_read read = {.ids = ids, .id_count = id_count, .row = refuse_second_row, .ctx = &rows};
        client_run_read(store, &read);
        assert_int_equal(rows, 2);
        assert_int_equal(read.st.code, STATUS_RESOURCE_EXHAUSTED);
        assert_string_equal(read.st.message, "enough");
    }
    client_expect_rows(store, NULL, "a=1 b=2 c=3");
}

static bool keep_two_ids(struct store_read *read, const struct store_row *row, struct status *st)
{
    (void)st;
    char *ids = read->ctx;
    if (strlen(ids) == 2)
        return false;
    strncat(ids, row->id.data, row->id.len);
    return true;
}

static void lists_rows_behind_an_id_as_many_as_wanted(void **state)
{
    static const struct {
        const char *after, *ids;
    } cases[] = {{"", "ac"}, {"a", "ce"}, {"b", "ce"}, {"c", "eg"}, {"e", "g"}, {"f", "g"}, {"g", ""}, {"\xff", ""}};
    struct store *store = ((struct fixture *)*state)->store;
    for (const char *id = "aceg"; *id; id++)
        client_put(store, (char[]){*id, '\0'}, "1");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char ids[8] = "";
        struct store_read read = {.after = view_of(cases[i].after), .row = keep_two_ids, .ctx = ids};
        client_run_read(store, &read);
        assert_int_equal(read.st.code, STATUS_OK);
        assert_string_equal(ids, cases[i].ids);
    }
}

static bool count_row(struct store_read *read, const struct store_row *row, struct status *st)
{
    char expected[24];
    int *count = read->ctx;
    snprintf(expected, sizeof(expected), "%05d", (*count)++);
    return view_equal(row->id, view_of(expected)) || status_fail(st, STATUS_INTERNAL, "expected %s", expected);
}

static bool put_all(struct store_write *write, struct status *st)
{
    (void)st;
    for (size_t i = 0; i < write->entry_count; i++) {
        write->entries[i].action = STORE_PUT;
        write->entries[i].next = write->entries[i].id;
    }
    return true;
}

static void lists_more_rows_than_fit_in_any_portion(void **state)
{
    enum { COUNT = 3000 };
    struct store *store = ((struct fixture *)*state)->store;
    static char ids[COUNT][24];
    static struct store_entry entries[COUNT];
    for (int i = 0; i < COUNT; i++) {
        snprintf(ids[i], sizeof(ids[i]), "%05d", i);
        entries[i].id = view_of(ids[i]);
    }
    struct store_write write = {.entries = entries, .entry_count = COUNT, .decide = put_all};
    client_write(store, &write);
    assert_int_equal(write.st.code, STATUS_OK);
    int count = 0;
    struct store_read read = {.row = count_row, .ctx = &count};
    client_run_read(store, &read);
    assert_string_equal(read.st.message, "");
    assert_int_equal(count, COUNT);
}

/* ---- Concurrency ---- */

#define THREADS    8
#define INCREMENTS 200

static void *increment_often(void *ctx)
{
    for (int i = 0; i < INCREMENTS; i++)
        if (client_increment(ctx, "counter") != STATUS_OK)
            return "failed";
    return NULL;
}

static void loses_no_update_of_concurrent_writers(void **state)
{
    struct store *store = ((struct fixture *)*state)->store;
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, increment_often, store), 0);
    for (int i = 0; i < THREADS; i++) {
        void *fault;
        pthread_join(threads[i], &fault);
        assert_null(fault);
    }
    client_expect_rows(store, NULL, "counter=1600");
}

static bool put_text_in_both(struct store_write *write, struct status *st)
{
    (void)st;
    for (size_t i = 0; i < write->entry_count; i++) {
        write->entries[i].action = STORE_PUT;
        write->entries[i].next = view_of(write->ctx);
    }
    return true;
}

static void *write_pairs(void *ctx)
{
    for (int i = 0; i < INCREMENTS; i++) {
        char text[24];
        snprintf(text, sizeof(text), "%d", i);
        struct store_entry entries[] = {{.id = VIEW("left")}, {.id = VIEW("right")}};
        struct store_write write = {.entries = entries, .entry_count = 2, .decide = put_text_in_both, .ctx = text};
        client_write(ctx, &write);
        if (write.st.code != STATUS_OK)
            return "failed";
    }
    return NULL;
}

static void shows_readers_all_of_a_write_or_nothing(void **state)
{
    struct store *store = ((struct fixture *)*state)->store;
    pthread_t writer;
    assert_int_equal(pthread_create(&writer, NULL, write_pairs, store), 0);
    for (int i = 0; i < INCREMENTS; i++) {
        char *rows = client_read(store, i % 2 ? NULL : (const char *[]){"left", "right", NULL});
        int left = -1;
        int right = -1;
        if (*rows)
            assert_int_equal(sscanf(rows, "left=%d right=%d", &left, &right), 2);
        assert_int_equal(left, right);
        free(rows);
    }
    void *fault;
    pthread_join(writer, &fault);
    assert_null(fault);
    client_expect_rows(store, NULL, "left=199 right=199");
}

static void finds_rows_again_after_a_restart(void **state)
{
    struct fixture *fixture = *state;
    client_put(fixture->store, "a", "1");
    int64_t version = client_put(fixture->store, "b", "2");
    client_put(fixture->store, "c", "3");
    client_remove(fixture->store, "c");
    kinds_reopen(fixture);
    if (!fixture->is_durable) {
        client_expect_rows(fixture->store, NULL, "");
        return;
    }
    client_expect_rows(fixture->store, NULL, "a=1 b=2");
    assert_int_equal(client_version(fixture->store, "b"), version);
    assert_int_equal(client_put(fixture->store, "b", "3"), version + 1);
}

static void refuses_other_uris(void **state)
{
    (void)state;
    static const char *const uris[] = {"",
                                       "tracks.db",
                                       "sqlite",
                                       "sqlite:",
                                       "memory",
                                       "memory:x",
                                       "mysql://host/db",
                                       "postgresql",
                                       "postgresql:",
                                       "postgres:host",
                                       "postgresql://user:secret@host/db?nonsense=1",
                                       "postgresql://user:se@secret@host/db",
                                       "postgresql://user:1/secret@host/db",
                                       "postgres://user:secret@host:x%"};
    for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
        struct store *store;
        struct status st;
        assert_false(store_open(uris[i], &store, &st));
        assert_int_equal(st.code, STATUS_INVALID_ARGUMENT);
        assert_true(strstr(st.message, "sqlite:") || strstr(st.message, "memory:") ||
                    strstr(st.message, "postgresql:"));
        assert_null(strstr(st.message, "secret"));
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_empty_when_new),
        cmocka_unit_test(lists_rows_by_the_bytes_of_their_ids),
        cmocka_unit_test(reads_the_ids_asked_for_and_leaves_unknown_ones_out),
        cmocka_unit_test(replaces_rows_under_growing_versions),
        cmocka_unit_test(removes_rows),
        cmocka_unit_test(never_gives_a_version_of_an_id_twice),
        cmocka_unit_test(keeps_any_bytes_exactly),
        cmocka_unit_test(changes_nothing_when_refused),
        cmocka_unit_test(changes_several_rows_at_once),
        cmocka_unit_test(writes_nothing_when_told_to_keep),
        cmocka_unit_test(ends_reading_when_the_reader_has_enough),
        cmocka_unit_test(lists_rows_behind_an_id_as_many_as_wanted),
        cmocka_unit_test(lists_more_rows_than_fit_in_any_portion),
        cmocka_unit_test(loses_no_update_of_concurrent_writers),
        cmocka_unit_test(shows_readers_all_of_a_write_or_nothing),
        cmocka_unit_test(finds_rows_again_after_a_restart),
        cmocka_unit_test(refuses_other_uris),
    };
    return kinds_run(tests, sizeof(tests) / sizeof(tests[0]));
}
