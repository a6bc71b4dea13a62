#include "tests/gateway/pipeline/gateway_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* after the above */
#include <cmocka.h>

#include "tests/gateway/pipeline/library_schema.h"

struct gateway_fixture *gateway_fixture_create(grpc_service_method method, void *ctx,
                                               const struct gateway_settings *settings)
{
    struct gateway_fixture *fixture = calloc(1, sizeof(*fixture));
    struct api *api = library_api_create("library", false);
    struct status st;
    fixture->service = grpc_service_start(method, ctx);
    const struct gateway_options options = {
        .listen = "127.0.0.1:0",
        .upstream = grpc_service_address(fixture->service),
        .loops = settings->loops ? settings->loops : 2,
        .connections_max = 100,
        .idle_timeout_ms = 30000,
        .body_bytes_max = 100000,
        .memory_bytes_max = 64 << 20,
        .client_bytes_max = 16 << 20,
        .peer_bytes_max = 16 << 20,
        .calls_max = settings->calls_max ? settings->calls_max : 100,
        .deadline_ms = settings->deadline_ms ? settings->deadline_ms : 10000,
        .upstream_wait_ms = settings->wait_ms ? settings->wait_ms : 2500,
        .error_body = settings->error_body,
        .health_path_prefix = settings->health_path_prefix ? settings->health_path_prefix : "",
    };
    if (!gateway_create(&options, api, &fixture->gateway, &st) || !gateway_start(fixture->gateway, &st))
        fail_msg("%s", st.message);
    api_release(api);
    fixture->address = gateway_address(fixture->gateway);
    return fixture;
}

void gateway_fixture_stop(struct gateway_fixture *fixture, uint32_t timeout_ms)
{
    if (!fixture->is_stopped)
        gateway_stop(fixture->gateway, timeout_ms);
    fixture->is_stopped = true;
}

void gateway_fixture_destroy(struct gateway_fixture *fixture)
{
    gateway_fixture_stop(fixture, 0);
    gateway_destroy(fixture->gateway);
    grpc_service_stop(fixture->service);
    free(fixture);
}

void gateway_fixture_ask(const struct gateway_fixture *fixture, const char *line, const char *fields, const char *body,
                         struct raw_response *ret_response)
{
    static char request[24 * 1024];
    snprintf(request, sizeof(request), "%s HTTP/1.1\r\nHost: x\r\n%sContent-Length: %zu\r\n\r\n%s", line, fields,
             strlen(body), body);
    raw_client_ask(fixture->address, request, ret_response);
}
