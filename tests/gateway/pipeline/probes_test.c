/* The probes' paths between a raw HTTP client and a gRPC server whose health is what the test says. */
#include "gateway/pipeline/probes.h"

#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
/* after the above */
#include <cmocka.h>

#include "tests/gateway/pipeline/gateway_fixture.h"
#include "tests/gateway/pipeline/library_schema.h"

#define ASKING_AT_ONCE 10
#define LOOPS          2

/* What the router says of other paths. */
#define NO_ROUTE "{\"code\":5,\"message\":\"no route has this path\"}"

/* What the service answers to a check: a code, and with OK a message. */
struct health {
    int code;
    struct view message;
    bool never;
    sem_t *release; /* to be waited for before the answer */
    atomic_uint checks;
};

struct fixture {
    struct health health;
    struct gateway_fixture *gateway;
};

static struct raw_response response;

static void serve(struct grpc_service_call *call, void *ctx)
{
    struct health *health = ctx;
    assert_true(view_equal_text(call->path, "/grpc.health.v1.Health/Check"));
    assert_int_equal(call->request.len, 0);
    atomic_fetch_add(&health->checks, 1);
    if (health->release)
        sem_wait(health->release);
    call->code = health->code;
    call->message = "10.0.0.1 is on fire";
    call->never = health->never;
    assert_true(buf_append(&call->reply, health->message));
}

/* Serves with what stands in fixture->health. */
static void start(struct fixture *fixture, const char *prefix)
{
    fixture->gateway =
        gateway_fixture_create(serve, &fixture->health, &(struct gateway_settings){.health_path_prefix = prefix});
}

static void stop(struct fixture *fixture)
{
    gateway_fixture_destroy(fixture->gateway);
}

static void ask(struct fixture *fixture, const char *line)
{
    gateway_fixture_ask(fixture->gateway, line, "", "", &response);
}

