/*
 * The methods of echo.proto, for a server under test.
 *
 * Threads  SayLater is answered by a thread of the echo's own; Hold by whoever calls echo_answer_held().
 */
#ifndef TESTS_SERVICE_SERVER_ECHO_H
#define TESTS_SERVICE_SERVER_ECHO_H

#include <pthread.h>
#include <stdbool.h>

#include "service/server/server.h"
#include "tests/service/server/echo.pb-c.h"

struct echo_task;

struct echo {
    Server__Test__Echo_Service service; /* first */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct echo_task *later; /* calls of SayLater that wait for the thread */
    struct server_call *held;
    Server__Test__EchoReply_Closure held_closure;
    bool stopping;
    pthread_t thread;
};

void echo_start(struct echo *echo);
void echo_stop(struct echo *echo);

/* Waits until a call of Hold is there. */
struct server_call *echo_await_held(struct echo *echo);

/* Whether one is there. */
bool echo_is_holding(struct echo *echo);

/* Answers it. */
void echo_answer_held(struct echo *echo);

#endif
