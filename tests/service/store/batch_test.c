/* Batches on a table of two rows in memory that fails when told to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "service/limits.h"
#include "service/store/batch.h"

#define TABLE_ROWS 4

struct table {
    struct batch_table table;
    char ids[TABLE_ROWS][8];
    char texts[TABLE_ROWS][8];
    int64_t versions[TABLE_ROWS];
    int commits;
    int rollbacks;
    int rows_written;
    bool open;                    /* a transaction */
    const char *refused_text;     /* commit fails when a row is to become this */
    enum status_code commit_code; /* with this code */
    int conflicts;                /* commits that are still to be aborted; each time row "a" gets another version */
    int64_t version_remembered;   /* of rows that are absent */
};

static int find(const struct table *table, struct view id)
{
    for (int i = 0; i < TABLE_ROWS; i++)
        if (table->versions[i] && view_equal_text(id, table->ids[i]))
            return i;
    return -1;
}

static bool load(struct batch_table *batch_table, struct batch_row *rows, size_t row_count, struct arena *arena,
                 struct status *st)
{
    struct table *table = (struct table *)batch_table;
    (void)arena;
    (void)st;
    assert_false(table->open);
    table->open = true;
    for (size_t i = 0; i < row_count; i++) {
        assert_true(i == 0 || store_compare_ids(rows[i - 1].id, rows[i].id) < 0);
        int place = find(table, rows[i].id);
        if (place < 0) {
            rows[i].version_given = table->version_remembered;
            continue;
        }
        rows[i].existed = true;
        rows[i].version = table->versions[place];
        rows[i].bytes = view_of(table->texts[place]);
    }
    return true;
}

static void write_row(struct table *table, const struct batch_row *row)
{
    int place = find(table, row->id);
    for (int i = 0; place < 0 && i < TABLE_ROWS; i++)
        if (!table->versions[i])
            place = i;
    table->versions[place] = row->version;
    snprintf(table->ids[place], sizeof(table->ids[place]), "%.*s", VIEW_ARG(row->id));
    snprintf(table->texts[place], sizeof(table->texts[place]), "%.*s", VIEW_ARG(row->bytes));
    table->rows_written++;
}

static bool commit(struct batch_table *batch_table, struct batch_row *rows, size_t row_count, struct status *st)
{
    struct table *table = (struct table *)batch_table;
    assert_true(table->open);
    table->open = false;
    if (table->conflicts) {
        table->conflicts--;
        table->versions[0] += 10;
        return status_fail(st, STATUS_ABORTED, "somebody else was faster");
    }
    for (size_t i = 0; i < row_count; i++)
        if (table->refused_text && view_equal_text(rows[i].bytes, table->refused_text))
            return status_fail(st, table->commit_code, "the disk says no");
    for (size_t i = 0; i < row_count; i++)
        if (rows[i].changed)
            write_row(table, &rows[i]);
    table->commits++;
    return true;
}

static void rollback(struct batch_table *batch_table)
{
    struct table *table = (struct table *)batch_table;
    assert_true(table->open);
    table->open = false;
    table->rollbacks++;
}

#define TABLE                                                                                                          \
    {                                                                                                                  \
        .table = { load, commit, rollback, NULL }                                                                      \
    }

/* A write of one row: the text it becomes; NULL: removed; "" refuses; "=" keeps. */
struct step {
    struct store_write write;
    struct store_entry entry;
    const char *seen; /* by decide, to be compared; NULL: no row */
};

static bool take_step(struct store_write *write, struct status *st)
{
    struct step *step = (struct step *)write;
    const char *text = write->ctx;
    if (!step->seen != !step->entry.version || !view_equal_text(step->entry.bytes, step->seen ? step->seen : ""))
        return status_fail(st, STATUS_INTERNAL, "saw \"%.*s\"", VIEW_ARG(step->entry.bytes));
    step->entry.action = !text ? STORE_REMOVE : *text == '=' ? STORE_KEEP : STORE_PUT;
    step->entry.next = view_of(text ? text : "");
    return (text && !*text) ? status_fail(st, STATUS_FAILED_PRECONDITION, "refused") : true;
}