static void is_ready_when_the_service_answers_its_health_check(void **state)
{
    static const struct {
        struct health health;
        int status;
        const char *body;
    } cases[] = {
        {{.message = VIEW("\x08\x01")}, 200, "{\"status\":\"ok\"}"},
        {{.message = VIEW("\x08\x02")}, 503, "{\"code\":14,\"message\":\"the service says that it is not serving\"}"},
        {{.message = VIEW("")}, 503, "{\"code\":14,\"message\":\"the service says that it is not serving\"}"},
        {{.message = VIEW("\x08")}, 503, "{\"code\":14,\"message\":\"the service says that it is not serving\"}"},
        {{.code = STATUS_UNIMPLEMENTED}, 200, "{\"status\":\"ok\"}"},
        {{.code = STATUS_PERMISSION_DENIED},
         503,
         "{\"code\":14,\"message\":\"the service fails its health check: 10.0.0.1 is on fire\"}"},
        {{.never = true}, 503, "{\"code\":14,\"message\":\"the service did not answer in time\"}"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture fixture = {.health = {.code = cases[i].health.code,
                                             .message = cases[i].health.message,
                                             .never = cases[i].health.never}};
        start(&fixture, "/healthz");
        ask(&fixture, "GET /healthz/ready");
        assert_int_equal(response.status, cases[i].status);
        assert_string_equal(response.body, cases[i].body);
        assert_string_equal(raw_response_field(&response, "Content-Type"), "application/json");
        assert_string_equal(raw_response_field(&response, "Cache-Control"), "no-store");
        if (cases[i].status == 503)
            assert_string_equal(raw_response_field(&response, "Retry-After"), "1");
        stop(&fixture);
    }
}

static void turns_with_the_service(void **state)
{
    (void)state;
    struct fixture fixture = {.health = {.message = VIEW("\x08\x01")}};
    start(&fixture, "/healthz");
    ask(&fixture, "GET /healthz/ready");
    assert_int_equal(response.status, 200);
    grpc_service_stop(fixture.gateway->service);
    fixture.gateway->service = NULL;
    while (response.status == 200) /* until the answer is out of date */
        ask(&fixture, "GET /healthz/ready");
    assert_int_equal(response.status, 503);
    assert_string_equal(response.body, "{\"code\":14,\"message\":\"the service cannot be reached\"}");
    ask(&fixture, "GET /healthz/live");
    assert_int_equal(response.status, 200);
    stop(&fixture);
}

struct asking {
    struct fixture *fixture;
    struct raw_response response;
    pthread_t thread;
};

static void *ask_ready(void *ctx)
{
    struct asking *asking = ctx;
    raw_client_ask(asking->fixture->gateway->address,
                   "GET /healthz/ready HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", &asking->response);
    return NULL;
}

static void many_that_ask_at_once_share_a_check(void **state)
{
    (void)state;
    static struct asking asking[ASKING_AT_ONCE];
    struct fixture fixture = {.health = {.message = VIEW("\x08\x01")}};
    sem_t release;
    sem_init(&release, 0, 0);
    fixture.health.release = &release;
    start(&fixture, "/healthz");
    for (int i = 0; i < ASKING_AT_ONCE; i++) {
        asking[i].fixture = &fixture;
        assert_int_equal(pthread_create(&asking[i].thread, NULL, ask_ready, &asking[i]), 0);
    }
    for (int i = 0; i < ASKING_AT_ONCE; i++)
        sem_post(&release);
    for (int i = 0; i < ASKING_AT_ONCE; i++) {
        pthread_join(asking[i].thread, NULL);
        assert_int_equal(asking[i].response.status, 200);
    }
    assert_in_range(atomic_load(&fixture.health.checks), 1, ASKING_AT_ONCE / 2);
    stop(&fixture);
    sem_destroy(&release);
}

static void takes_its_own_paths_and_leaves_all_others(void **state)
{
    static const struct {
        const char *prefix, *line;
        int status;
        const char *body;
    } cases[] = {
        {"/healthz", "GET /healthz/live", 200, "{\"status\":\"ok\"}"},
        {"/healthz", "GET /healthz/live?verbose", 200, "{\"status\":\"ok\"}"},
        {"/healthz", "GET /healthz/ready?verbose", 200, "{\"status\":\"ok\"}"},
        {"/a/b-c.d_e~f", "GET /a/b-c.d_e~f/live", 200, "{\"status\":\"ok\"}"},
        {"/healthz", "POST /healthz/live", 405, "{\"code\":12,\"message\":\"this path takes GET and HEAD only\"}"},
        {"/healthz", "PUT /healthz/ready", 405, "{\"code\":12,\"message\":\"this path takes GET and HEAD only\"}"},
        {"/healthz", "GET /", 404, NO_ROUTE},
        {"/healthz", "GET /healthz", 404, NO_ROUTE},
        {"/healthz", "GET /healthz/", 404, NO_ROUTE},
        {"/healthz", "GET /healthz/live/", 404, NO_ROUTE},
        {"/healthz", "GET /healthz/lively", 404, NO_ROUTE},
        {"/healthz", "GET /healthzz/live", 404, NO_ROUTE},
        {"/healthz", "GET /live", 404, NO_ROUTE},
        {"", "GET /live", 404, NO_ROUTE},
        {"", "GET /healthz/ready", 404, NO_ROUTE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture fixture = {.health = {.message = VIEW("\x08\x01")}};
        start(&fixture, cases[i].prefix);
        ask(&fixture, cases[i].line);
        assert_int_equal(response.status, cases[i].status);
        assert_string_equal(response.body, cases[i].body);
        if (response.status == 405)
            assert_string_equal(raw_response_field(&response, "Allow"), "GET, HEAD");
        stop(&fixture);
    }
}

static void answers_head_without_a_body(void **state)
{
    static const char *const paths[] = {"/healthz/live", "/healthz/ready"};
    (void)state;
    struct fixture fixture = {.health = {.message = VIEW("\x08\x01")}};
    start(&fixture, "/healthz");
    for (size_t i = 0; i < 2; i++) {
        struct raw_client client;
        char request[256];
        snprintf(request, sizeof(request),
                 "HEAD %s HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz/live HTTP/1.1\r\nHost: x\r\n\r\n", paths[i]);
        assert_true(raw_client_connect(&client, fixture.gateway->address));
        assert_true(raw_client_send_text(&client, request));
        raw_client_read(&client, true, &response);
        assert_int_equal(response.status, 200);
        raw_client_read(&client, false, &response);
        assert_string_equal(response.body, "{\"status\":\"ok\"}");
        raw_client_close(&client);
    }
    stop(&fixture);
}

static void does_not_start_when_a_rule_would_be_hidden(void **state)
{
    static const struct {
        const char *prefix;
        const char *message;
    } cases[] = {
        {"/v1/books", "--health-path-prefix: /v1/books/live would be hidden from GET /v1/books/{name} "
                      "(test.v1.Library/GetBook)"},
        {"/v1/shelves/a/books", "--health-path-prefix: /v1/shelves/a/books/live would be hidden from GET "
                                "/v1/{name=shelves/*/books/*} (test.v1.Library/GetBook)"},
        {"healthz", "--health-path-prefix: expected a path such as \"/healthz\", found \"healthz\""},
        {"/healthz/", "--health-path-prefix: expected a path such as \"/healthz\", found \"/healthz/\""},
        {"//healthz", "--health-path-prefix: expected a path such as \"/healthz\", found \"//healthz\""},
        {"/health?z", "--health-path-prefix: expected a path such as \"/healthz\", found \"/health?z\""},
        {"/h%20z", "--health-path-prefix: expected a path such as \"/healthz\", found \"/h%20z\""},
        {"/", "--health-path-prefix: expected a path such as \"/healthz\", found \"/\""},
    };
    (void)state;
    struct api *api = library_api_create("library", false);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct status st;
        if (probes_check_prefix(cases[i].prefix, api->endpoints, &st))
            fail_msg("%s was taken", cases[i].prefix);
        assert_int_equal(st.code, STATUS_INVALID_ARGUMENT);
        assert_string_equal(st.message, cases[i].message);
    }
    struct status st;
    assert_true(probes_check_prefix("/healthz", api->endpoints, &st));
    assert_true(probes_check_prefix("", api->endpoints, &st));
    api_release(api);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_ready_when_the_service_answers_its_health_check),
        cmocka_unit_test(turns_with_the_service),
        cmocka_unit_test(many_that_ask_at_once_share_a_check),
        cmocka_unit_test(takes_its_own_paths_and_leaves_all_others),
        cmocka_unit_test(answers_head_without_a_body),
        cmocka_unit_test(does_not_start_when_a_rule_would_be_hidden),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
