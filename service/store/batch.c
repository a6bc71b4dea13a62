#include "service/store/batch.h"

#include <stdlib.h>
#include <time.h>

#include "service/limits.h"

/* The rows of a batch, ordered by id, none twice. */
struct batch_rows {
    struct batch_row *rows;
    size_t count;
};

int store_compare_ids(struct view a, struct view b)
{
    size_t shorter = a.len < b.len ? a.len : b.len;
    int order = shorter ? memcmp(a.data, b.data, shorter) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_entries(const void *a, const void *b)
{
    return store_compare_ids((*(struct store_entry *const *)a)->id, (*(struct store_entry *const *)b)->id);
}

/* Makes a row for each id that the entries name, and points the entries to theirs. */
static bool collect_rows(struct store_write *writes, struct arena *arena, struct batch_rows *ret_rows,
                         struct status *st)
{
    size_t entry_count = 0;
    for (struct store_write *write = writes; write; write = write->next_)
        entry_count += write->entry_count;
    struct store_entry **entries = arena_calloc(arena, entry_count, sizeof(struct store_entry *));
    struct batch_row *rows = arena_calloc(arena, entry_count, sizeof(struct batch_row));
    if (!entries || !rows)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for the rows of a transaction");
    size_t entry_index = 0;
    for (struct store_write *write = writes; write; write = write->next_)
        for (size_t i = 0; i < write->entry_count; i++)
            entries[entry_index++] = &write->entries[i];
    if (entry_count > 1)
        qsort(entries, entry_count, sizeof(struct store_entry *), compare_entries);
    size_t row_count = 0;
    for (size_t i = 0; i < entry_count; i++) {
        if (row_count == 0 || !view_equal(rows[row_count - 1].id, entries[i]->id))
            rows[row_count++].id = entries[i]->id;
        entries[i]->row_ = &rows[row_count - 1];
    }
    *ret_rows = (struct batch_rows){rows, row_count};
    return true;
}

/*
 * A row's first version is the nanosecond of its creation, the next ones count on from there. So a row that is deleted and
 * created again starts above all its earlier versions, without a counter of the whole store that every transaction would have
 * to write. (Where a table remembers no versions of absent rows, the clock must not be set back for that.)
 */
static int64_t next_version(const struct batch_row *row)
{
    if (row->version)
        return row->version + 1;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t now_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    return now_ns > row->version_given ? now_ns : row->version_given + 1;
}

static void apply_entry(struct store_entry *entry)
{
    struct batch_row *row = entry->row_;
    if (entry->action == STORE_PUT) {
        row->version = row->version_given = next_version(row);
        row->bytes = entry->next;
        row->changed = true;
    } else if (entry->action == STORE_REMOVE && row->version) {
        row->version = 0;
        row->bytes = (struct view){0};
        row->changed = true;
    }
    entry->version = row->version;
}

static void decide(struct store_write *write)
{
    status_clear(&write->st);
    for (size_t i = 0; i < write->entry_count; i++) {
        struct store_entry *entry = &write->entries[i];
        const struct batch_row *row = entry->row_;
        entry->version = row->version;
        entry->bytes = row->bytes;
        entry->action = STORE_KEEP;
        entry->next = (struct view){0};
    }
    if (!write->decide(write, &write->st))
        return;
    for (size_t i = 0; i < write->entry_count; i++)
        apply_entry(&write->entries[i]);
}

static bool any_changed(const struct batch_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        if (rows->rows[i].changed)
            return true;
    return false;
}

static bool run_together(struct batch_table *table, struct store_write *writes, struct arena *arena, struct status *st)
{
    struct batch_rows rows = {0};
    if (!collect_rows(writes, arena, &rows, st) || !table->load(table, rows.rows, rows.count, arena, st))
        return false;
    for (size_t i = 0; i < rows.count; i++)
        if (rows.rows[i].version_given < rows.rows[i].version)
            rows.rows[i].version_given = rows.rows[i].version;
    for (struct store_write *write = writes; write; write = write->next_)
        decide(write);
    if (any_changed(&rows))
        return table->commit(table, rows.rows, rows.count, st);
    table->rollback(table);
    return true;
}

static bool run_until_settled(struct batch_table *table, struct store_write *writes, struct arena *arena,
                              struct status *st)
{
    for (int attempt = 1; !run_together(table, writes, arena, st); attempt++) {
        if (st->code != STATUS_ABORTED)
            return false;
        if (attempt == STORE_ATTEMPTS_MAX)
            return status_fail(st, STATUS_UNAVAILABLE, "others keep changing the same tracks, try again later");
        arena_reset(arena);
    }
    return true;
}

static void fail_all(struct store_write *writes, const struct status *st)
{
    for (struct store_write *write = writes; write; write = write->next_)
        write->st = *st;
}

static void run_alone(struct batch_table *table, struct store_write *write, struct arena *arena)
{
    struct status st;
    struct store_write *next = write->next_;
    write->next_ = NULL;
    arena_reset(arena);
    if (!run_until_settled(table, write, arena, &st))
        fail_all(write, &st);
    write->next_ = next;
}

void batch_run(struct batch_table *table, struct store_write *writes, struct arena *arena)
{
    struct status st;
    if (run_until_settled(table, writes, arena, &st))
        return;
    if (st.code == STATUS_UNAVAILABLE || !writes->next_) {
        fail_all(writes, &st);
        return;
    }
    for (struct store_write *write = writes; write; write = write->next_)
        run_alone(table, write, arena);
}