static struct step make_step(const char *id, const char *seen, const char *text)
{
    return (struct step){
        .write = {.entry_count = 1, .decide = take_step, .ctx = (void *)text},
        .entry = {.id = view_of(id)},
        .seen = seen,
    };
}

static void run(struct table *table, struct step *steps, size_t count)
{
    struct arena arena;
    arena_init(&arena, 1024 * 1024);
    for (size_t i = 0; i < count; i++) {
        steps[i].write.entries = &steps[i].entry;
        steps[i].write.next_ = i + 1 < count ? &steps[i + 1].write : NULL;
    }
    batch_run(&table->table, &steps[0].write, &arena);
    arena_free(&arena);
    assert_false(table->open);
}

static void expect_codes(const struct step *steps, size_t count, const enum status_code *codes)
{
    for (size_t i = 0; i < count; i++)
        if (steps[i].write.st.code != codes[i])
            fail_msg("write %zu: %s: %s", i, status_code_name(steps[i].write.st.code), steps[i].write.st.message);
}

static void writes_see_their_forerunners_and_each_row_is_written_once(void **state)
{
    (void)state;
    struct table table = TABLE;
    struct step steps[] = {
        make_step("a", NULL, "1"), make_step("b", NULL, "2"), make_step("a", "1", "3"),
        make_step("a", "3", "="),  make_step("b", "2", NULL), make_step("b", NULL, "4"),
    };
    run(&table, steps, 6);
    expect_codes(steps, 6, (enum status_code[6]){STATUS_OK});
    assert_int_equal(table.commits, 1);
    assert_int_equal(table.rows_written, 2);
    assert_string_equal(table.texts[find(&table, view_of("a"))], "3");
    assert_string_equal(table.texts[find(&table, view_of("b"))], "4");
    assert_int_equal(steps[2].entry.version, steps[0].entry.version + 1);
    assert_int_equal(steps[3].entry.version, steps[2].entry.version);
    assert_int_equal(steps[4].entry.version, 0);
    assert_true(steps[5].entry.version > steps[1].entry.version);
}

static void refused_write_leaves_no_trace_in_its_neighbours(void **state)
{
    (void)state;
    struct table table = TABLE;
    struct step steps[] = {make_step("a", NULL, "1"), make_step("a", "1", ""), make_step("a", "1", "2")};
    run(&table, steps, 3);
    expect_codes(steps, 3, (enum status_code[]){STATUS_OK, STATUS_FAILED_PRECONDITION, STATUS_OK});
    assert_string_equal(table.texts[0], "2");
}

static void batch_without_a_change_is_not_committed(void **state)
{
    (void)state;
    struct table table = TABLE;
    struct step steps[] = {make_step("a", NULL, "="), make_step("b", NULL, ""), make_step("c", NULL, NULL)};
    run(&table, steps, 3);
    expect_codes(steps, 3, (enum status_code[]){STATUS_OK, STATUS_FAILED_PRECONDITION, STATUS_OK});
    assert_int_equal(table.commits, 0);
    assert_int_equal(table.rollbacks, 1);
}

static void failed_commit_is_the_outcome_of_every_write(void **state)
{
    (void)state;
    struct table table = TABLE;
    table.refused_text = "x";
    table.commit_code = STATUS_UNAVAILABLE;
    struct step steps[] = {make_step("a", NULL, "1"), make_step("b", NULL, "x"), make_step("a", "1", "")};
    run(&table, steps, 3);
    expect_codes(steps, 3, (enum status_code[]){STATUS_UNAVAILABLE, STATUS_UNAVAILABLE, STATUS_UNAVAILABLE});
    assert_int_equal(table.rows_written, 0);
    table.refused_text = NULL;
    struct step again[] = {make_step("a", NULL, "1")};
    run(&table, again, 1);
    expect_codes(again, 1, (enum status_code[]){STATUS_OK});
}

