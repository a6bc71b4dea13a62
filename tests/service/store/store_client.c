#include "tests/service/store/store_client.h"

#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"

static void wait_for(sem_t *done)
{
    while (sem_wait(done) != 0)
        ;
    sem_destroy(done);
}

/* ---- Writing ---- */

/* Stands for the test's write in the store, as that one's ctx belongs to the test. */
struct waited_write {
    struct store_write write; /* first */
    struct store_write *original;
    sem_t done;
};

static bool decide_original(struct store_write *write, struct status *st)
{
    struct store_write *original = ((struct waited_write *)write)->original;
    return original->decide(original, st);
}

static void write_done(struct store_write *write)
{
    sem_post(&((struct waited_write *)write)->done);
}

void client_write(struct store *store, struct store_write *write)
{
    struct waited_write waited = {.write = *write, .original = write};
    sem_init(&waited.done, 0, 0);
    waited.write.decide = decide_original;
    waited.write.done = write_done;
    store_write(store, &waited.write);
    wait_for(&waited.done);
    write->st = waited.write.st;
}

static bool put_ctx(struct store_write *write, struct status *st)
{
    (void)st;
    write->entries[0].action = STORE_PUT;
    write->entries[0].next = *(const struct view *)write->ctx;
    return true;
}

static bool remove_row(struct store_write *write, struct status *st)
{
    (void)st;
    write->entries[0].action = STORE_REMOVE;
    return true;
}

int64_t client_put_expecting(struct store *store, const char *id, struct view bytes, enum status_code code)
{
    struct store_entry entry = {.id = view_of(id)};
    struct store_write write = {.entries = &entry, .entry_count = 1, .decide = put_ctx, .ctx = &bytes};
    client_write(store, &write);
    if (write.st.code != code)
        fail_msg("put of %s: %s: %s", id, status_code_name(write.st.code), write.st.message);
    return code == STATUS_OK ? entry.version : 0;
}

int64_t client_put(struct store *store, const char *id, const char *text)
{
    return client_put_expecting(store, id, view_of(text), STATUS_OK);
}

void client_remove(struct store *store, const char *id)
{
    struct store_entry entry = {.id = view_of(id)};
    struct store_write write = {.entries = &entry, .entry_count = 1, .decide = remove_row};
    client_write(store, &write);
    assert_int_equal(write.st.code, STATUS_OK);
    assert_int_equal(entry.version, 0);
}

static bool increment(struct store_write *write, struct status *st)
{
    (void)st;
    struct store_entry *entry = write->entries;
    char before[24];
    snprintf(before, sizeof(before), "%.*s", VIEW_ARG(entry->bytes));
    char *text = write->ctx;
    snprintf(text, 24, "%d", atoi(before) + 1);
    entry->action = STORE_PUT;
    entry->next = view_of(text);
    return true;
}

enum status_code client_increment(struct store *store, const char *id)
{
    char text[24];
    struct store_entry entry = {.id = view_of(id)};
    struct store_write write = {.entries = &entry, .entry_count = 1, .decide = increment, .ctx = text};
    client_write(store, &write);
    return write.st.code;
}

/* ---- Reading ---- */

/* Stands for the test's read in the store, as that one's ctx belongs to the test. */
struct waited_read {
    struct store_read read; /* first */
    struct store_read *original;
    sem_t done;
};

static bool row_of_original(struct store_read *read, const struct store_row *row, struct status *st)
{
    struct store_read *original = ((struct waited_read *)read)->original;
    return original->row(original, row, st);
}

static void waited_read_done(struct store_read *read)
{
    sem_post(&((struct waited_read *)read)->done);
}

void client_run_read(struct store *store, struct store_read *read)
{
    struct waited_read waited = {.read = *read, .original = read};
    sem_init(&waited.done, 0, 0);
    waited.read.row = row_of_original;
    waited.read.done = waited_read_done;
    store_read(store, &waited.read);
    wait_for(&waited.done);
    read->st = waited.read.st;
}

struct reading {
    struct buf text;
    int64_t version;
};

static bool append_row(struct store_read *read, const struct store_row *row, struct status *st)
{
    struct reading *reading = read->ctx;
    reading->version = row->version;
    if (row->version <= 0)
        return status_fail(st, STATUS_INTERNAL, "a row without a version");
    if (buf_printf(&reading->text, "%s%.*s=%.*s", reading->text.len ? " " : "", VIEW_ARG(row->id),
                   VIEW_ARG(row->bytes)))
        return true;
    return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "test buffer full");
}

static void read_rows(struct store *store, struct reading *reading, const struct view *ids, size_t id_count)
{
    struct store_read read = {.ids = ids, .id_count = id_count, .row = append_row, .ctx = reading};
    buf_init(&reading->text, 64 * 1024 * 1024);
    client_run_read(store, &read);
    if (read.st.code != STATUS_OK)
        fail_msg("read: %s: %s", status_code_name(read.st.code), read.st.message);
}

char *client_read(struct store *store, const char *const *ids)
{
    struct view views[64];
    size_t id_count = 0;
    for (; ids && ids[id_count]; id_count++)
        views[id_count] = view_of(ids[id_count]);
    struct reading reading = {0};
    read_rows(store, &reading, views, id_count);
    assert_true(buf_append(&reading.text, view_make("", 1)));
    return buf_take(&reading.text);
}

void client_expect_rows(struct store *store, const char *const *ids, const char *expected)
{
    char *rows = client_read(store, ids);
    assert_string_equal(rows, expected);
    free(rows);
}

int64_t client_version(struct store *store, const char *id)
{
    struct view view = view_of(id);
    struct reading reading = {0};
    read_rows(store, &reading, &view, 1);
    buf_free(&reading.text);
    return reading.version;
}
