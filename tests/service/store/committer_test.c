/* The committer's queue, on a table whose commits wait until the test lets them go. */
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "service/limits.h"
#include "service/store/committer.h"

#define QUEUE_MAX 3

struct table {
    struct batch_table table;
    sem_t commit_begins;
    sem_t commit_may_end;
    int commits;
};

static void wait_for(sem_t *semaphore)
{
    while (sem_wait(semaphore) != 0)
        ;
}

static bool load(struct batch_table *table, struct batch_row *rows, size_t row_count, struct arena *arena,
                 struct status *st)
{
    (void)table;
    (void)rows;
    (void)row_count;
    (void)arena;
    (void)st;
    return true;
}

static bool commit(struct batch_table *batch_table, struct batch_row *rows, size_t row_count, struct status *st)
{
    struct table *table = (struct table *)batch_table;
    (void)rows;
    (void)row_count;
    (void)st;
    sem_post(&table->commit_begins);
    wait_for(&table->commit_may_end);
    table->commits++;
    return true;
}

static void rollback(struct batch_table *table)
{
    (void)table;
}

static void table_init(struct table *table)
{
    *table = (struct table){.table = {load, commit, rollback, NULL}};
    sem_init(&table->commit_begins, 0, 0);
    sem_init(&table->commit_may_end, 0, 0);
}

static void table_free(struct table *table)
{
    sem_destroy(&table->commit_begins);
    sem_destroy(&table->commit_may_end);
}

struct job {
    struct store_write write;
    struct store_entry entry;
    sem_t done;
};

static bool put_nothing(struct store_write *write, struct status *st)
{
    (void)st;
    write->entries[0].action = STORE_PUT;
    return true;
}

static void post_done(struct store_write *write)
{
    sem_post(&((struct job *)write)->done);
}

static void submit(struct committer *committer, struct job *job, void (*done)(struct store_write *write))
{
    *job = (struct job){
        .write = {.entries = &job->entry, .entry_count = 1, .decide = put_nothing, .done = done},
        .entry = {.id = VIEW("a")},
    };
    sem_init(&job->done, 0, 0);
    committer_submit(committer, &job->write);
}

static void finish(struct job *job, enum status_code code)
{
    wait_for(&job->done);
    assert_int_equal(job->write.st.code, code);
    sem_destroy(&job->done);
}

static void writes_that_arrive_during_a_commit_share_the_next(void **state)
{
    (void)state;
    struct table table;
    struct committer *committer;
    struct status st;
    struct job jobs[1 + QUEUE_MAX];
    table_init(&table);
    assert_true(committer_create(&(struct batch_table *){&table.table}, 1, QUEUE_MAX, &committer, &st));
    submit(committer, &jobs[0], post_done);
    wait_for(&table.commit_begins);
    for (int i = 1; i <= QUEUE_MAX; i++)
        submit(committer, &jobs[i], post_done);
    sem_post(&table.commit_may_end);
    sem_post(&table.commit_may_end);
    for (int i = 0; i <= QUEUE_MAX; i++)
        finish(&jobs[i], STATUS_OK);
    committer_destroy(committer);
    assert_int_equal(table.commits, 2);
    table_free(&table);
}

static void write_that_finds_the_queue_full_is_refused_at_once(void **state)
{
    (void)state;
    struct table table;
    struct committer *committer;
    struct status st;
    struct job jobs[1 + QUEUE_MAX];
    struct job refused;
    table_init(&table);
    assert_true(committer_create(&(struct batch_table *){&table.table}, 1, QUEUE_MAX, &committer, &st));
    submit(committer, &jobs[0], post_done);
    wait_for(&table.commit_begins);
    for (int i = 1; i <= QUEUE_MAX; i++)
        submit(committer, &jobs[i], post_done);
    submit(committer, &refused, post_done);
    finish(&refused, STATUS_RESOURCE_EXHAUSTED);
    assert_int_equal(table.commits, 0);
    sem_post(&table.commit_may_end);
    sem_post(&table.commit_may_end);
    for (int i = 0; i <= QUEUE_MAX; i++)
        finish(&jobs[i], STATUS_OK);
    committer_destroy(committer);
    table_free(&table);
}