static void write_that_the_table_cannot_take_fails_alone(void **state)
{
    (void)state;
    struct table table = TABLE;
    table.refused_text = "x";
    table.commit_code = STATUS_RESOURCE_EXHAUSTED;
    struct step steps[] = {
        make_step("a", NULL, "1"),
        make_step("b", NULL, "x"),
        make_step("c", NULL, "3"),
        make_step("a", "1", ""),
    };
    run(&table, steps, 4);
    expect_codes(steps, 4,
                 (enum status_code[]){STATUS_OK, STATUS_RESOURCE_EXHAUSTED, STATUS_OK, STATUS_FAILED_PRECONDITION});
    assert_true(find(&table, view_of("a")) >= 0 && find(&table, view_of("c")) >= 0);
    assert_int_equal(find(&table, view_of("b")), -1);
}

static void conflict_runs_the_batch_again_on_the_rows_as_they_are_then(void **state)
{
    (void)state;
    struct table table = TABLE;
    struct step first = make_step("a", NULL, "1");
    run(&table, &first, 1);
    table.conflicts = STORE_ATTEMPTS_MAX - 1;
    struct step steps[] = {make_step("a", "1", "2"), make_step("b", NULL, ""), make_step("a", "2", "3")};
    run(&table, steps, 3);
    expect_codes(steps, 3, (enum status_code[]){STATUS_OK, STATUS_FAILED_PRECONDITION, STATUS_OK});
    assert_string_equal(table.texts[0], "3");
    assert_int_equal(steps[0].entry.version, first.entry.version + 10 * (STORE_ATTEMPTS_MAX - 1) + 1);
}

static void conflicts_without_end_are_told_as_unavailable(void **state)
{
    (void)state;
    struct table table = TABLE;
    table.conflicts = STORE_ATTEMPTS_MAX;
    struct step steps[] = {make_step("a", NULL, "1"), make_step("b", NULL, "2")};
    run(&table, steps, 2);
    expect_codes(steps, 2, (enum status_code[]){STATUS_UNAVAILABLE, STATUS_UNAVAILABLE});
    assert_int_equal(table.conflicts, 0);
}

static void version_of_a_row_is_above_those_that_the_table_remembers(void **state)
{
    (void)state;
    struct table table = TABLE;
    table.version_remembered = INT64_MAX - 10;
    struct step step = make_step("a", NULL, "1");
    run(&table, &step, 1);
    assert_int_equal(step.entry.version, INT64_MAX - 9);
}

static void exhausted_arena_fails_the_writes(void **state)
{
    (void)state;
    struct table table = TABLE;
    struct step step = make_step("a", NULL, "1");
    struct arena arena;
    arena_init(&arena, 16);
    step.write.entries = &step.entry;
    batch_run(&table.table, &step.write, &arena);
    arena_free(&arena);
    assert_int_equal(step.write.st.code, STATUS_RESOURCE_EXHAUSTED);
    assert_false(table.open);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_see_their_forerunners_and_each_row_is_written_once),
        cmocka_unit_test(refused_write_leaves_no_trace_in_its_neighbours),
        cmocka_unit_test(batch_without_a_change_is_not_committed),
        cmocka_unit_test(failed_commit_is_the_outcome_of_every_write),
        cmocka_unit_test(write_that_the_table_cannot_take_fails_alone),
        cmocka_unit_test(conflict_runs_the_batch_again_on_the_rows_as_they_are_then),
        cmocka_unit_test(conflicts_without_end_are_told_as_unavailable),
        cmocka_unit_test(version_of_a_row_is_above_those_that_the_table_remembers),
        cmocka_unit_test(exhausted_arena_fails_the_writes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
