#include "web/loop/loop.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>
/* after the above */
#include <cmocka.h>

#include "base/container_of.h"
#include "base/monotonic.h"

static struct loop *loop;

static int set_up(void **state)
{
    struct status st;
    (void)state;
    assert_true(loop_create(&loop, &st));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    loop_destroy(loop);
    return 0;
}

/* ---- Messages ---- */

#define SENDERS  4
#define MESSAGES 20000

struct numbered {
    struct loop_message message;
    struct sender *sender;
    unsigned number;
};

struct sender {
    pthread_t thread;
    unsigned next; /* the number that must come next */
    struct numbered messages[MESSAGES];
};

static struct sender senders[SENDERS];
static unsigned received;

static void on_message(struct loop_message *message)
{
    struct numbered *numbered = CONTAINER_OF(message, struct numbered, message);
    assert_int_equal(numbered->number, numbered->sender->next);
    numbered->sender->next++;
    if (++received == SENDERS * MESSAGES)
        loop_stop(loop);
}

static void *send_all(void *ctx)
{
    struct sender *sender = ctx;
    for (unsigned i = 0; i < MESSAGES; i++) {
        sender->messages[i] = (struct numbered){{.run = on_message}, sender, i};
        loop_post(loop, &sender->messages[i].message);
        if (i % 97 == 0)
            usleep(1); /* so that the loop sleeps now and then */
    }
    return NULL;
}

static void runs_every_message_of_each_sender_in_order(void **state)
{
    (void)state;
    received = 0;
    for (unsigned i = 0; i < SENDERS; i++) {
        senders[i].next = 0;
        assert_int_equal(pthread_create(&senders[i].thread, NULL, send_all, &senders[i]), 0);
    }
    loop_run(loop);
    for (unsigned i = 0; i < SENDERS; i++) {
        pthread_join(senders[i].thread, NULL);
        assert_int_equal(senders[i].next, MESSAGES);
    }
}

/* ---- A message that a message posts ---- */

static struct loop_message first_message, second_message;

static void on_second(struct loop_message *message)
{
    assert_ptr_equal(message, &second_message);
    loop_stop(loop);
}

static void on_first(struct loop_message *message)
{
    assert_ptr_equal(message, &first_message);
    second_message.run = on_second;
    loop_post(loop, &second_message);
}

static void runs_a_message_that_a_message_posts(void **state)
{
    (void)state;
    first_message.run = on_first;
    loop_post(loop, &first_message);
    loop_run(loop);
}

/* ---- Tasks ---- */

struct trace {
    struct loop_task tasks[4];
    char text[64];
    size_t len;
};

static struct trace trace;

static void write_trace(char letter)
{
    assert_true(trace.len + 1 < sizeof(trace.text));
    trace.text[trace.len++] = letter;
    trace.text[trace.len] = '\0';
}

static struct timer step_timer;
static unsigned again_left;

/* Task 0 adds itself again; task 1 removes task 2; task 3 ends. */
static void run_again(struct loop_task *task)
{
    write_trace('a');
    if (again_left-- > 0)
        loop_task_add(loop, task);
    else
        loop_stop(loop);
}

static void run_removing(struct loop_task *task)
{
    (void)task;
    write_trace('b');
    loop_task_remove(loop, &trace.tasks[2]);
    loop_task_remove(loop, &trace.tasks[2]); /* one that does not wait is fine */
}

static void run_never(struct loop_task *task)
{
    (void)task;
    write_trace('!');
}

static void run_last(struct loop_task *task)
{
    (void)task;
    write_trace('d');
}

static void on_event(struct loop_watch *watch, uint32_t events)
{
    uint64_t count;
    (void)events;
    assert_int_equal(read(watch->fd, &count, sizeof(count)), sizeof(count));
    write_trace('e');
}

static void on_step(struct timer *timer)
{
    (void)timer;
    write_trace('t');
}

