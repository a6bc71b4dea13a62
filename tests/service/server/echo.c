#include "tests/service/server/echo.h"

/* Lives in its call's arena. */
struct echo_task {
    struct echo_task *next;
    const Server__Test__EchoRequest *request;
    Server__Test__EchoReply_Closure closure;
    struct server_call *call;
};

static void answer(const Server__Test__EchoRequest *request, Server__Test__EchoReply_Closure closure,
                   struct server_call *call)
{
    Server__Test__EchoReply reply = SERVER__TEST__ECHO_REPLY__INIT;
    reply.text = request->text;
    reply.number = request->number;
    reply.payload = request->payload;
    closure(&reply, call);
}

static void echo_say(Server__Test__Echo_Service *service, const Server__Test__EchoRequest *request,
                     Server__Test__EchoReply_Closure closure, void *call)
{
    (void)service;
    answer(request, closure, call);
}

static void echo_say_later(Server__Test__Echo_Service *service, const Server__Test__EchoRequest *request,
                           Server__Test__EchoReply_Closure closure, void *call)
{
    struct echo *echo = (struct echo *)service;
    struct echo_task *task = arena_alloc(server_call_arena(call), sizeof(*task));
    pthread_mutex_lock(&echo->lock);
    *task = (struct echo_task){.next = echo->later, .request = request, .closure = closure, .call = call};
    echo->later = task;
    pthread_cond_broadcast(&echo->changed);
    pthread_mutex_unlock(&echo->lock);
}

static void echo_hold(Server__Test__Echo_Service *service, const Server__Test__EchoRequest *request,
                      Server__Test__EchoReply_Closure closure, void *call)
{
    (void)request;
    struct echo *echo = (struct echo *)service;
    pthread_mutex_lock(&echo->lock);
    echo->held = call;
    echo->held_closure = closure;
    pthread_cond_broadcast(&echo->changed);
    pthread_mutex_unlock(&echo->lock);
}

static void echo_fail(Server__Test__Echo_Service *service, const Server__Test__EchoRequest *request,
                      Server__Test__EchoReply_Closure closure, void *call)
{
    (void)service;
    (void)closure;
    struct status st;
    status_fail(&st, (enum status_code)request->number, "%s", request->text);
    st.details = view_make((const char *)request->payload.data, request->payload.len);
    server_call_fail(call, &st);
}

static void *answer_later(void *ctx)
{
    struct echo *echo = ctx;
    pthread_mutex_lock(&echo->lock);
    while (!echo->stopping || echo->later) {
        struct echo_task *task = echo->later;
        if (!task) {
            pthread_cond_wait(&echo->changed, &echo->lock);
            continue;
        }
        echo->later = task->next;
        pthread_mutex_unlock(&echo->lock);
        answer(task->request, task->closure, task->call);
        pthread_mutex_lock(&echo->lock);
    }
    pthread_mutex_unlock(&echo->lock);
    return NULL;
}

void echo_start(struct echo *echo)
{
    *echo = (struct echo){.service = SERVER__TEST__ECHO__INIT(echo_)};
    pthread_mutex_init(&echo->lock, NULL);
    pthread_cond_init(&echo->changed, NULL);
    pthread_create(&echo->thread, NULL, answer_later, echo);
}

void echo_stop(struct echo *echo)
{
    pthread_mutex_lock(&echo->lock);
    echo->stopping = true;
    pthread_cond_broadcast(&echo->changed);
    pthread_mutex_unlock(&echo->lock);
    pthread_join(echo->thread, NULL);
    pthread_mutex_destroy(&echo->lock);
    pthread_cond_destroy(&echo->changed);
}

struct server_call *echo_await_held(struct echo *echo)
{
    pthread_mutex_lock(&echo->lock);
    while (!echo->held)
        pthread_cond_wait(&echo->changed, &echo->lock);
    struct server_call *call = echo->held;
    pthread_mutex_unlock(&echo->lock);
    return call;
}

bool echo_is_holding(struct echo *echo)
{
    pthread_mutex_lock(&echo->lock);
    bool holding = echo->held != NULL;
    pthread_mutex_unlock(&echo->lock);
    return holding;
}

void echo_answer_held(struct echo *echo)
{
    struct server_call *call = echo_await_held(echo);
    Server__Test__EchoReply reply = SERVER__TEST__ECHO_REPLY__INIT;
    reply.text = (char *)"held";
    pthread_mutex_lock(&echo->lock);
    Server__Test__EchoReply_Closure closure = echo->held_closure;
    echo->held = NULL;
    pthread_mutex_unlock(&echo->lock);
    closure(&reply, call);
}