static void destroying_runs_what_is_queued(void **state)
{
    (void)state;
    struct table table;
    struct committer *committer;
    struct status st;
    struct job jobs[1 + QUEUE_MAX];
    table_init(&table);
    assert_true(committer_create(&(struct batch_table *){&table.table}, 1, QUEUE_MAX, &committer, &st));
    for (int i = 0; i <= QUEUE_MAX; i++) {
        submit(committer, &jobs[i], post_done);
        if (i == 0)
            wait_for(&table.commit_begins);
    }
    sem_post(&table.commit_may_end);
    sem_post(&table.commit_may_end);
    committer_destroy(committer);
    for (int i = 0; i <= QUEUE_MAX; i++)
        finish(&jobs[i], STATUS_OK);
    table_free(&table);
}

static void batch_is_bounded(void **state)
{
    (void)state;
    enum { COUNT = 2 * STORE_BATCH_WRITES_MAX };
    static struct job jobs[1 + COUNT];
    struct table table;
    struct committer *committer;
    struct status st;
    table_init(&table);
    assert_true(committer_create(&(struct batch_table *){&table.table}, 1, COUNT, &committer, &st));
    submit(committer, &jobs[0], post_done);
    wait_for(&table.commit_begins);
    for (int i = 1; i <= COUNT; i++)
        submit(committer, &jobs[i], post_done);
    for (int i = 0; i < 3; i++)
        sem_post(&table.commit_may_end);
    committer_destroy(committer);
    for (int i = 0; i <= COUNT; i++)
        finish(&jobs[i], STATUS_OK);
    assert_int_equal(table.commits, 3);
    table_free(&table);
}

static sem_t second_answered;

static void await_second_answer(struct store_write *write)
{
    wait_for(&second_answered);
    post_done(write);
}

static void announce_second_answer(struct store_write *write)
{
    sem_post(&second_answered);
    post_done(write);
}

/* The first answer waits for the second write's, which would never come if one thread gave them one after the other. */
static void batch_is_committed_while_the_one_before_is_answered(void **state)
{
    (void)state;
    struct table table;
    struct committer *committer;
    struct status st;
    struct job jobs[2];
    table_init(&table);
    sem_init(&second_answered, 0, 0);
    assert_true(committer_create(&(struct batch_table *){&table.table}, 1, QUEUE_MAX, &committer, &st));
    submit(committer, &jobs[0], await_second_answer);
    wait_for(&table.commit_begins);
    submit(committer, &jobs[1], announce_second_answer);
    sem_post(&table.commit_may_end);
    sem_post(&table.commit_may_end);
    finish(&jobs[0], STATUS_OK);
    finish(&jobs[1], STATUS_OK);
    committer_destroy(committer);
    sem_destroy(&second_answered);
    table_free(&table);
}

static void notice_idle(struct batch_table *table)
{
    sem_post(&((struct table *)table)->commit_begins);
}

static void table_that_has_nothing_to_do_is_looked_after(void **state)
{
    (void)state;
    struct table table;
    struct committer *committer;
    struct status st;
    table_init(&table);
    table.table.idle = notice_idle;
    assert_true(committer_create(&(struct batch_table *){&table.table}, 1, QUEUE_MAX, &committer, &st));
    wait_for(&table.commit_begins);
    committer_destroy(committer);
    table_free(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_that_arrive_during_a_commit_share_the_next),
        cmocka_unit_test(write_that_finds_the_queue_full_is_refused_at_once),
        cmocka_unit_test(destroying_runs_what_is_queued),
        cmocka_unit_test(batch_is_bounded),
        cmocka_unit_test(batch_is_committed_while_the_one_before_is_answered),
        cmocka_unit_test(table_that_has_nothing_to_do_is_looked_after),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