/* What a task adds has its turn after descriptors and timers have had theirs. */
static void serves_descriptors_and_timers_between_tasks_that_add_tasks(void **state)
{
    struct status st;
    (void)state;
    trace = (struct trace){.tasks = {{.run = run_again}, {.run = run_removing}, {.run = run_never}, {.run = run_last}}};
    struct loop_watch watch = {.fd = eventfd(1, EFD_NONBLOCK), .on_event = on_event};
    assert_true(loop_watch_add(loop, &watch, EPOLLIN | EPOLLET, &st));
    step_timer = (struct timer){.on_due = on_step};
    loop_timer_set(loop, &step_timer, 0); /* over: in the first turn whose clock has moved */
    again_left = 2;
    for (int i = 0; i < 4; i++)
        loop_task_add(loop, &trace.tasks[i]);
    loop_task_add(loop, &trace.tasks[0]); /* it waits already */
    usleep(2000);
    loop_run(loop);
    assert_string_equal(trace.text, "etabdaa");
    loop_watch_remove(loop, &watch);
    close(watch.fd);
}

static void run_more(struct loop_task *task)
{
    write_trace('m');
    if (again_left-- > 0)
        loop_task_add(loop, task);
}

static void finishes_tasks_and_what_they_add(void **state)
{
    (void)state;
    trace = (struct trace){.tasks = {{.run = run_more}, {.run = run_last}}};
    again_left = 3;
    loop_task_add(loop, &trace.tasks[0]);
    loop_task_add(loop, &trace.tasks[1]);
    loop_finish(loop);
    assert_string_equal(trace.text, "mdmmm");
    loop_finish(loop); /* nothing is left */
    assert_string_equal(trace.text, "mdmmm");
}

/* ---- Descriptors ---- */

#define WATCHES 50

static struct loop_watch watches[WATCHES];
static unsigned called;

/* Whoever is called first removes all others, which have events in this turn too. */
static void on_one(struct loop_watch *watch, uint32_t events)
{
    assert_true(events & EPOLLIN);
    called++;
    for (size_t i = 0; i < WATCHES; i++)
        if (&watches[i] != watch) {
            loop_watch_remove(loop, &watches[i]);
            close(watches[i].fd);
            watches[i].fd = -1;
        }
    loop_stop(loop);
}

static void calls_no_watch_that_was_removed_in_the_turn_of_its_event(void **state)
{
    struct status st;
    (void)state;
    called = 0;
    for (size_t i = 0; i < WATCHES; i++) {
        watches[i] = (struct loop_watch){eventfd(1, EFD_NONBLOCK), on_one};
        assert_true(loop_watch_add(loop, &watches[i], EPOLLIN, &st));
    }
    loop_run(loop);
    assert_int_equal(called, 1);
    for (size_t i = 0; i < WATCHES; i++)
        if (watches[i].fd >= 0) {
            loop_watch_remove(loop, &watches[i]);
            close(watches[i].fd);
        }
}

static void says_why_a_descriptor_cannot_be_watched(void **state)
{
    struct loop_watch watch = {.fd = -1, .on_event = on_one};
    struct status st;
    (void)state;
    assert_false(loop_watch_add(loop, &watch, EPOLLIN, &st));
    assert_int_equal(st.code, STATUS_UNAVAILABLE);
}

/* ---- Time ---- */

static uint64_t fired_ms;

static void on_time(struct timer *timer)
{
    (void)timer;
    fired_ms = loop_now_ms(loop);
    loop_stop(loop);
}

static void sleeps_until_a_timer_is_due_and_no_longer(void **state)
{
    struct timer timer = {.on_due = on_time}, later = {.on_due = on_time};
    (void)state;
    uint64_t start_ms = monotonic_ms();
    loop_timer_set(loop, &later, start_ms + 3600000);
    loop_timer_set(loop, &timer, start_ms + 70); /* on another level than the next milliseconds */
    loop_run(loop);
    assert_in_range(fired_ms, start_ms + 70, start_ms + 2000);
    assert_true(timer_is_set(&later));
    loop_timer_clear(loop, &later);
    loop_timer_clear(loop, &later);
    assert_false(timer_is_set(&later));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(runs_every_message_of_each_sender_in_order),
        TEST(runs_a_message_that_a_message_posts),
        TEST(serves_descriptors_and_timers_between_tasks_that_add_tasks),
        TEST(finishes_tasks_and_what_they_add),
        TEST(calls_no_watch_that_was_removed_in_the_turn_of_its_event),
        TEST(says_why_a_descriptor_cannot_be_watched),
        TEST(sleeps_until_a_timer_is_due_and_no_longer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
